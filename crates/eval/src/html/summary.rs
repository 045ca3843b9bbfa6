//! The head of the page: findings, tiles, rarity.

use metrics::Measure;

use super::{
    markup::{escape, note, paragraph},
    plot::bar_cell,
};
use crate::{
    figure::get,
    number::{decimal, figure, interval, percent, size},
    report::{Kind, Report},
};

/// The title and the figures that matter most.
pub(super) fn header(report: &Report) -> String {
    let overall = &report.overall;
    let version = if report.model.version.is_empty() {
        String::new()
    } else {
        format!(" <small>version {}</small>", escape(&report.model.version))
    };
    let tiles = [
        ("ROC AUC", Measure::RocAuc, decimal as fn(f64) -> String),
        ("F1", Measure::F1, decimal),
        ("Accuracy", Measure::Accuracy, percent),
        ("Positives flagged", Measure::Recall, percent),
        ("Negatives flagged", Measure::FalsePositiveRate, percent),
    ];
    let tiles: Vec<String> = tiles
        .iter()
        .map(|&(name, measure, form)| {
            let value = get(&overall.metrics, measure);
            format!(
                "<div class=\"tile\"><dt>{name}</dt><dd><b>{}</b><span>{}</span></dd></div>\n",
                figure(value, form),
                interval(value, form)
            )
        })
        .collect();
    format!(
        "<header>\n<p class=\"kind\">Evaluation report</p>\n<h1>{}{}</h1>\n\
         <p class=\"lead\">{} posts, {} of label 1 and {} of label 0, from {}.{} Flagged from a score \
         of {}. Made {}.</p>\n<dl class=\"tiles\">\n{}</dl>\n\
         <p class=\"quiet\">Small print under a figure: its {} interval.</p>\n\
         <p class=\"caveat\"><b>What the score is.</b> How much the words of a post resemble \
         the posts labelled 1 in the model's training data; its model card says how those were \
         labelled. It says nothing about a person. It is a reason for a person to look, never a reason \
         to act without one.</p>\n</header>\n",
        escape(&report.model.name),
        version,
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        match &report.data.files[..] {
            [file] => escape(&file.file),
            files => format!("{} files", files.len()),
        },
        unlabelled(report),
        decimal(overall.threshold),
        escape(&report.made_at),
        tiles.concat(),
        percent_of(report.settings.confidence),
    )
}

/// A sentence on the rows without a label; empty where all have one.
pub(crate) fn unlabelled(report: &Report) -> String {
    match report.data.unlabelled {
        0 => String::new(),
        1 => " 1 row more has no label and is left out.".to_owned(),
        rows => format!(" {} rows more have no label and are left out.", size(rows)),
    }
}

/// `95 %`.
fn percent_of(confidence: f64) -> String {
    percent(confidence).replace(".0 %", " %")
}

/// The findings as a list; each is marked by shape and word, not by colour alone.
pub(super) fn findings(report: &Report) -> String {
    let items: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let (class, sign, word) = match finding.kind {
                Kind::Good => ("good", "✓", "good"),
                Kind::Caution => ("caution", "!", "caution"),
                Kind::Bad => ("bad", "✕", "bad"),
            };
            format!(
                "<li class=\"{class}\"><span class=\"sign\" role=\"img\" aria-label=\"{word}\">{sign}</span>\
                 <span>{}</span></li>\n",
                escape(&finding.text)
            )
        })
        .collect();
    format!("<ul class=\"findings\">\n{}</ul>\n", items.concat())
}

/// Precision at other shares of positives, in words.
pub(super) fn rarity(report: &Report) -> String {
    if report.prevalence.is_empty() {
        return String::new();
    }
    let share = report.overall.positives as f64 / report.overall.rows as f64;
    let mut html = paragraph(&format!(
        "In this file {} of the posts are positive. In what people write every day such posts are \
         far rarer, and then most of what is flagged is wrong, however good the figures above. The \
         rates at the threshold are carried over by Bayes' rule:",
        percent(share)
    ));
    html.push_str("<ul class=\"rarity\">\n");
    for at in &report.prevalence {
        let wrong = 1.0 - at.precision.value;
        html.push_str(&format!(
            "<li><span class=\"share\">{}</span>{}<span>{}</span></li>\n",
            percent(at.prevalence).replace(".0 %", " %"),
            bar_cell(wrong, "bad"),
            escape(&at.words)
        ));
    }
    html.push_str("</ul>\n");
    html.push_str(&note(
        "Bars: the share of flagged posts that would be wrong. Ranges join the worse, and the \
         better, ends of both rates' intervals. They hold for posts like those of this file.",
    ));
    html
}
