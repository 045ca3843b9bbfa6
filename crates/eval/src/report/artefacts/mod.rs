//! A classifier that sees marks of the collector and no word.
//!
//! Rows of two labels are usually collected by two programs, and the programs leave marks. A
//! classifier that sees only such marks and does well says that the file leaks; one that still
//! does well after normalisation says that part of every model's figure on it is not language.

mod marks;

use baselines::boosting::Boosted;
use metrics::{Bootstrap, Evaluator, Measure, roc_auc};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;

use crate::error::EvalError;
use crate::figure::Figure;
use crate::finding::{Finding, grade};
use crate::near::group_near;
use crate::number::{decimal, with_interval};
use crate::page::{Block, Table};
use crate::posts::{Post, Text, normalised};

/// The classifier is trained and evaluated on at most this many rows of each side.
const MOST_ROWS: usize = 30_000;
const FOLDS: usize = 5;
/// Single marks listed.
const STRONGEST: usize = 6;

/// Results of a classifier that sees marks alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Artefacts {
    /// What it is trained on and what it is evaluated on.
    #[serde(rename = "protocol")]
    pub rows: String,
    /// ROC AUC on the texts as they are.
    pub roc_auc_raw: Option<Figure>,
    /// ROC AUC on normalised texts.
    pub roc_auc_normalised: Option<Figure>,
    /// The strongest single marks of the raw texts.
    pub strongest_raw: Vec<Mark>,
    /// The strongest single marks of the normalised texts.
    pub strongest_normalised: Vec<Mark>,
    /// The meaning of these figures, in words.
    pub words: String,
}

/// A single mark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// Name of the mark.
    pub mark: &'static str,
    /// Its ROC AUC when used as a score; below one half it speaks for label 0.
    pub roc_auc: f64,
    /// Its mean among label 1.
    pub mean_of_positives: f64,
    /// Its mean among label 0.
    pub mean_of_negatives: f64,
}

/// Trains the classifier on `train`, or across folds of the evaluated rows where there is none.
/// Answers nothing for rows of one label.
///
/// # Errors
/// A metric that refuses its input.
pub fn measure(
    posts: &[Post],
    train: &[Post],
    bootstrap: &Bootstrap,
) -> Result<Option<Artefacts>, EvalError> {
    let both = |posts: &[&Post]| {
        posts.iter().any(|post| post.label) && posts.iter().any(|post| !post.label)
    };
    let (posts, train) = (sample(posts), sample(train));
    if !both(&posts) {
        return Ok(None);
    }
    let train = if both(&train) { train } else { Vec::new() };
    let labels: Vec<bool> = posts.iter().map(|post| post.label).collect();
    let auc = |form: fn(&Text) -> &str| {
        let marks = |post: &&Post| marks::marks(form(&post.text));
        let rows: Vec<_> = posts.par_iter().map(marks).collect();
        let scores = if train.is_empty() {
            across_folds(&posts, &rows, &labels)
        } else {
            let seen: Vec<_> = train.par_iter().map(marks).collect();
            let seen_labels: Vec<bool> = train.iter().map(|post| post.label).collect();
            let trained = Boosted::train(&seen, &seen_labels);
            rows.iter().map(|row| trained.score(row)).collect()
        };
        let evaluator = Evaluator::new(&scores, &labels, 0.5)?;
        let estimate = evaluator.intervals(bootstrap)?.get(Measure::RocAuc);
        Ok::<_, EvalError>((estimate.map(Figure::from), strongest(&rows, &labels)))
    };
    let (roc_auc_raw, strongest_raw) = auc(Text::raw)?;
    let (roc_auc_normalised, strongest_normalised) = auc(Text::normalised)?;
    Ok(Some(Artefacts {
        rows: if train.is_empty() {
            format!("{FOLDS} folds of the evaluated rows, near texts kept together")
        } else {
            format!("trained on {} training rows, judged on the evaluated ones", train.len())
        },
        words: words(roc_auc_raw, roc_auc_normalised),
        roc_auc_raw,
        roc_auc_normalised,
        strongest_raw,
        strongest_normalised,
    }))
}

/// Up to [`MOST_ROWS`] posts, spread evenly.
fn sample(posts: &[Post]) -> Vec<&Post> {
    posts.iter().step_by(posts.len().div_ceil(MOST_ROWS).max(1)).collect()
}

fn across_folds(posts: &[&Post], rows: &[[f32; marks::COUNT]], labels: &[bool]) -> Vec<f64> {
    let groups = group_near(&normalised(posts.iter().copied()));
    let fold_of = dataset::folds(labels, groups, FOLDS, 0);
    let mut scores = vec![0.0; rows.len()];
    for fold in 0..FOLDS {
        let (kept, kept_labels): (Vec<_>, Vec<_>) = (0..rows.len())
            .filter(|&row| fold_of[row] != fold)
            .map(|row| (rows[row], labels[row]))
            .unzip();
        let trained = Boosted::train(&kept, &kept_labels);
        for row in (0..rows.len()).filter(|&row| fold_of[row] == fold) {
            scores[row] = trained.score(&rows[row]);
        }
    }
    scores
}

