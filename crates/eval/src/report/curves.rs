//! ROC, precision-recall, and rates against the threshold.

use metrics::{Measure, Ranked};
use serde::Serialize;

use crate::{
    number::{decimal, optional, percent, with_interval},
    page::{Axis, Block, Plot, Table},
    report::overall::Overall,
};

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

/// The curves that can be drawn, with the threshold under its name, and beside the ROC curve that of
/// the strongest baseline.
pub fn charts(
    curves: &Curves,
    overall: &Overall,
    threshold_name: &str,
    baseline: Option<(&str, &[[f64; 2]])>,
) -> Vec<Block> {
    let charts = [
        roc(curves, overall, threshold_name, baseline),
        precision_recall(curves, overall, threshold_name),
        Some(rates(curves, overall, threshold_name)),
    ];
    charts.into_iter().flatten().collect()
}

fn roc(
    curves: &Curves,
    overall: &Overall,
    threshold_name: &str,
    baseline: Option<(&str, &[[f64; 2]])>,
) -> Option<Block> {
    let rate = |measure| overall.metric(measure).map(|figure| figure.value);
    let auc = overall.metric(Measure::RocAuc)?;
    let point = rate(Measure::FalsePositiveRate).zip(rate(Measure::Recall));
    let at = point.map_or_else(String::new, |(fpr, tpr)| {
        format!(
            " At the threshold {} it flags {} of the positives and {} of the negatives.",
            decimal(overall.threshold),
            percent(tpr),
            percent(fpr)
        )
    });
    let mut plot = Plot::new(
        "roc",
        "ROC curve",
        format!("Area under the curve {}.{at}", with_interval(Some(auc), decimal)),
        Axis::share("negatives flagged (false-positive rate)"),
        Axis::share("positives flagged (recall)"),
    );
    plot.line("chance", &[[0.0, 0.0], [1.0, 1.0]]);
    let mut key = vec![("model", "model"), ("chance", "chance")];
    if let Some((name, roc)) = baseline {
        plot.line("rival", roc);
        key.insert(1, ("rival", name));
    }
    plot.area("model", &curves.roc, 0.0);
    plot.line("model", &curves.roc);
    if let Some((fpr, tpr)) = point {
        plot.dot("point", [fpr, tpr], 5.0, &at);
        // Left of the curve there is no room, right of a point far right neither.
        let right = fpr > 0.6;
        let shift = [if right { 4.0 } else { 11.0 }, 20.0];
        plot.label([fpr, tpr], shift, right, "point", threshold_name);
    }
    plot.label([1.0, 0.0], [-8.0, -10.0], true, "big", &format!("AUC {}", decimal(auc.value)));
    let below = format!(
        "Up and to the left is better; the area is the chance that a random positive outscores a \
         random negative.{at}"
    );
    Some(plot.key(&key).block(vec![Block::note(below)]))
}

fn precision_recall(curves: &Curves, overall: &Overall, threshold_name: &str) -> Option<Block> {
    let rate = |measure| overall.metric(measure).map(|figure| figure.value);
    let area = overall.metric(Measure::AveragePrecision)?;
    let share = overall.share_positive();
    let mut plot = Plot::new(
        "pr",
        "Precision and recall",
        format!(
            "Average precision {}; flagging everything would give {}.",
            with_interval(Some(area), decimal),
            decimal(share)
        ),
        Axis::share("positives flagged (recall)"),
        Axis::share("flagged that are positive (precision)"),
    );
    plot.line("chance", &[[0.0, share], [1.0, share]]);
    plot.area("model", &curves.precision_recall, 0.0);
    plot.line("model", &curves.precision_recall);
    if let Some((recall, precision)) = rate(Measure::Recall).zip(rate(Measure::Precision)) {
        let title = format!("recall {}, precision {}", percent(recall), percent(precision));
        plot.dot("point", [recall, precision], 5.0, &title);
        let right = recall > 0.5;
        let shift = [if right { -10.0 } else { 10.0 }, 18.0];
        plot.label([recall, precision], shift, right, "point", threshold_name);
    }
    plot.label([0.0, 0.0], [8.0, -10.0], false, "big", &format!("AP {}", decimal(area.value)));
    let below = "Precision belongs to the share of positives in this file; where they are rarer it \
                 is lower.";
    let key = [("model", "model"), ("chance", "flagging everything")];
    Some(plot.key(&key).block(vec![Block::note(below)]))
}

fn rates(curves: &Curves, overall: &Overall, threshold_name: &str) -> Block {
    let column = |value: fn(&AtThreshold) -> Option<f64>| -> Vec<[f64; 2]> {
        curves.thresholds.iter().filter_map(|at| Some([at.threshold, value(at)?])).collect()
    };
    let mut plot = Plot::new(
        "thresholds",
        "What each threshold does",
        "Precision, recall, share flagged and share of negatives flagged for every threshold from \
         0 to 1; the table below has the numbers."
            .to_owned(),
        Axis::score("threshold"),
        Axis::share("share"),
    );
    plot.upright("mark", overall.threshold, threshold_name);
    plot.line("flagrate", &column(|at| Some(at.flag_rate)));
    plot.line("fpr", &column(|at| at.false_positive_rate));
    plot.line("precision", &column(|at| at.precision));
    plot.line("recall", &column(|at| at.recall));
    let listed: Vec<&AtThreshold> = curves.thresholds.iter().step_by(5).collect();
    let table = Table::of("Rates against the threshold", &listed)
        .number("Threshold", |at| format!("{:.2}", at.threshold))
        .number("Precision", |at| optional(at.precision, percent))
        .number("Recall", |at| optional(at.recall, percent))
        .number("Negatives flagged", |at| optional(at.false_positive_rate, percent))
        .number("All flagged", |at| percent(at.flag_rate));
    let key = [
        ("precision", "precision"),
        ("recall", "recall"),
        ("flagrate", "all flagged"),
        ("fpr", "negatives flagged"),
    ];
    plot.key(&key).block(vec![Block::folded("The numbers", vec![table.block()])])
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
