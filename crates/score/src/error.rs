//! The mistakes a user can make when scoring, each with its remedy.

use std::path::{Path, PathBuf};

/// An error that stops a scoring. Nothing is left at the output's place then.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// No column of the name given with --lang-column.
    #[error(
        "{file}: there is no column \"{column}\" for --lang-column; there are: {found}",
        file = file.display()
    )]
    NoLangColumn {
        /// The input.
        file: PathBuf,
        /// The column that was asked for.
        column: String,
        /// The columns that the input has.
        found: String,
    },
    /// The input could not be read.
    #[error(transparent)]
    Input(#[from] dataset::DatasetError),
    /// The model failed on a chunk of texts.
    #[error("cannot score: {0}")]
    Scorer(Box<dyn std::error::Error + Send + Sync>),
    /// No checkpoint was named and none is in its usual place.
    #[error(
        "there is no checkpoint under {root}: train one with `cargo run -p train`, or name one with --checkpoint",
        root = root.display()
    )]
    NoCheckpoint {
        /// The folder that was searched.
        root: PathBuf,
    },
    /// The output would replace the input.
    #[error("input and --output are both {path}: give --output another name", path = path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("--output: there is no folder {folder}: create it first", folder = folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The output is called like another kind of file than the input is.
    #[error(
        "--output: {path} {is_not}, and rows come out as they come in: give it another name",
        path = path.display()
    )]
    OtherKind {
        /// The output.
        path: PathBuf,
        /// The mismatch of its name, in words.
        is_not: &'static str,
    },
    /// Parquet would be shown as text.
    #[error("what is read is Parquet, and so is what is written: name a file with --output")]
    Terminal,
    /// The output is a folder.
    #[error("--output: {path} is a folder: name a file in it", path = path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The output could not be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
}

impl ScoreError {
    /// A [`ScoreError::Write`] for `map_err`.
    pub fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    /// True if the reader of our output went away, as `head` does when it has enough.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. }
            if source.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
