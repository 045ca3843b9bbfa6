//! Leaks, which make a figure better than the model: texts and authors on both sides, marks of the
//! collector.

use std::collections::BTreeSet;

use metrics::Bootstrap;
use serde::Serialize;

use super::apart::{Apart, WithoutNear};
use super::artefacts::{self, Artefacts};
use crate::error::EvalError;
use crate::posts::{Post, Scored};
use crate::text::twin::{normalised, together, twin_key};

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

/// Audits the evaluated rows, `train` being the rows the model or the baselines saw and `apart` the
/// scored rows that are near none of those.
///
/// # Errors
/// A metric that refuses its input.
pub fn measure(
    posts: &[Post],
    train: &[Post],
    scored: &Scored,
    apart: &Apart,
    threshold: f64,
    bootstrap: &Bootstrap,
) -> Result<Leaks, EvalError> {
    let texts = normalised(&posts.iter().collect::<Vec<_>>());
    let (texts, labels): (Vec<String>, Vec<bool>) = texts
        .into_iter()
        .zip(posts)
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, post)| (text, post.label))
        .unzip();
    let keys: Vec<String> = texts.iter().map(|text| twin_key(text)).collect();
    let distinct: BTreeSet<&String> = keys.iter().collect();
    let mut near = together(&texts);
    Ok(Leaks {
        empty_rows: posts.len() - texts.len(),
        duplicate_rows: texts.len() - distinct.len(),
        near_duplicate_rows: (0..texts.len()).filter(|&row| near.of(row) != row).count(),
        conflicting_texts: dataset::find_duplicates(&keys, &labels).conflicts,
        shared: if train.is_empty() {
            None
        } else {
            Some(shared(train, scored, apart, threshold)?)
        },
        artefacts: artefacts::measure(posts, train, bootstrap)?,
    })
}

fn shared(
    train: &[Post],
    scored: &Scored,
    apart: &Apart,
    threshold: f64,
) -> Result<Shared, EvalError> {
    let seen = normalised(&train.iter().collect::<Vec<_>>());
    let judged = normalised(&scored.posts);
    let seen: BTreeSet<String> = seen.iter().map(|text| twin_key(text)).collect();
    let rows = judged.iter().filter(|text| seen.contains(&twin_key(text))).count();
    let author = |post: &Post| {
        let name = post.fields.get("author").map(|name| name.trim().to_owned());
        name.filter(|name| !name.is_empty())
    };
    let authors: BTreeSet<String> = train.iter().filter_map(author).collect();
    let mut shared_authors = BTreeSet::new();
    let mut rows_of_shared_authors = 0;
    for &post in &scored.posts {
        if let Some(author) = author(post).filter(|author| authors.contains(author)) {
            rows_of_shared_authors += 1;
            shared_authors.insert(author);
        }
    }
    Ok(Shared {
        rows,
        near_rows: apart.near_rows(),
        authors: shared_authors.len(),
        rows_of_shared_authors,
        without_near: apart.measure(scored, threshold)?,
    })
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
        let apart = Apart::new(&scored, &train, bootstrap);
        let found = measure(&posts, &train, &scored, &apart, 0.5, &bootstrap).unwrap();
        assert_eq!((found.duplicate_rows, found.conflicting_texts), (1, 1));
        let shared = found.shared.unwrap();
        assert_eq!((shared.rows, shared.authors, shared.rows_of_shared_authors), (1, 1, 2));
    }
}
