//! The share of positives, whatever the text: what a figure is worth when nothing was learnt.

/// Answers the share of positives it was trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Majority {
    logit: f64,
}

impl Majority {
    /// Counts the labels. Of none, the answer is NaN; of one kind only, infinite.
    pub fn train(labels: &[bool]) -> Self {
        let positives = labels.iter().filter(|&&label| label).count();
        Self { logit: (positives as f64 / (labels.len() - positives) as f64).ln() }
    }

    /// The log-odds of the share, for every text.
    pub fn logit(self) -> f64 {
        self.logit
    }
}

#[cfg(test)]
mod tests {
    use super::Majority;

    #[test]
    fn the_answer_is_the_log_odds_of_the_share() {
        let logit = Majority::train(&[true, false, false, false]).logit();
        assert!((logit - (1.0_f64 / 3.0).ln()).abs() < 1e-12);
    }
}
