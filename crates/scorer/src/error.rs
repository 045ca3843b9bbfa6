//! Errors of scoring.

use checkpoint::CheckpointError;
use kernels::DeviceKind;

use crate::Precision;

/// Errors of scoring texts.
#[derive(Debug, thiserror::Error)]
pub enum ScorerError {
    /// The checkpoint or its tokenizer cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The network cannot be built on the device, or the device not opened.
    #[cfg(feature = "burn")]
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// This build computes on the CPU only.
    #[cfg(not(feature = "burn"))]
    #[error(
        "this build has no device {device}: it needs the cargo feature `gpu` or `ndarray`; the device cpu is always there"
    )]
    NoDevice {
        /// The device asked for.
        device: DeviceKind,
    },
    /// A precision that only the CPU has was asked for on another device.
    #[error("device {device} computes in f32 only: precision {precision} is for the cpu")]
    Precision {
        /// The precision asked for.
        precision: Precision,
        /// The device.
        device: DeviceKind,
    },
    /// The threads that were asked for cannot be had.
    #[error("cannot start {threads} threads: {reason}; ask for fewer, or leave the number out")]
    Threads {
        /// The number asked for.
        threads: usize,
        /// The answer.
        reason: String,
    },
    /// The network computed something that is not a number.
    #[error(
        "the logit of text {index} is {logit}: the weights are damaged, or their training failed; \
         use another checkpoint"
    )]
    NotANumber {
        /// The text's position among those given, from 0.
        index: usize,
        /// The logit computed.
        logit: f32,
    },
}
