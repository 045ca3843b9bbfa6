//! Reliability bins and score histograms.

use metrics::{Binning, ReliabilityBin, ece, reliability_bins};
use serde::Serialize;

use crate::{error::EvalError, figure::Figure, posts::Scored};

/// Bins of the reliability diagram.
pub const BINS: usize = 10;
/// Bars of the histogram.
pub const BARS: usize = 20;

/// Calibration of the scores: reliability bins, their errors, and a histogram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Bins of equal width.
    pub equal_width: Vec<Bin>,
    /// Bins of equal numbers of rows.
    pub equal_mass: Vec<Bin>,
    /// Expected calibration error over the bins of equal width.
    pub ece_equal_width: f64,
    /// Expected calibration error over the bins of equal mass.
    pub ece_equal_mass: f64,
    /// The scores of each label.
    pub histogram: Histogram,
}

/// A bin of the reliability diagram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Its lowest score.
    pub from: f64,
    /// Its highest score.
    pub to: f64,
    /// Number of rows in it.
    pub rows: u64,
    /// Their mean score.
    pub mean_score: f64,
    /// The share of them that is positive, with Wilson's interval.
    pub positive_rate: Option<Figure>,
}

/// Number of rows of each label by score, in bars of equal width from 0 to 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// Rows with label 1 in each bar.
    pub positives: Vec<u64>,
    /// Rows with label 0 in each bar.
    pub negatives: Vec<u64>,
}

/// Measures calibration.
///
/// # Errors
/// A score that is no probability.
pub fn measure(scored: &Scored, confidence: f64) -> Result<Calibration, EvalError> {
    let (scores, labels) = (&scored.scores, &scored.labels);
    let bins = |binning| -> Result<Vec<Bin>, EvalError> {
        let bin = |bin: ReliabilityBin| Bin {
            from: bin.lower,
            to: bin.upper,
            rows: bin.rows,
            mean_score: bin.mean_score,
            positive_rate: Figure::share(bin.positives, bin.rows, confidence),
        };
        let found = reliability_bins(scores, labels, BINS, binning)?;
        Ok(found.into_iter().map(bin).collect())
    };
    Ok(Calibration {
        equal_width: bins(Binning::EqualWidth)?,
        equal_mass: bins(Binning::EqualMass)?,
        ece_equal_width: ece(scores, labels, BINS, Binning::EqualWidth)?,
        ece_equal_mass: ece(scores, labels, BINS, Binning::EqualMass)?,
        histogram: histogram(scored),
    })
}

fn histogram(scored: &Scored) -> Histogram {
    let mut found = Histogram { positives: vec![0; BARS], negatives: vec![0; BARS] };
    for (&score, &label) in scored.scores.iter().zip(&scored.labels) {
        let bar = ((score * BARS as f64) as usize).min(BARS - 1);
        let bars = if label { &mut found.positives } else { &mut found.negatives };
        bars[bar] += 1;
    }
    found
}
