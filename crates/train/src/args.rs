//! The command line, as typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use checkpoint::weights::safetensors::Storage;
use clap::{Parser, ValueEnum};
use cli::{GroupColumns, LabelColumn, TextColumn, value};
use kernels::Operands;
use model::DeviceKind;
use serde::Serialize;

use crate::settings::{FileWeight, PosWeight, Sample};
use crate::threshold::ThresholdRule;

/// Fine-tunes ELECTRA to score how much a tweet resembles pro-ISIS posts.
///
/// Without flags it trains on the bundled sample of synthetic tweets, to try the tool. For a real
/// model give real data; see data/README.md for where to find it:
///
///   cargo run -p train -- --data tweets.csv --base google/electra-small-discriminator
///
/// Every flag can be given as an environment variable instead.
#[derive(Debug, Clone, Parser)]
#[command(name = "train", version, max_term_width = 100)]
pub struct Args {
    /// A labelled file: CSV, JSON or an export of an annotation tool; repeatable.
    /// [default: the bundled sample]
    #[arg(
        long,
        env = "THREAT_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// A file whose rows are all of label 1, such as Kaggle's "How ISIS Uses Twitter"; repeatable.
    #[arg(
        long,
        env = "THREAT_POSITIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub positives: Vec<PathBuf>,
    /// A file whose rows are all of label 0; repeatable.
    #[arg(
        long,
        env = "THREAT_NEGATIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub negatives: Vec<PathBuf>,
    /// A labelled file to judge the model on, never to learn from; repeatable. Without it, a part
    /// of the data is held out, with every author and every duplicate text on one side only.
    #[arg(
        long,
        env = "THREAT_VALIDATION",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub validation: Vec<PathBuf>,
    /// A file of texts that must be neither learned from nor held out, such as the posts that the
    /// model will be judged on later: CSV or JSON lines with the text column, or a text a line
    /// (.txt). Rows with the same text are left out wherever they stand; repeatable.
    #[arg(
        long,
        env = "THREAT_EXCLUDE",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub exclude: Vec<PathBuf>,
    /// Labels of single posts: CSV with the columns sha256 (of the normalised text in lower case) and
    /// letter, such as `data/post_labels.csv`. A post that it knows takes its label from there,
    /// whatever its file says: S (supports) is 1, N O P R E are 0, U (cannot be told) is left out;
    /// repeatable.
    #[arg(
        long,
        env = "THREAT_TRAIN_LABELS",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub labels: Vec<PathBuf>,
    /// What --labels makes of posts that do not support the group though their file labels them 1:
    /// the account's news, greetings and prayers.
    #[arg(
        long,
        env = "THREAT_TRAIN_NOT_SUPPORTING",
        value_enum,
        default_value_t = NotSupporting::Negative,
        requires = "labels",
        help_heading = "Data"
    )]
    pub not_supporting: NotSupporting,
    /// Learn from at most this many rows of each source (a value of the column source), drawn at
    /// random, so that no large source drowns the others. Rows without a source all stay.
    #[arg(long, env = "THREAT_TRAIN_ROWS_PER_SOURCE", value_name = "N", help_heading = "Data")]
    pub rows_per_source: Option<NonZeroUsize>,
    /// The share of the data that is held out where no --validation is given.
    #[arg(
        long,
        env = "THREAT_VALIDATION_SHARE",
        value_name = "SHARE", value_parser = value::between_zero_and_one,
        default_value_t = 0.2,
        help_heading = "Data"
    )]
    pub validation_share: f64,
    /// Train on part of the data: a number of rows (1000) or a share (0.25), with labels kept in
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

    /// Keep the rows of this source (a value of the column source) out of training and of what is
    /// held out of it; repeatable. Judge the model on them with eval: it shows how well a model
    /// does on a kind of post that it has never seen, which a random split cannot show.
    #[arg(
        long,
        env = "THREAT_TRAIN_HOLD_OUT_SOURCE",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Protocol"
    )]
    pub hold_out_source: Vec<String>,
    /// From this similarity on, two texts count as nearly the same: the share of word triples that
    /// both have among those that either has, 0.7 for a few words changed. Such texts are kept on
    /// one side where a part is held out of the data, and removed from training where they are
    /// near a row of --validation. [default: only equal texts are looked for]
    #[arg(
        long,
        env = "THREAT_NEAR_DUPLICATES",
        value_name = "SIMILARITY", value_parser = value::above_zero_to_one,
        help_heading = "Protocol"
    )]
    pub near_duplicates: Option<f64>,
    /// Cross-validate instead of training one model: deal the rows into this many folds and judge
    /// each by a model trained on the others, so that every row is judged once by a model that has
    /// not seen it. Threshold and temperature are chosen on a part of those others
    /// (--validation-share), never on the fold. Simple rivals (a constant, a keyword list, a TF-IDF
    /// regression) are trained and judged on the same rows. Figures go to NAME.folds.json beside --output after
    /// every fold; no checkpoint is written. Takes as long as N trainings.
    #[arg(
        long,
        env = "THREAT_TRAIN_FOLDS",
        value_name = "N", value_parser = value::at_least::<2>,
        conflicts_with_all = ["validation", "resume"],
        help_heading = "Protocol"
    )]
    pub folds: Option<usize>,
    /// What --folds keep on one side. By author, the figures are about people the model does not
    /// know; by source, about places it does not know; with none, they also reward knowing an
    /// author's style. A row without an author or source is on its own.
    #[arg(
        long,
        env = "THREAT_TRAIN_GROUP",
        value_enum,
        default_value_t = GroupBy::Author,
        requires = "folds",
        help_heading = "Protocol"
    )]
    pub group: GroupBy,

    /// What to start from: a folder with a Hugging Face ELECTRA or BERT or one of our
    /// checkpoints, a hub id such as google/electra-small-discriminator (fetched once), or
    /// random, random-base, random-large for untrained weights of that size.
    /// [default: the bundled base if there is one, else random]
    #[arg(long, env = "THREAT_BASE", value_name = "DIR|HUB_ID|random", help_heading = "Model")]
    pub base: Option<String>,
    /// Never touch the network: a hub id must be in the cache already.
    #[arg(long, env = "THREAT_OFFLINE", help_heading = "Model")]
    pub offline: bool,
    /// Where the checkpoint goes; it replaces one that is there, and nothing else. An unfinished
    /// training is kept beside it, in NAME.training.
    #[arg(
        long,
        env = "THREAT_OUTPUT",
        value_name = "DIR",
        default_value = "checkpoints/mine",
        help_heading = "Model"
    )]
    pub output: PathBuf,
    /// The model's version, for people.
    #[arg(
        long,
        env = "THREAT_MODEL_VERSION",
        value_name = "TEXT",
        default_value = "1",
        help_heading = "Model"
    )]
    pub model_version: String,
    /// How the checkpoint stores its weights: f16 halves the file and moves scores by about a
    /// thousandth.
    #[arg(
        long,
        env = "THREAT_STORAGE",
        value_enum,
        default_value_t = StoredAs::F32,
        help_heading = "Model"
    )]
    pub storage: StoredAs,
    /// Longer tweets are cut to this many word pieces. Tweets average 25; 1 in 100 has over 44.
    #[arg(
        long,
        env = "THREAT_MAX_LENGTH",
        value_name = "N", value_parser = value::at_least::<3>,
        default_value_t = 128,
        help_heading = "Model"
    )]
    pub max_length: usize,

    /// A set of defaults for the flags below.
    #[arg(long, env = "THREAT_PRESET", value_enum, default_value_t = Recipe::Electra, help_heading = "Recipe")]
    pub preset: Recipe,
    /// Passes over the data. [default: 3, or 10 for fewer than 5,000 posts; tf: 5]
    #[arg(long, env = "THREAT_EPOCHS", value_name = "N", value_parser = value::positive, help_heading = "Recipe")]
    pub epochs: Option<usize>,
    /// Posts in a batch.
    #[arg(
        long,
        env = "THREAT_BATCH_SIZE",
        value_name = "N", value_parser = value::positive,
        default_value_t = 32,
        help_heading = "Recipe"
    )]
    pub batch_size: usize,
    /// The highest learning rate. [default: 3e-4 for a hidden size up to 256, 2e-4 up to 512 (the
    /// bundled base has 384), 1e-4 up to 768, 5e-5 beyond; tf: 3e-5]
    #[arg(long, env = "THREAT_LEARNING_RATE", value_name = "X", value_parser = value::above_zero, help_heading = "Recipe")]
    pub learning_rate: Option<f64>,
    /// How much slower each layer learns than the one above it.
    /// [default: 0.8 for a pretrained base, 1 for random weights; tf: 1]
    #[arg(long, env = "THREAT_LAYERWISE_DECAY", value_name = "X", value_parser = value::above_zero_to_one, help_heading = "Recipe")]
    pub layerwise_decay: Option<f64>,
    /// The share of all steps in which the learning rate rises to its highest.
    #[arg(
        long,
        env = "THREAT_WARMUP",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.1,
        help_heading = "Recipe"
    )]
    pub warmup: f64,
    /// AdamW's weight decay.
    #[arg(
        long,
        env = "THREAT_WEIGHT_DECAY",
        value_name = "X", value_parser = value::zero_or_more,
        default_value_t = 0.01,
        help_heading = "Recipe"
    )]
    pub weight_decay: f64,
    /// Dropout, everywhere the architecture has it. [default: the base's own, 0.1 for ELECTRA]
    #[arg(long, env = "THREAT_DROPOUT", value_name = "X", value_parser = value::zero_to_below_one, help_heading = "Recipe")]
    pub dropout: Option<f64>,
    /// The share of word pieces that each step hides from the network, drawn anew every time, so
    /// that no score hangs on a single word. 0 hides none.
    #[arg(
        long,
        env = "THREAT_WORD_DROPOUT",
        value_name = "SHARE", value_parser = value::zero_to_below_one,
        default_value_t = 0.0,
        help_heading = "Recipe"
    )]
    pub word_dropout: f64,
    /// How much more a positive post weighs in the loss, or `auto` for negatives/positives.
    #[arg(
        long,
        env = "THREAT_POS_WEIGHT",
        value_name = "X|auto",
        default_value = "1",
        help_heading = "Recipe"
    )]
    pub pos_weight: PosWeight,
    /// From which score on posts are flagged, as chosen on the validation posts: f1 for the best F1,
    /// fpr=0.05 to flag at most 1 in 20 posts of label 0, precision=0.9 for at most 1 wrong post
    /// among 10 flagged, recall=0.9 to miss at most 1 in 10 posts of label 1.
    #[arg(
        long,
        env = "THREAT_TRAIN_THRESHOLD",
        value_name = "RULE",
        default_value_t,
        help_heading = "Recipe"
    )]
    pub threshold: ThresholdRule,
    /// How much each row of one of the files counts in the loss, 1 where nothing is said: less for
    /// labels that are often wrong, more for few rows that matter; repeatable.
    #[arg(
        long,
        env = "THREAT_TRAIN_WEIGHT",
        value_name = "FILE=X",
        value_delimiter = ',',
        help_heading = "Recipe"
    )]
    pub weight: Vec<FileWeight>,
    /// Decides everything random: the split, the order, the fresh weights, the dropout.
    #[arg(
        long,
        env = "THREAT_SEED",
        value_name = "N",
        default_value_t = 42,
        help_heading = "Recipe"
    )]
    pub seed: u64,

    /// Train this many models from the same base, one after the other and each on the posts in
    /// another order, and keep the mean of their weights: as fast as one, a little better and steadier
    /// than most, for so many times the training. Random weights have no mean worth keeping.
    #[arg(
        long,
        env = "THREAT_TRAIN_AVERAGE",
        value_name = "N", value_parser = value::positive,
        default_value_t = 1,
        help_heading = "Recipe"
    )]
    pub average: usize,

    /// Judge the model this many times an epoch.
    #[arg(
        long,
        env = "THREAT_EVALUATIONS",
        value_name = "N", value_parser = value::positive,
        default_value_t = 2,
        help_heading = "Running"
    )]
    pub evaluations: usize,
    /// Stop after this many evaluations without a better ROC AUC; 0 for never.
    #[arg(
        long,
        env = "THREAT_PATIENCE",
        value_name = "N",
        default_value_t = 6,
        help_heading = "Running"
    )]
    pub patience: usize,
    /// Save the training's state every this many steps, for --resume after a crash; 0 for never.
    /// On Ctrl-C or SIGTERM it is saved anyway.
    #[arg(
        long,
        env = "THREAT_SAVE_EVERY",
        value_name = "N",
        default_value_t = 500,
        help_heading = "Running"
    )]
    pub save_every: usize,
    /// Go on with an interrupted training: give the same flags as before.
    #[arg(long, env = "THREAT_RESUME", help_heading = "Running")]
    pub resume: bool,
    /// Throw an interrupted training away and start anew.
    #[arg(long, env = "THREAT_OVERWRITE", conflicts_with = "resume", help_heading = "Running")]
    pub overwrite: bool,
    /// Where to compute: cpu, or gpu or ndarray if built with that cargo feature.
    #[arg(long, env = "THREAT_DEVICE", value_name = "NAME", default_value_t = DeviceKind::Cpu, help_heading = "Running")]
    pub device: DeviceKind,
    /// How the CPU rounds the operands of the layers' matrix products: bf16, which is faster where
    /// the CPU has it, or f32, which is exact. Weights, sums and gradients are f32 either way.
    #[arg(long, env = "THREAT_TRAIN_PRECISION", value_enum, default_value_t = Precision::Bf16, help_heading = "Running")]
    pub precision: Precision,
}

/// What becomes of posts that do not support the group in files that label them 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotSupporting {
    /// They are posts of label 0.
    Negative,
    /// Nothing is learned from them.
    LeaveOut,
}

/// What folds keep on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// All rows of an author.
    Author,
    /// All rows of a source.
    Source,
    /// Nothing but equal texts.
    None,
}

/// How weights are stored in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoredAs {
    /// As they are.
    F32,
    /// In half precision.
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

/// How matrix products round their operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Not at all.
    F32,
    /// To 16-bit brain floats.
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

/// A published recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// ELECTRA's own: 3e-4 for the small model, slower in deeper layers.
    Electra,
    /// The original system's: 3e-5, five epochs, all layers alike.
    Tf,
}
