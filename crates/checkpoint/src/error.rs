//! The mistakes a user can make with model files, each with its remedy.

use std::path::{Path, PathBuf};

use text::{OneLine, TextError};

/// Errors of a model, a tokenizer or a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The action that failed: "read", "write", "rename".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A checkpoint is to be written where it would destroy something else, or cannot be.
    #[error("{path} is no place for a checkpoint: {reason}", path = path.display())]
    Place {
        /// The place.
        path: PathBuf,
        /// The obstacle, and the remedy.
        reason: String,
    },
    /// A folder lacks a file that it must hold.
    #[error("{folder} has no {file}: {hint}", folder = folder.display())]
    MissingFile {
        /// The folder.
        folder: PathBuf,
        /// The file or files, as a person would say it.
        file: String,
        /// The remedy.
        hint: String,
    },
    /// A file is damaged, cut short or of another kind.
    #[error("{path} cannot be used: {reason}", path = path.display(), reason = OneLine(reason))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The fault found.
        reason: String,
    },
    /// The checkpoint was written by another version of the format or the normaliser.
    #[error(
        "{path} has {what} {found}, this program reads {expected}: train again, or use the program that wrote it",
        path = path.display(), found = OneLine(found)
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The name of the version that differs.
        what: &'static str,
        /// The version in the file.
        found: String,
        /// The version that this program reads.
        expected: String,
    },
    /// The two labels are not the ones that the scores are about.
    #[error(
        "{path} maps labels as {found}, but a score is the probability of label 1: expected {{0: not_pro_isis, 1: pro_isis}}",
        path = path.display(), found = OneLine(found)
    )]
    Labels {
        /// The file.
        path: PathBuf,
        /// The name in the file.
        found: String,
    },
    /// The architecture is not one that this program computes.
    #[error("{path}: {reason}", path = path.display(), reason = OneLine(reason))]
    Architecture {
        /// The `config.json`.
        path: PathBuf,
        /// The mismatch.
        reason: String,
    },
    /// Tensors are missing or have another shape than the architecture needs.
    #[error("the weights of {origin} do not fit the architecture: {problems}", problems = OneLine(problems))]
    Weights {
        /// The source of the weights.
        origin: String,
        /// Every problem, separated by semicolons.
        problems: String,
    },
    /// The tokenizer could not be read or written.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl CheckpointError {
    /// An [`CheckpointError::Io`] for `map_err`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// An [`CheckpointError::Damaged`].
    pub fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }
}
