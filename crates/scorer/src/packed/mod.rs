//! The engine for the CPU: the tokens of a batch lie in one matrix `[tokens, hidden_size]`, each
//! sequence attends to itself, and nothing is padded.
//!
//! - [`tensors`]: a mapped weights file.
//! - [`network`]: the weights, packed for this CPU.
//! - [`forward`]: from token ids to logits.

mod forward;
mod network;
mod tensors;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use checkpoint::{CheckpointConfig, CheckpointError};
use forward::Workspace;
use kernels::{Level, Precision, Team};
use network::{Network, embeddings};
use tensors::Tensors;

use crate::workers::Workers;

/// A network together with memory to compute in, kept between calls.
pub(crate) struct PackedEngine {
    network: Network,
    workspaces: Mutex<Vec<Workspace>>,
}

impl PackedEngine {
    /// Reads a `model.safetensors` once and packs it for one precision or for two.
    pub(crate) fn open(
        path: &Path,
        config: &CheckpointConfig,
        level: Level,
        (first, second): (Precision, Option<Precision>),
        workers: &Workers,
    ) -> Result<(Self, Option<Self>), CheckpointError> {
        let tensors = Tensors::open(path, &config.electra)?;
        let words = Arc::new(tensors.rows(&embeddings("word"))?);
        let pack = |precision| {
            let network = Network::pack(&tensors, &words, config, level, precision, workers)?;
            Ok::<_, CheckpointError>(Self { network, workspaces: Mutex::default() })
        };
        Ok((pack(first)?, second.map(pack).transpose()?))
    }

    /// The logits of a batch, computed by `team`.
    pub(crate) fn logits(&self, team: &Team<'_>, sequences: &[&[u32]]) -> Vec<f32> {
        self.in_workspace(|workspace| self.network.logits(team, sequences, workspace))
    }

    /// The last states of `[CLS]` of a batch, computed by `team`.
    pub(crate) fn first_states(&self, team: &Team<'_>, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        self.in_workspace(|workspace| self.network.first_states(team, sequences, workspace))
    }

    fn in_workspace<T>(&self, work: impl FnOnce(&mut Workspace) -> T) -> T {
        let lock = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        let done = work(&mut workspace);
        lock().push(workspace);
        done
    }
}
