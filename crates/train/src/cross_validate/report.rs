//! The report of a cross-validation: `NAME.folds.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkpoint::CheckpointError;
use serde::Serialize;

use super::baselines::Rivals;
use super::figures::{SourceFigures, Spread, TestFigures, spread};
use super::plan::Grouping;
use crate::calibrate::fit::ValidationFigures;
use crate::data::Found;
use crate::error::TrainError;
use crate::finetune::card::Recipe;

/// A cross-validation, finished or not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// True if all folds are done. If not, the figures are of those that are.
    pub complete: bool,
    /// The version of this program.
    pub program: &'static str,
    /// The model that every training started from.
    pub base: String,
    /// The random seed.
    pub seed: u64,
    /// Number of folds asked for.
    pub count: usize,
    /// The grouping of rows.
    pub grouping: Grouping,
    /// The share of a fold's other rows that weights, temperature and threshold were chosen by.
    pub inner_share: f64,
    /// `--sample`, if each training had a part of its rows only.
    pub sample: Option<String>,
    /// Longer posts were cut to this many word pieces to be learned from, and judged in windows.
    pub max_length: usize,
    /// Rows that were.
    pub truncated: usize,
    /// The files and what was found in them.
    pub data: Found,
    /// The folds that are done, in order.
    pub folds: Vec<FoldRecord>,
    /// The folds' figures, by name.
    pub spread: BTreeMap<&'static str, Spread>,
    /// All test rows together, each scored and decided on by its own fold.
    pub pooled: Option<TestFigures>,
    /// Simple models, trained, chosen and tested on the same rows, by name.
    pub rivals: Rivals,
    /// Rows of label 0 that were flagged, by source, where rows have one.
    pub false_positives_by_source: BTreeMap<String, SourceFigures>,
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldRecord {
    /// From 1.
    pub fold: usize,
    /// Posts of label 1 and 0 that were learned from.
    pub training: [usize; 2],
    /// Posts of label 1 and 0 that weights, temperature and threshold were chosen by.
    #[serde(rename = "inner")]
    pub validation: [usize; 2],
    /// Authors of test rows who also write in the other parts.
    pub shared_authors: usize,
    /// The test rows.
    #[serde(rename = "judged")]
    pub test: TestFigures,
    /// The validation part at the same threshold: flattering, since it was chosen there.
    pub chosen_on: ValidationFigures,
    /// Rows are flagged from this score on.
    pub threshold: f32,
    /// Logits are divided by it.
    pub temperature: f32,
    /// Steps taken.
    pub steps: usize,
    /// The step whose weights were kept: the best by ROC AUC on the validation part. One for each network
    /// that was averaged.
    pub kept_steps: Vec<usize>,
    /// Time spent, in seconds.
    pub seconds: f64,
    /// The recipe: some of it depends on how many rows of each label there are.
    pub hyperparameters: Recipe,
}

/// The file for the report of a cross-validation with this `--output`.
pub fn report_file(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("{name}.folds.json"))
}

impl Report {
    /// Updates the spread of the folds' figures.
    pub fn sum_up(&mut self) {
        self.spread = spread(self.folds.iter().map(|fold| &fold.test));
        self.complete = self.folds.len() == self.count;
    }

    /// Writes the report, whole or not at all.
    ///
    /// # Errors
    /// [`TrainError::Model`] if the disk refuses; an earlier report is then still there.
    pub fn write(&self, path: &Path) -> Result<(), TrainError> {
        let mut json = serde_json::to_vec_pretty(self)
            .map_err(|error| CheckpointError::io("write", path)(std::io::Error::other(error)))?;
        json.push(b'\n');
        checkpoint::file::write(path, &json).map_err(CheckpointError::io("write", path))?;
        Ok(())
    }
}
