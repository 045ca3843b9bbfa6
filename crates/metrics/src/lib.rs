//! Pure functions over scores and labels: ROC AUC, F1, calibration, intervals.
//!
//! Inputs are always `scores: &[f64]` and `labels: &[bool]` of one length, a row being
//! positive when its label is `true` and *flagged* when `score >= threshold`. Nothing here
//! reads a file, knows a model or keeps state.
//!
//! # Layout
//! - [`error`]: [`MetricError`], the ways an input can be unfit for a metric.
//! - `check`: the input checks every metric begins with.
//! - [`ranked`]: [`Ranked`], rows sorted once by score with their ties; ROC AUC, average
//!   precision and the curves are walks over it.
//! - [`mod@confusion`]: [`Confusion`], the four counts at a threshold and the rates they give.
//! - [`threshold`]: choosing a threshold by F1, by precision or by false-positive rate.
//! - [`probability`]: Brier score and log loss, of scores and of logits.
//! - [`reliability`]: reliability bins and expected calibration error.
//! - [`temperature`]: fitting one temperature to logits.
//! - [`prevalence`]: precision where positives are rarer than in the file.
//! - [`agreement`]: Cohen's kappa and Krippendorff's alpha, with intervals.
//! - [`sampled`]: recall estimated from a random sample of what was not read, with its interval.
//! - [`drift`]: how far a distribution has moved, with its interval.
//! - [`interval`]: [`Interval`], Wilson's interval for a proportion, percentiles.
//! - [`mod@bootstrap`]: seeded, stratified, parallel resampling for any statistic.
//! - [`summary`]: [`Evaluator`], every scalar metric at once with bootstrap intervals, and
//!   the paired difference between two models.
//! - `rng`: the small generator behind the bootstrap.

pub mod agreement;
pub mod bootstrap;
mod check;
pub mod confusion;
pub mod drift;
pub mod error;
pub mod interval;
pub mod prevalence;
pub mod probability;
pub mod ranked;
pub mod reliability;
mod rng;
pub mod sampled;
pub mod summary;
pub mod temperature;
pub mod threshold;

pub use agreement::{Agreement, cohens_kappa, krippendorffs_alpha};
pub use bootstrap::{Bootstrap, bootstrap};
pub use confusion::{Confusion, confusion};
pub use drift::population_stability;
pub use error::MetricError;
pub use interval::{Interval, wilson_interval};
pub use prevalence::precision_at_prevalence;
pub use probability::{brier, log_loss, log_loss_of_logits};
pub use ranked::{
    PrPoint, Ranked, RocPoint, average_precision, pr_curve, roc_auc, roc_curve, tpr_at_fpr,
};
pub use reliability::{Binning, ReliabilityBin, ece, reliability_bins};
pub use sampled::{Estimated, SampledRecall, Stratum, recall_from_sample};
pub use summary::{Difference, Estimate, Evaluator, Measure, Summary, paired_difference};
pub use temperature::{MAX_TEMPERATURE, MIN_TEMPERATURE, fit_temperature};
pub use threshold::{
    OperatingPoint, max_f1_threshold, operating_points, threshold_for_fpr, threshold_for_precision,
};
