//! Whatever gives scores: a checkpoint, a baseline, or a function in a test.

use crate::error::EvalError;
use crate::posts::{Language, Text};

/// A classifier's answer to a text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prediction {
    /// From 0 to 1; absent where there is nothing that can be judged.
    pub score: Option<f64>,
    /// True if the score is the highest of several windows: the text is longer than is read at once.
    pub in_windows: bool,
    /// True if the text goes on behind the last window, so that its end was not read.
    pub truncated: bool,
    /// The language of the text, where the classifier looks for it.
    pub language: Option<Language>,
}

/// Texts in, one prediction each out, in order.
pub type Predict<'a> = dyn Fn(&[&Text]) -> Result<Vec<Prediction>, EvalError> + Sync + 'a;

/// Something that scores texts and flags those at or above its threshold.
pub struct Classifier<'a> {
    /// Its name in the report.
    pub name: String,
    /// Scores at least this great are flagged.
    pub threshold: f64,
    predict: Box<Predict<'a>>,
}

impl<'a> Classifier<'a> {
    /// A classifier by a function.
    pub fn new(
        name: impl Into<String>,
        threshold: f64,
        predict: impl Fn(&[&Text]) -> Result<Vec<Prediction>, EvalError> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), threshold, predict: Box::new(predict) }
    }

    /// A classifier by a function that gives scores alone.
    pub fn of_scores(
        name: impl Into<String>,
        threshold: f64,
        score: impl Fn(&[&Text]) -> Vec<Option<f64>> + Sync + 'a,
    ) -> Self {
        let prediction = |score| Prediction { score, ..Prediction::default() };
        Self::new(name, threshold, move |texts| {
            Ok(score(texts).into_iter().map(prediction).collect())
        })
    }

    /// Classifies texts, holding the function to its promise of one prediction per text.
    ///
    /// # Errors
    /// An error of the function, or [`EvalError::Miscounted`].
    pub fn predict(&self, texts: &[&Text]) -> Result<Vec<Prediction>, EvalError> {
        let predictions = (self.predict)(texts)?;
        if predictions.len() != texts.len() {
            return Err(EvalError::Miscounted {
                classifier: self.name.clone(),
                texts: texts.len(),
                scores: predictions.len(),
            });
        }
        Ok(predictions)
    }

    /// The scores alone.
    ///
    /// # Errors
    /// As [`Classifier::predict`].
    pub fn scores(&self, texts: &[&Text]) -> Result<Vec<Option<f64>>, EvalError> {
        Ok(self.predict(texts)?.into_iter().map(|prediction| prediction.score).collect())
    }

    /// True if this score is flagged; a text without a score is not.
    pub fn flags(&self, score: Option<f64>) -> bool {
        score.is_some_and(|score| score >= self.threshold)
    }
}
