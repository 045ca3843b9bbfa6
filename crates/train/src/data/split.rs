//! The split into rows to learn from and rows to judge by.

use std::collections::HashSet;

use dataset::{Groups, hold_out, join_near, near_shared, sample};

use super::row::{Row, keys, labels};
use crate::error::TrainError;
use crate::finetune::args::{FinetuneArgs, GroupBy};
use crate::finetune::settings::Sample;

impl GroupBy {
    /// The value that a row is grouped by, if it has one.
    pub(crate) fn of(self, row: &Row) -> Option<&str> {
        match self {
            Self::Author => row.author.as_deref(),
            Self::Source => row.source.as_deref(),
            Self::None => None,
        }
    }
}

/// Rows of one author, or of whatever is asked for, as groups that must not be parted; with near
/// texts in the same group where their similarity is at or above `near`. A row without a value is a
/// group by itself.
pub(crate) fn groups(rows: &[Row], by: GroupBy, near: Option<f64>) -> Groups {
    let mut groups = Groups::new(rows.len());
    for (row, post) in rows.iter().enumerate() {
        if let Some(value) = by.of(post) {
            groups.join(row, value);
        }
    }
    if let Some(threshold) = near {
        join_near(&mut groups, &keys(rows), threshold);
    }
    groups
}

/// Refuses rows of a label that all are of one author: authors are kept on one side, so that the other
/// would have none, whatever share is held out.
///
/// # Errors
/// [`TrainError::Flag`].
pub(crate) fn check_authors(rows: &[Row]) -> Result<(), TrainError> {
    for label in [true, false] {
        let of_label = || rows.iter().filter(|row| row.label == label);
        let authors: HashSet<Option<&str>> = of_label().map(|row| row.author.as_deref()).collect();
        if authors.len() == 1 && !authors.contains(&None) {
            let reason = format!(
                "all {} rows of label {} are of one author, and an author is never both learned from and \
                 judged by: name the column that tells authors apart, or give a file to judge by with \
                 --validation",
                of_label().count(),
                u8::from(label),
            );
            return Err(TrainError::Flag { flag: "--author-column", reason });
        }
    }
    Ok(())
}

/// Holds a part of the rows out, whole authors only: (to learn from, to judge by).
pub(super) fn held_out(
    rows: Vec<Row>,
    args: &FinetuneArgs,
    near: Option<f64>,
) -> (Vec<Row>, Vec<Row>) {
    let groups = groups(&rows, GroupBy::Author, near);
    let (kept, held) = hold_out(&labels(&rows), groups, args.validation_share, args.seed);
    let held: HashSet<usize> = held.into_iter().collect();
    debug_assert_eq!(kept.len() + held.len(), rows.len());
    let mut sides = (Vec::new(), Vec::new());
    for (row, post) in rows.into_iter().enumerate() {
        let side = if held.contains(&row) { &mut sides.1 } else { &mut sides.0 };
        side.push(post);
    }
    sides
}

/// Removes training rows whose text is in the validation data; how many.
pub(super) fn remove_shared(training: &mut Vec<Row>, validation: &[Row]) -> usize {
    let judged: HashSet<&str> = validation.iter().map(|post| post.key.as_str()).collect();
    let before = training.len();
    training.retain(|post| !judged.contains(post.key.as_str()));
    before - training.len()
}

/// Removes training rows whose text is nearly one of the validation data; how many.
pub(super) fn remove_near(training: &mut Vec<Row>, validation: &[Row], threshold: f64) -> usize {
    let near = near_shared(&keys(training), &keys(validation), threshold);
    let before = training.len();
    let mut near = near.into_iter();
    training.retain(|_| near.next().flatten().is_none());
    before - training.len()
}

/// The places of the rows that `--sample` takes among rows of these labels; all without it.
pub(crate) fn sampled(labels: &[bool], args: &FinetuneArgs) -> Vec<usize> {
    let count = match args.sample {
        None => return (0..labels.len()).collect(),
        Some(Sample::Rows(rows)) => rows,
        Some(Sample::Share(share)) => (labels.len() as f64 * share).round() as usize,
    };
    sample(labels, count, args.seed)
}
