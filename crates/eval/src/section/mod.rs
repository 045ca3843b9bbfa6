//! The parts of a report: what each measures, and how it stands in `report.json`.
//!
//! - [`overall`]: every metric with its interval, the confusion table, the bands.
//! - [`curves`]: ROC, precision-recall, and rates against the threshold.
//! - [`calibration`]: reliability bins and score histograms.
//! - [`operating`]: other thresholds and what each would cost.
//! - [`prevalence`]: how many flagged posts would be wrong where positives are rare.
//! - [`not_judged`]: rows in other languages or without words, and what they do to the rates.
//! - [`slices`]: the figures of parts of the rows.
//! - [`sources`]: false-positive rates where every row is negative.
//! - [`mentions`]: whether naming ISIS, Islam or the region costs a post.
//! - [`suite`]: cases by function.
//! - [`invariance`]: whether a score moves when only the wrapping of a text does.
//! - [`baselines`]: simple models on the same rows.
//! - [`apart`]: the evaluated rows that are near no training row, and what a model is worth on them.
//! - [`leaks`]: texts and authors on both sides of a split, rows that count twice.
//! - [`artefacts`]: what tells the labels apart without a word.
//! - [`comparison`]: a second checkpoint on the same rows.
//! - [`errors`]: the worst mistakes, only when asked for.

pub mod apart;
pub mod artefacts;
pub mod baselines;
pub mod calibration;
pub mod comparison;
pub mod curves;
pub mod errors;
pub mod invariance;
pub mod leaks;
pub mod mentions;
pub mod not_judged;
pub mod operating;
pub mod overall;
pub mod prevalence;
pub mod slices;
pub mod sources;
pub mod suite;
