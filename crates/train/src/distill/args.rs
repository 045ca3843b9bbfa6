//! The command line of `train distill`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cli::value;

use crate::language::LanguageArgs;

/// Flags of `train distill`.
#[derive(Debug, Clone, Args)]
pub struct DistillArgs {
    /// Teacher: a folder with a Hugging Face BERT or ELECTRA, or one of our checkpoints.
    #[arg(long, env = "THREAT_TEACHER", value_name = "DIR", help_heading = "Model")]
    pub teacher: PathBuf,
    /// Model that the student starts from: a folder, a hub id or random, as for fine-tuning; or
    /// teacher, for the teacher's own layers, all or some, with narrower embedding tables.
    #[arg(
        long,
        env = "THREAT_BASE",
        value_name = "DIR|HUB_ID|random|teacher",
        default_value = "random",
        help_heading = "Model"
    )]
    pub base: String,
    /// Columns of the embedding tables, with --base teacher.
    #[arg(
        long,
        env = "THREAT_EMBEDDING_SIZE",
        value_name = "N", value_parser = value::positive,
        default_value_t = 128,
        help_heading = "Model"
    )]
    pub embedding_size: usize,
    /// Number of the teacher's layers to keep, with --base teacher: evenly spread, each to learn what
    /// its neighbours did as well. [default: all]
    #[arg(
        long,
        env = "THREAT_LAYERS",
        value_name = "N", value_parser = value::positive,
        help_heading = "Model"
    )]
    pub layers: Option<usize>,
    /// Source of the student's embedding tables: the teacher's, reduced to the student's width, or the
    /// base's own. [default: the teacher's for a random base]
    #[arg(long, env = "THREAT_EMBEDDINGS", value_enum, help_heading = "Model")]
    pub embeddings: Option<Embeddings>,
    /// Flags of all distillations and pretrainings.
    #[command(flatten)]
    pub language: LanguageArgs,
}

/// Source of embedding tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Embeddings {
    /// The principal components of the teacher's.
    Teacher,
    /// The base's own.
    Base,
}
