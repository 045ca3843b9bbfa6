//! The evaluated rows that are near no training row: figures on them owe nothing to echoes.

use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use crate::error::EvalError;
use crate::figure::Figure;
use crate::posts::{Post, Scored};
use crate::text::twin::{NEAR, normalised};

/// The scored rows that are near no training row.
#[derive(Debug, Clone)]
pub struct Apart {
    apart: Vec<bool>,
    bootstrap: Bootstrap,
}

/// The model's figures on those rows; null in the file where undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct WithoutNear {
    /// ROC AUC on the evaluated rows that are near no training row.
    #[serde(rename = "roc_auc_without_near")]
    pub roc_auc: Option<Figure>,
    /// F1 on them.
    #[serde(rename = "f1_without_near")]
    pub f1: Option<Figure>,
}

impl Apart {
    /// Looks among all training rows, those that a baseline is not given included.
    pub fn new(scored: &Scored, train: &[Post], bootstrap: Bootstrap) -> Self {
        let seen = normalised(&train.iter().collect::<Vec<_>>());
        let near = dataset::near_shared(&normalised(&scored.posts), &seen, NEAR);
        Self { apart: near.iter().map(Option::is_none).collect(), bootstrap }
    }

    /// Number of scored rows near a training row.
    pub fn near_rows(&self) -> usize {
        self.apart.iter().filter(|&&apart| !apart).count()
    }

    /// Measures a model by its scores of the same rows, in the same order.
    ///
    /// # Errors
    /// A metric that refuses its input.
    pub fn measure(&self, scored: &Scored, threshold: f64) -> Result<WithoutNear, EvalError> {
        let mut kept = Scored::default();
        let rows = scored.posts.iter().zip(&scored.scores).zip(&self.apart);
        for ((&post, &score), _) in rows.filter(|&(_, &apart)| apart) {
            kept.push(post, score);
        }
        if kept.is_empty() {
            return Ok(WithoutNear::default());
        }
        let evaluator = Evaluator::new(&kept.scores, &kept.labels, threshold)?;
        let summary = evaluator.intervals(&self.bootstrap)?;
        let figure = |measure| summary.get(measure).map(Figure::from);
        Ok(WithoutNear { roc_auc: figure(Measure::RocAuc), f1: figure(Measure::F1) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_near_a_training_row_are_in_neither_figure() {
        // A judge that is wrong about the two echoes, and right about the others.
        let echo = "one two three four five six seven";
        let posts = [
            (format!("{echo} eight"), true, 0.1),
            (format!("RT @user: {echo}!"), false, 0.9),
            ("something else that nobody has said".to_owned(), true, 0.8),
            ("and another thing, just as new".to_owned(), false, 0.2),
        ]
        .map(|(text, label, score)| (Post::new(text, label), score));
        let all: Vec<&Post> = posts.iter().map(|(post, _)| post).collect();
        let scores: Vec<Option<f64>> = posts.iter().map(|&(_, score)| Some(score)).collect();
        let scored = Scored::pair(&all, &scores);
        let train = [Post::new(echo, true), Post::new("lunch", false)];
        let apart = Apart::new(&scored, &train, Bootstrap::default());
        assert_eq!(apart.near_rows(), 2);
        let figures = apart.measure(&scored, 0.5).unwrap();
        assert_eq!((figures.roc_auc.unwrap().value, figures.f1.unwrap().value), (1.0, 1.0));
        // None of them is flagged from here on.
        assert_eq!(apart.measure(&scored, 0.85).unwrap().f1.unwrap().value, 0.0);
        let everything: Vec<Post> = all.into_iter().cloned().collect();
        let nothing = Apart::new(&scored, &everything, Bootstrap::default());
        assert_eq!(nothing.measure(&scored, 0.5).unwrap(), WithoutNear::default());
    }
}
