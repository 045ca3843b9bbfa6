//! Flags on labelled files that several commands have.

use std::path::PathBuf;

use clap::Args;

/// The file of a review queue.
#[derive(Debug, Clone, Args)]
pub struct VerdictFiles {
    /// Verdicts of reviewers, the file of `serve --review-db`: posts that they found to support are label 1,
    /// others 0; repeatable. Fine-tuning goes on from the model that comes with the project unless --base
    /// says otherwise, and from as many of the bundled texts unless --data does; a threshold that is
    /// chosen on verdicts holds for posts like those that were reviewed.
    #[arg(
        long,
        env = "THREAT_TRAIN_VERDICTS",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub verdicts: Vec<PathBuf>,
}
