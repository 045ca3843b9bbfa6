//! The blocks of a document, and their writers.

use std::path::Path;

use metrics::Measure;

use crate::figure::{Measures, get};
use crate::html::measure_name;
use crate::number::{
    count, decimal, figure, optional, percent, score, signed, size, with_interval,
};
use crate::report::Report;
use crate::section::apart::WithoutNear;
use crate::section::suite::{Sides, Suite};

pub(super) type Writer = fn(&Report) -> String;

/// Every block by name, with its writer.
pub(super) const BLOCKS: [(&str, Writer); 11] = [
    ("data", data),
    ("metrics", metrics),
    ("operating", operating),
    ("prevalence", prevalence),
    ("sources", sources),
    ("not_judged", not_judged),
    ("mentions", mentions),
    ("suite", suite),
    ("invariance", invariance),
    ("leaks", leaks),
    ("baselines", baselines),
];

/// A table; `columns` begin with `>` where numbers stand.
fn table(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let names: Vec<&str> = columns.iter().map(|name| name.trim_start_matches('>')).collect();
    let rules: Vec<&str> =
        columns.iter().map(|name| if name.starts_with('>') { "---:" } else { "---" }).collect();
    let mut text = format!("| {} |\n|{}|\n", names.join(" | "), rules.join("|"));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.push_str("| ");
        text.push_str(&cells.join(" | "));
        text.push_str(" |\n");
    }
    text
}

fn data(report: &Report) -> String {
    let overall = &report.overall;
    let files: Vec<String> = report
        .data
        .files
        .iter()
        .map(|file| format!("`{}` ({})", short(&file.file), size(file.rows)))
        .collect();
    format!(
        "{} posts, {} of label 1 and {} of label 0, from {}; threshold {}.{}\n",
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        files.join(", "),
        score(overall.threshold),
        crate::html::unlabelled(report)
    )
}

/// The name of a file without its folders, which are the business of one machine.
fn short(file: &str) -> String {
    Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy()).into_owned()
}

fn metrics(report: &Report) -> String {
    table(
        &["metric", ">value", ">interval"],
        Measure::ALL.into_iter().map(|measure| {
            let (name, form, _) = measure_name(measure);
            let value = get(&report.overall.metrics, measure);
            vec![name.to_owned(), figure(value, form), crate::number::interval(value, form)]
        }),
    )
}

fn operating(report: &Report) -> String {
    table(
        &["aim", ">threshold", ">positives flagged", ">negatives flagged", ">precision", ">F1"],
        report.operating_points.iter().map(|point| {
            vec![
                point.name.clone(),
                optional(point.threshold, score),
                optional(point.recall, percent),
                optional(point.false_positive_rate, percent),
                optional(point.precision, percent),
                optional(point.f1, decimal),
            ]
        }),
    )
}

fn prevalence(report: &Report) -> String {
    report.prevalence.iter().map(|at| format!("- {}\n", at.words)).collect::<Vec<_>>().concat()
}

fn sources(report: &Report) -> String {
    let rivals: Vec<_> = report
        .baselines
        .iter()
        .flat_map(|baselines| &baselines.baselines)
        .filter(|baseline| baseline.name != "majority")
        .collect();
    let names: Vec<String> =
        rivals.iter().map(|baseline| format!(">flagged by {}", baseline.name)).collect();
    let mut columns =
        vec!["source", ">posts", ">not judged", ">flagged", ">AUC of positives against it"];
    columns.extend(names.iter().map(String::as_str));
    table(
        &columns,
        report.sources.iter().map(|source| {
            let mut cells = vec![
                source.source.clone(),
                size(source.rows),
                size(source.not_judged),
                with_interval(source.false_positive_rate, percent),
                with_interval(source.roc_auc_of_positives_against_it, decimal),
            ];
            cells.extend(rivals.iter().map(|rival| {
                let same = rival.sources.iter().find(|other| other.source == source.source);
                figure(same.and_then(|same| same.false_positive_rate), percent)
            }));
            cells
        }),
    )
}

fn not_judged(report: &Report) -> String {
    let Some(found) = &report.not_judged else { return none() };
    table(
        &["reason", "language", ">posts not judged"],
        found.by.iter().map(|group| {
            vec![
                group.reason.replace('_', " "),
                group.lang.unwrap_or("none").to_owned(),
                size(group.rows),
            ]
        }),
    )
}

