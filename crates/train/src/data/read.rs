//! Reading the files that the command line names, and cleaning their rows.

use checkpoint::file_sha256;
use dataset::{Dataset, FileLabel, find_duplicates};
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
        duplicates: duplicates.repeated,
        conflicts: duplicates.conflicts,
        conflicting_rows: duplicates.conflicting_rows,
    };
    check_both_labels("the training data", counts(labels(&training)), &found.what_is_lacking())?;
    Ok(Rows { training, validation, found })
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
