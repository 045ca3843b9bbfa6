//! Colophon: files, settings and times of the report, and the meaning of its words.

use super::markup::{Column, Table, details, escape, note};
use super::plot::{Axis, Plot};
use crate::training_curves::{Curve, TrainingCurves};
use crate::{number::size, report::Report};

/// Files, settings and times.
pub(super) fn made(report: &Report) -> String {
    let mut files = Table::new(
        "Files",
        &[
            ("File", Column::Text),
            ("Rows", Column::Number),
            ("Label 1", Column::Number),
            ("No label", Column::Number),
            ("SHA-256", Column::Text),
        ],
    );
    for file in &report.data.files {
        files.row(vec![
            file.file.clone(),
            size(file.rows),
            size(file.positives),
            size(file.unlabelled),
            file.sha256.clone(),
        ]);
    }
    let mut facts = Table::new("Model", &[("Fact", Column::Text), ("Value", Column::Text)]);
    let model = &report.model;
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.row(vec![name.to_owned(), value]);
        }
    };
    fact("name and version", format!("{} {}", model.name, model.version));
    fact("folder", model.folder.clone());
    fact("SHA-256 of the weights", model.sha256.clone());
    fact("threshold it ships with", optional(model.threshold));
    fact("temperature", optional(model.temperature));
    fact("word pieces read at once", model.max_length.map_or_else(String::new, size));
    fact("scored on", model.engine.clone());
    fact("made by", format!("{}, {}", report.made_by, report.made_at));
    let seconds: Vec<String> = report
        .seconds
        .iter()
        .map(|stage| format!("{} {:.1} s", stage.stage, stage.seconds))
        .collect();
    let left = match (report.data.not_scored, report.data.left_out) {
        (0, 0) => String::new(),
        (empty, 0) => format!(
            "{} rows have no score: they cannot be judged, or their field is empty. ",
            size(empty)
        ),
        (empty, left) => format!(
            "{} rows have no score: they cannot be judged, or their field is empty; {} \
             were left out because their source was not held out. ",
            size(empty),
            size(left)
        ),
    };
    let long = match report.data.in_windows {
        0 => String::new(),
        long => format!(
            "{} rows are longer than the model reads at once: their score is that of the highest of \
             their windows; the end of {} was not read. ",
            size(long),
            size(report.data.truncated)
        ),
    };
    let settings = serde_json::to_string_pretty(&report.settings).unwrap_or_default();
    let training = if model.training.is_null() {
        String::new()
    } else {
        let record = serde_json::to_string_pretty(&model.training).unwrap_or_default();
        details("Training record", &format!("<pre>{}</pre>\n", escape(&record)))
    };
    let curves = model.training_curves.as_ref().map_or_else(String::new, |curves| {
        details("Training curves", &format!("<div class=\"charts\">\n{}</div>\n", charts(curves)))
    });
    format!(
        "{}{}{}{}{training}{curves}",
        facts.html(),
        files.html(),
        note(&format!("{left}{long}Times: {}.", seconds.join(", "))),
        details("Settings", &format!("<pre>{}</pre>\n", escape(&settings))),
    )
}

/// Losses, ROC AUC and learning rate over epochs.
fn charts(curves: &TrainingCurves) -> String {
    let all = [&curves.loss, &curves.validation_loss, &curves.validation_roc_auc];
    let end = all.into_iter().flatten().map(|[epoch, _]| *epoch).fold(1.0, f64::max);
    let mut losses = Plot::new(
        "training-loss",
        "Loss while it learned",
        last("training loss", &curves.loss) + &last(", validation loss", &curves.validation_loss),
        epochs(end),
        upto("loss", &[&curves.loss, &curves.validation_loss]),
    );
    losses.line("model", &curves.loss);
    losses.line("rival", &curves.validation_loss);
    let key = [("model", "training posts"), ("rival", "validation posts")];
    let mut auc = Plot::new(
        "training-auc",
        "ROC AUC of the validation posts",
        last("ROC AUC", &curves.validation_roc_auc),
        epochs(end),
        Axis::score("ROC AUC"),
    );
    auc.line("model", &curves.validation_roc_auc);
    let mut rate = Plot::new(
        "training-rate",
        "Learning rate",
        last("learning rate", &curves.learning_rate),
        epochs(end),
        upto("learning rate", &[&curves.learning_rate]),
    );
    rate.line("model", &curves.learning_rate);
    losses.figure(&key, "") + &auc.figure(&[], "") + &rate.figure(&[], "")
}

/// The horizontal axis of curves over epochs.
fn epochs(end: f64) -> Axis {
    let step = (end / 6.0).ceil().max(1.0);
    let ticks = (0..=6).map(|tick| f64::from(tick) * step).filter(|at| *at <= end);
    Axis {
        label: "epochs",
        from: 0.0,
        to: end,
        ticks: ticks.map(|at| (at, format!("{at:.0}"))).collect(),
    }
}

/// An axis from 0 to the highest value.
fn upto(label: &'static str, curves: &[&Curve]) -> Axis {
    let values = curves.iter().flat_map(|curve| curve.iter()).map(|[_, value]| *value);
    let highest = values.fold(0.0, f64::max);
    let to = if highest > 0.0 { highest } else { 1.0 };
    let ticks = (0..=4).map(|quarter| {
        let at = to * f64::from(quarter) / 4.0;
        (at, if to < 0.01 && at > 0.0 { format!("{at:.1e}") } else { format!("{at:.2}") })
    });
    Axis { label, from: 0.0, to, ticks: ticks.collect() }
}

/// The last value of a curve in words.
fn last(name: &str, curve: &Curve) -> String {
    curve.last().map_or_else(String::new, |[_, value]| format!("{name} {value:.4} at the end"))
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

/// The foot of the page.
pub(super) fn footer(report: &Report) -> String {
    format!(
        "<footer>\n<p>The same figures, with more digits, are in report.json (schema {}). Label 1: \
         pro-ISIS by the data's labels; label 0: everything else. Flagged: score at or above the \
         threshold. Not for automatic action.</p>\n</footer>\n",
        report.schema
    )
}
