//! The command line of `train combine`.

use std::path::PathBuf;

use clap::Args;
use cli::ModelFolder;

/// Flags of `train combine`.
#[derive(Debug, Clone, Args)]
pub struct CombineArgs {
    /// The main model. Its threshold and bands hold for all, and its vocabulary tells languages. Models
    /// that its checkpoint holds already stay.
    #[command(flatten)]
    pub model: ModelFolder,
    /// Checkpoint of a model for other languages; repeatable. It goes into a folder of the same name, in
    /// place of a model that is there.
    #[arg(
        long,
        env = "THREAT_COMBINE_WITH",
        value_name = "DIR",
        value_delimiter = ',',
        required = true,
        help_heading = "Model"
    )]
    pub with: Vec<PathBuf>,
    /// Output folder. It replaces a checkpoint that is there, and nothing else. It may be the folder of
    /// the main model itself.
    #[arg(
        long,
        env = "THREAT_OUTPUT",
        value_name = "DIR",
        default_value = "checkpoints/combined",
        help_heading = "Model"
    )]
    pub output: PathBuf,
    /// Version of the whole, shown to people. [default: the main model's]
    #[arg(long, env = "THREAT_MODEL_VERSION", value_name = "TEXT", help_heading = "Model")]
    pub model_version: Option<String>,
}
