//! The sources of rows, and leaving whole sources out of training.
//!
//! A model can learn a source instead of what it is asked about: all posts of one label that come
//! from one place have its words and its marks in common. Judging it on a source that it has never
//! seen shows how much of its skill that was.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::NonZeroUsize;

use dataset::{Dataset, Example, Random};

use super::row::Row;
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;

/// So many sources are listed in an error, at most.
const LISTED: usize = 20;

/// Removes the rows of `--hold-out-source` from what is learned from and says how many they were.
///
/// # Errors
/// [`TrainError::Flag`] if a name is no source; the sources that exist are listed.
pub(super) fn hold_out(training: &mut Dataset, args: &FinetuneArgs) -> Result<usize, TrainError> {
    if args.hold_out_source.is_empty() {
        return Ok(0);
    }
    let column = args.groups.source_column.as_str();
    let examples = training.examples.iter();
    let existing: BTreeSet<&str> = examples.filter_map(|example| example.source(column)).collect();
    let held_out: BTreeSet<&str> = args.hold_out_source.iter().map(|name| name.trim()).collect();
    for name in &held_out {
        if !existing.contains(name) {
            let reason = unknown(name, column, &existing);
            return Err(TrainError::Flag { flag: "--hold-out-source", reason });
        }
    }
    let before = training.examples.len();
    let learned_from =
        |example: &Example| example.source(column).is_none_or(|source| !held_out.contains(source));
    training.examples.retain(learned_from);
    Ok(before - training.examples.len())
}

/// Keeps at most `cap` rows of each source, drawn at random; how many went.
pub(super) fn cap(rows: &mut Vec<Row>, cap: Option<NonZeroUsize>, seed: u64) -> usize {
    let Some(cap) = cap else { return 0 };
    let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(source) = row.source.as_deref() {
            by_source.entry(source).or_default().push(index);
        }
    }
    let mut random = Random::new(seed);
    let mut beyond = HashSet::new();
    for mut rows in by_source.into_values() {
        random.shuffle(&mut rows);
        beyond.extend(rows.drain(cap.get().min(rows.len())..));
    }
    let mut index = 0..;
    rows.retain(|_| index.next().is_some_and(|index| !beyond.contains(&index)));
    beyond.len()
}

fn unknown(name: &str, column: &str, existing: &BTreeSet<&str>) -> String {
    if existing.is_empty() {
        return format!(
            "no file has a column \"{column}\" with values in it; name the column with \
             --source-column"
        );
    }
    let listed: Vec<&str> = existing.iter().copied().take(LISTED).collect();
    let more = match existing.len() - listed.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "no row of the data has \"{name}\" in its column \"{column}\": the sources are {}{more}",
        listed.join(", ")
    )
}
