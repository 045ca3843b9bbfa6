//! The engine for the CPU: the tokens of a batch lie in one matrix `[tokens, hidden_size]`, each
//! sequence attends to itself, and nothing is padded.
//!
//! - [`tensors`]: a mapped weights file.
//! - [`network`]: the weights, packed for this CPU.
//! - [`forward`]: from token ids to logits.

mod forward;
mod network;
mod tensors;

use std::sync::{Mutex, PoisonError};

use kernels::Team;

pub(crate) use forward::Workspace;
pub(crate) use network::Network;

/// The network together with memory to compute in, kept between calls.
pub(crate) struct PackedEngine {
    network: Network,
    workspaces: Mutex<Vec<Workspace>>,
}

impl PackedEngine {
    pub(crate) fn new(network: Network) -> Self {
        Self { network, workspaces: Mutex::default() }
    }

    /// The logits of a batch, computed by `team`.
    pub(crate) fn logits(&self, team: &Team<'_>, sequences: &[&[u32]]) -> Vec<f32> {
        let lock = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        let logits = self.network.logits(team, sequences, &mut workspace);
        lock().push(workspace);
        logits
    }
}
