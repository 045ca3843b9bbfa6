//! The engine for devices other than the CPU's own: `model`'s network, as Burn computes it there.

use std::path::Path;

use model::electra::{ElectraClassifier, Pass, TokenBatch};
use model::{Checkpoint, DeviceKind, ModelError};

/// The network on a device.
pub(crate) struct BurnEngine {
    network: ElectraClassifier,
}

impl BurnEngine {
    pub(crate) fn open(folder: &Path, device: DeviceKind) -> Result<Self, ModelError> {
        let checkpoint = Checkpoint::open(folder)?;
        let device = device.open()?;
        let network =
            ElectraClassifier::new(&checkpoint.config.electra, &checkpoint.weights, &device)?;
        Ok(Self { network })
    }

    /// The logits of a batch.
    pub(crate) fn logits(&self, sequences: &[&[u32]]) -> Vec<f32> {
        let batch = TokenBatch::new(sequences.iter().copied());
        let logits = self.network.forward(&batch, Pass::default());
        logits.into_data().iter::<f32>().collect()
    }
}
