//! Labels by post in the place of labels by account (`--labels`).

use checkpoint::sha256;
use dataset::{PostLabel, PostLabels};
use serde::Serialize;

use super::row::Row;
use crate::error::TrainError;
use crate::finetune::args::{Args, NotSupporting};

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

/// The files of `--labels`.
///
/// # Errors
/// [`TrainError::Data`] for a file that cannot be read.
pub(super) fn open(args: &Args) -> Result<Option<PostLabels>, TrainError> {
    if args.labels.is_empty() { Ok(None) } else { Ok(Some(PostLabels::open(&args.labels)?)) }
}

/// Gives rows the labels of their texts, and takes out those of which it cannot be told.
pub(super) fn relabel(
    rows: &mut Vec<Row>,
    labels: &PostLabels,
    not_supporting: NotSupporting,
) -> Relabelled {
    let mut found = Relabelled::default();
    rows.retain_mut(|row| {
        let Some(letter) = labels.get(&sha256(row.key.as_bytes())) else {
            found.unknown_positives += usize::from(row.label);
            return true;
        };
        match letter.label() {
            None => {
                found.unclear += 1;
                return false;
            }
            Some(false) if row.label && not_supporting == NotSupporting::LeaveOut => {
                found.left_out += 1;
                return false;
            }
            Some(label) => row.label = label,
        }
        match letter {
            PostLabel::Supports => found.supporting += 1,
            _ => found.not_supporting += 1,
        }
        true
    });
    found
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
