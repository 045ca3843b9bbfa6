//! The rivals of the `baselines` crate on one set of rows, ready to judge.

use std::time::Instant;

use baselines::Baseline;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use text::normalise;

use crate::{error::EvalError, judge::Judge, posts::Post, text::twin::together};

/// Thresholds are chosen on this share of the rows.
const HELD_OUT: f64 = 0.1;

/// A baseline ready to judge, and what training it took.
pub struct Rival {
    /// It.
    pub judge: Judge<'static>,
    /// A description in a phrase.
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

/// Trains every baseline. One that has no threshold of its own gets that of best F1 on a tenth of
/// the rows held out, texts nearly the same kept together; it is then trained again on all of them.
///
/// # Errors
/// [`EvalError::OneLabel`] if the rows have one label only.
pub fn train(rows: &Rows) -> Result<Vec<Rival>, EvalError> {
    rows.check("the baselines' training rows")?;
    let twins = together(&rows.texts);
    let (kept, held) = dataset::hold_out(&rows.labels, twins, HELD_OUT, 0);
    let [kept, held] = [kept, held].map(|numbers| rows.pick(&numbers));
    let rivals = Baseline::ALL.into_iter().map(|baseline| {
        let start = Instant::now();
        let trained = baseline.train(&rows.texts, &rows.labels);
        let threshold = trained.own_threshold().unwrap_or_else(|| {
            let trained = baseline.train(&kept.texts, &kept.labels);
            best_f1(&trained.scores(&held.texts), &held.labels)
        });
        Rival {
            what: trained.what(),
            judge: judge(baseline.name(), threshold, move |texts| trained.scores(texts)),
            seconds: start.elapsed().as_secs_f64(),
        }
    });
    Ok(rivals.collect())
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
