//! ROC, precision-recall, and rates against the threshold.

use metrics::Ranked;
use serde::Serialize;

/// The drawn curves, thinned to what a chart can show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curves {
    /// `[false-positive rate, true-positive rate]`, from (0, 0) to (1, 1).
    pub roc: Vec<[f64; 2]>,
    /// `[recall, precision]`, by rising recall.
    pub precision_recall: Vec<[f64; 2]>,
    /// Figures at each threshold from 0 to 1, in hundredths.
    pub thresholds: Vec<AtThreshold>,
}

/// Figures at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtThreshold {
    /// The threshold.
    pub threshold: f64,
    /// Share of flagged rows that are positive; absent when nothing is flagged.
    pub precision: Option<f64>,
    /// Share of positives flagged.
    pub recall: Option<f64>,
    /// Share of negatives flagged.
    pub false_positive_rate: Option<f64>,
    /// Share of all rows flagged.
    pub flag_rate: f64,
}

/// A point is kept when the curve has gone this far since the last.
const STEP: f64 = 1.0 / 300.0;

/// Draws the curves. One that is undefined, for want of a label, is empty.
pub fn measure(ranked: &Ranked) -> Curves {
    let roc = ranked.roc_curve().unwrap_or_default();
    let roc = roc.iter().map(|point| [point.false_positive_rate, point.true_positive_rate]);
    let pr = ranked.pr_curve().unwrap_or_default();
    let pr = pr.iter().map(|point| [point.recall, point.precision]);
    Curves { roc: thinned(roc), precision_recall: thinned(pr), thresholds: thresholds(ranked) }
}

/// Drops points closer than [`STEP`] to the last kept, but never the first and the last.
fn thinned(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::new();
    let mut dropped = None;
    for point in points {
        let far = kept
            .last()
            .is_none_or(|last| (point[0] - last[0]).abs().max((point[1] - last[1]).abs()) >= STEP);
        if far {
            // The point before a leap belongs to it: without it a step would become a slope.
            if let (Some(before), Some(last)) = (dropped, kept.last())
                && distance(before, point) > 2.0 * STEP
                && distance(before, *last) > 0.0
            {
                kept.push(before);
            }
            kept.push(point);
            dropped = None;
        } else {
            dropped = Some(point);
        }
    }
    kept.extend(dropped);
    kept
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).abs() + (a[1] - b[1]).abs()
}

fn thresholds(ranked: &Ranked) -> Vec<AtThreshold> {
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let mut steps = ranked.cumulative().peekable();
    let (mut tp, mut fp) = (0, 0);
    let mut found: Vec<AtThreshold> = (0..=100)
        .rev()
        .map(|hundredths| {
            let threshold = f64::from(hundredths) / 100.0;
            while let Some((_, positives, negatives)) =
                steps.next_if(|&(score, ..)| score >= threshold)
            {
                (tp, fp) = (positives, negatives);
            }
            AtThreshold {
                threshold,
                precision: share(tp, tp + fp),
                recall: share(tp, ranked.positives()),
                false_positive_rate: share(fp, ranked.negatives()),
                flag_rate: (tp + fp) as f64 / ranked.len() as f64,
            }
        })
        .collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ranked(rows: usize) -> Ranked {
        let scores: Vec<f64> =
            (0..rows).map(|row| (row * 7_919 % rows) as f64 / rows as f64).collect();
        let labels: Vec<bool> =
            (0..rows).map(|row| (row * 7_919 % rows) + (row * 31 % rows) > rows).collect();
        Ranked::new(&scores, &labels).unwrap()
    }

    #[test]
    fn thinned_curves_keep_their_ends_and_their_area() {
        let ranked = ranked(50_021);
        let roc = measure(&ranked).roc;
        assert!(roc.len() < 1_000, "{} points", roc.len());
        assert!(distance(roc[0], [0.0, 0.0]) < 1e-12);
        assert!(distance(roc[roc.len() - 1], [1.0, 1.0]) < 1e-12);
        let area: f64 = roc
            .windows(2)
            .map(|pair| (pair[1][0] - pair[0][0]) * f64::midpoint(pair[0][1], pair[1][1]))
            .sum();
        assert!((area - ranked.roc_auc().unwrap()).abs() < 1e-3);
    }

    #[test]
    fn rates_against_the_threshold_are_those_of_the_confusion_table() {
        let scores = [0.9, 0.8, 0.5, 0.5, 0.3, 0.2];
        let labels = [true, false, true, false, false, true];
        let found = measure(&Ranked::new(&scores, &labels).unwrap()).thresholds;
        assert_eq!(found.len(), 101);
        for at in found {
            let counts = metrics::confusion(&scores, &labels, at.threshold).unwrap();
            assert_eq!(at.precision, counts.precision(), "{}", at.threshold);
            assert_eq!(at.recall, counts.recall());
            assert_eq!(at.false_positive_rate, counts.false_positive_rate());
            assert_eq!(Some(at.flag_rate), counts.flag_rate());
        }
    }
}
