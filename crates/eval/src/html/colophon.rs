//! How the report was made, and what its words mean.

use super::markup::{Column, Table, details, escape, note};
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
    format!(
        "{}{}{}{}{training}",
        facts.html(),
        files.html(),
        note(&format!("{left}{long}Times: {}.", seconds.join(", "))),
        details("Settings", &format!("<pre>{}</pre>\n", escape(&settings))),
    )
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
