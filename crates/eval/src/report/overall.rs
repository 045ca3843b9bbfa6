//! Every metric with its interval, and the confusion table.

use askama::Template;
use metrics::{Bootstrap, Confusion, Evaluator, Measure};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::{Figure, Measures, get, measures},
    finding::{Finding, grade},
    metric,
    number::{count, decimal, figure, interval, percent, size, with_interval},
    page::{Block, Table},
    posts::Scored,
    settings::Settings,
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

impl Overall {
    /// One of the metrics.
    pub fn metric(&self, measure: Measure) -> Option<Figure> {
        get(&self.metrics, measure)
    }

    /// Share of the rows that is positive.
    pub fn share_positive(&self) -> f64 {
        self.positives as f64 / self.rows as f64
    }
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

fn value(overall: &Overall) -> impl Fn(&Measure) -> String {
    move |measure| figure(overall.metric(*measure), metric::words(*measure).1)
}

fn ends(overall: &Overall) -> impl Fn(&Measure) -> String {
    move |measure| interval(overall.metric(*measure), metric::words(*measure).1)
}

/// Every metric.
pub fn show(overall: &Overall, settings: &Settings) -> Vec<Block> {
    let table = Table::of("Every metric", &Measure::ALL)
        .text("Metric", |measure| metric::words(*measure).0)
        .number("Value", value(overall))
        .number("Interval", ends(overall))
        .text("What it says", |measure| metric::words(*measure).2);
    let note = format!(
        "Intervals: {} bootstrap samples with as many rows of each label, seed {}. A dash: \
         undefined, for want of a label or of flagged rows.",
        size(settings.replicates),
        settings.seed
    );
    vec![table.block(), Block::note(note)]
}

#[derive(Template)]
#[template(path = "confusion.html")]
struct ConfusionTable {
    threshold: String,
    rows: [ConfusionRow; 2],
}

struct ConfusionRow {
    label: &'static str,
    total: String,
    cells: [ConfusionCell; 2],
}

struct ConfusionCell {
    /// `right` or `wrong`.
    class: &'static str,
    share: f64,
    percent: String,
    count: String,
    word: &'static str,
}

/// The confusion table, as a figure among the charts.
pub fn confusion(overall: &Overall) -> Block {
    let row = |label, cells: [(u64, &'static str, &'static str); 2]| {
        let total = cells[0].0 + cells[1].0;
        let cell = |(value, class, word)| {
            let share = value as f64 / total.max(1) as f64;
            ConfusionCell { class, share, percent: percent(share), count: count(value), word }
        };
        ConfusionRow { label, total: count(total), cells: cells.map(cell) }
    };
    let Counts { true_positives, false_positives, true_negatives, false_negatives } =
        overall.confusion;
    Block::own(&ConfusionTable {
        threshold: decimal(overall.threshold),
        rows: [
            row(
                "label 1",
                [(true_positives, "right", "caught"), (false_negatives, "wrong", "missed")],
            ),
            row(
                "label 0",
                [
                    (false_positives, "wrong", "flagged wrongly"),
                    (true_negatives, "right", "left alone"),
                ],
            ),
        ],
    })
}

/// The metrics and the confusion table on the terminal.
pub fn console(overall: &Overall) -> String {
    let metrics = [
        ("accuracy", Measure::Accuracy, percent as fn(f64) -> String),
        ("precision", Measure::Precision, percent),
        ("recall", Measure::Recall, percent),
        ("F1", Measure::F1, decimal),
        ("ROC AUC", Measure::RocAuc, decimal),
        ("PR AUC", Measure::AveragePrecision, decimal),
        ("false-positive rate", Measure::FalsePositiveRate, percent),
        ("Brier score", Measure::Brier, decimal),
        ("log loss", Measure::LogLoss, decimal),
        ("calibration error", Measure::Ece, decimal),
    ];
    let metrics: String = metrics
        .into_iter()
        .map(|(name, measure, form)| {
            let value = overall.metric(measure);
            format!("  {name:20} {:>8}   {}\n", figure(value, form), interval(value, form))
        })
        .collect();
    let counts = overall.confusion;
    let row = |label: &str, flagged: &dyn std::fmt::Display, not: &dyn std::fmt::Display| {
        format!("  {label:14} {flagged:>10} {not:>12}\n")
    };
    format!(
        "{metrics}\n  at the threshold {}\n{}{}{}",
        decimal(overall.threshold),
        row("", &"flagged", &"not flagged"),
        row("label 1", &counts.true_positives, &counts.false_negatives),
        row("label 0", &counts.false_positives, &counts.true_negatives)
    )
}

/// Every metric, in a document.
pub fn markdown(overall: &Overall) -> String {
    Table::of("", &Measure::ALL)
        .text("metric", |measure| metric::words(*measure).0)
        .number("value", value(overall))
        .number("interval", ends(overall))
        .markdown()
}

/// How well the score tells the labels apart.
pub fn separation(overall: &Overall) -> Option<Finding> {
    let auc = overall.metric(Measure::RocAuc)?;
    Some(Finding::new(
        grade(auc.value, 0.95, 0.8),
        format!(
            "Of a positive and a negative post drawn at random, the score puts the positive one \
             higher {} of the time: ROC AUC {}.",
            percent(auc.value),
            with_interval(Some(auc), decimal)
        ),
    ))
}

/// What the threshold does.
pub fn at_threshold(overall: &Overall) -> Option<Finding> {
    let recall = overall.metric(Measure::Recall)?;
    let rate = overall.metric(Measure::FalsePositiveRate)?;
    Some(Finding::new(
        // A model that flags nothing is right about every negative, and of no use.
        grade(rate.value, 0.02, 0.1).max(grade(recall.value, 0.5, 0.1)),
        format!(
            "At the threshold {} it flags {} of the positives and {} of the negatives.",
            decimal(overall.threshold),
            percent(recall.value),
            percent(rate.value)
        ),
    ))
}
