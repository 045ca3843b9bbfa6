//! Metrics, confusion, thresholds, bands.

use metrics::Measure;

use super::markup::{Column, Table, note};
use crate::{
    figure::get,
    number::{self, count, decimal, figure, interval, optional, percent},
    report::Report,
};

/// Name of a metric, its number format and its meaning.
pub(crate) fn name(measure: Measure) -> (&'static str, fn(f64) -> String, &'static str) {
    match measure {
        Measure::Accuracy => ("Accuracy", percent, "share of rows on the right side"),
        Measure::BalancedAccuracy => {
            ("Balanced accuracy", percent, "the same, as if both labels were equally common")
        }
        Measure::Precision => ("Precision", percent, "share of flagged rows that are positive"),
        Measure::Recall => ("Recall", percent, "share of positives flagged"),
        Measure::F1 => ("F1", decimal, "harmonic mean of precision and recall"),
        Measure::Mcc => ("Matthews correlation", decimal, "1 perfect, 0 chance"),
        Measure::FalsePositiveRate => {
            ("False-positive rate", percent, "share of negatives flagged")
        }
        Measure::RocAuc => ("ROC AUC", decimal, "chance that a positive outscores a negative"),
        Measure::AveragePrecision => {
            ("Average precision", decimal, "area under precision against recall")
        }
        Measure::TprAtFpr01 => {
            ("Recall at 0.1 % false positives", percent, "by the best threshold on these rows")
        }
        Measure::TprAtFpr1 => ("Recall at 1 % false positives", percent, "likewise"),
        Measure::TprAtFpr5 => ("Recall at 5 % false positives", percent, "likewise"),
        Measure::Brier => ("Brier score", decimal, "mean squared error of the score; 0 best"),
        Measure::LogLoss => ("Log loss", decimal, "in nats; 0 best"),
        Measure::Ece => ("Calibration error", decimal, "expected, 15 bins of equal width; 0 best"),
    }
}

/// Every metric with its interval.
pub(super) fn metrics(report: &Report) -> String {
    let mut table = Table::new(
        "Every metric",
        &[
            ("Metric", Column::Text),
            ("Value", Column::Number),
            ("Interval", Column::Number),
            ("What it says", Column::Text),
        ],
    );
    for measure in Measure::ALL {
        let (name, form, meaning) = name(measure);
        let value = get(&report.overall.metrics, measure);
        table.row(vec![
            name.to_owned(),
            figure(value, form),
            interval(value, form),
            meaning.to_owned(),
        ]);
    }
    format!(
        "{}{}",
        table.html(),
        note(&format!(
            "Intervals: {} bootstrap samples with as many rows of each label, seed {}. A dash: \
             undefined, for want of a label or of flagged rows.",
            number::size(report.settings.replicates),
            report.settings.seed
        ))
    )
}

/// The confusion table, as a figure among the charts.
pub(super) fn confusion(report: &Report) -> String {
    let counts = report.overall.confusion;
    let positives = counts.true_positives + counts.false_negatives;
    let negatives = counts.true_negatives + counts.false_positives;
    let cell = |value: u64, whole: u64, class: &str, word: &str| {
        let share = value as f64 / whole.max(1) as f64;
        format!(
            "<td class=\"{class}\" style=\"--share:{share:.3}\"><b>{}</b><span>{word}</span>\
             <span>{}</span></td>",
            count(value),
            percent(share)
        )
    };
    format!(
        "<figure class=\"chart\">\n<table class=\"confusion\">\n\
         <caption>Confusion table at the threshold {}</caption>\n\
         <thead><tr><td></td><th scope=\"col\">flagged</th><th scope=\"col\">not flagged</th></tr></thead>\n\
         <tbody>\n<tr><th scope=\"row\">label 1<span>{}</span></th>{}{}</tr>\n\
         <tr><th scope=\"row\">label 0<span>{}</span></th>{}{}</tr>\n</tbody>\n</table>\n{}</figure>\n",
        decimal(report.overall.threshold),
        count(positives),
        cell(counts.true_positives, positives, "right", "caught"),
        cell(counts.false_negatives, positives, "wrong", "missed"),
        count(negatives),
        cell(counts.false_positives, negatives, "wrong", "flagged wrongly"),
        cell(counts.true_negatives, negatives, "right", "left alone"),
        note("Percentages are of the label's rows."),
    )
}

/// The threshold of the report and others, and the review bands.
pub(super) fn operating(report: &Report) -> String {
    let mut table = Table::new(
        "Thresholds",
        &[
            ("Aim", Column::Text),
            ("Threshold", Column::Number),
            ("Positives flagged", Column::Number),
            ("Negatives flagged", Column::Number),
            ("Precision", Column::Number),
            ("F1", Column::Number),
            ("All flagged", Column::Number),
        ],
    );
    for (place, point) in report.operating_points.iter().enumerate() {
        let cells = vec![
            point.name.clone(),
            optional(point.threshold, number::score),
            optional(point.recall, percent),
            optional(point.false_positive_rate, percent),
            optional(point.precision, percent),
            optional(point.f1, decimal),
            optional(point.flag_rate, percent),
        ];
        if place == 0 {
            table.strong_row(cells);
        } else {
            table.row(cells);
        }
    }
    let mut bands = Table::new(
        "Review bands",
        &[
            ("Band", Column::Text),
            ("From", Column::Number),
            ("Rows", Column::Number),
            ("Positive", Column::Number),
            ("Share positive", Column::Number),
        ],
    );
    for band in &report.bands {
        bands.row(vec![
            band.band.replace('_', " "),
            decimal(band.from),
            count(band.rows),
            count(band.positives),
            number::with_interval(band.positive_rate, percent),
        ]);
    }
    format!(
        "{}{}{}",
        table.html(),
        note(
            "Those below the first were chosen on these rows and flatter themselves a little: they \
             show what could be had, not what to set. A dash: no threshold does it."
        ),
        bands.html()
    )
}
