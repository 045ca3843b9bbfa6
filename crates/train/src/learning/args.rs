//! Flags that every training has.

use clap::{Args, ValueEnum};
use cli::value;
use kernels::Operands;
use model::DeviceKind;
use serde::Serialize;

/// What keeps a network from learning its texts by heart.
#[derive(Debug, Clone, Args)]
pub struct RegularisationArgs {
    /// Weight decay of AdamW.
    #[arg(
        long,
        env = "THREAT_WEIGHT_DECAY",
        value_name = "X", value_parser = value::zero_or_more,
        default_value_t = 0.01,
        help_heading = "Recipe"
    )]
    pub weight_decay: f64,
    /// Dropout probability, everywhere in the network. [default: the base's own, 0.1 for ELECTRA]
    #[arg(long, env = "THREAT_DROPOUT", value_name = "X", value_parser = value::zero_to_below_one, help_heading = "Recipe")]
    pub dropout: Option<f64>,
}

/// How a training runs.
#[derive(Debug, Clone, Args)]
pub struct RunningArgs {
    /// Resume an interrupted training. Give the same flags as before.
    #[arg(long, env = "THREAT_RESUME", help_heading = "Running")]
    pub resume: bool,
    /// Discard an interrupted training and start again.
    #[arg(long, env = "THREAT_OVERWRITE", conflicts_with = "resume", help_heading = "Running")]
    pub overwrite: bool,
    /// Device: cpu, or gpu or ndarray in a build with that cargo feature.
    #[arg(long, env = "THREAT_DEVICE", value_name = "NAME", default_value_t = DeviceKind::Cpu, help_heading = "Running")]
    pub device: DeviceKind,
    /// Precision of matrix products on the CPU: bf16 is faster where the CPU has it, f32 is exact.
    /// Weights, sums and gradients are f32 either way.
    #[arg(long, env = "THREAT_TRAIN_PRECISION", value_enum, default_value_t = Precision::Bf16, help_heading = "Running")]
    pub precision: Precision,
}

/// Precision of matrix products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Exact.
    F32,
    /// Operands rounded to 16-bit brain floats.
    Bf16,
}

impl From<Precision> for Operands {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::Bf16,
        }
    }
}
