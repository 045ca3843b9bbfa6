//! Trains the baselines of the `baselines` crate, each ready to classify.

use std::time::Instant;

use ::baselines::Baseline;

use crate::{
    classifier::Classifier,
    error::EvalError,
    near::{NEAR, group_near},
    posts::{Post, normalised},
};

/// Thresholds are chosen on this share of the rows.
const HELD_OUT: f64 = 0.1;

/// A trained baseline, and what training it took.
pub struct TrainedBaseline {
    /// It, ready to classify.
    pub classifier: Classifier<'static>,
    /// A description in a phrase.
    pub what: String,
    /// Seconds of training.
    pub seconds: f64,
}

/// Rows that baselines are trained on: normalised texts with something left, and their labels.
#[derive(Debug, Clone, Default)]
pub struct TrainingSet<'a> {
    /// Normalised texts.
    pub texts: Vec<&'a str>,
    /// Their labels.
    pub labels: Vec<bool>,
    /// Rows dropped because their text is nearly that of an evaluated one.
    pub dropped: usize,
}

impl<'a> TrainingSet<'a> {
    /// The training rows whose text is not nearly that of an evaluated row.
    pub fn unseen(train: &'a [Post], evaluated: &[Post]) -> Self {
        let texts = normalised(train);
        let near = dataset::near_shared(&texts, &normalised(evaluated), NEAR);
        let rows = texts.into_iter().zip(train).zip(&near);
        let kept = rows.filter(|((text, _), near)| near.is_none() && !text.is_empty());
        let (texts, labels) = kept.map(|((text, post), _)| (text, post.label)).unzip();
        Self { texts, labels, dropped: near.iter().flatten().count() }
    }

    /// The rows of the given numbers.
    fn pick(&self, numbers: &[usize]) -> (Vec<&'a str>, Vec<bool>) {
        numbers.iter().map(|&row| (self.texts[row], self.labels[row])).unzip()
    }
}

/// Trains every baseline. One that has no threshold of its own gets that of best F1 on a tenth of
/// the rows held out, texts nearly the same kept together; it is then trained again on all of them.
///
/// # Errors
/// [`EvalError::OneLabel`] if the rows have one label only.
pub fn train(set: &TrainingSet) -> Result<Vec<TrainedBaseline>, EvalError> {
    EvalError::check_labels("the baselines' training rows", &set.labels)?;
    let (kept, held) = dataset::hold_out(&set.labels, group_near(&set.texts), HELD_OUT, 0);
    let (kept, kept_labels) = set.pick(&kept);
    let (held, held_labels) = set.pick(&held);
    let trained = Baseline::ALL.into_iter().map(|baseline| {
        let start = Instant::now();
        let trained = baseline.train(&set.texts, &set.labels);
        let threshold = trained.own_threshold().unwrap_or_else(|| {
            best_f1(&baseline.train(&kept, &kept_labels).scores(&held), &held_labels)
        });
        TrainedBaseline {
            what: trained.what(),
            classifier: Classifier::of_scores(baseline.name(), threshold, move |texts| {
                let texts: Vec<&str> = texts.iter().map(|text| text.normalised()).collect();
                trained.scores(&texts).into_iter().map(Some).collect()
            }),
            seconds: start.elapsed().as_secs_f64(),
        }
    });
    Ok(trained.collect())
}

/// The threshold of best F1, or one half where the held-out rows have no positive.
fn best_f1(scores: &[f64], labels: &[bool]) -> f64 {
    metrics::max_f1_threshold(scores, labels).map_or(0.5, |point| point.threshold)
}
