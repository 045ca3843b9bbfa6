//! Labels of single posts, kept by the hash of their text, so that a file of them holds no text.
//!
//! The public positives are labelled by account: everything that an account wrote is a positive,
//! its greetings and its news included. A file of post labels says what each post says by itself.
//! Its rows are the SHA-256 of a text and a letter; the caller derives the text that is hashed
//! (normalised, in lower case) and the hash.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::{DatasetError, by_hash};

/// What a post says of the group, by its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostLabel {
    /// `S`: takes the group's side.
    Supports,
    /// `N`: reports without a stance.
    Reports,
    /// `O`: opposes the group.
    Opposes,
    /// `P`: other politics, without a sign of support.
    OtherPolitics,
    /// `R`: religion without the group.
    Religion,
    /// `E`: everyday talk, or empty.
    Everyday,
    /// `U`: cannot be told from the words.
    Unclear,
}

impl PostLabel {
    /// Its letter in files.
    pub fn letter(self) -> char {
        match self {
            Self::Supports => 'S',
            Self::Reports => 'N',
            Self::Opposes => 'O',
            Self::OtherPolitics => 'P',
            Self::Religion => 'R',
            Self::Everyday => 'E',
            Self::Unclear => 'U',
        }
    }

    /// Label 1 for a post that supports, 0 for any other, none where it cannot be told.
    pub fn label(self) -> Option<bool> {
        match self {
            Self::Supports => Some(true),
            Self::Unclear => None,
            _ => Some(false),
        }
    }
}

impl FromStr for PostLabel {
    type Err = ();

    fn from_str(letter: &str) -> Result<Self, ()> {
        Ok(match letter {
            "S" => Self::Supports,
            "N" => Self::Reports,
            "O" => Self::Opposes,
            "P" => Self::OtherPolitics,
            "R" => Self::Religion,
            "E" => Self::Everyday,
            "U" => Self::Unclear,
            _ => return Err(()),
        })
    }
}

/// The post labels of one or more files, by the SHA-256 of the text in hexadecimal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PostLabels(HashMap<String, PostLabel>);

impl PostLabels {
    /// Reads files with the columns `sha256` and `letter`; others are passed over.
    ///
    /// # Errors
    /// As [`RowReader`](crate::RowReader); also for a hash or a letter that is none, and for a text with two letters.
    pub fn open(files: &[PathBuf]) -> Result<Self, DatasetError> {
        let mut labels = Self::default();
        for file in files {
            labels.read(file)?;
        }
        Ok(labels)
    }

    fn read(&mut self, file: &Path) -> Result<(), DatasetError> {
        let parse = |text: &str| {
            text.parse().map_err(|()| format!("letter \"{text}\" is none of S N O P R E U"))
        };
        by_hash::read(file, "letter", "post labels", parse, |hash, letter, line| {
            if self.0.insert(hash, letter).is_some_and(|before| before != letter) {
                return Err(DatasetError::row(file, line, "this text has two letters"));
            }
            Ok(())
        })
    }

    /// What is known of the text with this hash.
    pub fn get(&self, sha256: &str) -> Option<PostLabel> {
        self.0.get(sha256).copied()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn open(contents: &str) -> Result<PostLabels, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("labels.csv");
        std::fs::write(&file, contents).unwrap();
        PostLabels::open(&[file]).map_err(|error| error.to_string())
    }

    #[test]
    fn letters_are_found_by_hash() {
        let (a, b) = ("0a".repeat(32), "1b".repeat(32));
        let labels = open(&format!("sha256,letter,first\n{a},S,S\n{},U,P\n", b.to_uppercase()));
        let labels = labels.unwrap();
        assert_eq!(labels.get(&a).map(PostLabel::label), Some(Some(true)));
        assert_eq!(labels.get(&b).map(PostLabel::label), Some(None));
        assert_eq!(labels.get(&"2c".repeat(32)), None);
    }

    #[test]
    fn every_letter_is_read_as_it_is_written() {
        for letter in ["S", "N", "O", "P", "R", "E", "U"] {
            let label: PostLabel = letter.parse().unwrap();
            assert_eq!(label.letter().to_string(), letter);
        }
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        let hash = "0a".repeat(32);
        let say = |contents: String| open(&contents).unwrap_err();
        let message = say(format!("sha256,letter\n{hash},X\n"));
        assert!(message.contains("line 2: letter \"X\" is none of S N O P R E U"), "{message}");
        let message = say(format!("sha256,letter\n{hash},S\nabc,S\n"));
        assert!(message.contains("line 3: \"abc\" is no SHA-256"), "{message}");
        let message = say(format!("sha256,letter\n{hash},S\n{hash},N\n"));
        assert!(message.contains("line 3: this text has two letters"), "{message}");
        assert!(say(format!("sha256,label\n{hash},1\n")).contains("no column \"letter\""));
    }
}
