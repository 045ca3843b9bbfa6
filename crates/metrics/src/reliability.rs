//! Reliability bins and expected calibration error.

use crate::{MetricError, Ranked, check};

/// A way to group scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binning {
    /// Bins of equal width on 0 to 1; a score on an edge belongs to the lower bin.
    EqualWidth,
    /// Bins of about equally many rows, cut at the quantiles; equal scores stay together, so
    /// there may be fewer bins than asked for.
    EqualMass,
}

/// The rows of one bin. Empty bins are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// The lower edge of the bin (equal mass: its smallest score).
    pub lower: f64,
    /// The upper edge of the bin (equal mass: its greatest score).
    pub upper: f64,
    /// Number of rows in the bin.
    pub rows: u64,
    /// Number of positive rows among them.
    pub positives: u64,
    /// Their mean score.
    pub mean_score: f64,
}

impl ReliabilityBin {
    /// The share of its rows that are positive. For a calibrated score it is near
    /// `mean_score`.
    pub fn positive_rate(&self) -> f64 {
        self.positives as f64 / self.rows as f64
    }
}

/// Groups rows by score, for a reliability diagram (Murphy & Winkler, "Reliability of
/// subjective probability forecasts of precipitation and temperature", 1977). The same bins as scikit-learn's `calibration_curve`
/// with `strategy="uniform"` or `"quantile"`.
///
/// # Errors
/// Empty input, unequal lengths, a score that is no probability, or no bins.
pub fn reliability_bins(
    scores: &[f64],
    labels: &[bool],
    bins: usize,
    binning: Binning,
) -> Result<Vec<ReliabilityBin>, MetricError> {
    check::probabilities(scores, labels)?;
    check_bins(bins)?;
    match binning {
        Binning::EqualWidth => Ok(equal_width(scores, labels, bins)),
        Binning::EqualMass => equal_mass(scores, labels, bins),
    }
}

/// Expected calibration error: `Σ (rows in bin / rows) · |positive rate − mean score|` (Guo
/// et al., "On calibration of modern neural networks", ICML 2017, on the score of the
/// positive class). It grows with the number of bins and shrinks with the rows: compare only
/// figures of the same binning.
///
/// # Errors
/// As [`reliability_bins`].
pub fn ece(
    scores: &[f64],
    labels: &[bool],
    bins: usize,
    binning: Binning,
) -> Result<f64, MetricError> {
    let gaps = reliability_bins(scores, labels, bins, binning)?
        .iter()
        .map(|bin| bin.rows as f64 * (bin.positive_rate() - bin.mean_score).abs())
        .sum::<f64>();
    Ok(gaps / scores.len() as f64)
}

pub(crate) fn check_bins(bins: usize) -> Result<(), MetricError> {
    if (1..=65_535).contains(&bins) {
        return Ok(());
    }
    Err(MetricError::BadParameter {
        name: "the number of bins",
        value: bins as f64,
        range: "between 1 and 65535",
    })
}

/// The equal-width bin of a score: how many inner edges `i / bins` lie below it.
pub(crate) fn width_bin(score: f64, bins: usize) -> usize {
    let edge = |index: usize| index as f64 / bins as f64;
    let mut bin = ((score * bins as f64) as usize).min(bins - 1);
    // The product may be rounded across an edge; the edge itself decides.
    while bin > 0 && score <= edge(bin) {
        bin -= 1;
    }
    while bin + 1 < bins && score > edge(bin + 1) {
        bin += 1;
    }
    bin
}

fn equal_width(scores: &[f64], labels: &[bool], bins: usize) -> Vec<ReliabilityBin> {
    let mut sums = vec![(0_u64, 0_u64, 0.0_f64); bins];
    for (&score, &label) in scores.iter().zip(labels) {
        let sum = &mut sums[width_bin(score, bins)];
        sum.0 += 1;
        sum.1 += u64::from(label);
        sum.2 += score;
    }
    sums.into_iter()
        .enumerate()
        .filter(|(_, (rows, ..))| *rows > 0)
        .map(|(bin, (rows, positives, sum))| ReliabilityBin {
            lower: bin as f64 / bins as f64,
            upper: (bin + 1) as f64 / bins as f64,
            rows,
            positives,
            mean_score: sum / rows as f64,
        })
        .collect()
}

fn equal_mass(
    scores: &[f64],
    labels: &[bool],
    bins: usize,
) -> Result<Vec<ReliabilityBin>, MetricError> {
    // By rising score: one entry per distinct score, with its rows and positives.
    let ranked = Ranked::new(scores, labels)?;
    let mut steps = Vec::new();
    let (mut last_tp, mut last_fp) = (0, 0);
    for (score, tp, fp) in ranked.cumulative() {
        steps.push((score, tp + fp - last_tp - last_fp, tp - last_tp));
        (last_tp, last_fp) = (tp, fp);
    }
    steps.reverse();

    let last_row = scores.len() - 1;
    let mut found: Vec<ReliabilityBin> = Vec::new();
    let mut open: Option<(ReliabilityBin, f64)> = None;
    let (mut seen, mut cut) = (0, 1);
    for (score, rows, positives) in steps {
        let (bin, sum) = open.get_or_insert((
            ReliabilityBin { lower: score, upper: score, rows: 0, positives: 0, mean_score: 0.0 },
            0.0,
        ));
        bin.upper = score;
        bin.rows += rows as u64;
        bin.positives += positives as u64;
        *sum += score * rows as f64;
        seen += rows;
        // The quantile `cut / bins` of n rows lies at row cut (n − 1) / bins, counted from 0;
        // every row up to and level with it belongs to the bin it closes.
        let mut closes = false;
        while cut < bins && cut * last_row / bins < seen {
            cut += 1;
            closes = true;
        }
        if closes && let Some((mut bin, sum)) = open.take() {
            bin.mean_score = sum / bin.rows as f64;
            found.push(bin);
        }
    }
    if let Some((mut bin, sum)) = open {
        bin.mean_score = sum / bin.rows as f64;
        found.push(bin);
    }
    Ok(found)
}
