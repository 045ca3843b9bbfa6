//! False-positive rates where every row is negative.
//!
//! A file of negatives of one kind (news about ISIS, scripture, abuse) tells what a model does
//! to people who are not what it looks for.

use std::collections::BTreeMap;

use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use crate::{error::EvalError, figure::Figure, posts::Scored};

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
    let mut groups: BTreeMap<(&str, &str), Scored> = BTreeMap::new();
    for (&post, &score) in scored.posts.iter().zip(&scored.scores) {
        let source = post.fields.get("source").map_or("", String::as_str).trim();
        groups.entry((&post.file, source)).or_default().push(post, score);
    }
    for post in &scored.unscored {
        let source = post.fields.get("source").map_or("", String::as_str).trim();
        groups.entry((&post.file, source)).or_default().unscored.push(post);
    }
    let positives = scored.filter(|post| post.label);
    let with_positives = positives.posts.iter().chain(&positives.unscored);
    let files_with_positives: Vec<&str> = with_positives.map(|post| &*post.file).collect();
    let mut found = Vec::new();
    for ((file, source), rows) in groups {
        // The negatives of a mixed file without sources are its other half, not a source.
        let named = !source.is_empty() || !files_with_positives.contains(&file);
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
pub(super) fn auc(
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
