//! From labelled files to tokenised posts, with a word on everything that was found in them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use dataset::{Columns, Dataset, FileLabel, Groups, find_duplicates, hold_out, sample};
use model::{TweetTokenizer, text};
use rayon::prelude::*;
use serde::Serialize;

use crate::args::Args;
use crate::error::TrainError;
use crate::evaluation::TokenisedPost;
use crate::settings::{self, Sample};

/// What the model learns from and what it is judged on.
#[derive(Debug)]
pub struct Data {
    /// To learn from.
    pub training: Vec<TokenisedPost>,
    /// To judge by, never to learn from.
    pub validation: Vec<TokenisedPost>,
    /// What was found on the way.
    pub summary: Summary,
}

/// What was found in the files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The files of the training side and what they hold.
    pub training_files: Vec<FileSummary>,
    /// The files of the validation side; empty if a part of the others was held out.
    pub validation_files: Vec<FileSummary>,
    /// Rows with nothing left after normalisation: a link or a mention only.
    pub empty: usize,
    /// Training rows that repeat another's text and label; removed.
    pub duplicates: usize,
    /// Texts with both labels.
    pub conflicts: usize,
    /// Training rows of those texts; removed.
    pub conflicting_rows: usize,
    /// Training rows whose text is in the validation data; removed.
    pub shared_with_validation: usize,
    /// Validation authors who also write in the training data.
    pub shared_authors: usize,
    /// Posts of label 1 and 0 that are learned from.
    pub training: [usize; 2],
    /// Posts of label 1 and 0 that are judged by.
    pub validation: [usize; 2],
    /// Posts cut to the maximum length.
    pub truncated: usize,
}

/// A file and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileSummary {
    /// Its name as given.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows of label 1.
    pub positives: usize,
    /// Rows of label 0.
    pub negatives: usize,
    /// The column that texts were taken from.
    pub text_column: String,
}

/// A row on its way to a post.
struct Prepared {
    /// Same key, same text to the model.
    key: String,
    author: Option<String>,
    label: bool,
    ids: Vec<u32>,
    truncated: bool,
}

/// Reads, cleans, splits and tokenises what the command line asks for.
///
/// # Errors
/// [`TrainError::Data`] for files that cannot be read, [`TrainError::OneClass`] if a side lacks a
/// label.
pub fn load(args: &Args, tokenizer: &TweetTokenizer) -> Result<Data, TrainError> {
    let columns = Columns {
        text: args.text_column.clone(),
        label: args.label_column.clone(),
        author: args.author_column.clone(),
    };
    if !(args.validation_share > 0.0 && args.validation_share < 1.0) {
        return Err(TrainError::Flag {
            flag: "--validation-share",
            reason: "it is a share of the rows: above 0 and below 1".to_owned(),
        });
    }
    let mut training = Dataset::default();
    for file in settings::data_files(args) {
        training.read(&file, &columns, FileLabel::Column)?;
    }
    for (files, label) in [(&args.positives, true), (&args.negatives, false)] {
        for file in files {
            training.read(file, &columns, FileLabel::All(label))?;
        }
    }
    let mut validation = Dataset::default();
    for file in &args.validation {
        validation.read(file, &columns, FileLabel::Column)?;
    }
    let training_files = summarise(&training)?;
    let validation_files = summarise(&validation)?;

    let rows = training.examples.len() + validation.examples.len();
    let mut training = prepare(training, tokenizer, args.max_length);
    let mut validation = prepare(validation, tokenizer, args.max_length);
    let empty = rows - training.len() - validation.len();

    let found = find_duplicates(&keys(&training), &labels(&training));
    training = take(training, &found.kept);

    let mut shared_with_validation = 0;
    if args.validation.is_empty() {
        let mut groups = Groups::new(training.len());
        for (row, post) in training.iter().enumerate() {
            if let Some(author) = &post.author {
                groups.join(row, author.as_str());
            }
        }
        let (kept, held) = hold_out(&labels(&training), groups, args.validation_share, args.seed);
        let held: HashSet<usize> = held.into_iter().collect();
        debug_assert_eq!(kept.len() + held.len(), training.len());
        let mut sides = [Vec::new(), Vec::new()];
        for (row, post) in training.into_iter().enumerate() {
            sides[usize::from(held.contains(&row))].push(post);
        }
        [training, validation] = sides;
    } else {
        let judged: HashSet<&str> = validation.iter().map(|post| post.key.as_str()).collect();
        let before = training.len();
        training.retain(|post| !judged.contains(post.key.as_str()));
        shared_with_validation = before - training.len();
    }
    if let Some(wanted) = settings::sample(args)? {
        let count = match wanted {
            Sample::Rows(rows) => rows,
            Sample::Share(share) => (training.len() as f64 * share).round() as usize,
        };
        let taken = sample(&labels(&training), count, args.seed);
        training = take(training, &taken);
    }

    let authors: HashSet<&str> =
        training.iter().filter_map(|post| post.author.as_deref()).collect();
    let judged: HashSet<&str> =
        validation.iter().filter_map(|post| post.author.as_deref()).collect();
    let summary = Summary {
        training_files,
        validation_files,
        empty,
        duplicates: found.repeated,
        conflicts: found.conflicts,
        conflicting_rows: found.conflicting_rows,
        shared_with_validation,
        shared_authors: authors.intersection(&judged).count(),
        training: counts(&training),
        validation: counts(&validation),
        truncated: training.iter().chain(&validation).filter(|post| post.truncated).count(),
    };
    check_both_labels("the training data", summary.training, "add files of the other label")?;
    check_both_labels(
        "the validation data",
        summary.validation,
        "give a --validation file with both, or a larger --validation-share",
    )?;
    Ok(Data { training: posts(training), validation: posts(validation), summary })
}

