//! Leaks, which make a figure better than the model: texts and authors on both sides, marks of the
//! collector.

use std::collections::BTreeSet;

use metrics::Bootstrap;
use serde::Serialize;

use super::artefacts::{self, Artefacts};
use super::near_training::{NearTraining, WithoutNear};
use crate::error::EvalError;
use crate::near::{duplicate_key, group_near};
use crate::number::{decimal, size, with_interval};
use crate::page::{Block, Table};
use crate::posts::{Post, Scored};

/// The leaks that were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaks {
    /// Rows of the evaluated files with nothing left after normalisation.
    pub empty_rows: usize,
    /// Rows whose text stands in an earlier row, but for case, marks and spaces.
    pub duplicate_rows: usize,
    /// Rows beyond the first of each group of nearly equal texts, equal ones counted too.
    pub near_duplicate_rows: usize,
    /// Texts that stand there with both labels.
    pub conflicting_texts: usize,
    /// Overlap of the evaluated rows with the training rows, where those are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
    /// The classifier that sees marks only; absent where the rows have one label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artefacts: Option<Artefacts>,
}

/// Overlap of evaluated and training rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shared {
    /// Evaluated rows whose text stands in the training rows, but for case, marks and spaces.
    pub rows: usize,
    /// Evaluated rows whose text is nearly that of a training row, equal ones counted too.
    pub near_rows: usize,
    /// Authors that stand on both sides.
    pub authors: usize,
    /// Evaluated rows of such authors.
    pub rows_of_shared_authors: usize,
    /// The model on the evaluated rows without such a near text.
    #[serde(flatten)]
    pub without_near: WithoutNear,
}

/// Audits the evaluated rows, `train` being the rows the model or the baselines saw and `near` the
/// scored rows that are near one of those.
///
/// # Errors
/// A metric that refuses its input.
pub fn measure(
    posts: &[Post],
    train: &[Post],
    scored: &Scored,
    near: &NearTraining,
    threshold: f64,
    bootstrap: &Bootstrap,
) -> Result<Leaks, EvalError> {
    let read = posts.iter().map(|post| (post.text.normalised(), post.label));
    let (texts, labels): (Vec<&str>, Vec<bool>) = read.filter(|(text, _)| !text.is_empty()).unzip();
    let keys: Vec<String> = texts.iter().map(|text| duplicate_key(text)).collect();
    let distinct: BTreeSet<&String> = keys.iter().collect();
    let mut groups = group_near(&texts);
    Ok(Leaks {
        empty_rows: posts.len() - texts.len(),
        duplicate_rows: texts.len() - distinct.len(),
        near_duplicate_rows: (0..texts.len()).filter(|&row| groups.of(row) != row).count(),
        conflicting_texts: dataset::find_duplicates(&keys, &labels).conflicts,
        shared: if train.is_empty() { None } else { Some(shared(train, scored, near, threshold)?) },
        artefacts: artefacts::measure(posts, train, bootstrap)?,
    })
}

fn shared(
    train: &[Post],
    scored: &Scored,
    near: &NearTraining,
    threshold: f64,
) -> Result<Shared, EvalError> {
    let key = |post: &Post| duplicate_key(post.text.normalised());
    let seen: BTreeSet<String> = train.iter().map(key).collect();
    let authors: BTreeSet<&str> = train.iter().map(|post| post.field("author")).collect();
    let by_shared_author: Vec<&str> = scored
        .posts
        .iter()
        .map(|post| post.field("author"))
        .filter(|author| !author.is_empty() && authors.contains(author))
        .collect();
    Ok(Shared {
        rows: scored.posts.iter().filter(|post| seen.contains(&key(post))).count(),
        near_rows: near.rows(),
        authors: by_shared_author.iter().collect::<BTreeSet<_>>().len(),
        rows_of_shared_authors: by_shared_author.len(),
        without_near: near.measure_without(scored, threshold)?,
    })
}

