//! The interface that a program needs of a model.

use crate::{Asked, Scorer, Verdict};

/// The error of a model that could not score, in one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Something that scores texts. [`Scorer`] does; a test can put a known function in its place.
pub trait ScoreTexts: Send + Sync {
    /// Judges texts; answers in the order given.
    ///
    /// # Errors
    /// Whatever stops the model.
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure>;

    /// As [`Scorer::embeddings`]; none where the model has none.
    fn embeddings(&self, texts: &[Asked<'_>]) -> Vec<Option<Vec<f32>>> {
        vec![None; texts.len()]
    }
}

impl ScoreTexts for Scorer {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        Ok(self.score_asked(texts)?)
    }

    fn embeddings(&self, texts: &[Asked<'_>]) -> Vec<Option<Vec<f32>>> {
        Self::embeddings(self, texts)
    }
}
