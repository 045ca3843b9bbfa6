//! The share of positives, whatever the text: what a figure is worth when nothing was learnt.

/// Answers the share of positives it was trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Majority {
    logit: f64,
}

impl Majority {
    /// Counts the labels.
    pub fn train(labels: &[bool]) -> Self {
        let positives = labels.iter().filter(|&&label| label).count();
        Self { logit: (positives as f64 / (labels.len() - positives) as f64).ln() }
    }

    /// The log-odds of the share, for every text.
    pub fn logit(self) -> f64 {
        self.logit
    }
}