/// Marks that tell the labels apart without a word, rows that count twice, and rows shared with the
/// training data.
pub fn show(leaks: &Leaks) -> Vec<Block> {
    let mut blocks = leaks.artefacts.as_ref().map(artefacts::show).unwrap_or_default();
    let row = |words: &str, count| (words.to_owned(), count);
    let mut rows = vec![
        row("with nothing left after normalisation", leaks.empty_rows),
        row("whose text is that of an earlier row, but for case and marks", leaks.duplicate_rows),
        row("beyond the first of each group of nearly equal texts", leaks.near_duplicate_rows),
        row("texts that carry both labels", leaks.conflicting_texts),
    ];
    if let Some(shared) = &leaks.shared {
        let authors =
            format!("by one of {} authors who are in the training rows", size(shared.authors));
        rows.extend([
            row("whose text is that of a training row, but for case and marks", shared.rows),
            row("whose text is nearly that of a training row", shared.near_rows),
            (authors, shared.rows_of_shared_authors),
        ]);
    }
    let table = Table::of("Rows that count twice or not at all", &rows)
        .text("Rows", |(words, _)| words)
        .number("Count", |(_, count)| size(*count));
    blocks.push(table.block());
    blocks.extend(leaks.shared.as_ref().map(|shared| {
        Block::note(format!(
            "Without the texts near a training row: ROC AUC {}, F1 {}.",
            with_interval(shared.without_near.roc_auc, decimal),
            with_interval(shared.without_near.f1, decimal)
        ))
    }));
    blocks
}

/// The audit in a document.
pub fn markdown(leaks: &Leaks) -> String {
    let mut rows = Vec::new();
    if let Some(artefacts) = &leaks.artefacts {
        rows.push(("AUC without a word, raw texts", with_interval(artefacts.roc_auc_raw, decimal)));
        let normalised = with_interval(artefacts.roc_auc_normalised, decimal);
        rows.push(("AUC without a word, normalised texts", normalised));
    }
    rows.push(("rows with nothing to read", size(leaks.empty_rows)));
    rows.push(("rows beyond the first of nearly equal texts", size(leaks.near_duplicate_rows)));
    if let Some(shared) = &leaks.shared {
        let WithoutNear { roc_auc, f1 } = shared.without_near;
        rows.extend([
            ("rows near a training row", size(shared.near_rows)),
            ("rows by authors of training rows", size(shared.rows_of_shared_authors)),
            ("ROC AUC without rows near a training row", with_interval(roc_auc, decimal)),
            ("F1 without rows near a training row", with_interval(f1, decimal)),
        ]);
    }
    Table::of("", &rows).text("", |(name, _)| *name).number("", |(_, value)| value).markdown()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shared_texts_and_authors_are_counted() {
        let with_author = |text: &str, label, author: &str| {
            let mut post = Post::new(text, label);
            post.fields.insert("author".to_owned(), author.to_owned());
            post
        };
        let train = [with_author("one two three", true, "a"), with_author("four", false, "b")];
        let posts = [
            with_author("RT @user: One two THREE!", true, "a"),
            with_author("five six", true, "a"),
            with_author("seven", false, ""),
            with_author("seven.", true, "c"),
        ];
        let all: Vec<&Post> = posts.iter().collect();
        let scored = Scored::pair(&all, &[Some(0.9), Some(0.8), Some(0.1), Some(0.1)]);
        let bootstrap = Bootstrap::default();
        let near = NearTraining::find(&scored, &train, bootstrap);
        let found = measure(&posts, &train, &scored, &near, 0.5, &bootstrap).unwrap();
        assert_eq!((found.duplicate_rows, found.conflicting_texts), (1, 1));
        let shared = found.shared.unwrap();
        assert_eq!((shared.rows, shared.authors, shared.rows_of_shared_authors), (1, 1, 2));
    }
}
