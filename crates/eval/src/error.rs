//! The mistakes a user can make, each with what to do about it.

use std::path::PathBuf;

use thiserror::Error;

/// An error that keeps a report from being made.
#[derive(Debug, Error)]
pub enum EvalError {
    /// A labelled file could not be read.
    #[error(transparent)]
    Data(#[from] dataset::DatasetError),

    /// The checkpoint could not be opened or run.
    #[error(transparent)]
    Scorer(#[from] scorer::ScorerError),

    /// A metric refused its input.
    #[error(transparent)]
    Metric(#[from] metrics::MetricError),

    /// There is no checkpoint to evaluate.
    #[error(
        "no checkpoint in {}: train one (cargo run -p train) or name one with --checkpoint",
        folder.display()
    )]
    NoCheckpoint {
        /// The folder that was searched.
        folder: PathBuf,
    },

    /// All rows have one label.
    #[error(
        "{what}: none of the {rows} rows has label {missing}, and telling labels apart takes both; \
         add a file that has them (repeat --data), or accept one label by --one-label"
    )]
    OneLabel {
        /// Name of the rows, such as "the evaluated rows".
        what: String,
        /// Number of rows.
        rows: usize,
        /// The label that is missing.
        missing: u8,
    },

    /// There is not one row with a score.
    #[error(
        "none of the {rows} rows has a score: nothing is left of any text after normalisation, or \
         every field of --score-column is empty"
    )]
    NothingScored {
        /// Number of rows.
        rows: usize,
    },

    /// A file lacks a column.
    #[error("{}: no column '{column}'; it has: {found}", file.display())]
    NoColumn {
        /// The file.
        file: PathBuf,
        /// The column that was asked for.
        column: String,
        /// The columns that the file has.
        found: String,
    },

    /// A row of the functional suite, or of a score column, is unfit.
    #[error("{}, line {row}: {problem}", file.display())]
    BadRow {
        /// The file.
        file: PathBuf,
        /// The line it starts on; the header is line 1.
        row: u64,
        /// The mistake, and what would be right.
        problem: String,
    },

    /// A file could not be read or written.
    #[error("cannot {verb} {}: {source}", path.display())]
    Io {
        /// `"read"`, `"write"` or `"create"`.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },

    /// Flags that do not go together, or a value out of range.
    #[error("{0}")]
    Flags(String),

    /// A scoring function broke its promise.
    #[error("{classifier} gave {scores} scores for {texts} texts: this is a fault of the program")]
    Miscounted {
        /// Name of the classifier.
        classifier: String,
        /// Number of texts it was given.
        texts: usize,
        /// Number of answers it gave.
        scores: usize,
    },
}

impl EvalError {
    /// Wraps an error of the file system.
    pub fn io(verb: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { verb, path, source }
    }

    /// Refuses rows of one label.
    ///
    /// # Errors
    /// [`EvalError::OneLabel`].
    pub fn check_labels(what: &str, labels: &[bool]) -> Result<(), Self> {
        let positives = labels.iter().filter(|&&label| label).count();
        if positives > 0 && positives < labels.len() {
            return Ok(());
        }
        Err(Self::OneLabel {
            what: what.to_owned(),
            rows: labels.len(),
            missing: u8::from(positives == 0),
        })
    }
}
