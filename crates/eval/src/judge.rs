//! Whatever gives scores: a checkpoint, a baseline, or a function in a test.

use text::Readable;

use crate::error::EvalError;

/// Texts in, one score each out, in order; `None` where there is nothing that can be judged.
pub type ScoreFunction<'a> = dyn Fn(&[&str]) -> Result<Vec<Option<f64>>, EvalError> + Sync + 'a;

/// A text in; what of it can be read, out.
pub type ReadText<'a> = dyn Fn(&str) -> Readable + Sync + 'a;

/// Something that scores texts and flags those at or above its threshold.
pub struct Judge<'a> {
    /// What it is called in the report.
    pub name: String,
    /// Scores at least this great are flagged.
    pub threshold: f64,
    /// How it scores.
    pub score: Box<ScoreFunction<'a>>,
    /// What it can read of a text, if it looks for that: why a text has no score.
    pub read: Option<Box<ReadText<'a>>>,
}

impl<'a> Judge<'a> {
    /// A judge by a function.
    pub fn new(
        name: impl Into<String>,
        threshold: f64,
        score: impl Fn(&[&str]) -> Result<Vec<Option<f64>>, EvalError> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), threshold, score: Box::new(score), read: None }
    }

    /// The same judge, which looks first what of a text it can read.
    #[must_use]
    pub fn reading(self, read: impl Fn(&str) -> Readable + Sync + 'a) -> Self {
        Self { read: Some(Box::new(read)), ..self }
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
