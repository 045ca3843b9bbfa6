//! All baselines on one set of rows, each with a threshold from rows held out.

use std::time::Instant;

use model::text::normalise;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{keywords::Keywords, majority::Majority, tfidf::TfIdf};
use crate::{error::EvalError, judge::Judge, posts::Post, text::twin::together};

/// Thresholds are chosen on this share of the rows.
const HELD_OUT: f64 = 0.1;

/// A baseline ready to judge, and what training it took.
pub struct Trained {
    /// It.
    pub judge: Judge<'static>,
    /// What it is, in a sentence.
    pub what: String,
    /// Seconds of training.
    pub seconds: f64,
}

/// Rows ready for a baseline: normalised, those with nothing left dropped.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Normalised texts.
    pub texts: Vec<String>,
    /// Their labels.
    pub labels: Vec<bool>,
}

impl Rows {
    /// Normalises posts.
    pub fn of(posts: &[&Post]) -> Self {
        let texts: Vec<String> = posts.par_iter().map(|post| normalise(&post.text)).collect();
        let (texts, labels) = texts
            .into_iter()
            .zip(posts)
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, post)| (text, post.label))
            .unzip();
        Self { texts, labels }
    }

    /// The rows of the given numbers.
    #[must_use]
    pub fn pick(&self, numbers: &[usize]) -> Self {
        let (texts, labels) =
            numbers.iter().map(|&row| (self.texts[row].clone(), self.labels[row])).unzip();
        Self { texts, labels }
    }

    /// Refuses rows of one label.
    ///
    /// # Errors
    /// [`EvalError::OneLabel`].
    pub fn check(&self, whose: &str) -> Result<(), EvalError> {
        let positives = self.labels.iter().filter(|&&label| label).count();
        if positives == 0 || positives == self.labels.len() {
            return Err(EvalError::OneLabel {
                what: whose.to_owned(),
                rows: self.labels.len(),
                missing: u8::from(positives == 0),
            });
        }
        Ok(())
    }
}

/// Trains every baseline. The regression's threshold is the one of best F1 on a tenth of the
/// rows held out, texts nearly the same kept together; it is then trained again on all of them.
///
/// # Errors
/// [`EvalError::OneLabel`] if the rows have one label only.
pub fn train(rows: &Rows) -> Result<Vec<Trained>, EvalError> {
    rows.check("the baselines' training rows")?;
    let twins = together(&rows.texts);
    let (kept, held) = dataset::hold_out(&rows.labels, twins, HELD_OUT, 0);
    let [kept, held] = [kept, held].map(|numbers| rows.pick(&numbers));

    let majority = Majority::train(&rows.labels);
    let mut trained = vec![Trained {
        judge: judge("majority", 0.5, move |texts| vec![majority.score(); texts.len()]),
        what: "the share of positives in its training rows, whatever the text".to_owned(),
        seconds: 0.0,
    }];

    let start = Instant::now();
    let words = Keywords::train(&rows.texts, &rows.labels);
    let threshold = words.threshold();
    trained.push(Trained {
        judge: judge("keyword list", threshold, move |texts| {
            texts.iter().map(|text| words.score(text)).collect()
        }),
        what: "how many of 28 listed words a text holds".to_owned(),
        seconds: start.elapsed().as_secs_f64(),
    });

    let start = Instant::now();
    let scores = TfIdf::train(&kept.texts, &kept.labels).score(&held.texts);
    let threshold = best_f1(&scores, &held.labels);
    let regression = TfIdf::train(&rows.texts, &rows.labels);
    trained.push(Trained {
        what: format!(
            "logistic regression on TF-IDF of {} n-grams: 1 and 2 words, 2 to 5 characters",
            regression.features()
        ),
        judge: judge("TF-IDF regression", threshold, move |texts| regression.score(texts)),
        seconds: start.elapsed().as_secs_f64(),
    });
    Ok(trained)
}

/// The threshold of best F1, or one half where the held-out rows have no positive.
fn best_f1(scores: &[f64], labels: &[bool]) -> f64 {
    metrics::max_f1_threshold(scores, labels).map_or(0.5, |point| point.threshold)
}

/// A judge that normalises what it is given.
fn judge(
    name: &str,
    threshold: f64,
    score: impl Fn(&[String]) -> Vec<f64> + Sync + 'static,
) -> Judge<'static> {
    Judge::new(name, threshold, move |texts| {
        let texts: Vec<String> = texts.par_iter().map(|text| normalise(text)).collect();
        Ok(score(&texts).into_iter().map(Some).collect())
    })
}
