//! Whatever gives scores: a checkpoint, a baseline, or a function in a test.

use crate::error::EvalError;

/// Texts in, one score each out, in order; `None` where nothing is left to read.
pub type ScoreFunction<'a> = dyn Fn(&[&str]) -> Result<Vec<Option<f64>>, EvalError> + Sync + 'a;

/// Something that scores texts and flags those at or above its threshold.
pub struct Judge<'a> {
    /// What it is called in the report.
    pub name: String,
    /// Scores at least this great are flagged.
    pub threshold: f64,
    /// How it scores.
    pub score: Box<ScoreFunction<'a>>,
}

impl<'a> Judge<'a> {
    /// A judge by a function.
    pub fn new(
        name: impl Into<String>,
        threshold: f64,
        score: impl Fn(&[&str]) -> Result<Vec<Option<f64>>, EvalError> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), threshold, score: Box::new(score) }
    }

    /// Scores texts, holding the function to its promise of one answer per text.
    ///
    /// # Errors
    /// What the function answers, or [`EvalError::Miscounted`].
    pub fn score(&self, texts: &[&str]) -> Result<Vec<Option<f64>>, EvalError> {
        let scores = (self.score)(texts)?;
        if scores.len() != texts.len() {
            return Err(EvalError::Miscounted {
                judge: self.name.clone(),
                texts: texts.len(),
                scores: scores.len(),
            });
        }
        Ok(scores)
    }
}
