//! The flags that pretraining and distillation share.

use std::path::PathBuf;

use clap::Args;
use cli::{TextColumn, value};

use crate::error::TrainError;
use crate::learning::args::{RegularisationArgs, RunningArgs};

/// Flags that `train pretrain` and `train distill` share.
#[derive(Debug, Clone, Args)]
pub struct LanguageArgs {
    /// File of texts: one text per line (.txt), or CSV or JSON with a text column; files packed by
    /// gzip or zstd are unpacked on the way. Repeatable.
    #[arg(
        long,
        env = "THREAT_TEXT",
        value_name = "FILE",
        value_delimiter = ',',
        required = true,
        help_heading = "Text"
    )]
    pub text: Vec<PathBuf>,
    /// The column with the text, in CSV and JSON lines.
    #[command(flatten)]
    pub column: TextColumn,
    /// File of texts, of any of these kinds, to leave out of training, such as the posts of a later
    /// test. Repeatable.
    #[arg(
        long,
        env = "THREAT_EXCLUDE",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Text"
    )]
    pub exclude: Vec<PathBuf>,
    /// Maximum text length in word pieces; longer texts are cut.
    #[arg(
        long,
        env = "THREAT_MAX_LENGTH",
        value_name = "N", value_parser = value::at_least::<3>,
        default_value_t = 64,
        help_heading = "Text"
    )]
    pub max_length: usize,

    /// Output folder. An unfinished training is kept beside it, in NAME.training.
    #[arg(long, env = "THREAT_OUTPUT", value_name = "DIR", help_heading = "Model")]
    pub output: PathBuf,
    /// Work offline: a hub id must be in the cache already.
    #[arg(long, env = "THREAT_OFFLINE", help_heading = "Model")]
    pub offline: bool,

    /// Maximum number of word pieces in a batch.
    #[arg(
        long,
        env = "THREAT_MAX_TOKENS",
        value_name = "N", value_parser = value::positive,
        default_value_t = 2_048,
        help_heading = "Recipe"
    )]
    pub max_tokens: usize,
    /// Number of passes over the text.
    #[arg(
        long,
        env = "THREAT_EPOCHS",
        value_name = "N", value_parser = value::positive,
        default_value_t = 1,
        help_heading = "Recipe"
    )]
    pub epochs: usize,
    /// Number of steps, instead of --epochs. The learning rate falls to 0 at the last one.
    #[arg(long, env = "THREAT_STEPS", value_name = "N", value_parser = value::positive, help_heading = "Recipe")]
    pub steps: Option<usize>,
    /// Peak learning rate.
    #[arg(
        long,
        env = "THREAT_LEARNING_RATE",
        value_name = "X", value_parser = value::above_zero,
        default_value_t = 5e-4,
        help_heading = "Recipe"
    )]
    pub learning_rate: f64,
    /// Share of all steps in which the learning rate rises to its peak.
    #[arg(
        long,
        env = "THREAT_WARMUP",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.05,
        help_heading = "Recipe"
    )]
    pub warmup: f64,
    /// What keeps the network from learning texts by heart.
    #[command(flatten)]
    pub regularisation: RegularisationArgs,
    /// Random seed.
    #[arg(
        long,
        env = "THREAT_SEED",
        value_name = "N",
        default_value_t = 42,
        help_heading = "Recipe"
    )]
    pub seed: u64,

    /// Steps between reports of the figures.
    #[arg(
        long,
        env = "THREAT_REPORT_EVERY",
        value_name = "N", value_parser = value::positive,
        default_value_t = 100,
        help_heading = "Running"
    )]
    pub report_every: usize,
    /// Steps between saves of the training's state, for --resume after a crash; 0 for no saves. On
    /// Ctrl-C and SIGTERM it is always saved.
    #[arg(
        long,
        env = "THREAT_SAVE_EVERY",
        value_name = "N",
        default_value_t = 200,
        help_heading = "Running"
    )]
    pub save_every: usize,
    /// How the training runs.
    #[command(flatten)]
    pub running: RunningArgs,
}

impl LanguageArgs {
    /// Holds flags to each other, and `--output` to where a base may be written.
    ///
    /// # Errors
    /// [`TrainError::Flag`] naming the flag that does not fit, [`TrainError::Checkpoint`] if something
    /// else stands at `--output`.
    pub fn check(&self) -> Result<(), TrainError> {
        if self.max_tokens < self.max_length {
            return Err(TrainError::Flag {
                flag: "--max-tokens",
                reason: "a batch must hold at least one text of --max-length".to_owned(),
            });
        }
        checkpoint::folder::check_place(&self.output)?;
        Ok(())
    }

    /// The settings that `--resume` compares with the saved state, except those of only one
    /// program.
    pub fn fingerprint(&self) -> Vec<(String, String)> {
        let settings = [
            ("--max-length", self.max_length.to_string()),
            ("--max-tokens", self.max_tokens.to_string()),
            ("--epochs", self.epochs.to_string()),
            ("--steps", format!("{:?}", self.steps)),
            ("--learning-rate", self.learning_rate.to_string()),
            ("--warmup", self.warmup.to_string()),
            ("--weight-decay", self.regularisation.weight_decay.to_string()),
            ("--dropout", format!("{:?}", self.regularisation.dropout)),
            ("--seed", self.seed.to_string()),
            ("--device", self.running.device.to_string()),
            ("--precision", format!("{:?}", self.running.precision)),
        ];
        settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
