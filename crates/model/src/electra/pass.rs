//! Settings of a forward pass, and the dropout masks outside the encoder's layers.

use burn::nn::Dropout;
use burn::tensor::{Device, Tensor, TensorData};
use kernels::Operands;

/// Settings of a forward pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pass {
    /// Draws the dropout masks of a training step; the same key draws the same masks. Dropout is
    /// active only on a device with autodiff.
    pub dropout_key: Option<u64>,
    /// The rounding of operands in the matrix products of the CPU's layers; other devices have
    /// their own ways.
    pub operands: Operands,
}

/// A place outside the layers that a step draws a mask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Site {
    /// After the embeddings' norm.
    Embeddings = 1,
    /// Before the sigmoid unit.
    Head = 2,
}

impl Pass {
    /// The mask of `layer` at `site`, if `device` trains: drawn from the key like those of the
    /// fused layers, so that threads share no generator.
    pub(super) fn mask(
        self,
        site: Site,
        layer: &Dropout,
        device: &Device,
    ) -> Option<kernels::Dropout> {
        let probability = layer.prob as f32;
        let key = self.dropout_key.filter(|_| device.is_autodiff() && probability > 0.0)?;
        let key = key ^ (site as u64).wrapping_mul(0xA076_1D64_78BD_642F);
        Some(kernels::Dropout { key, probability })
    }

    /// `x` with this mask.
    pub(super) fn dropout<const D: usize>(
        self,
        site: Site,
        layer: &Dropout,
        x: Tensor<D>,
    ) -> Tensor<D> {
        let device = x.device();
        let Some(dropout) = self.mask(site, layer, &device) else { return x };
        let shape = x.shape();
        let mut mask = vec![1.0; shape.num_elements()];
        dropout.apply(kernels::Level::best(), &mut mask, 0);
        x * Tensor::from_data(TensorData::new(mask, shape), &device)
    }
}
