//! The command line, as typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use checkpoint::weights::safetensors::Storage;
use clap::{Parser, ValueEnum};
use cli::{GroupColumns, LabelColumn, TextColumn, value};
use serde::Serialize;

use super::settings::{FileWeight, PosWeight, Sample};
use crate::calibrate::threshold::ThresholdRule;
use crate::data::args::VerdictFiles;
use crate::data::relabel::NotSupporting;
use crate::learning::args::{RegularisationArgs, RunningArgs};

/// Fine-tunes ELECTRA to score how much a tweet resembles pro-ISIS posts.
///
/// Without flags it trains on the bundled sample of synthetic tweets, to try the tool. For a real
/// model give real data; see data/README.md for where to find it:
///
///   cargo run -p train -- --data tweets.csv --base google/electra-small-discriminator
///
/// Every flag can be given as an environment variable instead.
#[derive(Debug, Clone, Parser)]
#[command(name = "threat-train", version, max_term_width = 100)]
pub struct FinetuneArgs {
    /// Labelled file: CSV, JSON or an export of an annotation tool; repeatable. [default: the bundled sample]
    #[arg(
        long,
        env = "THREAT_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// File whose rows all have label 1, such as Kaggle's "How ISIS Uses Twitter"; repeatable.
    #[arg(
        long,
        env = "THREAT_POSITIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub positives: Vec<PathBuf>,
    /// File whose rows all have label 0; repeatable.
    #[arg(
        long,
        env = "THREAT_NEGATIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub negatives: Vec<PathBuf>,
    /// The file of a review queue.
    #[command(flatten)]
    pub reviewed: VerdictFiles,
    /// Labelled file for validation, never trained on; repeatable. Without it a part of the data is
    /// held out, with every author and every duplicate text on one side only.
    #[arg(
        long,
        env = "THREAT_VALIDATION",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub validation: Vec<PathBuf>,
    /// File of texts to leave out of training and validation, such as the posts of a later test:
    /// CSV or JSON lines with the text column, or one text per line (.txt); repeatable.
    #[arg(
        long,
        env = "THREAT_EXCLUDE",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub exclude: Vec<PathBuf>,
    /// Labels of single posts: CSV with the columns sha256 (of the normalised text in lower case) and
    /// letter, such as `data/post_labels.csv`. They replace the labels of the data files: S (supports)
    /// is 1, N O P R E are 0, U (cannot be told) is left out; repeatable.
    #[arg(
        long,
        env = "THREAT_TRAIN_LABELS",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub labels: Vec<PathBuf>,
    /// Treatment of posts that their file labels 1 but --labels finds not to support the group: news,
    /// greetings and prayers of the same accounts.
    #[arg(
        long,
        env = "THREAT_TRAIN_NOT_SUPPORTING",
        value_enum,
        default_value_t = NotSupporting::Negative,
        requires = "labels",
        help_heading = "Data"
    )]
    pub not_supporting: NotSupporting,
    /// Logits of a larger model, the teacher: CSV with the columns sha256 (as --labels) and logit. A post
    /// that it knows is learned from its label and from the teacher's score.
    #[arg(
        long,
        env = "THREAT_TRAIN_TEACHER_LOGITS",
        value_name = "FILE",
        conflicts_with = "folds",
        help_heading = "Data"
    )]
    pub teacher_logits: Option<PathBuf>,
    /// Share of the teacher's score in what the loss asks for; the label has the rest.
    #[arg(
        long,
        env = "THREAT_TRAIN_TEACHER_SHARE",
        value_name = "SHARE", value_parser = value::above_zero_to_one,
        default_value_t = 0.5,
        requires = "teacher_logits",
        help_heading = "Data"
    )]
    pub teacher_share: f64,
    /// File of posts without labels, learned from by the teacher's score alone; those that it does not
    /// know are passed over; repeatable.
    #[arg(
        long,
        env = "THREAT_TRAIN_UNLABELLED",
        value_name = "FILE",
        value_delimiter = ',',
        requires = "teacher_logits",
        help_heading = "Data"
    )]
    pub unlabelled: Vec<PathBuf>,
    /// Maximum number of training rows per source (a value of the column source), drawn at random.
    /// Rows without a source all stay.
    #[arg(long, env = "THREAT_TRAIN_ROWS_PER_SOURCE", value_name = "N", help_heading = "Data")]
    pub rows_per_source: Option<NonZeroUsize>,
    /// Share of the data to hold out if --validation is not given.
    #[arg(
        long,
        env = "THREAT_VALIDATION_SHARE",
        value_name = "SHARE", value_parser = value::between_zero_and_one,
        default_value_t = 0.2,
        help_heading = "Data"
    )]
    pub validation_share: f64,
    /// Train on a part of the data: a number of rows (1000) or a share (0.25). Labels keep their
    /// proportion.
    #[arg(long, env = "THREAT_SAMPLE", value_name = "N|SHARE", help_heading = "Data")]
    pub sample: Option<Sample>,
    /// The column with the text.
    #[command(flatten)]
    pub text: TextColumn,
    /// The column with the label.
    #[command(flatten)]
    pub label: LabelColumn,
    /// The columns by which rows belong together.
    #[command(flatten)]
    pub groups: GroupColumns,

    /// Source (a value of the column source) to leave out of training and validation; repeatable.
    /// Evaluate on it with eval: this shows how the model does on a kind of post that it has not seen,
    /// which a random split cannot show.
    #[arg(
        long,
        env = "THREAT_TRAIN_HOLD_OUT_SOURCE",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Evaluation"
    )]
    pub hold_out_source: Vec<String>,
    /// Similarity at which two texts count as near duplicates: shared word triples divided by all word
    /// triples of both, for example 0.7. Near duplicates stay on one side of a split, and those of a
    /// --validation row are removed from training. [default: only equal texts count]
    #[arg(
        long,
        env = "THREAT_NEAR_DUPLICATES",
        value_name = "SIMILARITY", value_parser = value::above_zero_to_one,
        help_heading = "Evaluation"
    )]
    pub near_duplicates: Option<f64>,
    /// Cross-validate with this many folds instead of training one model. Each fold is scored by a
    /// model trained on the others; threshold and temperature are chosen on a part of the others
    /// (--validation-share). Simple baselines (a constant, a keyword list, a TF-IDF regression) are
    /// trained and scored on the same rows. Figures go to NAME.folds.json beside --output after every
    /// fold; no checkpoint is written. Takes as long as N trainings.
    #[arg(
        long,
        env = "THREAT_TRAIN_FOLDS",
        value_name = "N", value_parser = value::at_least::<2>,
        conflicts_with_all = ["validation", "resume"],
        help_heading = "Evaluation"
    )]
    pub folds: Option<usize>,
    /// Rows that --folds keep together. With author, the figures are for authors that the model has
    /// not seen; with source, for sources that it has not seen; with none, the model may profit from
    /// knowing an author's style. A row without an author or source is a group of its own.
    #[arg(
        long,
        env = "THREAT_TRAIN_GROUP",
        value_enum,
        default_value_t = GroupBy::Author,
        requires = "folds",
        help_heading = "Evaluation"
    )]
    pub group: GroupBy,

    /// Pretrained model to start from: a folder with a Hugging Face ELECTRA or BERT or one of our
    /// checkpoints, a hub id such as google/electra-small-discriminator (fetched once), or
    /// random, random-base, random-large for untrained weights of that size.
    /// [default: the bundled base if there is one, else random]
    #[arg(long, env = "THREAT_BASE", value_name = "DIR|HUB_ID|random", help_heading = "Model")]
    pub base: Option<String>,
    /// Work offline: a hub id must be in the cache already.
    #[arg(long, env = "THREAT_OFFLINE", help_heading = "Model")]
    pub offline: bool,
    /// Output folder. It replaces a checkpoint that is there, and nothing else. An unfinished training
    /// is kept beside it, in NAME.training.
    #[arg(
        long,
        env = "THREAT_OUTPUT",
        value_name = "DIR",
        default_value = "checkpoints/mine",
        help_heading = "Model"
    )]
    pub output: PathBuf,
    /// Version of the model, shown to people.
    #[arg(
        long,
        env = "THREAT_MODEL_VERSION",
        value_name = "TEXT",
        default_value = "1",
        help_heading = "Model"
    )]
    pub model_version: String,
    /// Number format of the stored weights: f16 halves the file and changes scores by about a
    /// thousandth.
    #[arg(
        long,
        env = "THREAT_STORAGE",
        value_enum,
        default_value_t = StoredAs::F32,
        help_heading = "Model"
    )]
    pub storage: StoredAs,
    /// Maximum text length in word pieces while learning; longer texts are cut. Tweets average 25; 1 in
    /// 100 has over 44. Judged they are whole: the model reads them in windows, and the highest counts.
    #[arg(
        long,
        env = "THREAT_MAX_LENGTH",
        value_name = "N", value_parser = value::at_least::<3>,
        default_value_t = 128,
        help_heading = "Model"
    )]
    pub max_length: usize,

    /// Defaults for the flags below.
    #[arg(long, env = "THREAT_PRESET", value_enum, default_value_t = PublishedRecipe::Electra, help_heading = "Recipe")]
    pub preset: PublishedRecipe,
    /// Number of passes over the data. [default: 3, or 10 for fewer than 5,000 posts; tf: 5]
    #[arg(long, env = "THREAT_EPOCHS", value_name = "N", value_parser = value::positive, help_heading = "Recipe")]
    pub epochs: Option<usize>,
    /// Batch size, in posts.
    #[arg(
        long,
        env = "THREAT_BATCH_SIZE",
        value_name = "N", value_parser = value::positive,
        default_value_t = 32,
        help_heading = "Recipe"
    )]
    pub batch_size: usize,
    /// Peak learning rate. [default: 3e-4 for a hidden size up to 256, 2e-4 up to 512 (the
    /// bundled base has 384), 1e-4 up to 768, 5e-5 beyond; tf: 3e-5]
    #[arg(long, env = "THREAT_LEARNING_RATE", value_name = "X", value_parser = value::above_zero, help_heading = "Recipe")]
    pub learning_rate: Option<f64>,
    /// Factor on the learning rate from each layer to the one below it.
    /// [default: 0.8 for a pretrained base, 1 for random weights; tf: 1]
    #[arg(long, env = "THREAT_LAYERWISE_DECAY", value_name = "X", value_parser = value::above_zero_to_one, help_heading = "Recipe")]
    pub layerwise_decay: Option<f64>,
    /// Share of all steps in which the learning rate rises to its peak.
    #[arg(
        long,
        env = "THREAT_WARMUP",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.1,
        help_heading = "Recipe"
    )]
    pub warmup: f64,
    /// What keeps the network from learning posts by heart.
    #[command(flatten)]
    pub regularisation: RegularisationArgs,
    /// Share of word pieces to hide at random in each step, so that no score depends on a single word.
    #[arg(
        long,
        env = "THREAT_WORD_DROPOUT",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.0,
        help_heading = "Recipe"
    )]
    pub word_dropout: f64,
    /// Weight of a positive post in the loss, or `auto` for negatives/positives.
    #[arg(
        long,
        env = "THREAT_POS_WEIGHT",
        value_name = "X|auto",
        default_value = "1",
        help_heading = "Recipe"
    )]
    pub pos_weight: PosWeight,
    /// Rule for the decision threshold, chosen on the validation posts: f1 for the best F1, fpr=0.05
    /// to flag at most 1 in 20 posts of label 0, precision=0.9 for at most 1 wrong post among 10
    /// flagged, recall=0.9 to miss at most 1 in 10 posts of label 1.
    #[arg(
        long,
        env = "THREAT_TRAIN_THRESHOLD",
        value_name = "RULE",
        default_value_t,
        help_heading = "Recipe"
    )]
    pub threshold: ThresholdRule,
    /// Weight in the loss of each row of one of the files: less than 1 for labels that are often
    /// wrong, more for a few rows that matter; repeatable. [default: 1 for each file]
    #[arg(
        long,
        env = "THREAT_TRAIN_WEIGHT",
        value_name = "FILE=X",
        value_delimiter = ',',
        help_heading = "Recipe"
    )]
    pub weight: Vec<FileWeight>,
    /// Random seed: for the split, the order, new weights and dropout.
    #[arg(
        long,
        env = "THREAT_SEED",
        value_name = "N",
        default_value_t = 42,
        help_heading = "Recipe"
    )]
    pub seed: u64,

    /// Number of models to train from the same base, each with the posts in another order; the
    /// checkpoint has the mean of their weights. It scores as fast as one model and is a little better
    /// than most; training takes N times as long. Needs a pretrained base.
    #[arg(
        long,
        env = "THREAT_TRAIN_AVERAGE",
        value_name = "N", value_parser = value::positive,
        default_value_t = 1,
        help_heading = "Recipe"
    )]
    pub average: usize,

    /// Share of the base in the weights that are written: the mean of what was learned and of what was
    /// there before keeps more of the latter (`just improve` takes 0.75). Needs a base that scores already, one of our checkpoints.
    #[arg(
        long,
        env = "THREAT_TRAIN_BASE_SHARE",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.0,
        help_heading = "Recipe"
    )]
    pub base_share: f64,

    /// Evaluations per epoch.
    #[arg(
        long,
        env = "THREAT_EVALUATIONS",
        value_name = "N", value_parser = value::positive,
        default_value_t = 2,
        help_heading = "Running"
    )]
    pub evaluations: usize,
    /// Stop after this many evaluations without a better ROC AUC; 0 never stops early.
    #[arg(
        long,
        env = "THREAT_PATIENCE",
        value_name = "N",
        default_value_t = 6,
        help_heading = "Running"
    )]
    pub patience: usize,
    /// Steps between saves of the training's state, for --resume after a crash; 0 for no saves. On
    /// Ctrl-C and SIGTERM it is always saved.
    #[arg(
        long,
        env = "THREAT_SAVE_EVERY",
        value_name = "N",
        default_value_t = 500,
        help_heading = "Running"
    )]
    pub save_every: usize,
    /// How the training runs.
    #[command(flatten)]
    pub running: RunningArgs,
}

/// Rows that folds keep together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// All rows of an author.
    Author,
    /// All rows of a source.
    Source,
    /// Only equal texts.
    None,
}

/// Number format of stored weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoredAs {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
}

impl From<StoredAs> for Storage {
    fn from(stored: StoredAs) -> Self {
        match stored {
            StoredAs::F32 => Self::F32,
            StoredAs::F16 => Self::F16,
        }
    }
}

/// A published recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PublishedRecipe {
    /// ELECTRA's own: 3e-4 for the small model, slower in deeper layers.
    Electra,
    /// The original system's: 3e-5, five epochs, all layers alike.
    Tf,
}
