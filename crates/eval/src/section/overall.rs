//! Every metric with its interval, the confusion table, the bands.

use metrics::{Bootstrap, Confusion, Evaluator};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::{Figure, Measures, measures},
    posts::Scored,
};

/// Figures for all rows that have a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overall {
    /// Rows with a score.
    pub rows: usize,
    /// Of them, label 1.
    pub positives: usize,
    /// Of them, label 0.
    pub negatives: usize,
    /// Scores from here on are flagged.
    pub threshold: f64,
    /// The four counts.
    pub confusion: Counts,
    /// Every metric, with bootstrap intervals.
    pub metrics: Measures,
}

/// A confusion table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Positives flagged.
    pub true_positives: u64,
    /// Negatives flagged.
    pub false_positives: u64,
    /// Negatives left alone.
    pub true_negatives: u64,
    /// Positives missed.
    pub false_negatives: u64,
}

impl From<Confusion> for Counts {
    fn from(counts: Confusion) -> Self {
        Self {
            true_positives: counts.true_positives,
            false_positives: counts.false_positives,
            true_negatives: counts.true_negatives,
            false_negatives: counts.false_negatives,
        }
    }
}

/// Start of a review band.
#[derive(Debug, Clone, PartialEq)]
pub struct BandStart {
    /// The band's name.
    pub name: &'static str,
    /// Its lowest score.
    pub from: f64,
}

/// The rows of one review band.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandRows {
    /// The band's name.
    pub band: &'static str,
    /// Its lowest score.
    pub from: f64,
    /// Number of rows in it.
    pub rows: u64,
    /// Number of positive rows in it.
    pub positives: u64,
    /// The share that is positive.
    pub positive_rate: Option<Figure>,
}

/// Measures all rows.
///
/// # Errors
/// A score that is no probability.
pub fn measure(
    scored: &Scored,
    threshold: f64,
    bootstrap: &Bootstrap,
) -> Result<(Overall, Evaluator), EvalError> {
    let evaluator = Evaluator::new(&scored.scores, &scored.labels, threshold)?;
    let overall = Overall {
        rows: scored.len(),
        positives: scored.positives(),
        negatives: scored.len() - scored.positives(),
        threshold,
        confusion: Counts::from(*evaluator.confusion()),
        metrics: measures(&evaluator.intervals(bootstrap)?),
    };
    Ok((overall, evaluator))
}

/// Counts the rows of each band. `starts` rise; what lies below the first is `none`.
pub fn bands(scored: &Scored, starts: &[BandStart], confidence: f64) -> Vec<BandRows> {
    let mut counts = vec![(0_u64, 0_u64); starts.len() + 1];
    for (&score, &label) in scored.scores.iter().zip(&scored.labels) {
        let band = starts.iter().filter(|start| score >= start.from).count();
        counts[band].0 += 1;
        counts[band].1 += u64::from(label);
    }
    let names =
        std::iter::once(("none", 0.0)).chain(starts.iter().map(|start| (start.name, start.from)));
    names
        .zip(counts)
        .map(|((band, from), (rows, positives))| BandRows {
            band,
            from,
            rows,
            positives,
            positive_rate: Figure::share(positives, rows, confidence),
        })
        .collect()
}
