//! Rows not judged, functional suite, invariance, leak audit.

use super::{
    markup::{Column, Table, details, escape, note, paragraph},
    plot::bar_cell,
};
use crate::{
    number::{NONE, decimal, optional, percent, size, with_interval},
    report::Report,
    section::artefacts::Mark,
};

/// Rows that the model cannot judge, and what they do to the rates.
pub(super) fn not_judged(report: &Report) -> String {
    let Some(found) = report.not_judged.as_ref().filter(|found| found.rows > 0) else {
        return String::new();
    };
    let mut table = Table::new(
        "Rows not judged, by reason and language",
        &[
            ("Reason", Column::Text),
            ("Language", Column::Text),
            ("Rows", Column::Number),
            ("Label 1", Column::Number),
        ],
    );
    for group in &found.by {
        table.row(vec![
            group.reason.replace('_', " "),
            group.lang.unwrap_or(NONE).to_owned(),
            size(group.rows),
            size(group.positives),
        ]);
    }
    format!(
        "{}{}",
        paragraph(&format!(
            "{} rows, {} of them of label 1, are in languages that the model does not claim ({}) or \
             hold no words. They have no score and are in no area under a curve. Nobody is asked to \
             look at them: counted as not flagged, {} of all positives, {} of all negatives and {} of \
             all rows are flagged.",
            size(found.rows),
            size(found.positives),
            report.model.languages.join(", "),
            with_interval(found.recall, percent),
            with_interval(found.false_positive_rate, percent),
            with_interval(found.flag_rate, percent)
        )),
        table.html()
    )
}

/// Pass rates by function.
pub(super) fn suite(report: &Report) -> String {
    let Some(suite) = &report.suite else {
        return String::new();
    };
    let mut table = Table::new(
        "Functions, the least passed first",
        &[
            ("Function", Column::Text),
            ("Should be", Column::Text),
            ("Passed", Column::Number),
            ("0 to 100 %", Column::Markup),
            ("Share", Column::Number),
            ("Mean score", Column::Number),
        ],
    );
    let mut failures = String::new();
    for function in &suite.functions {
        let share = function.passed as f64 / function.cases as f64;
        let class = if share >= 0.9 {
            "good"
        } else if share >= 0.7 {
            "caution"
        } else {
            "bad"
        };
        table.row(vec![
            function.function.replace('_', " "),
            match function.expected {
                Some(0) => "left alone",
                Some(_) => "flagged",
                None => "divided",
            }
            .to_owned(),
            format!("{} of {}", function.passed, function.cases),
            bar_cell(share, class),
            with_interval(function.pass_rate, percent),
            decimal(function.mean_score),
        ]);
        for failure in &function.failures {
            failures.push_str(&format!(
                "<li><b>{}</b> <span class=\"quiet\">{}: {}</span><blockquote>{}</blockquote></li>\n",
                optional(failure.score, decimal),
                escape(&function.function.replace('_', " ")),
                escape(&failure.why),
                escape(&failure.text)
            ));
        }
    }
    let failed = suite.cases - suite.passed;
    format!(
        "{}{}{}",
        paragraph(&format!(
            "{} cases written by hand for this project, each with the side it belongs on. {} fall \
             there: {} of those to be left alone, {} of those to be flagged.",
            size(suite.cases),
            size(suite.passed),
            with_interval(suite.negatives_passed, percent),
            with_interval(suite.positives_passed, percent)
        )),
        table.html(),
        if failed == 0 {
            String::new()
        } else {
            details(
                &format!("The {} cases on the wrong side", size(failed)),
                &format!("<ol class=\"mistakes\">\n{failures}</ol>\n"),
            )
        }
    )
}

