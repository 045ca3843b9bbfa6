//! Reading the files that the command line names, and cleaning their rows.

use std::collections::HashSet;

use checkpoint::file_sha256;
use dataset::{Dataset, FileLabel, find_duplicates, sample};
use text::TweetTokenizer;

use super::relabel::NotSupporting;
use super::row::{Row, check_both_labels, counts, keys, labels, prepare, take};
use super::summary::{FileSummary, Found};
use super::{exclude, relabel, sources};
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;
use crate::finetune::settings;

/// Cleaned rows that are not split yet.
#[derive(Debug)]
pub struct Rows {
    /// Of the files to learn from: every text once, none with both labels, none of a held-out
    /// source or of an excluded file.
    pub training: Vec<Row>,
    /// Of the --validation files, none of an excluded file.
    pub validation: Vec<Row>,
    /// Counts of everything found on the way.
    pub found: Found,
}

/// Reads and cleans what the command line asks for.
///
/// # Errors
/// [`TrainError::Data`] for files that cannot be read, [`TrainError::Flag`] for a source to hold
/// out that does not exist, [`TrainError::OneClass`] if nothing of a label is left to learn from.
pub fn read(args: &FinetuneArgs, tokenizer: &TweetTokenizer) -> Result<Rows, TrainError> {
    let columns = args.groups.with(&args.text, &args.label);
    let mut training = Dataset::default();
    for file in settings::data_files(args) {
        training.read(&file, &columns, FileLabel::Column)?;
    }
    for (files, label) in [(&args.positives, true), (&args.negatives, false)] {
        for file in files {
            training.read(file, &columns, FileLabel::All(label))?;
        }
    }
    training.check_author_column(&columns)?;
    let mut validation = Dataset::default();
    for file in &args.validation {
        validation.read(file, &columns, FileLabel::Column)?;
    }
    let weights = settings::file_weights(args)?;
    let alike = vec![1.0; validation.files.len()];
    let training_files = summarise(&training, &weights)?;
    let validation_files = summarise(&validation, &alike)?;
    let beside_verdicts =
        keep_beside_verdicts(&mut training, settings::bundled_beside_verdicts(args), args.seed);
    // Before anything else is removed: a text that the held-out source shares with another one
    // must not count as a repeat of the row that goes.
    let held_out_source_rows = sources::hold_out(&mut training, args)?;

    let rows = training.examples.len() + validation.examples.len();
    let prepare = |dataset, weights: &[f64]| {
        prepare(dataset, weights, tokenizer, args.max_length, &args.groups.source_column)
    };
    let mut training = prepare(training, &weights);
    let mut validation = prepare(validation, &alike);
    let empty = rows - training.len() - validation.len();
    let relabelled = relabel::open(&args.labels)?.map(|labels| {
        relabel::relabel(&mut training, &labels, args.not_supporting)
            + relabel::relabel(&mut validation, &labels, NotSupporting::Negative)
    });
    let excluded_keys = exclude::keys(args)?;
    let excluded = exclude::remove(&mut training, &excluded_keys)
        + exclude::remove(&mut validation, &excluded_keys);

    let duplicates = find_duplicates(&keys(&training), &labels(&training));
    let mut training = take(training, &duplicates.kept);
    let beyond_cap = sources::cap(&mut training, args.rows_per_source, args.seed);
    let found = Found {
        training_files,
        validation_files,
        held_out_sources: args.hold_out_source.clone(),
        held_out_source_rows,
        empty,
        label_files: args.labels.clone(),
        relabelled,
        beyond_cap,
        excluded_files: args.exclude.clone(),
        excluded,
        beside_verdicts,
        duplicates: duplicates.repeated,
        conflicts: duplicates.conflicts,
        conflicting_rows: duplicates.conflicting_rows,
    };
    check_both_labels("the training data", counts(labels(&training)), &found.what_is_lacking())?;
    Ok(Rows { training, validation, found })
}

/// Keeps as many rows of the first `bundled` files, drawn at random, as the others have: all of them
/// would drown a few hundred verdicts. The number of rows left out.
fn keep_beside_verdicts(dataset: &mut Dataset, bundled: usize, seed: u64) -> usize {
    let (beside, verdicts): (Vec<_>, Vec<_>) =
        std::mem::take(&mut dataset.examples).into_iter().partition(|row| row.file < bundled);
    let labels: Vec<bool> = beside.iter().map(|row| row.label).collect();
    let kept: HashSet<usize> = sample(&labels, verdicts.len(), seed).into_iter().collect();
    let left_out = beside.len() - kept.len();
    let drawn = beside.into_iter().enumerate().filter(|(row, _)| kept.contains(row));
    dataset.examples = drawn.map(|(_, row)| row).chain(verdicts).collect();
    left_out
}

/// The files of a data set and what they hold, each row counting as much as `weights` say of its file.
///
/// # Errors
/// [`TrainError::Model`] if a file cannot be read again for its SHA-256.
pub(crate) fn summarise(
    dataset: &Dataset,
    weights: &[f64],
) -> Result<Vec<FileSummary>, TrainError> {
    let files = dataset.files.iter().zip(weights).map(|(file, &weight)| {
        Ok(FileSummary {
            file: file.path.clone(),
            sha256: file_sha256(&file.path)?,
            positives: file.positives,
            negatives: file.negatives,
            text_column: file.text_column.clone(),
            author_column: file.author_column.clone(),
            unlabelled: file.unlabelled,
            weight,
        })
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dataset::Example;

    use super::*;

    fn rows(file: usize, count: usize) -> impl Iterator<Item = Example> {
        (0..count).map(move |row| Example {
            text: format!("{file} {row}"),
            label: row % 4 == 0,
            author: None,
            file,
            row: row as u64,
            other: BTreeMap::new(),
        })
    }

    #[test]
    fn as_many_bundled_texts_are_kept_as_there_are_verdicts_and_all_verdicts() {
        let all = || rows(0, 60).chain(rows(1, 40)).chain(rows(2, 12));
        let kept = |bundled: usize, seed: u64| {
            let mut dataset = Dataset { examples: all().collect(), ..Dataset::default() };
            let left_out = keep_beside_verdicts(&mut dataset, bundled, seed);
            assert_eq!(left_out + dataset.examples.len(), 112);
            dataset.examples
        };
        let drawn = kept(2, 1);
        assert_eq!(drawn.iter().filter(|row| row.file < 2).count(), 12);
        assert_eq!(drawn.iter().filter(|row| row.file < 2 && row.label).count(), 3);
        assert_eq!(drawn[12..], rows(2, 12).collect::<Vec<_>>());
        assert_ne!(drawn, kept(2, 2), "drawn anew with another seed");
        assert_eq!(kept(0, 1), all().collect::<Vec<_>>(), "nothing is bundled: all stays");
    }
}
