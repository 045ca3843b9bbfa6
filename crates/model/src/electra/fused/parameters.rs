//! A layer's parameters by name.

use std::cell::RefCell;

use kernels::{Level, Matrix, Operands, PackedOperand, Team, pack_all};

/// The layer's parameters, weights `[in, out]`.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    pub(super) query_weight: &'a [f32],
    pub(super) query_bias: &'a [f32],
    pub(super) key_weight: &'a [f32],
    pub(super) key_bias: &'a [f32],
    pub(super) value_weight: &'a [f32],
    pub(super) value_bias: &'a [f32],
    pub(super) context_weight: &'a [f32],
    pub(super) context_bias: &'a [f32],
    pub(super) attention_gamma: &'a [f32],
    pub(super) attention_beta: &'a [f32],
    pub(super) wide_weight: &'a [f32],
    pub(super) wide_bias: &'a [f32],
    pub(super) narrow_weight: &'a [f32],
    pub(super) narrow_bias: &'a [f32],
    pub(super) output_gamma: &'a [f32],
    pub(super) output_beta: &'a [f32],
}

/// Number of weights.
const WEIGHTS: usize = 6;

/// The weights as products read them, in the order of [`Parameters`].
pub(super) type PackedWeights = [PackedOperand; WEIGHTS];

impl Parameters<'_> {
    /// Numbers in a hidden state.
    pub(super) fn width(&self) -> usize {
        self.context_bias.len()
    }

    /// Numbers between the two dense layers that follow attention.
    pub(super) fn wide(&self) -> usize {
        self.wide_bias.len()
    }

    /// Calls `work` with the weights packed, each as `orient` turns it.
    pub(super) fn with_packed_weights<R>(
        &self,
        team: &Team<'_>,
        level: Level,
        operands: Operands,
        orient: impl Fn(Matrix<'_>) -> Matrix<'_>,
        work: impl FnOnce(&PackedWeights) -> R,
    ) -> R {
        thread_local! {
            static PACKED: RefCell<PackedWeights> = RefCell::default();
        }
        let (width, wide) = (self.width(), self.wide());
        let weights = [
            Matrix::new(self.query_weight, width, width),
            Matrix::new(self.key_weight, width, width),
            Matrix::new(self.value_weight, width, width),
            Matrix::new(self.context_weight, width, width),
            Matrix::new(self.wide_weight, width, wide),
            Matrix::new(self.narrow_weight, wide, width),
        ];
        PACKED.with_borrow_mut(|packed| {
            pack_all(team, level, operands, &weights.map(orient), packed);
            work(packed)
        })
    }
}
