//! The figures of parts of the rows.

use std::collections::BTreeMap;

use ::text::language::guess_by_letters;
use ::text::normalise;
use metrics::{Bootstrap, Confusion, Evaluator, Measure};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::Figure,
    judge::Judge,
    posts::{Post, Scored},
    text,
};

/// Rows grouped by one property.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slices {
    /// The column, or `length`, `language`, `file`.
    pub by: String,
    /// The parts, largest first (lengths in their order).
    pub parts: Vec<Part>,
    /// Parts too small to list, or beyond the number listed.
    pub left_out: usize,
}

/// The figures of one part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The value the rows share.
    pub value: String,
    /// Number of rows.
    pub rows: usize,
    /// Of them, not judged: the rates count these as not flagged, the area under the curve leaves
    /// them out.
    pub not_judged: usize,
    /// Of the rows, label 1.
    pub positives: usize,
    /// Of the rows, flagged.
    pub flagged: usize,
    /// Share on the right side.
    pub accuracy: Option<Figure>,
    /// Share of positives flagged.
    pub recall: Option<Figure>,
    /// Share of negatives flagged.
    pub false_positive_rate: Option<Figure>,
    /// Share of flagged rows that are positive.
    pub precision: Option<Figure>,
    /// Area under the ROC curve within the part.
    pub roc_auc: Option<Figure>,
}

/// Limits on the parts listed, and the bootstrap that measures them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Smaller parts are only counted.
    pub least_rows: usize,
    /// At most this many parts are listed.
    pub most_parts: usize,
    /// The bootstrap of each part's AUC.
    pub bootstrap: Bootstrap,
}

/// Words of a normalised text, in five classes.
const LENGTHS: [(&str, usize); 5] = [
    ("1 to 4 words", 4),
    ("5 to 9 words", 9),
    ("10 to 14 words", 14),
    ("15 to 19 words", 19),
    ("20 words and more", usize::MAX),
];

/// Slices by a column of the files.
///
/// # Errors
/// A score that is no probability.
pub fn by_column(
    scored: &Scored,
    threshold: f64,
    column: &str,
    limits: &Limits,
) -> Result<Slices, EvalError> {
    by(scored, threshold, column, limits, |post| {
        match post.fields.get(column).map(|value| value.trim()) {
            None | Some("") => "(none)".to_owned(),
            Some(value) => value.to_owned(),
        }
    })
}

/// Slices by the file a row came from.
///
/// # Errors
/// A score that is no probability.
pub fn by_file(scored: &Scored, threshold: f64, limits: &Limits) -> Result<Slices, EvalError> {
    by(scored, threshold, "file", limits, |post| post.file.clone())
}

/// Slices by the language that texts are told to be in: by the judge where it looks for that, or
/// else by their letters and small words alone.
///
/// # Errors
/// A score that is no probability.
pub fn by_language(
    scored: &Scored,
    judge: Option<&Judge>,
    threshold: f64,
    limits: &Limits,
) -> Result<Slices, EvalError> {
    let read = judge.and_then(|judge| judge.read.as_ref());
    by(scored, threshold, "language", limits, |post| {
        let told = match read {
            Some(read) => read(&post.text).lang(),
            None => guess_by_letters(&normalise(&post.text)),
        };
        told.unwrap_or("no words").to_owned()
    })
}

/// Slices by the number of words after normalisation.
///
/// # Errors
/// A score that is no probability.
pub fn by_length(scored: &Scored, threshold: f64, limits: &Limits) -> Result<Slices, EvalError> {
    let class = |words: usize| LENGTHS.iter().find(|&&(_, most)| words <= most);
    let mut slices = by(scored, threshold, "length", limits, |post| {
        let words = text::words(&normalise(&post.text)).count();
        class(words).map_or("", |&(name, _)| name).to_owned()
    })?;
    slices.parts.sort_by_key(|part| LENGTHS.iter().position(|&(name, _)| name == part.value));
    Ok(slices)
}

fn by(
    scored: &Scored,
    threshold: f64,
    name: &str,
    limits: &Limits,
    value_of: impl Fn(&Post) -> String,
) -> Result<Slices, EvalError> {
    let mut groups: BTreeMap<String, Scored> = BTreeMap::new();
    for (&post, &score) in scored.posts.iter().zip(&scored.scores) {
        groups.entry(value_of(post)).or_default().push(post, score);
    }
    for post in &scored.unscored {
        groups.entry(value_of(post)).or_default().unscored.push(post);
    }
    let total = groups.len();
    let rows = |part: &Scored| part.len() + part.unscored.len();
    let mut groups: Vec<(String, Scored)> =
        groups.into_iter().filter(|(_, part)| rows(part) >= limits.least_rows).collect();
    groups.sort_by_key(|(_, part)| usize::MAX - rows(part));
    groups.truncate(limits.most_parts);
    let left_out = total - groups.len();
    let parts = groups
        .into_iter()
        .map(|(value, part)| measure(value, &part, threshold, &limits.bootstrap))
        .collect::<Result<_, _>>()?;
    Ok(Slices { by: name.to_owned(), parts, left_out })
}

/// The figures of some rows. Shares have Wilson's interval, the AUC a bootstrap's.
///
/// # Errors
/// A score that is no probability.
pub fn measure(
    value: String,
    part: &Scored,
    threshold: f64,
    bootstrap: &Bootstrap,
) -> Result<Part, EvalError> {
    let mut counts = Confusion::default();
    let mut roc_auc = None;
    if !part.is_empty() {
        let evaluator = Evaluator::new(&part.scores, &part.labels, threshold)?;
        counts = *evaluator.confusion();
        if counts.positives() > 0 && counts.negatives() > 0 {
            roc_auc = evaluator.intervals(bootstrap)?.get(Measure::RocAuc).map(Figure::from);
        }
    }
    for post in &part.unscored {
        if post.label {
            counts.false_negatives += 1;
        } else {
            counts.true_negatives += 1;
        }
    }
    let share = |part, whole| Figure::share(part, whole, bootstrap.confidence);
    Ok(Part {
        value,
        rows: part.len() + part.unscored.len(),
        not_judged: part.unscored.len(),
        positives: part.all_of(true),
        flagged: part.flagged(threshold),
        accuracy: share(counts.true_positives + counts.true_negatives, counts.rows()),
        recall: share(counts.true_positives, counts.positives()),
        false_positive_rate: share(counts.false_positives, counts.negatives()),
        precision: share(counts.true_positives, counts.flagged()),
        roc_auc,
    })
}
