//! The evaluated files.

use std::path::Path;

use checkpoint::lists_file;
use serde::Serialize;
use serde_json::Value;

use super::model::ModelFacts;
use super::overall::Overall;
use crate::finding::{Finding, Kind};
use crate::number::{score, size};
use crate::page::{Block, Table};

/// Facts about the rows it was evaluated on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DataFacts {
    /// The files.
    pub files: Vec<FileFacts>,
    /// Rows in them.
    pub rows: usize,
    /// Rows left out because their source was not held out.
    pub left_out: usize,
    /// Rows besides that have no label, because no annotator gave them one or as many this one as that.
    /// They are in no figure.
    pub unlabelled: usize,
    /// Rows without a score: the model cannot judge them, or, where scores come from a column, the
    /// field was empty. They are in no figure but those of `not_judged`, `slices` and `sources`,
    /// where they count as not flagged.
    pub not_scored: usize,
    /// Rows longer than the model reads at once: the score is that of the highest of their windows.
    pub in_windows: usize,
    /// Of them, those that go on behind the last window: their end was not read.
    pub truncated: usize,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its path as given.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its rows.
    pub rows: usize,
    /// Of them, label 1.
    pub positives: usize,
    /// Rows besides that have no label.
    pub unlabelled: usize,
    /// Use of this very file in the model's training, by the training record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_in_training: Option<Use>,
}

/// Use of a file in a training, or in `train calibrate` after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// It learnt from it.
    LearntFrom,
    /// It chose threshold, temperature and perhaps the moment to stop by it.
    ChoseBy,
}

impl DataFacts {
    /// Marks the files that stand, by their SHA-256, in one of the training records of a checkpoint's models.
    pub fn mark_used<'a>(&mut self, trainings: impl Iterator<Item = &'a Value> + Clone) {
        for file in &mut self.files {
            let listed = |files: &Value| lists_file(files, &file.sha256);
            let learnt = |training: &Value| listed(&training["data"]["training_files"]);
            let chose = |training: &Value| {
                listed(&training["data"]["validation_files"])
                    || listed(&training["calibration"]["files"])
            };
            file.used_in_training = if trainings.clone().any(learnt) {
                Some(Use::LearntFrom)
            } else if trainings.clone().any(chose) {
                Some(Use::ChoseBy)
            } else {
                None
            };
        }
    }
}

/// The files.
pub fn show(data: &DataFacts) -> Block {
    Table::of("Files", &data.files)
        .text("File", |file| &file.file)
        .number("Rows", |file| size(file.rows))
        .number("Label 1", |file| size(file.positives))
        .number("No label", |file| size(file.unlabelled))
        .text("SHA-256", |file| &file.sha256)
        .block()
}

/// Sentences on rows that were left out, or not read to their end.
pub fn left_out(data: &DataFacts) -> String {
    let left = match (data.not_scored, data.left_out) {
        (0, 0) => String::new(),
        (empty, 0) => format!(
            "{} rows have no score: they cannot be judged, or their field is empty. ",
            size(empty)
        ),
        (empty, left) => format!(
            "{} rows have no score: they cannot be judged, or their field is empty; {} \
             were left out because their source was not held out. ",
            size(empty),
            size(left)
        ),
    };
    let long = match data.in_windows {
        0 => String::new(),
        long => format!(
            "{} rows are longer than the model reads at once: their score is that of the highest of \
             their windows; the end of {} was not read. ",
            size(long),
            size(data.truncated)
        ),
    };
    left + &long
}

/// A sentence on the rows without a label; empty where all have one.
pub fn unlabelled(data: &DataFacts) -> String {
    match data.unlabelled {
        0 => String::new(),
        1 => " 1 row more has no label and is left out.".to_owned(),
        rows => format!(" {} rows more have no label and are left out.", size(rows)),
    }
}

/// The evaluated posts on the terminal.
pub fn console(data: &DataFacts, model: &ModelFacts, overall: &Overall) -> String {
    let posts = format!(
        "{}: {} posts scored, {} of label 1, {} of label 0; {} had no score\n",
        model.name,
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        size(data.not_scored)
    );
    let long = match data.in_windows {
        0 => String::new(),
        long => format!(
            "{} are longer than the model reads at once: the highest of their windows counts; the \
             end of {} was not read\n",
            size(long),
            size(data.truncated)
        ),
    };
    posts + &long
}

/// The evaluated posts in a document.
pub fn markdown(data: &DataFacts, overall: &Overall) -> String {
    // The folders of a file are the business of one machine.
    let name = |file: &str| {
        Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy()).into_owned()
    };
    let files: Vec<String> = data
        .files
        .iter()
        .map(|file| format!("`{}` ({})", name(&file.file), size(file.rows)))
        .collect();
    format!(
        "{} posts, {} of label 1 and {} of label 0, from {}; threshold {}.{}\n",
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        files.join(", "),
        score(overall.threshold),
        unlabelled(data)
    )
}

/// Whether the model has met the files before.
pub fn finding(data: &DataFacts) -> Option<Finding> {
    let used = |what: Use| -> Option<String> {
        let files = data.files.iter().filter(|file| file.used_in_training == Some(what));
        let files: Vec<&str> = files.map(|file| &*file.file).collect();
        (!files.is_empty()).then(|| files.join(", "))
    };
    if let Some(files) = used(Use::LearntFrom) {
        let text = format!(
            "The model was trained on {files}: figures on it show that it has learnt it, not what \
             it is worth on posts it has not seen."
        );
        return Some(Finding::new(Kind::Bad, text));
    }
    let files = used(Use::ChoseBy)?;
    let text = format!(
        "The model's threshold was chosen by {files}: figures on it flatter the model a little."
    );
    Some(Finding::new(Kind::Caution, text))
}
