//! Terminal output: progress, and the report in short.

use std::{cell::RefCell, fmt::Write, io::IsTerminal, path::Path};

use indicatif::{ProgressBar, ProgressStyle};
use metrics::Measure;

use crate::{
    figure::{Figure, get},
    number::{decimal, figure, interval, percent, size},
    report::{Kind, Report},
};

/// Shows stages: a bar on a terminal, a line each elsewhere.
#[derive(Debug, Default)]
pub struct Console {
    last: RefCell<String>,
    bar: RefCell<Option<ProgressBar>>,
}

impl Console {
    /// Shows a stage, and how many of how many texts are scored.
    pub fn show(&self, stage: &str, done: usize, total: usize) {
        let mut last = self.last.borrow_mut();
        let begins = *last != stage;
        if begins {
            stage.clone_into(&mut last);
        }
        if !std::io::stderr().is_terminal() {
            if begins {
                eprintln!("{stage}…");
            }
            return;
        }
        let mut bar = self.bar.borrow_mut();
        if begins {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
            let template = "{msg:28} {wide_bar} {pos}/{len}  {eta} left";
            let new = if total > 0 {
                let style = ProgressStyle::with_template(template);
                let bar = ProgressBar::new(total as u64);
                style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
            } else {
                let bar = ProgressBar::new_spinner();
                bar.enable_steady_tick(std::time::Duration::from_millis(120));
                bar
            };
            new.set_message(stage.to_owned());
            *bar = Some(new);
        }
        if let Some(bar) = bar.as_ref() {
            bar.set_position(done as u64);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}

/// The report in short.
pub fn summary(report: &Report, folder: &Path) -> String {
    let overall = &report.overall;
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments| {
        let _ = writeln!(text, "{words}");
    };
    line(format_args!("report: {}", folder.join("report.html").display()));
    line(format_args!(""));
    line(format_args!(
        "{}: {} posts scored, {} of label 1, {} of label 0; {} had no score",
        report.model.name,
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        size(report.data.not_scored)
    ));
    if report.data.in_windows > 0 {
        line(format_args!(
            "{} are longer than the model reads at once: the highest of their windows counts; the \
             end of {} was not read",
            size(report.data.in_windows),
            size(report.data.truncated)
        ));
    }
    if let Some(found) = report.not_judged.as_ref().filter(|found| found.rows > 0) {
        let groups: Vec<String> = found
            .by
            .iter()
            .take(8)
            .map(|group| {
                let lang = group.lang.map(|lang| format!(" {lang}")).unwrap_or_default();
                format!("{} {}{lang}", size(group.rows), group.reason)
            })
            .collect();
        line(format_args!(
            "not judged: {}; with these as not flagged, recall is {}, and {} of label 0 are flagged",
            groups.join(", "),
            figure(found.recall, percent),
            figure(found.false_positive_rate, percent)
        ));
    }
    line(format_args!(""));
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
    for (name, measure, form) in metrics {
        let value: Option<Figure> = get(&overall.metrics, measure);
        line(format_args!("  {name:20} {:>8}   {}", figure(value, form), interval(value, form)));
    }
    let counts = overall.confusion;
    line(format_args!(""));
    line(format_args!("  at the threshold {}", decimal(overall.threshold)));
    line(format_args!("  {:14} {:>10} {:>12}", "", "flagged", "not flagged"));
    for (label, flagged, not_flagged) in [
        ("label 1", counts.true_positives, counts.false_negatives),
        ("label 0", counts.false_positives, counts.true_negatives),
    ] {
        line(format_args!("  {label:14} {flagged:>10} {not_flagged:>12}"));
    }
    line(format_args!(""));
    for finding in &report.findings {
        let sign = match finding.kind {
            Kind::Good => "+",
            Kind::Caution => "!",
            Kind::Bad => "-",
        };
        line(format_args!("  {sign} {}", finding.text));
    }
    text
}
