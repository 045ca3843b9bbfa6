//! The command line of `train calibrate`.

use std::path::PathBuf;

use clap::Args;
use cli::{LabelColumn, ModelFolder, TextColumn};

use super::threshold::ThresholdRule;
use crate::data::args::VerdictFiles;

/// Flags of `train calibrate`.
#[derive(Debug, Clone, Args)]
pub struct CalibrateArgs {
    /// Labelled CSV or JSON-lines file of posts from the place where the model will be used;
    /// repeatable. The model must not have been trained on them: its training files are refused, but a
    /// part of one is not recognised. Take all posts or a random sample, not posts picked by their
    /// scores. A post that is there twice counts twice.
    #[arg(
        long,
        env = "THREAT_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        required_unless_present = "verdicts",
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// The file of a review queue.
    #[command(flatten)]
    pub reviewed: VerdictFiles,
    /// Labels of single posts, as in `train --labels`: a post that is known there takes its label from
    /// there, and one that a reader could not tell (U) is left out; repeatable.
    #[arg(
        long,
        env = "THREAT_CALIBRATE_LABELS",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub labels: Vec<PathBuf>,
    /// The column with the text.
    #[command(flatten)]
    pub text: TextColumn,
    /// The column with the label.
    #[command(flatten)]
    pub label: LabelColumn,

    /// The trained model.
    #[command(flatten)]
    pub model: ModelFolder,
    /// Output folder. It replaces a checkpoint that is there, and nothing else. It may be the folder of
    /// the model itself.
    #[arg(
        long,
        env = "THREAT_OUTPUT",
        value_name = "DIR",
        default_value = "checkpoints/calibrated",
        help_heading = "Model"
    )]
    pub output: PathBuf,
    /// Version of the model, shown to people. [default: as it was]
    #[arg(long, env = "THREAT_MODEL_VERSION", value_name = "TEXT", help_heading = "Model")]
    pub model_version: Option<String>,

    /// Rule for the decision threshold, chosen on these posts: f1 for the best F1, fpr=0.05 to flag at
    /// most 1 in 20 posts of label 0, precision=0.9 for at most 1 wrong post among 10 flagged,
    /// recall=0.9 to miss at most 1 in 10 posts of label 1. A rule that no threshold keeps is refused.
    /// [default: the rule that the model was trained with]
    #[arg(long, env = "THREAT_TRAIN_THRESHOLD", value_name = "RULE", help_heading = "Choice")]
    pub threshold: Option<ThresholdRule>,
}
