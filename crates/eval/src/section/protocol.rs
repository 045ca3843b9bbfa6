//! Baselines across folds, by row and by group.
//!
//! A model can learn the author if rows of one author stand on both sides of a split. The
//! difference between folds that divide authors and folds that do not is the size of that effect.

use baselines::Baseline;
use dataset::{Groups, near_shared};
use metrics::{Bootstrap, Evaluator};
use serde::Serialize;

use crate::{
    baseline::Rows,
    error::EvalError,
    figure::{Measures, measures},
    posts::{Post, Scored},
    text::twin::{NEAR, together},
};

/// The regression of the baselines, trained and judged across folds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// Number of folds.
    pub folds: usize,
    /// Rows used: those with something left after normalisation.
    pub rows: usize,
    /// Each way of dividing the rows.
    pub divisions: Vec<Division>,
}

/// One way of dividing rows, and the figures of all rows, each judged by the model that was
/// trained without its fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Division {
    /// The unit that stays on one side.
    pub by: String,
    /// Number of groups.
    pub groups: usize,
    /// The threshold, the middle of the probability.
    pub threshold: f64,
    /// Every metric with its interval.
    pub metrics: Measures,
}

/// Divides by texts nearly the same, then by `column`. In the second division a text may stand
/// on both sides, since authors repeat each other until nearly all are joined: training rows near
/// a judged one are dropped instead. A row without a value in the column stays with its near
/// texts.
///
/// # Errors
/// [`EvalError::OneLabel`], or what a metric refuses.
pub fn measure(
    posts: &[&Post],
    folds: usize,
    column: &str,
    bootstrap: &Bootstrap,
) -> Result<Protocol, EvalError> {
    let with_text: Vec<&Post> =
        posts.iter().copied().filter(|post| !text::normalise(&post.text).is_empty()).collect();
    let rows = Rows::of(&with_text);
    rows.check("the rows to be divided into folds")?;
    let mut near = together(&rows.texts);
    let mut named = Groups::new(rows.texts.len());
    for (row, post) in with_text.iter().enumerate() {
        let value = post.fields.get(column).map_or("", |value| value.trim());
        if value.is_empty() {
            named.join(row, format!("near {}", near.of(row)));
        } else {
            named.join(row, format!("group {value}"));
        }
    }
    let divide = |by: String, groups| divide(&rows, &with_text, by, groups, folds, bootstrap);
    Ok(Protocol {
        folds,
        rows: rows.texts.len(),
        divisions: vec![divide("near texts".to_owned(), near)?, divide(column.to_owned(), named)?],
    })
}

fn divide(
    rows: &Rows,
    posts: &[&Post],
    by: String,
    mut groups: Groups,
    folds: usize,
    bootstrap: &Bootstrap,
) -> Result<Division, EvalError> {
    let count = (0..posts.len()).filter(|&row| groups.of(row) == row).count();
    let fold_of = dataset::folds(&rows.labels, groups, folds, bootstrap.seed);
    let mut scores = vec![None; posts.len()];
    for fold in 0..folds {
        let (held, kept): (Vec<usize>, Vec<usize>) =
            (0..posts.len()).partition(|&row| fold_of[row] == fold);
        let (kept, judged) = (rows.pick(&kept), rows.pick(&held));
        let near = near_shared(&kept.texts, &judged.texts, NEAR);
        let unseen: Vec<usize> = (0..near.len()).filter(|&row| near[row].is_none()).collect();
        let kept = kept.pick(&unseen);
        kept.check("a fold's training rows")?;
        let regression = Baseline::TfIdf.train(&kept.texts, &kept.labels);
        for (row, score) in held.iter().zip(regression.scores(&judged.texts)) {
            scores[*row] = Some(score);
        }
    }
    let threshold = 0.5;
    let scored = Scored::pair(posts, &scores);
    let evaluator = Evaluator::new(&scored.scores, &scored.labels, threshold)?;
    Ok(Division {
        by,
        groups: count,
        threshold,
        metrics: measures(&evaluator.intervals(bootstrap)?),
    })
}
