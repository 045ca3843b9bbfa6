//! Other thresholds and what each would cost.

use metrics::{
    Confusion, MetricError, OperatingPoint, confusion, max_f1_threshold, threshold_for_fpr,
    threshold_for_precision,
};
use serde::Serialize;

use crate::{
    error::EvalError,
    number::{decimal, optional, percent, score},
    page::{Block, Table},
    posts::Scored,
};

/// A threshold, why one might want it, and what it does on these rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedThreshold {
    /// The reason to use it, in a phrase.
    pub name: String,
    /// True if it is the checkpoint's own, chosen before these rows were seen.
    pub shipped: bool,
    /// Scores from here on are flagged; absent where no threshold does what is asked.
    pub threshold: Option<f64>,
    /// Share of positives flagged.
    pub recall: Option<f64>,
    /// Share of negatives flagged.
    pub false_positive_rate: Option<f64>,
    /// Share of flagged rows that are positive.
    pub precision: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Share of rows flagged.
    pub flag_rate: Option<f64>,
}

/// Lists the threshold of the report and five others. Those that need a label that is missing are
/// left out; those that are there were chosen on these rows: they show what could be had, and
/// flatter it a little. `shipped` is the checkpoint's own threshold, if there is one.
///
/// # Errors
/// A NaN threshold.
pub fn measure(
    scored: &Scored,
    threshold: f64,
    shipped: Option<f64>,
) -> Result<Vec<NamedThreshold>, EvalError> {
    let (scores, labels) = (&scored.scores[..], &scored.labels[..]);
    let is_shipped = shipped == Some(threshold);
    let mut found = vec![row(
        if is_shipped { "shipped threshold" } else { "threshold used" }.to_owned(),
        is_shipped,
        Some((threshold, confusion(scores, labels, threshold)?)),
    )];
    let mut add = |name: String, point: Result<Option<OperatingPoint>, MetricError>| {
        if let Ok(point) = point {
            let at = point.map(|point| (point.threshold, point.confusion));
            found.push(row(name, false, at));
        }
    };
    add("greatest F1".to_owned(), max_f1_threshold(scores, labels).map(Some));
    for minimum in [0.9, 0.99] {
        add(
            format!("precision at least {} %", minimum * 100.0),
            threshold_for_precision(scores, labels, minimum),
        );
    }
    for limit in [0.01, 0.001] {
        add(
            format!("at most {} % of negatives flagged", limit * 100.0),
            threshold_for_fpr(scores, labels, limit),
        );
    }
    Ok(found)
}

fn row(name: String, shipped: bool, at: Option<(f64, Confusion)>) -> NamedThreshold {
    let rate = |rate: fn(&Confusion) -> Option<f64>| at.and_then(|(_, counts)| rate(&counts));
    NamedThreshold {
        name,
        shipped,
        threshold: at.map(|(threshold, _)| threshold),
        recall: rate(Confusion::recall),
        false_positive_rate: rate(Confusion::false_positive_rate),
        precision: rate(Confusion::precision),
        f1: rate(Confusion::f1),
        flag_rate: rate(Confusion::flag_rate),
    }
}

/// The thresholds.
pub fn show(points: &[NamedThreshold]) -> Vec<Block> {
    let table = Table::of("Thresholds", points)
        .text("Aim", |point| &point.name)
        .number("Threshold", |point| optional(point.threshold, score))
        .number("Positives flagged", |point| optional(point.recall, percent))
        .number("Negatives flagged", |point| optional(point.false_positive_rate, percent))
        .number("Precision", |point| optional(point.precision, percent))
        .number("F1", |point| optional(point.f1, decimal))
        .number("All flagged", |point| optional(point.flag_rate, percent))
        .strong(1);
    let note = "Those below the first were chosen on these rows and flatter themselves a little: \
                they show what could be had, not what to set. A dash: no threshold does it.";
    vec![table.block(), Block::note(note)]
}

/// The thresholds, in a document.
pub fn markdown(points: &[NamedThreshold]) -> String {
    Table::of("", points)
        .text("aim", |point| &point.name)
        .number("threshold", |point| optional(point.threshold, score))
        .number("positives flagged", |point| optional(point.recall, percent))
        .number("negatives flagged", |point| optional(point.false_positive_rate, percent))
        .number("precision", |point| optional(point.precision, percent))
        .number("F1", |point| optional(point.f1, decimal))
        .markdown()
}
