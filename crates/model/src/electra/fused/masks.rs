//! The dropout masks of a layer.

use kernels::{Dropout, Level};

use super::Geometry;

/// Where in a layer a mask belongs.
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
    /// Whether [`Geometry::drop_out`] does anything.
    pub(super) fn drops_out(&self, place: Place) -> bool {
        self.mask(place).is_some()
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
