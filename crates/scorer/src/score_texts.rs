//! What a program asks of a model.

use crate::{Score, Scorer};

/// Why a model could not score, in one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Something that scores texts. [`Scorer`] does; a test can put a known function in its place.
pub trait ScoreTexts: Send + Sync {
    /// Scores texts; answers in the order given, `None` for a text of which nothing is left after
    /// normalisation.
    ///
    /// # Errors
    /// Whatever stops the model.
    fn score(&self, texts: &[&str]) -> Result<Vec<Option<Score>>, Failure>;
}

impl ScoreTexts for Scorer {
    fn score(&self, texts: &[&str]) -> Result<Vec<Option<Score>>, Failure> {
        Ok(Scorer::score(self, texts)?)
    }
}
