//! The evaluated rows that are near a training row: what a model is worth without them owes nothing
//! to echoes.

use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use crate::error::EvalError;
use crate::figure::Figure;
use crate::near::NEAR;
use crate::posts::{Post, Scored, normalised};

/// Which of the scored rows are near a training row.
#[derive(Debug, Clone)]
pub struct NearTraining {
    near: Vec<bool>,
    bootstrap: Bootstrap,
}

/// A model's figures without those rows; null in the file where undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct WithoutNear {
    /// ROC AUC on the evaluated rows that are near no training row.
    #[serde(rename = "roc_auc_without_near")]
    pub roc_auc: Option<Figure>,
    /// F1 on them.
    #[serde(rename = "f1_without_near")]
    pub f1: Option<Figure>,
}

impl NearTraining {
    /// Looks among all training rows, those that a baseline is not given included.
    pub fn find(scored: &Scored, train: &[Post], bootstrap: Bootstrap) -> Self {
        let posts = normalised(scored.posts.iter().copied());
        let near = dataset::near_shared(&posts, &normalised(train), NEAR);
        Self { near: near.iter().map(Option::is_some).collect(), bootstrap }
    }

    /// Number of scored rows near a training row.
    pub fn rows(&self) -> usize {
        self.near.iter().filter(|&&near| near).count()
    }

    /// Measures a model without them, by its scores of the same rows in the same order.
    ///
    /// # Errors
    /// A metric that refuses its input.
    pub fn measure_without(
        &self,
        scored: &Scored,
        threshold: f64,
    ) -> Result<WithoutNear, EvalError> {
        let mut kept = Scored::default();
        for ((&post, &score), &near) in scored.posts.iter().zip(&scored.scores).zip(&self.near) {
            if !near {
                kept.push(post, Some(score));
            }
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
        // A classifier that is wrong about the two echoes, and right about the others.
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
        let near = NearTraining::find(&scored, &train, Bootstrap::default());
        assert_eq!(near.rows(), 2);
        let figures = near.measure_without(&scored, 0.5).unwrap();
        assert_eq!((figures.roc_auc.unwrap().value, figures.f1.unwrap().value), (1.0, 1.0));
        // None of them is flagged from here on.
        assert_eq!(near.measure_without(&scored, 0.85).unwrap().f1.unwrap().value, 0.0);
        let everything: Vec<Post> = all.into_iter().cloned().collect();
        let nothing = NearTraining::find(&scored, &everything, Bootstrap::default());
        assert_eq!(nothing.measure_without(&scored, 0.5).unwrap(), WithoutNear::default());
    }
}
