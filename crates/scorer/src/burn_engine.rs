//! The engine for devices other than the CPU's own: `model`'s network, as Burn computes it there.

use std::path::Path;

use checkpoint::Checkpoint;
use kernels::DeviceKind;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

use crate::ScorerError;

/// The network on a device.
pub(crate) struct BurnEngine {
    network: ElectraClassifier,
}

impl BurnEngine {
    pub(crate) fn open(folder: &Path, device: DeviceKind) -> Result<Self, ScorerError> {
        let checkpoint = Checkpoint::open(folder)?;
        let device = model::device::open(device)?;
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
