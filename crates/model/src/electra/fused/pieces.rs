//! A packed batch cut at sequence boundaries into pieces that threads work on.
//!
//! A thread takes a piece through the whole layer, so that it waits for the others once a layer
//! and not after every step, and what one step writes is still in its cache when the next one
//! reads it.

use std::ops::Range;

use super::Geometry;

/// Tokens of a piece, about: enough that reading all weights for it is little beside the
/// arithmetic, few enough that its activations fit the second-level cache.
const TOKENS: usize = 128;
/// Pieces come in multiples of this many, for two and four threads to share them evenly.
const TOGETHER: usize = 4;

/// Sequences that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Their numbers in the batch.
    pub(super) sequences: Range<usize>,
    /// Their tokens among those of the batch.
    pub(super) tokens: Range<usize>,
    /// Their attention probabilities among those of the batch: `heads · length²` a sequence.
    pub(super) probabilities: Range<usize>,
}

impl Geometry {
    /// The pieces of the batch, at least one: the same for any number of threads.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let starts = &*self.starts;
        let tokens = starts.last().map_or(0, |&end| end);
        let count = TOGETHER * tokens.div_ceil(TOGETHER * TOKENS);
        // A sequence belongs to the piece in whose share of the tokens its middle lies.
        let share = |sequence: usize| {
            (starts[sequence] + starts[sequence + 1]) * count / (2 * tokens).max(1)
        };
        let mut pieces: Vec<Piece> = Vec::with_capacity(count);
        let (mut from, mut first_probability) = (0, 0);
        let sequences = starts.len().saturating_sub(1);
        for to in 1..=sequences {
            if to < sequences && share(to) == share(from) {
                continue;
            }
            let lengths = starts[from..=to].windows(2).map(|pair| pair[1] - pair[0]);
            let end = first_probability
                + lengths.map(|length| self.heads * length * length).sum::<usize>();
            pieces.push(Piece {
                sequences: from..to,
                tokens: starts[from]..starts[to],
                probabilities: first_probability..end,
            });
            (from, first_probability) = (to, end);
        }
        if pieces.is_empty() {
            pieces.push(Piece { sequences: 0..0, tokens: 0..0, probabilities: 0..0 });
        }
        pieces
    }

    /// A piece's sequences: their tokens within it, and where their probabilities lie within its.
    pub(super) fn sequences(
        &self,
        piece: &Piece,
    ) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
        let (first, heads) = (piece.tokens.start, self.heads);
        let starts = self.starts[piece.sequences.start..].windows(2).take(piece.sequences.len());
        starts.scan(0, move |probabilities, pair| {
            let length = pair[1] - pair[0];
            let at = *probabilities;
            *probabilities += heads * length * length;
            Some((pair[0] - first..pair[1] - first, at))
        })
    }
}

impl Piece {
    /// The piece's rows of `values` `[tokens, width]`.
    pub(super) fn rows<'a>(&self, values: &'a [f32], width: usize) -> &'a [f32] {
        &values[self.tokens.start * width..self.tokens.end * width]
    }
}

/// The pieces' rows of `values` `[tokens, width]`, to be written.
pub(super) fn cut<'a>(
    pieces: &[Piece],
    mut values: &'a mut [f32],
    width: usize,
) -> Vec<&'a mut [f32]> {
    let cut = pieces.iter().map(|piece| {
        let (rows, rest) = std::mem::take(&mut values).split_at_mut(piece.tokens.len() * width);
        values = rest;
        rows
    });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use kernels::Operands;

    use super::*;

    fn pieces(lengths: &[usize]) -> Vec<Piece> {
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        }));
        let geometry = Geometry {
            starts: starts.into(),
            heads: 2,
            epsilon: 1e-12,
            dropout: None,
            operands: Operands::F32,
        };
        geometry.pieces()
    }

    #[test]
    fn pieces_hold_every_sequence_once_and_nearly_the_same_number_of_tokens() {
        let lengths: Vec<usize> = (0..40).map(|i| 10 + i * 7 % 30).collect();
        let pieces = pieces(&lengths);
        let tokens: usize = lengths.iter().sum();
        assert_eq!(pieces.len(), 8, "{tokens} tokens");
        assert_eq!((pieces[0].tokens.start, pieces[7].tokens.end), (0, tokens));
        for pair in pieces.windows(2) {
            assert_eq!(pair[0].sequences.end, pair[1].sequences.start);
            assert_eq!(pair[0].tokens.end, pair[1].tokens.start);
            assert_eq!(pair[0].probabilities.end, pair[1].probabilities.start);
        }
        for piece in &pieces {
            assert!(piece.tokens.len().abs_diff(tokens / 8) <= 40, "{piece:?}");
        }
        let squares: usize = lengths.iter().map(|length| 2 * length * length).sum();
        assert_eq!(pieces[7].probabilities.end, squares);
    }

    #[test]
    fn a_long_sequence_is_a_piece_and_no_sequence_is_one_too() {
        assert_eq!(pieces(&[600, 5]).len(), 2);
        assert_eq!(pieces(&[]).len(), 1);
        assert_eq!(pieces(&[0, 3]).len(), 2);
    }
}
