//! Tokenised texts of a batch, packed without padding.

use std::ops::Range;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Rectangles are as wide as the next multiple of this: a GPU compiles and tunes kernels for each
/// new shape, and reads several numbers at a time where a row's length allows it.
const WIDTHS: usize = 8;

/// Sequences of word pieces, one after the other in one array: nothing is padded until a device
/// needs a rectangle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBatch {
    /// Token ids of all sequences, `[tokens]`.
    input_ids: Vec<u32>,
    /// The start of each sequence in `input_ids`, and at the end the end of the last one:
    /// `[sequences + 1]`.
    starts: Vec<usize>,
}

impl TokenBatch {
    /// Packs sequences of token ids.
    pub fn new<'a>(sequences: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut batch = Self { input_ids: Vec::new(), starts: vec![0] };
        for sequence in sequences {
            batch.input_ids.extend_from_slice(sequence);
            batch.starts.push(batch.input_ids.len());
        }
        batch
    }

    /// The same sequences with other token ids.
    ///
    /// # Panics
    /// If there are more or fewer ids than tokens.
    #[must_use]
    pub fn with_ids(&self, input_ids: Vec<u32>) -> Self {
        assert_eq!(input_ids.len(), self.tokens(), "as many ids as tokens");
        Self { input_ids, starts: self.starts.clone() }
    }

    /// The words of each sequence: all tokens but the first and the last, `[CLS]` and `[SEP]`.
    pub fn words(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|pair| pair[0] + 1..(pair[1] - 1).max(pair[0] + 1))
    }

    /// Token ids of all sequences, `[tokens]`.
    pub fn input_ids(&self) -> &[u32] {
        &self.input_ids
    }

    /// The starts of the sequences, and the end of the last one, `[sequences + 1]`.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// True if there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of word pieces, padding not counted because there is none.
    pub fn tokens(&self) -> usize {
        self.input_ids.len()
    }

    /// Lengths of the sequences.
    pub fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.starts.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// Positions of all tokens within their sequences, `[tokens]`.
    pub fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        self.lengths().flat_map(|length| 0..length)
    }

    /// Columns of a rectangle that holds the longest sequence.
    pub(super) fn width(&self) -> usize {
        self.lengths().max().unwrap_or(0).next_multiple_of(WIDTHS)
    }

    /// The places of packed rows of tokens in the rectangle that general devices need.
    pub(super) fn rectangle(&self) -> Rectangle {
        let width = self.width();
        let size = self.len() * width;
        let mut rectangle = Rectangle {
            shape: [self.len(), width],
            from_token: vec![0; size],
            of_token: Vec::with_capacity(self.tokens()),
            padding: vec![true; size],
        };
        for (row, pair) in self.starts.windows(2).enumerate() {
            for (column, token) in (pair[0]..pair[1]).enumerate() {
                let place = row * width + column;
                rectangle.from_token[place] = token as i64;
                rectangle.of_token.push(place as i64);
                rectangle.padding[place] = false;
            }
        }
        rectangle
    }

    /// The rectangle that general devices need: ids `[sequences, longest]`, padded with 0, and a
    /// mask of the same shape that is true where there is padding.
    ///
    /// `width` widens the rectangle beyond the longest sequence (0 for no more than needed).
    pub fn padded(&self, width: usize, device: &Device) -> (Tensor<2, Int>, Tensor<2, Bool>) {
        let longest = self.lengths().max().unwrap_or(0).max(width);
        let mut ids = vec![0_i64; self.len() * longest];
        let mut padding = vec![true; self.len() * longest];
        for (row, pair) in self.starts.windows(2).enumerate() {
            for (column, &id) in self.input_ids[pair[0]..pair[1]].iter().enumerate() {
                ids[row * longest + column] = i64::from(id);
                padding[row * longest + column] = false;
            }
        }
        let shape = [self.len(), longest];
        (
            Tensor::from_data(TensorData::new(ids, shape), device),
            Tensor::from_data(TensorData::new(padding, shape), device),
        )
    }
}

/// The places of a batch's tokens in a rectangle with padding.
pub(super) struct Rectangle {
    /// `[sequences, width]`.
    pub(super) shape: [usize; 2],
    /// The token that each place holds; the first where it holds none.
    pub(super) from_token: Vec<i64>,
    /// The place of each token.
    pub(super) of_token: Vec<i64>,
    /// True if a place holds none.
    pub(super) padding: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_every_token_and_its_position() {
        let batch = TokenBatch::new([&[101, 7, 102][..], &[101, 102], &[101, 8, 9, 102]]);
        assert_eq!(batch.len(), 3);
        assert_eq!(batch.tokens(), 9);
        assert_eq!(batch.starts(), [0, 3, 5, 9]);
        assert_eq!(batch.positions().collect::<Vec<_>>(), [0, 1, 2, 0, 1, 0, 1, 2, 3]);
    }

    #[test]
    fn the_rectangle_is_as_narrow_as_the_longest_sequence() {
        let batch = TokenBatch::new([&[5][..], &[6, 7]]);
        let (ids, padding) = batch.padded(0, &Device::flex());
        assert_eq!(ids.into_data().iter::<i64>().collect::<Vec<_>>(), [5, 0, 6, 7]);
        let padding = padding.into_data().iter::<bool>().collect::<Vec<_>>();
        assert_eq!(padding, [false, true, false, false]);
    }
}
