//! The figures of parts of the rows.

use baselines::words;
use metrics::{Bootstrap, Confusion, Evaluator, Measure};
use serde::Serialize;
use text::language::guess;

use crate::{
    error::EvalError,
    figure::Figure,
    number::{decimal, figure, percent, size, with_interval},
    page::{Block, Cell, Table},
    posts::{Post, Scored},
    settings::Settings,
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

/// Parts that are listed at most.
const MOST_PARTS: usize = 40;

/// Words of a normalised text, in five classes.
const LENGTHS: [(&str, usize); 5] = [
    ("1 to 4 words", 4),
    ("5 to 9 words", 9),
    ("10 to 14 words", 14),
    ("15 to 19 words", 19),
    ("20 words and more", usize::MAX),
];

/// Slices by file where there are several, by the columns that are asked for, by length and by
/// language.
///
/// # Errors
/// A score that is no probability.
pub fn measure(
    scored: &Scored,
    files: usize,
    settings: &Settings,
) -> Result<Vec<Slices>, EvalError> {
    let mut found = Vec::new();
    if files > 1 {
        found.push(by(scored, "file", settings, |post| post.file.clone())?);
    }
    for column in &settings.slices {
        found.push(by(scored, column, settings, |post| match post.field(column) {
            "" => "(none)".to_owned(),
            value => value.to_owned(),
        })?);
    }
    let class = |post: &Post| {
        let words = words(post.text.normalised()).count();
        LENGTHS.iter().find(|&&(_, most)| words <= most).map_or("", |&(name, _)| name)
    };
    let mut lengths = by(scored, "length", settings, |post| class(post).to_owned())?;
    lengths.parts.sort_by_key(|part| LENGTHS.iter().position(|&(name, _)| name == part.value));
    found.push(lengths);
    found.push(by(scored, "language", settings, |post| language(post).to_owned())?);
    Ok(found)
}

/// The language of a post, by the classifier where it looks for that, or else by letters and small
/// words alone.
fn language(post: &Post) -> &'static str {
    let found = match post.language {
        Some(language) => language.code,
        None => guess(post.text.normalised(), None),
    };
    found.unwrap_or("no words")
}

fn by(
    scored: &Scored,
    name: &str,
    settings: &Settings,
    value_of: impl Fn(&Post) -> String,
) -> Result<Slices, EvalError> {
    let groups = scored.group_by(value_of);
    let total = groups.len();
    let rows = |part: &Scored| part.len() + part.unscored.len();
    let mut groups: Vec<(String, Scored)> =
        groups.into_iter().filter(|(_, part)| rows(part) >= settings.slice_min_rows).collect();
    groups.sort_by_key(|(_, part)| usize::MAX - rows(part));
    groups.truncate(MOST_PARTS);
    let left_out = total - groups.len();
    let parts = groups
        .into_iter()
        .map(|(value, part)| {
            measure_part(value, &part, settings.threshold, &settings.part_bootstrap())
        })
        .collect::<Result<_, _>>()?;
    Ok(Slices { by: name.to_owned(), parts, left_out })
}

/// The figures of some rows. Shares have Wilson's interval, the AUC a bootstrap's.
fn measure_part(
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

/// The slices, each a table.
pub fn show(slices: &[Slices]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for slices in slices {
        let table = Table::of(format!("By {}", slices.by), &slices.parts)
            .text(&slices.by, |part| &part.value)
            .number("Rows", |part| size(part.rows))
            .number("Not judged", |part| size(part.not_judged))
            .number("Positives", |part| size(part.positives))
            .number("Flagged", |part| size(part.flagged))
            .number("Accuracy", |part| figure(part.accuracy, percent))
            .number("Recall", |part| figure(part.recall, percent))
            .number("Negatives flagged", |part| with_interval(part.false_positive_rate, percent))
            .drawing("0 to 100 %", |part| Cell::share(part.false_positive_rate))
            .number("ROC AUC", |part| with_interval(part.roc_auc, decimal));
        blocks.push(table.block());
        if slices.left_out > 0 {
            let left_out = size(slices.left_out);
            let note = format!("{left_out} more parts are too small or too many to list.");
            blocks.push(Block::note(note));
        }
    }
    blocks
}
