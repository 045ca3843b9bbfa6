//! Logistic regression on word and character n-grams: the baseline that is hard to beat.

use crate::{logistic::Logistic, ngrams::Vocabulary};

/// Weight of the fit against the regularisation, scikit-learn's `C`.
const COST: f64 = 3.0;

/// A trained TF-IDF logistic regression.
#[derive(Debug, Clone)]
pub struct TfIdf {
    vocabulary: Vocabulary,
    regression: Logistic,
}

impl TfIdf {
    /// Trains on normalised texts.
    pub fn train<S: AsRef<str> + Sync>(texts: &[S], labels: &[bool]) -> Self {
        let vocabulary = Vocabulary::of(texts);
        let regression = Logistic::train(&vocabulary.matrix(texts), labels, COST);
        Self { vocabulary, regression }
    }

    /// The log-odds of normalised texts.
    pub fn logits<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<f64> {
        self.regression.logits(&self.vocabulary.matrix(texts))
    }

    /// Number of n-grams in the vocabulary.
    pub fn features(&self) -> usize {
        self.vocabulary.len()
    }
}
