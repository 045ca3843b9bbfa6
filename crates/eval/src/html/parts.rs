//! Slices, sources, mentions, with whiskers drawn in the rows.

use super::{
    markup::{Column, Table, note, paragraph},
    plot::whisker_cell,
};
use crate::{
    figure::Figure,
    number::{decimal, figure, percent, size, with_interval},
    report::Report,
};

fn whisker(value: Option<Figure>) -> String {
    value.map_or_else(String::new, |figure| {
        whisker_cell(figure.value, figure.lower.zip(figure.upper), 0.0, 1.0)
    })
}

/// False-positive rates by source.
pub(super) fn sources(report: &Report) -> String {
    if report.sources.is_empty() {
        return String::new();
    }
    let rivals: Vec<_> = report
        .baselines
        .iter()
        .flat_map(|baselines| &baselines.baselines)
        .filter(|baseline| baseline.name != "majority")
        .collect();
    let mut columns = vec![
        ("Source", Column::Text),
        ("Posts", Column::Number),
        ("Flagged", Column::Number),
        ("Share flagged", Column::Number),
        ("0 to 100 %", Column::Markup),
        ("AUC of positives against it", Column::Number),
    ];
    let names: Vec<String> =
        rivals.iter().map(|baseline| format!("{} flags", baseline.name)).collect();
    columns.extend(names.iter().map(|name| (name.as_str(), Column::Number)));
    let mut table = Table::new("Sources whose posts are all label 0", &columns);
    for source in &report.sources {
        let mut cells = vec![
            source.source.clone(),
            size(source.rows),
            size(source.flagged),
            with_interval(source.false_positive_rate, percent),
            whisker(source.false_positive_rate),
            with_interval(source.roc_auc_of_positives_against_it, decimal),
        ];
        for rival in &rivals {
            let same = rival.sources.iter().find(|other| other.source == source.source);
            cells.push(figure(same.and_then(|same| same.false_positive_rate), percent));
        }
        table.row(cells);
    }
    format!(
        "{}{}",
        paragraph(
            "Every post here is label 0: each one flagged is an innocent post under suspicion. \
             Sources that talk about ISIS, war or Islam show whether the score tells stance or \
             only topic."
        ),
        table.html()
    )
}

/// Posts that name ISIS, Islam, the region.
pub(super) fn mentions(report: &Report) -> String {
    if report.mentions.iter().all(|mention| mention.negatives == 0) {
        return String::new();
    }
    let mut table = Table::new(
        "Posts by what they name",
        &[
            ("Posts that", Column::Text),
            ("Positives", Column::Number),
            ("Negatives", Column::Number),
            ("Negatives flagged", Column::Number),
            ("0 to 100 %", Column::Markup),
            ("Other negatives flagged", Column::Number),
            ("AUC among them", Column::Number),
            ("BPSN AUC", Column::Number),
            ("BNSP AUC", Column::Number),
        ],
    );
    for mention in &report.mentions {
        table.row(vec![
            mention.subject.to_owned(),
            size(mention.positives),
            size(mention.negatives),
            with_interval(mention.false_positive_rate, percent),
            whisker(mention.false_positive_rate),
            figure(mention.false_positive_rate_elsewhere, percent),
            figure(mention.subgroup_auc, decimal),
            with_interval(mention.bpsn_auc, decimal),
            figure(mention.bnsp_auc, decimal),
        ]);
    }
    format!(
        "{}{}",
        table.html(),
        note(
            "BPSN: positives that do not name it against negatives that do. It is low where an \
             innocent post is suspected for its subject. BNSP: positives that name it against \
             negatives that do not. Posts are picked by a short list of words."
        )
    )
}

/// Figures of parts of the rows.
pub(super) fn slices(report: &Report) -> String {
    let mut html = String::new();
    for slices in &report.slices {
        let mut table = Table::new(
            &format!("By {}", slices.by),
            &[
                (slices.by.as_str(), Column::Text),
                ("Rows", Column::Number),
                ("Not judged", Column::Number),
                ("Positives", Column::Number),
                ("Flagged", Column::Number),
                ("Accuracy", Column::Number),
                ("Recall", Column::Number),
                ("Negatives flagged", Column::Number),
                ("0 to 100 %", Column::Markup),
                ("ROC AUC", Column::Number),
            ],
        );
        for part in &slices.parts {
            table.row(vec![
                part.value.clone(),
                size(part.rows),
                size(part.not_judged),
                size(part.positives),
                size(part.flagged),
                figure(part.accuracy, percent),
                figure(part.recall, percent),
                with_interval(part.false_positive_rate, percent),
                whisker(part.false_positive_rate),
                with_interval(part.roc_auc, decimal),
            ]);
        }
        html.push_str(&table.html());
        if slices.left_out > 0 {
            html.push_str(&note(&format!(
                "{} more parts are too small or too many to list.",
                size(slices.left_out)
            )));
        }
    }
    html
}
