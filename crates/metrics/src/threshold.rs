//! Choosing a threshold by F1, by precision or by false-positive rate.
//!
//! Candidates are the scores that occur. A threshold must be chosen on validation rows and
//! then kept: chosen on the rows it is judged by, it flatters the model.

use crate::{Confusion, MetricError, Ranked, check};

/// A threshold and what it does to the rows it was chosen on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// Rows scoring at least this much are flagged.
    pub threshold: f64,
    /// The counts at that threshold.
    pub confusion: Confusion,
}

/// Every distinct score as a threshold, falling: from flagging the top rows to flagging all.
///
/// # Errors
/// Empty input, unequal lengths, or a NaN score.
pub fn operating_points(
    scores: &[f64],
    labels: &[bool],
) -> Result<Vec<OperatingPoint>, MetricError> {
    Ok(points(&Ranked::new(scores, labels)?).collect())
}

/// The threshold with the greatest F1; of equals the highest, which flags fewest.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, or no positive.
pub fn max_f1_threshold(scores: &[f64], labels: &[bool]) -> Result<OperatingPoint, MetricError> {
    let ranked = Ranked::new(scores, labels)?;
    check::classes("the best F1", ranked.positives(), ranked.len(), false)?;
    // 2 TP / (flagged + positives), compared as fractions so that equals are equal.
    let better = |a: &Confusion, b: &Confusion| {
        let value = |c: &Confusion| u128::from(c.flagged() + c.positives());
        u128::from(a.true_positives) * value(b) > u128::from(b.true_positives) * value(a)
    };
    best(points(&ranked), better).ok_or(MetricError::Empty)
}

/// The threshold that catches most positives while at least the share `minimum` of what it
/// flags is positive; `None` if no threshold is that precise.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, no positive, or a minimum outside 0 to 1.
pub fn threshold_for_precision(
    scores: &[f64],
    labels: &[bool],
    minimum: f64,
) -> Result<Option<OperatingPoint>, MetricError> {
    check::share("the precision", minimum)?;
    let ranked = Ranked::new(scores, labels)?;
    check::classes("a threshold by precision", ranked.positives(), ranked.len(), false)?;
    let precise = points(&ranked)
        .filter(|point| point.confusion.precision().is_some_and(|precision| precision >= minimum));
    Ok(best(precise, catches_more))
}

/// The threshold that catches most positives while it flags at most the share `limit` of the
/// negatives; `None` if even the highest score flags more.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, one class only, or a limit outside 0 to 1.
pub fn threshold_for_fpr(
    scores: &[f64],
    labels: &[bool],
    limit: f64,
) -> Result<Option<OperatingPoint>, MetricError> {
    check::share("the false-positive rate", limit)?;
    let ranked = Ranked::new(scores, labels)?;
    check::classes("a threshold by false-positive rate", ranked.positives(), ranked.len(), true)?;
    let within = points(&ranked)
        .filter(|point| point.confusion.false_positive_rate().is_some_and(|rate| rate <= limit));
    Ok(best(within, catches_more))
}

fn catches_more(a: &Confusion, b: &Confusion) -> bool {
    a.true_positives > b.true_positives
}

/// The first point that no later one betters.
fn best(
    points: impl Iterator<Item = OperatingPoint>,
    better: impl Fn(&Confusion, &Confusion) -> bool,
) -> Option<OperatingPoint> {
    points.reduce(
        |best, point| {
            if better(&point.confusion, &best.confusion) { point } else { best }
        },
    )
}

fn points(ranked: &Ranked) -> impl Iterator<Item = OperatingPoint> + '_ {
    let (positives, negatives) = (ranked.positives(), ranked.negatives());
    ranked.cumulative().map(move |(threshold, tp, fp)| OperatingPoint {
        threshold,
        confusion: Confusion {
            true_positives: tp as u64,
            false_positives: fp as u64,
            true_negatives: (negatives - fp) as u64,
            false_negatives: (positives - tp) as u64,
        },
    })
}