/// The section on edits that should not move a score.
pub(super) fn invariance(report: &Report) -> String {
    let Some(invariance) = &report.invariance else {
        return String::new();
    };
    let mut table = Table::new(
        "Edits of how a post was collected",
        &[
            ("Edit", Column::Text),
            ("Texts changed", Column::Number),
            ("Scores moved", Column::Number),
            ("Share", Column::Number),
            ("Greatest move", Column::Number),
            ("Changed sides", Column::Number),
        ],
    );
    for edit in &invariance.edits {
        table.row(vec![
            edit.edit.to_owned(),
            size(edit.edited),
            size(edit.moved),
            optional(edit.share_moved, percent),
            if edit.edited == 0 { NONE.to_owned() } else { decimal(edit.greatest_move) },
            size(edit.changed_sides),
        ]);
    }
    format!(
        "{}{}",
        paragraph(&format!(
            "{} posts, each edited in ways that leave what its author wrote. A score that moves by \
             more than {} reads the wrapping; none should.",
            size(invariance.posts),
            invariance.tolerance
        )),
        table.html()
    )
}

/// The section on leaks: marks that tell the labels apart without a word, rows that count twice,
/// and rows shared with the training data.
pub(super) fn leaks(report: &Report) -> String {
    let leaks = &report.leaks;
    let mut html = String::new();
    if let Some(artefacts) = &leaks.artefacts {
        html.push_str(&paragraph(&artefacts.words));
        let mut table = Table::new(
            "A classifier that sees marks and no word",
            &[("Texts", Column::Text), ("ROC AUC", Column::Number)],
        );
        for (name, auc) in [
            ("as they are in the file", artefacts.roc_auc_raw),
            ("normalised, as the model reads them", artefacts.roc_auc_normalised),
        ] {
            table.row(vec![name.to_owned(), with_interval(auc, decimal)]);
        }
        html.push_str(&table.html());
        html.push_str(&note(&format!(
            "Boosted trees on lengths, punctuation, links, escapes, capitals and the like; {}.",
            artefacts.protocol
        )));
        let marks = [
            ("as they are", &artefacts.strongest_raw),
            ("normalised", &artefacts.strongest_normalised),
        ];
        let tables: String = marks
            .iter()
            .map(|(name, marks)| {
                marks_table(&format!("Strongest single marks, texts {name}"), marks)
            })
            .collect();
        html.push_str(&details("The strongest single marks", &tables));
    }
    let mut table = Table::new(
        "Rows that count twice or not at all",
        &[("Rows", Column::Text), ("Count", Column::Number)],
    );
    table.row(vec!["with nothing left after normalisation".to_owned(), size(leaks.empty_rows)]);
    let mut row = |name: String, count: usize| table.row(vec![name, size(count)]);
    row(
        "whose text is that of an earlier row, but for case and marks".to_owned(),
        leaks.duplicate_rows,
    );
    row(
        "beyond the first of each group of nearly equal texts".to_owned(),
        leaks.near_duplicate_rows,
    );
    row("texts that carry both labels".to_owned(), leaks.conflicting_texts);
    if let Some(shared) = &leaks.shared {
        row("whose text is that of a training row, but for case and marks".to_owned(), shared.rows);
        row("whose text is nearly that of a training row".to_owned(), shared.near_rows);
        row(
            format!("by one of {} authors who are in the training rows", size(shared.authors)),
            shared.rows_of_shared_authors,
        );
    }
    html.push_str(&table.html());
    if let Some(shared) = &leaks.shared {
        html.push_str(&note(&format!(
            "Without the texts near a training row: ROC AUC {}, F1 {}.",
            with_interval(shared.without_near.roc_auc, decimal),
            with_interval(shared.without_near.f1, decimal)
        )));
    }
    html
}

fn marks_table(title: &str, marks: &[Mark]) -> String {
    let mut table = Table::new(
        title,
        &[
            ("Mark", Column::Text),
            ("AUC", Column::Number),
            ("Mean, label 1", Column::Number),
            ("Mean, label 0", Column::Number),
        ],
    );
    for mark in marks {
        table.row(vec![
            mark.mark.to_owned(),
            decimal(mark.roc_auc),
            format!("{:.2}", mark.mean_of_positives),
            format!("{:.2}", mark.mean_of_negatives),
        ]);
    }
    table.html()
}
