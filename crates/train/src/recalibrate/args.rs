//! The command line of `train calibrate`.

use std::path::PathBuf;

use clap::Args;
use cli::{LabelColumn, ModelFolder, TextColumn};

use crate::threshold::ThresholdRule;

/// Flags of `train calibrate`.
#[derive(Debug, Clone, Args)]
pub struct RecalibrateArgs {
    /// A labelled CSV or JSON-lines file of posts that the model has not learned from, as they come
    /// in where it will be used; repeatable. Posts that were picked by their scores will not do: what
    /// share of all posts a threshold flags cannot be seen from them. A post that is there twice counts
    /// twice. A file that the model has learned from is refused; part of one is not recognised.
    #[arg(
        long,
        env = "THREAT_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        required = true,
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// The column with the text.
    #[command(flatten)]
    pub text: TextColumn,
    /// The column with the label.
    #[command(flatten)]
    pub label: LabelColumn,

    /// The trained model.
    #[command(flatten)]
    pub model: ModelFolder,
    /// Where the model with its new calibration goes; it replaces a checkpoint that is there, and
    /// nothing else. It may be the folder it came from.
    #[arg(
        long,
        env = "THREAT_OUTPUT",
        value_name = "DIR",
        default_value = "checkpoints/calibrated",
        help_heading = "Model"
    )]
    pub output: PathBuf,
    /// The model's version, for people. [default: as it was]
    #[arg(long, env = "THREAT_MODEL_VERSION", value_name = "TEXT", help_heading = "Model")]
    pub model_version: Option<String>,

    /// From which score on posts are flagged, as chosen on these posts: f1 for the best F1, fpr=0.05
    /// to flag at most 1 in 20 posts of label 0, precision=0.9 for at most 1 wrong post among 10
    /// flagged, recall=0.9 to miss at most 1 in 10 posts of label 1. A rule that no threshold keeps is
    /// refused. [default: the rule that the model's threshold was chosen by]
    #[arg(long, env = "THREAT_TRAIN_THRESHOLD", value_name = "RULE", help_heading = "Choice")]
    pub threshold: Option<ThresholdRule>,
}
