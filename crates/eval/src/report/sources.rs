//! False-positive rates where every row is negative.
//!
//! A file of negatives of one kind (news about ISIS, scripture, abuse) tells what a model does
//! to people who are not what it looks for.

use std::collections::BTreeSet;

use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::Figure,
    finding::{Finding, grade},
    number::{decimal, figure, percent, size, with_interval},
    page::{Block, Cell, Table},
    posts::Scored,
};

/// Rows of one source, all of label 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// The file, and the value of its `source` column where it has one.
    pub source: String,
    /// Number of rows.
    pub rows: usize,
    /// Of them, not judged, and so not flagged.
    pub not_judged: usize,
    /// Number of rows flagged, each of them wrongly.
    pub flagged: usize,
    /// The share flagged, with Wilson's interval.
    pub false_positive_rate: Option<Figure>,
    /// The area under the ROC curve of all positives of the report against these rows alone:
    /// whether the score tells stance or only topic.
    pub roc_auc_of_positives_against_it: Option<Figure>,
}

/// Finds the groups of at least `least_rows` rows without a positive, and measures them. Rows
/// are grouped by file and by the column `source` where it is filled.
///
/// # Errors
/// A score that is no probability.
pub fn measure(
    scored: &Scored,
    threshold: f64,
    least_rows: usize,
    bootstrap: &Bootstrap,
) -> Result<Vec<Source>, EvalError> {
    let groups = scored.group_by(|post| (post.file.as_str(), post.field("source")));
    let positives = scored.filter(|post| post.label);
    let files_with_positives: BTreeSet<&str> =
        positives.all().map(|(post, _)| &*post.file).collect();
    let mut found = Vec::new();
    for ((file, source), rows) in groups {
        // The negatives of a mixed file without sources are its other half, not a source.
        let named = !source.is_empty() || !files_with_positives.contains(file);
        let all = rows.len() + rows.unscored.len();
        if rows.all_of(true) > 0 || all < least_rows || !named {
            continue;
        }
        let flagged = rows.flagged(threshold);
        found.push(Source {
            source: if source.is_empty() { file.to_owned() } else { format!("{file}: {source}") },
            rows: all,
            not_judged: rows.unscored.len(),
            flagged,
            false_positive_rate: Figure::share(flagged as u64, all as u64, bootstrap.confidence),
            roc_auc_of_positives_against_it: auc(&positives, &rows, bootstrap)?,
        });
    }
    found.sort_by(|a, b| {
        let rate = |source: &Source| source.flagged as f64 / source.rows as f64;
        rate(b).total_cmp(&rate(a))
    });
    Ok(found)
}

/// The AUC of some positives against some negatives.
///
/// # Errors
/// A score that is no probability.
pub fn auc(
    positives: &Scored,
    negatives: &Scored,
    bootstrap: &Bootstrap,
) -> Result<Option<Figure>, EvalError> {
    if positives.is_empty() || negatives.is_empty() {
        return Ok(None);
    }
    let scores = [&positives.scores[..], &negatives.scores[..]].concat();
    let labels = [&positives.labels[..], &negatives.labels[..]].concat();
    let evaluator = Evaluator::new(&scores, &labels, 0.5)?;
    let estimate = evaluator.intervals(bootstrap)?.get(Measure::RocAuc);
    Ok(estimate.map(Figure::from))
}

/// The sources that other classifiers were measured on, by the name of each.
pub type Others<'a> = [(&'a str, &'a [Source])];

/// The share that each of the others flags of a source.
fn of_other(others: &[Source], source: &Source) -> String {
    let same = others.iter().find(|other| other.source == source.source);
    figure(same.and_then(|same| same.false_positive_rate), percent)
}

/// The sources, beside the baselines' figures.
pub fn show(sources: &[Source], others: &Others) -> Vec<Block> {
    if sources.is_empty() {
        return Vec::new();
    }
    let lead = "Every post here is label 0: each one flagged is an innocent post under suspicion. \
                Sources that talk about ISIS, war or Islam show whether the score tells stance or \
                only topic.";
    let mut table = Table::of("Sources whose posts are all label 0", sources)
        .text("Source", |source| &source.source)
        .number("Posts", |source| size(source.rows))
        .number("Flagged", |source| size(source.flagged))
        .number("Share flagged", |source| with_interval(source.false_positive_rate, percent))
        .drawing("0 to 100 %", |source| Cell::share(source.false_positive_rate))
        .number("AUC of positives against it", |source| {
            with_interval(source.roc_auc_of_positives_against_it, decimal)
        });
    for (name, others) in others {
        table = table.number(&format!("{name} flags"), |source| of_other(others, source));
    }
    vec![Block::paragraph(lead), table.block()]
}

/// The sources in a document.
pub fn markdown(sources: &[Source], others: &Others) -> String {
    let mut table = Table::of("", sources)
        .text("source", |source| &source.source)
        .number("posts", |source| size(source.rows))
        .number("not judged", |source| size(source.not_judged))
        .number("flagged", |source| with_interval(source.false_positive_rate, percent))
        .number("AUC of positives against it", |source| {
            with_interval(source.roc_auc_of_positives_against_it, decimal)
        });
    for (name, others) in others {
        table = table.number(&format!("flagged by {name}"), |source| of_other(others, source));
    }
    table.markdown()
}

/// The worst source.
pub fn finding(sources: &[Source]) -> Option<Finding> {
    let worst = sources.first()?;
    let rate = worst.false_positive_rate?;
    Some(Finding::new(
        grade(rate.value, 0.02, 0.1),
        format!(
            "The source it treats worst is {}: {} of its {} posts are flagged, and none should be.",
            worst.source,
            percent(rate.value),
            size(worst.rows)
        ),
    ))
}
