//! Whatever gives scores: a checkpoint, a baseline, or a function in a test.

use text::Readable;

use crate::error::EvalError;

/// A judge's answer to a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// From 0 to 1.
    pub score: f64,
    /// True if the score is the highest of several windows: the text is longer than is read at once.
    pub in_windows: bool,
    /// True if the text goes on behind the last window, so that its end was not read.
    pub truncated: bool,
}

/// Texts in, one answer each out, in order; `None` where there is nothing that can be judged.
pub type AnswerFunction<'a> = dyn Fn(&[&str]) -> Result<Vec<Option<Answer>>, EvalError> + Sync + 'a;

/// A text in; what of it can be read, out.
pub type ReadText<'a> = dyn Fn(&str) -> Readable + Sync + 'a;

/// Something that scores texts and flags those at or above its threshold.
pub struct Judge<'a> {
    /// Its name in the report.
    pub name: String,
    /// Scores at least this great are flagged.
    pub threshold: f64,
    /// The scoring function.
    pub answer: Box<AnswerFunction<'a>>,
    /// Finds the part of a text that can be read, and so the reason for a missing score; absent
    /// where the judge does not look for it.
    pub read: Option<Box<ReadText<'a>>>,
}

impl<'a> Judge<'a> {
    /// A judge by a function that reads every text at once.
    pub fn new(
        name: impl Into<String>,
        threshold: f64,
        score: impl Fn(&[&str]) -> Result<Vec<Option<f64>>, EvalError> + Sync + 'a,
    ) -> Self {
        let at_once = |score| Answer { score, in_windows: false, truncated: false };
        Self::answering(name, threshold, move |texts| {
            Ok(score(texts)?.into_iter().map(|score| score.map(at_once)).collect())
        })
    }

    /// A judge by a function that tells how it read.
    pub fn answering(
        name: impl Into<String>,
        threshold: f64,
        answer: impl Fn(&[&str]) -> Result<Vec<Option<Answer>>, EvalError> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), threshold, answer: Box::new(answer), read: None }
    }

    /// The same judge, which looks first what of a text it can read.
    #[must_use]
    pub fn reading(self, read: impl Fn(&str) -> Readable + Sync + 'a) -> Self {
        Self { read: Some(Box::new(read)), ..self }
    }

    /// Judges texts, holding the function to its promise of one answer per text.
    ///
    /// # Errors
    /// An error of the function, or [`EvalError::Miscounted`].
    pub fn answer(&self, texts: &[&str]) -> Result<Vec<Option<Answer>>, EvalError> {
        let answers = (self.answer)(texts)?;
        if answers.len() != texts.len() {
            return Err(EvalError::Miscounted {
                judge: self.name.clone(),
                texts: texts.len(),
                scores: answers.len(),
            });
        }
        Ok(answers)
    }

    /// The scores alone.
    ///
    /// # Errors
    /// As [`Judge::answer`].
    pub fn score(&self, texts: &[&str]) -> Result<Vec<Option<f64>>, EvalError> {
        Ok(self.answer(texts)?.into_iter().map(|answer| Some(answer?.score)).collect())
    }
}
