//! The report: `report.json`, whose schema is documented in `docs/report.md`, and what is made of it.
//!
//! Each section has a file, or a folder, with all that there is to it: `measure` and the figures as
//! they stand in `report.json`, `show` for the page, `markdown` for documents, `console` for the
//! terminal, `finding` for its sentence. In the order of the page:
//!
//! - [`findings`]: the report in a few sentences.
//! - [`prevalence`]: how many flagged posts would be wrong where positives are rare.
//! - [`curves`]: ROC, precision-recall, and rates against the threshold.
//! - [`calibration`]: score histograms and the reliability diagram.
//! - [`overall`]: every metric with its interval, the confusion table.
//! - [`operating`]: other thresholds and what each would cost; [`bands`]: rows by review band.
//! - [`not_judged`]: rows in other languages or without words, and what they do to the rates.
//! - [`sources`]: false-positive rates where every row is negative.
//! - [`mentions`]: whether naming ISIS, Islam or the region costs a post.
//! - [`slices`]: the figures of parts of the rows.
//! - [`suite`]: cases by function.
//! - [`invariance`]: whether a score moves when only the wrapping of a text does.
//! - [`baselines`]: simple models on the same rows.
//! - [`comparison`]: a second checkpoint on the same rows.
//! - [`leaks`]: texts and authors on both sides of a split, rows that count twice;
//!   [`near_training`]: the evaluated rows near a training row, and what a model is worth without
//!   them; [`artefacts`]: what tells the labels apart without a word.
//! - [`mistakes`]: the worst mistakes, only when asked for.
//! - [`model`]: the evaluated model; [`training_curves`]: how it learned; [`data`]: the files.
//!
//! All sections together are put in order by [`html`](mod@html), [`console`] and [`markdown`].

pub mod artefacts;
pub mod bands;
pub mod baselines;
pub mod calibration;
pub mod comparison;
pub mod console;
pub mod curves;
pub mod data;
pub mod findings;
pub mod html;
pub mod invariance;
pub mod leaks;
pub mod markdown;
pub mod mentions;
pub mod mistakes;
pub mod model;
pub mod near_training;
pub mod not_judged;
pub mod operating;
pub mod overall;
pub mod prevalence;
pub mod slices;
pub mod sources;
pub mod suite;
pub mod training_curves;

use serde::Serialize;

use self::bands::BandRows;
use self::baselines::{Baselines, ModelFigures};
use self::calibration::Calibration;
use self::comparison::Comparison;
use self::curves::Curves;
use self::data::DataFacts;
use self::invariance::Invariance;
use self::leaks::Leaks;
use self::mentions::Mention;
use self::mistakes::Mistake;
use self::model::ModelFacts;
use self::not_judged::NotJudged;
use self::operating::NamedThreshold;
use self::overall::Overall;
use self::prevalence::AtPrevalence;
use self::slices::Slices;
use self::sources::Source;
use self::suite::Suite;
use crate::{finding::Finding, settings::Settings, stopwatch::Stage};

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
    pub operating_points: Vec<NamedThreshold>,
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

impl Report {
    /// The baselines' figures by source, without the constant's.
    fn baseline_sources(&self) -> Vec<(&str, &[Source])> {
        self.baselines.as_ref().map(Baselines::sources).unwrap_or_default()
    }

    /// The model, to stand beside the baselines.
    fn model_figures(&self) -> ModelFigures<'_> {
        ModelFigures {
            name: &self.model.name,
            metrics: &self.overall.metrics,
            without_near: self.leaks.shared.as_ref().map(|shared| shared.without_near),
            suite: self.suite.as_ref().map(Suite::pass_rates),
            baseline: None,
        }
    }
}
