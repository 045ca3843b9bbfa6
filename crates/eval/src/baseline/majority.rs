//! The share of positives, whatever the text: what a figure is worth when nothing was learnt.

/// Answers the share of positives it was trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Majority {
    share: f64,
}

impl Majority {
    /// Counts the labels.
    pub fn train(labels: &[bool]) -> Self {
        let positives = labels.iter().filter(|&&label| label).count();
        Self { share: positives as f64 / labels.len().max(1) as f64 }
    }

    /// The same score for every text.
    pub fn score(self) -> f64 {
        self.share
    }
}
