//! What the loop asks of a model.

use checkpoint::{Band, Label};
use scorer::Scorer;

/// What a model makes of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Calibrated, between 0 and 1.
    pub score: f32,
    /// The score against the threshold.
    pub label: Label,
    /// How soon a person should look.
    pub band: Band,
}

/// A loaded model. Behind a trait so that tests can put a known function in a network's place.
pub trait ScoreTexts {
    /// Scores texts; answers in the order given, `None` for a text of which nothing is left after
    /// normalisation.
    ///
    /// # Errors
    /// Whatever stops the model; one line.
    fn score(
        &self,
        texts: &[&str],
    ) -> Result<Vec<Option<Verdict>>, Box<dyn std::error::Error + Send + Sync>>;
}

impl ScoreTexts for Scorer {
    fn score(
        &self,
        texts: &[&str],
    ) -> Result<Vec<Option<Verdict>>, Box<dyn std::error::Error + Send + Sync>> {
        let scores = Scorer::score(self, texts)?.into_iter();
        let verdict =
            |it: scorer::Score| Verdict { score: it.score, label: it.label, band: it.band };
        Ok(scores.map(|score| score.map(verdict)).collect())
    }
}
