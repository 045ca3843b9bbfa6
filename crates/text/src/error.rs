//! Errors in a vocabulary's files.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// Words out of a file, as they may stand in a message: in one line, control characters by their numbers.
#[derive(Debug, Clone, Copy)]
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| {
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())
            } else {
                f.write_char(letter)
            }
        })
    }
}

/// Errors of reading or writing a tokenizer.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The folder has no vocabulary.
    #[error(
        "{folder} has no tokenizer.json or vocab.txt: copy the one that the model was trained with into it",
        folder = folder.display()
    )]
    NoVocabulary {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is damaged, cut short or of another kind.
    #[error("{path} cannot be used: {reason}", path = path.display(), reason = OneLine(reason))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The fault found.
        reason: String,
    },
}

impl TextError {
    /// A [`TextError::Read`] for `map_err`.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// A [`TextError::Damaged`].
    pub fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }
}
