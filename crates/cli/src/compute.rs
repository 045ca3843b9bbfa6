//! Device, precision and threads.

use clap::Args;
use scorer::{DeviceKind, Level, Options, Precision};

use crate::value::positive;

/// Settings for scoring.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct Compute {
    /// Device: cpu, or gpu or ndarray in a build with that cargo feature.
    #[arg(long, env = "THREAT_DEVICE", value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
    /// Precision of matrix products on the CPU: auto computes in 8 bits, and once more in f32 where that
    /// could move a score by more than .01 or into another band; f32 is exact; bf16 and int8 change scores a
    /// little more.
    #[arg(long, env = "THREAT_PRECISION", value_name = "PRECISION", default_value_t = Precision::Auto)]
    pub precision: Precision,
    /// Threads on the CPU. [default: all cores]
    #[arg(long, env = "THREAT_THREADS", value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Instructions of the CPU, as [`level::from_environment`](crate::level::from_environment) reads
    /// them; no flag sets them.
    #[arg(skip)]
    pub level: Option<Level>,
}

impl Compute {
    /// The same for a scorer.
    pub fn options(&self) -> Options {
        Options {
            device: self.device,
            precision: self.precision,
            threads: self.threads,
            level: self.level,
        }
    }
}
