//! The device, precision and number of threads to compute with.

use kernels::{DeviceKind, Level};

use crate::Precision;

/// Options of a [`Scorer`](crate::Scorer): by default it computes on the CPU, rounded where that
/// cannot show, on all cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// On what.
    pub device: DeviceKind,
    /// The rounding of the operands of matrix products; bf16 and int8 on the CPU only.
    pub precision: Precision,
    /// Threads on the CPU: one is the calling thread and starts none; where none is given, those of
    /// rayon's global pool.
    pub threads: Option<usize>,
    /// Instructions of the CPU; where none are given, the fastest it has.
    pub level: Option<Level>,
}
