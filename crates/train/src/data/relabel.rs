//! Labels by post in the place of labels by account (`--labels`).

use std::borrow::Cow;
use std::path::PathBuf;

use clap::ValueEnum;
use dataset::{Example, PostLabel, PostLabels};
use serde::Serialize;

use super::row::{Row, hash, key};
use crate::error::TrainError;

/// Treatment of posts that do not support the group in files that label them 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotSupporting {
    /// Label 0.
    Negative,
    /// Left out.
    LeaveOut,
}

/// Counts of the rows that a file of post labels knows, by their fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Relabelled {
    /// Rows that support the group: label 1.
    pub supporting: usize,
    /// Rows that do not: label 0.
    pub not_supporting: usize,
    /// Rows of label 1 in their file that do not support the group; removed on request.
    pub left_out: usize,
    /// Rows of which a reader cannot tell; removed.
    pub unclear: usize,
    /// Rows of label 1 in their file that no file of post labels knows; they stay as they are.
    pub unknown_positives: usize,
}

/// A labelled post, before or after it is cleaned.
pub(crate) trait Labelled {
    /// As [`Row::key`].
    fn key(&self) -> Cow<'_, str>;

    /// True if it is labelled as pro-ISIS.
    fn label(&mut self) -> &mut bool;
}

impl Labelled for Row {
    fn key(&self) -> Cow<'_, str> {
        self.key.as_str().into()
    }

    fn label(&mut self) -> &mut bool {
        &mut self.label
    }
}

impl Labelled for Example {
    fn key(&self) -> Cow<'_, str> {
        key(&self.text).into()
    }

    fn label(&mut self) -> &mut bool {
        &mut self.label
    }
}

/// The files of `--labels`, if there are any.
///
/// # Errors
/// [`TrainError::Data`] for a file that cannot be read.
pub(crate) fn open(files: &[PathBuf]) -> Result<Option<PostLabels>, TrainError> {
    if files.is_empty() { Ok(None) } else { Ok(Some(PostLabels::open(files)?)) }
}

/// Gives posts the labels of their texts, and takes out those of which it cannot be told.
pub(crate) fn relabel(
    posts: &mut Vec<impl Labelled>,
    labels: &PostLabels,
    not_supporting: NotSupporting,
) -> Relabelled {
    let mut found = Relabelled::default();
    posts.retain_mut(|post| {
        let letter = labels.get(&hash(&post.key()));
        let label = post.label();
        let Some(letter) = letter else {
            found.unknown_positives += usize::from(*label);
            return true;
        };
        match letter.label() {
            None => {
                found.unclear += 1;
                return false;
            }
            Some(false) if *label && not_supporting == NotSupporting::LeaveOut => {
                found.left_out += 1;
                return false;
            }
            Some(by_post) => *label = by_post,
        }
        match letter {
            PostLabel::Supports => found.supporting += 1,
            _ => found.not_supporting += 1,
        }
        true
    });
    found
}

impl Relabelled {
    /// Posts that a file knows.
    pub(crate) fn known(self) -> usize {
        self.supporting + self.not_supporting + self.left_out + self.unclear
    }
}

impl std::ops::Add for Relabelled {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            supporting: self.supporting + other.supporting,
            not_supporting: self.not_supporting + other.not_supporting,
            left_out: self.left_out + other.left_out,
            unclear: self.unclear + other.unclear,
            unknown_positives: self.unknown_positives + other.unknown_positives,
        }
    }
}
