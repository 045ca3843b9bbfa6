//! A packed batch cut at sequence boundaries into pieces that threads work on.
//!
//! A thread takes a piece through the whole layer, so that it waits for the others once a layer
//! and not after every step, and what one step writes is still in its cache when the next one
//! reads it.

use std::borrow::Cow;
use std::ops::Range;

use super::{Geometry, Wanted};

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
    /// Their rows of the layer's output among those of the batch.
    pub(super) wanted: Range<usize>,
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
                wanted: match self.wanted {
                    Wanted::All => starts[from]..starts[to],
                    Wanted::First => from..to,
                },
                probabilities: first_probability..end,
            });
            (from, first_probability) = (to, end);
        }
        if pieces.is_empty() {
            pieces.push(Piece { sequences: 0..0, tokens: 0..0, wanted: 0..0, probabilities: 0..0 });
        }
        pieces
    }

    /// A piece's sequences.
    pub(super) fn sequences(&self, piece: &Piece) -> impl Iterator<Item = Sequence> + '_ {
        let (first, heads, wanted) = (piece.tokens.start, self.heads, self.wanted);
        let starts = self.starts[piece.sequences.start..].windows(2).take(piece.sequences.len());
        starts.enumerate().scan(0, move |probabilities, (number, pair)| {
            let tokens = pair[0] - first..pair[1] - first;
            let at = *probabilities;
            *probabilities += heads * tokens.len() * tokens.len();
            let wanted = match wanted {
                Wanted::All => tokens.clone(),
                Wanted::First => number..number + 1,
            };
            Some(Sequence { tokens, wanted, probabilities: at })
        })
    }

    /// Rows of the layer's output.
    pub(super) fn rows(&self) -> usize {
        match self.wanted {
            Wanted::All => self.starts.last().map_or(0, |&end| end),
            Wanted::First => self.starts.len().saturating_sub(1),
        }
    }

    /// Those rows of `hidden` `[tokens, width]` that the layer's output is wanted of.
    pub(super) fn asking<'a>(&self, hidden: &'a [f32], width: usize) -> Cow<'a, [f32]> {
        match self.wanted {
            Wanted::All => Cow::Borrowed(hidden),
            Wanted::First => {
                let starts = &self.starts[..self.rows()];
                let rows = starts.iter().map(|&start| &hidden[start * width..][..width]);
                Cow::Owned(rows.flatten().copied().collect())
            }
        }
    }
}

/// One sequence of a piece.
pub(super) struct Sequence {
    /// Its tokens among those of the piece.
    pub(super) tokens: Range<usize>,
    /// Its rows of the layer's output among those of the piece.
    pub(super) wanted: Range<usize>,
    /// The start of its attention probabilities among those of the piece.
    pub(super) probabilities: usize,
}

impl Piece {
    /// The piece's rows of `values` `[tokens, width]`.
    pub(super) fn of_tokens<'a>(&self, values: &'a [f32], width: usize) -> &'a [f32] {
        &values[self.tokens.start * width..self.tokens.end * width]
    }

    /// The piece's rows of `values` `[rows of the layer's output, width]`.
    pub(super) fn of_wanted<'a>(&self, values: &'a [f32], width: usize) -> &'a [f32] {
        &values[self.wanted.start * width..self.wanted.end * width]
    }
}

/// Rows of `width` numbers, cut into parts of so many `rows`, to be written.
pub(super) fn cut(
    rows: impl Iterator<Item = usize>,
    mut values: &mut [f32],
    width: usize,
) -> Vec<&mut [f32]> {
    let cut = rows.map(|rows| {
        let (part, rest) = std::mem::take(&mut values).split_at_mut(rows * width);
        values = rest;
        part
    });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use kernels::Operands;

    use super::*;

    fn pieces(lengths: &[usize]) -> Vec<Piece> {
        geometry(lengths, Wanted::All).pieces()
    }

    fn geometry(lengths: &[usize], wanted: Wanted) -> Geometry {
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        }));
        Geometry {
            starts: starts.into(),
            heads: 2,
            wanted,
            epsilon: 1e-12,
            dropout: None,
            operands: Operands::F32,
        }
    }

    #[test]
    fn pieces_hold_every_row_of_the_output_once() {
        let lengths: Vec<usize> = (0..40).map(|i| 10 + i * 7 % 30).collect();
        for (wanted, rows) in [(Wanted::All, lengths.iter().sum()), (Wanted::First, 40)] {
            let geometry = geometry(&lengths, wanted);
            assert_eq!(geometry.rows(), rows);
            let mut next = 0;
            for piece in geometry.pieces() {
                assert_eq!(piece.wanted.start, next, "{wanted:?}");
                next = piece.wanted.end;
                let of_sequences = geometry.sequences(&piece).map(|sequence| sequence.wanted.len());
                assert_eq!(of_sequences.sum::<usize>(), piece.wanted.len(), "{wanted:?}");
            }
            assert_eq!(next, rows, "{wanted:?}");
        }
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