fn strongest(rows: &[[f32; marks::COUNT]], labels: &[bool]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = (0..marks::COUNT)
        .filter_map(|index| {
            let values: Vec<f64> = rows.iter().map(|row| f64::from(row[index])).collect();
            let mean = |label: bool| {
                let of_label = values.iter().zip(labels).filter(|&(_, &other)| other == label);
                let (sum, count) = of_label
                    .fold((0.0, 0_u32), |(sum, count), (value, _)| (sum + value, count + 1));
                sum / f64::from(count.max(1))
            };
            Some(Mark {
                mark: marks::NAMES[index],
                roc_auc: roc_auc(&values, labels).ok()?,
                mean_of_positives: mean(true),
                mean_of_negatives: mean(false),
            })
        })
        .collect();
    marks.sort_by(|a, b| (b.roc_auc - 0.5).abs().total_cmp(&(a.roc_auc - 0.5).abs()));
    marks.truncate(STRONGEST);
    marks
}

fn words(raw: Option<Figure>, normalised: Option<Figure>) -> String {
    let (Some(raw), Some(normalised)) = (raw, normalised) else {
        return String::new();
    };
    let strength = |auc: f64| {
        if auc >= 0.9 {
            "tell the labels apart nearly everywhere"
        } else if auc >= 0.75 {
            "tell much about the label"
        } else if auc >= 0.6 {
            "tell a little about the label"
        } else {
            "tell next to nothing about the label"
        }
    };
    let tail = if normalised.value >= 0.75 {
        "Part of every figure on this file is not language: judge a model on other sources too."
    } else if raw.value >= 0.75 {
        "Normalisation takes most of it away; a model that reads raw text would profit from it."
    } else {
        "This file does not reward a model for reading marks."
    };
    format!(
        "In the texts as they are, marks without any word {} (AUC {:.3}); after normalisation they \
         {} (AUC {:.3}). {tail}",
        strength(raw.value),
        raw.value,
        strength(normalised.value),
        normalised.value
    )
}

/// What marks alone tell.
pub fn show(artefacts: &Artefacts) -> Vec<Block> {
    let figures = [
        ("as they are in the file", artefacts.roc_auc_raw),
        ("normalised, as the model reads them", artefacts.roc_auc_normalised),
    ];
    let table = Table::of("A classifier that sees marks and no word", &figures)
        .text("Texts", |(texts, _)| *texts)
        .number("ROC AUC", |(_, auc)| with_interval(*auc, decimal));
    let note = format!(
        "Boosted trees on lengths, punctuation, links, escapes, capitals and the like; {}.",
        artefacts.rows
    );
    let marks = |texts: &str, marks: &[Mark]| {
        Table::of(format!("Strongest single marks, texts {texts}"), marks)
            .text("Mark", |mark| mark.mark)
            .number("AUC", |mark| decimal(mark.roc_auc))
            .number("Mean, label 1", |mark| format!("{:.2}", mark.mean_of_positives))
            .number("Mean, label 0", |mark| format!("{:.2}", mark.mean_of_negatives))
            .block()
    };
    let strongest = vec![
        marks("as they are", &artefacts.strongest_raw),
        marks("normalised", &artefacts.strongest_normalised),
    ];
    vec![
        Block::paragraph(&artefacts.words),
        table.block(),
        Block::note(note),
        Block::folded("The strongest single marks", strongest),
    ]
}

/// Whether marks tell the labels apart.
pub fn finding(artefacts: &Artefacts) -> Option<Finding> {
    let kind = grade(artefacts.roc_auc_normalised?.value, 0.6, 0.75);
    Some(Finding::new(kind, &artefacts.words))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Texts of both labels from the same words; with `mark`, label 0 ends with a link.
    fn posts(mark: bool) -> Vec<Post> {
        let words = ["rain", "bus", "late", "tea", "work", "song", "train", "cat", "sun"];
        let mut random = dataset::Random::new(5);
        (0..600)
            .map(|row| {
                let label = row % 2 == 0;
                let length = 5 + random.below(4);
                let text: Vec<&str> =
                    (0..length).map(|_| words[random.below(words.len())]).collect();
                let tail = if mark && !label { " https://t.co/abcdefghij" } else { "" };
                Post::new(format!("{}{tail}", text.join(" ")), label)
            })
            .collect()
    }

    fn audit(posts: &[Post]) -> Artefacts {
        let options = Bootstrap { replicates: 50, ..Bootstrap::default() };
        measure(posts, &[], &options).unwrap().unwrap()
    }

    #[test]
    fn a_mark_of_one_label_is_found_raw_and_gone_after_normalisation() {
        let found = audit(&posts(true));
        assert!(found.roc_auc_raw.unwrap().value > 0.99, "{found:#?}");
        assert!(found.roc_auc_normalised.unwrap().value < 0.65, "{found:#?}");
        assert!(found.strongest_raw.iter().any(|mark| mark.mark == "ends with a link"));
        assert!(found.words.contains("Normalisation takes most of it away"));
    }

    #[test]
    fn rows_without_marks_are_not_called_leaking() {
        let found = audit(&posts(false));
        assert!(found.roc_auc_raw.unwrap().value < 0.65, "{found:#?}");
        assert!(found.words.contains("does not reward"));
    }
}