fn mentions(report: &Report) -> String {
    table(
        &["posts that", ">negatives", ">flagged", ">other negatives flagged", ">BPSN AUC"],
        report.mentions.iter().map(|mention| {
            vec![
                mention.subject.to_owned(),
                size(mention.negatives),
                with_interval(mention.false_positive_rate, percent),
                figure(mention.false_positive_rate_elsewhere, percent),
                with_interval(mention.bpsn_auc, decimal),
            ]
        }),
    )
}

fn suite(report: &Report) -> String {
    let Some(suite) = &report.suite else { return none() };
    let functions = suite.functions.iter().map(|function| {
        vec![
            function.function.replace('_', " "),
            match function.expected {
                Some(0) => "left alone",
                Some(_) => "flagged",
                None => "divided",
            }
            .to_owned(),
            format!("{} of {}", function.passed, function.cases),
        ]
    });
    format!(
        "{} of {} cases on the expected side: {} of those to be left alone, {} of those to be \
         flagged.\n\n{}",
        size(suite.passed),
        size(suite.cases),
        with_interval(suite.negatives_passed, percent),
        with_interval(suite.positives_passed, percent),
        table(&["function", "should be", ">passed"], functions)
    )
}

fn invariance(report: &Report) -> String {
    let Some(invariance) = &report.invariance else { return none() };
    format!(
        "{} of {} edited texts moved by more than {}.\n",
        size(invariance.moved),
        size(invariance.edited),
        invariance.tolerance
    )
}

fn leaks(report: &Report) -> String {
    let leaks = &report.leaks;
    let mut rows = Vec::new();
    if let Some(artefacts) = &leaks.artefacts {
        rows.push(("AUC without a word, raw texts", with_interval(artefacts.roc_auc_raw, decimal)));
        let normalised = with_interval(artefacts.roc_auc_normalised, decimal);
        rows.push(("AUC without a word, normalised texts", normalised));
    }
    rows.push(("rows with nothing to read", size(leaks.empty_rows)));
    rows.push(("rows beyond the first of nearly equal texts", size(leaks.near_duplicate_rows)));
    if let Some(shared) = &leaks.shared {
        rows.push(("rows near a training row", size(shared.near_rows)));
        rows.push(("rows by authors of training rows", size(shared.rows_of_shared_authors)));
        let auc = with_interval(shared.without_near.roc_auc, decimal);
        rows.push(("ROC AUC without rows near a training row", auc));
        let f1 = with_interval(shared.without_near.f1, decimal);
        rows.push(("F1 without rows near a training row", f1));
    }
    table(&["", ">"], rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]))
}

fn baselines(report: &Report) -> String {
    let Some(baselines) = &report.baselines else { return none() };
    let suite = report.suite.as_ref().map(Suite::sides);
    let row = |name: &str,
               metrics: &Measures,
               without_near: Option<WithoutNear>,
               suite: Option<Sides>,
               against: String| {
        let without_near = without_near.unwrap_or_default();
        let value = |measure, form| with_interval(get(metrics, measure), form);
        vec![
            name.to_owned(),
            value(Measure::Accuracy, percent as fn(f64) -> String),
            value(Measure::F1, decimal),
            value(Measure::RocAuc, decimal),
            figure(without_near.f1, decimal),
            figure(without_near.roc_auc, decimal),
            figure(suite.and_then(|suite| suite.left_alone), percent),
            figure(suite.and_then(|suite| suite.flagged), percent),
            against,
        ]
    };
    let metrics = &report.overall.metrics;
    let without_near = report.leaks.shared.as_ref().map(|shared| shared.without_near);
    let mut rows = vec![row(&report.model.name, metrics, without_near, suite, String::new())];
    for baseline in &baselines.baselines {
        let auc = baseline.model_minus_baseline.iter().find(|(key, _)| *key == "roc_auc");
        let difference = auc.and_then(|(_, both)| *both).map(|both| both.difference);
        rows.push(row(
            &baseline.name,
            &baseline.metrics,
            Some(baseline.without_near),
            baseline.suite,
            with_interval(difference, signed),
        ));
    }
    let columns = [
        "model",
        ">accuracy",
        ">F1",
        ">ROC AUC",
        ">F1 without rows near a training row",
        ">ROC AUC without them",
        ">suite: rightly left alone",
        ">suite: rightly flagged",
        ">model's AUC minus its",
    ];
    format!(
        "Baselines trained on {} rows.\n\n{}",
        count(baselines.rows as u64),
        table(&columns, rows.into_iter())
    )
}

fn none() -> String {
    "Not measured in this report.\n".to_owned()
}
