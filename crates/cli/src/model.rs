//! The checkpoint to use.

use std::path::PathBuf;

use checkpoint::given_or_default;
use clap::Args;

/// The folder of a model.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelFolder {
    /// Checkpoint folder, as train writes it.
    /// [default: checkpoints/threat-v2, or else the newest folder under checkpoints]
    #[arg(long, env = "THREAT_CHECKPOINT", value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
}

impl ModelFolder {
    /// The folder given, or the usual one; `None` if there is none.
    pub fn find(&self) -> Option<PathBuf> {
        given_or_default(self.checkpoint.clone())
    }
}
