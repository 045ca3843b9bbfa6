//! The dropout masks of a layer.

use kernels::{Dropout, Level};

use super::pieces::Piece;
use super::{Geometry, Wanted};

/// The place of a mask in a layer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Attention probabilities.
    Attention = 1,
    /// After the dense layer on the context.
    Context = 2,
    /// After the narrowing dense layer.
    Narrow = 3,
}

impl Geometry {
    /// True if [`Geometry::drop_out`] does anything.
    pub(super) fn drops_out(&self, place: Place) -> bool {
        self.mask(place).is_some()
    }

    /// Drops out numbers of `values` `[rows of the layer's output, width]` of a piece, as they are
    /// dropped where the output of all tokens is wanted.
    pub(super) fn drop_out_rows(
        &self,
        level: Level,
        place: Place,
        piece: &Piece,
        values: &mut [f32],
        width: usize,
    ) {
        match self.wanted {
            Wanted::All => self.drop_out(level, place, values, piece.tokens.start * width),
            Wanted::First => {
                let starts = &self.starts[piece.sequences.clone()];
                for (row, start) in values.chunks_exact_mut(width).zip(starts) {
                    self.drop_out(level, place, row, start * width);
                }
            }
        }
    }

    /// Drops out numbers of the tensor at `place`, of which `values` begin at `first`; nothing
    /// while not training.
    pub(super) fn drop_out(&self, level: Level, place: Place, values: &mut [f32], first: usize) {
        if let Some(mask) = self.mask(place) {
            mask.apply(level, values, first);
        }
    }

    fn mask(&self, place: Place) -> Option<Dropout> {
        let dropout = self.dropout?;
        let probability = match place {
            Place::Attention => dropout.attention,
            Place::Context | Place::Narrow => dropout.hidden,
        };
        let key = dropout.key ^ (place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (probability > 0.0).then_some(Dropout { key, probability })
    }
}
