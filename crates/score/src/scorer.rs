//! What the loop asks of a model.

use scorer::{Asked, Scorer, Verdict};

/// A loaded model. Behind a trait so that tests can put a known function in a network's place.
pub trait ScoreTexts {
    /// Judges texts; answers in the order given.
    ///
    /// # Errors
    /// Whatever stops the model; one line.
    fn score(
        &self,
        texts: &[Asked<'_>],
    ) -> Result<Vec<Verdict>, Box<dyn std::error::Error + Send + Sync>>;
}

impl ScoreTexts for Scorer {
    fn score(
        &self,
        texts: &[Asked<'_>],
    ) -> Result<Vec<Verdict>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.score_asked(texts)?)
    }
}
