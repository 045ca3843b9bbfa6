//! The report as a whole: `report.json`. Its schema is documented in `docs/report.md`.

use checkpoint::lists_file;
use serde::Serialize;
use serde_json::Value;

use crate::{
    section::{
        baselines::Baselines,
        calibration::Calibration,
        comparison::Comparison,
        curves::Curves,
        errors::Mistake,
        invariance::Invariance,
        leaks::Leaks,
        mentions::Mention,
        not_judged::NotJudged,
        operating::Operating,
        overall::{BandRows, Overall},
        prevalence::AtPrevalence,
        slices::Slices,
        sources::Source,
        suite::Suite,
    },
    settings::Settings,
    training_curves::TrainingCurves,
};

/// The version of the schema. A reader may rely on every field of it staying as it is; new
/// fields may come without a new version.
pub const SCHEMA: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The program and its version.
    pub made_by: String,
    /// When, in UTC.
    pub made_at: String,
    /// The evaluated model.
    pub model: ModelFacts,
    /// On what.
    pub data: DataFacts,
    /// The settings.
    pub settings: Settings,
    /// The main findings, in sentences.
    pub findings: Vec<Finding>,
    /// All rows together.
    pub overall: Overall,
    /// Rows by review band, where the checkpoint has bands.
    pub bands: Vec<BandRows>,
    /// Rows that the model cannot judge, and the rates that count them as not flagged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<NotJudged>,
    /// Precision where positives are rarer.
    pub prevalence: Vec<AtPrevalence>,
    /// The threshold that the report is made at, and others.
    pub operating_points: Vec<Operating>,
    /// Drawn curves.
    pub curves: Curves,
    /// Calibration of the scores.
    pub calibration: Calibration,
    /// Parts of the rows.
    pub slices: Vec<Slices>,
    /// Sources without positives.
    pub sources: Vec<Source>,
    /// Posts that name ISIS, Islam, the region.
    pub mentions: Vec<Mention>,
    /// The functional suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suite: Option<Suite>,
    /// Edits that should not move a score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invariance: Option<Invariance>,
    /// Repeated and shared texts, and marks that tell the labels apart without a word.
    pub leaks: Leaks,
    /// Simple models on the same rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baselines: Option<Baselines>,
    /// A second checkpoint on the same rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The worst mistakes with their texts, only when asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Mistake>,
    /// Time of each stage.
    pub seconds: Vec<Stage>,
}

/// One sentence, and how to take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Good, caution or bad.
    pub kind: Kind,
    /// The sentence.
    pub text: String,
}

/// Weight of a finding, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As it should be.
    Good,
    /// Worth knowing before relying on the score.
    Caution,
    /// A reason not to rely on it.
    Bad,
}

/// Facts about the evaluated model.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The checkpoint's folder, where there is one.
    pub folder: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Temperature that logits are divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The threshold it ships with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Word pieces that it reads at once; longer texts it reads in windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Languages that it judges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Device and precision of the scoring.
    pub engine: String,
    /// Its training record.
    pub training: Value,
    /// How it learned, where its folder says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_curves: Option<TrainingCurves>,
}

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
    /// Marks the files that stand, by their SHA-256, in a checkpoint's training record.
    pub fn mark_used(&mut self, training: &Value) {
        let data = &training["data"];
        for file in &mut self.files {
            file.used_in_training = if lists_file(&data["training_files"], &file.sha256) {
                Some(Use::LearntFrom)
            } else if lists_file(&data["validation_files"], &file.sha256)
                || lists_file(&training["calibration"]["files"], &file.sha256)
            {
                Some(Use::ChoseBy)
            } else {
                None
            };
        }
    }
}

/// A stage and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Name of the stage.
    pub stage: String,
    /// Its time in seconds.
    pub seconds: f64,
}