fn prepare(dataset: Dataset, tokenizer: &TweetTokenizer, max_length: usize) -> Vec<Prepared> {
    let rows = dataset.examples.into_par_iter();
    rows.filter_map(|example| {
        let encoding = tokenizer.encode(&example.text, max_length)?;
        Some(Prepared {
            key: text::normalise(&example.text).to_lowercase(),
            author: example.author,
            label: example.label,
            ids: encoding.ids,
            truncated: encoding.truncated,
        })
    })
    .collect()
}

fn summarise(dataset: &Dataset) -> Result<Vec<FileSummary>, TrainError> {
    let files = dataset.files.iter().map(|file| {
        Ok(FileSummary {
            file: file.path.clone(),
            sha256: file_sha256(&file.path)?,
            positives: file.positives,
            negatives: file.negatives,
            text_column: file.text_column.clone(),
        })
    });
    files.collect()
}

fn file_sha256(path: &Path) -> Result<String, TrainError> {
    let bytes = std::fs::read(path).map_err(model::ModelError::io("read", path))?;
    Ok(model::checkpoint::sha256(&bytes))
}

fn keys(rows: &[Prepared]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}

fn labels(rows: &[Prepared]) -> Vec<bool> {
    rows.iter().map(|row| row.label).collect()
}

fn counts(rows: &[Prepared]) -> [usize; 2] {
    let positives = rows.iter().filter(|row| row.label).count();
    [positives, rows.len() - positives]
}

/// The rows of these ascending indices.
fn take(rows: Vec<Prepared>, indices: &[usize]) -> Vec<Prepared> {
    let mut wanted = indices.iter().copied().peekable();
    let numbered = rows.into_iter().enumerate();
    numbered.filter_map(|(row, post)| wanted.next_if_eq(&row).map(|_| post)).collect()
}

fn posts(rows: Vec<Prepared>) -> Vec<TokenisedPost> {
    rows.into_iter().map(|row| TokenisedPost { ids: row.ids, label: row.label }).collect()
}

fn check_both_labels(
    side: &'static str,
    [positives, negatives]: [usize; 2],
    hint: &'static str,
) -> Result<(), TrainError> {
    if positives == 0 || negatives == 0 {
        Err(TrainError::OneClass { side, positives, negatives, hint })
    } else {
        Ok(())
    }
}

impl Summary {
    /// What was found, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (side, files) in
            [("data", &self.training_files), ("validation", &self.validation_files)]
        {
            for file in files {
                let column = match file.text_column.as_str() {
                    "text" => String::new(),
                    other => format!(", text from column \"{other}\""),
                };
                lines.push(format!(
                    "{side}: {}: {} rows, {} of label 1, {} of label 0{column}",
                    file.file.display(),
                    file.positives + file.negatives,
                    file.positives,
                    file.negatives,
                ));
            }
        }
        let counted = [
            (self.empty, "rows empty after normalisation (a link or a mention only), left out"),
            (self.duplicates, "duplicate rows removed"),
            (self.conflicting_rows, "rows removed because their text carries both labels"),
            (
                self.shared_with_validation,
                "training rows removed because their text is in the validation data",
            ),
            (self.truncated, "posts cut to --max-length"),
        ];
        for (count, what) in counted {
            if count > 0 {
                lines.push(format!("{count} {what}"));
            }
        }
        if self.validation_files.is_empty() {
            lines.push("validation: held out of the data, no author or text on both sides".into());
        } else if self.shared_authors > 0 {
            lines.push(format!(
                "note: {} validation authors also write in the training data: a score of their \
                 style counts as success, so the figures below flatter the model",
                self.shared_authors
            ));
        }
        let [positives, negatives] = self.training;
        lines
            .push(format!("learning from {positives} posts of label 1 and {negatives} of label 0"));
        let [positives, negatives] = self.validation;
        lines.push(format!("judging by {positives} posts of label 1 and {negatives} of label 0"));
        lines
    }

    /// The files' hashes, by name, which a resumed training must meet again.
    pub fn fingerprint(&self) -> BTreeMap<String, String> {
        let sides = [("data", &self.training_files), ("validation", &self.validation_files)];
        let hash = |files: &Vec<FileSummary>| {
            files.iter().map(|file| file.sha256.as_str()).collect::<Vec<_>>().join(" ")
        };
        sides.into_iter().map(|(side, files)| (format!("{side} files"), hash(files))).collect()
    }
}
