//! All that a model is held against, by name and trained.

use crate::{keywords::Keywords, logistic::sigmoid, majority::Majority, tfidf::TfIdf};

/// A simple rival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// The share of positives, whatever the text.
    Majority,
    /// The number of listed words in a text.
    Keywords,
    /// Logistic regression on n-grams.
    TfIdf,
}

impl Baseline {
    /// All of them, the strongest last.
    pub const ALL: [Self; 3] = [Self::Majority, Self::Keywords, Self::TfIdf];

    /// The name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Keywords => "keyword list",
            Self::TfIdf => "TF-IDF regression",
        }
    }

    /// Trains it on normalised texts, every one counting the same.
    pub fn train<S: AsRef<str> + Sync>(self, texts: &[S], labels: &[bool]) -> Trained {
        match self {
            Self::Majority => Trained::Majority(Majority::train(labels)),
            Self::Keywords => Trained::Keywords(Keywords::train(texts, labels)),
            Self::TfIdf => Trained::TfIdf(TfIdf::train(texts, labels)),
        }
    }
}

/// A trained rival.
#[derive(Debug, Clone)]
pub enum Trained {
    /// The share of positives.
    Majority(Majority),
    /// Shares by the number of listed words.
    Keywords(Keywords),
    /// A regression.
    TfIdf(TfIdf),
}

impl Trained {
    /// A description in a phrase.
    pub fn what(&self) -> String {
        match self {
            Self::Majority(_) => {
                "the share of positives in its training rows, whatever the text".to_owned()
            }
            Self::Keywords(_) => {
                format!("how many of {} listed words a text holds", Keywords::LISTED)
            }
            Self::TfIdf(regression) => format!(
                "logistic regression on TF-IDF of {} n-grams: 1 and 2 words, 2 to 5 characters",
                regression.features()
            ),
        }
    }

    /// The score from which it flags by its nature: one half of a vote, one word of a filter's
    /// list. A regression has none; it is to be chosen.
    pub fn own_threshold(&self) -> Option<f64> {
        match self {
            Self::Majority(_) => Some(0.5),
            Self::Keywords(list) => Some(sigmoid(list.threshold())),
            Self::TfIdf(_) => None,
        }
    }

    /// The log-odds of the positive class for normalised texts: to rank by, since they do not tie
    /// where probabilities come near 1. Infinite where a majority is everybody.
    pub fn logits<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<f64> {
        match self {
            Self::Majority(majority) => vec![majority.logit(); texts.len()],
            Self::Keywords(list) => texts.iter().map(|text| list.logit(text.as_ref())).collect(),
            Self::TfIdf(regression) => regression.logits(texts),
        }
    }

    /// The probability of the positive class for normalised texts.
    pub fn scores<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<f64> {
        self.logits(texts).into_iter().map(sigmoid).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four rows, said over and over; the label follows the fruit, and no listed word.
    const TEXTS: [&str; 4] = ["Pears at NOON", "apples at noon", "pears again", "Apples AGAIN"];
    const LABELS: [bool; 4] = [true, false, true, false];

    #[test]
    fn only_the_regression_tells_apart_what_no_list_names() {
        let aucs = Baseline::ALL.map(|baseline| {
            let trained = baseline.train(&TEXTS, &LABELS);
            metrics::roc_auc(&trained.logits(&TEXTS), &LABELS).expect("both classes")
        });
        assert_eq!(aucs, [0.5, 0.5, 1.0]);
    }

    #[test]
    fn case_makes_no_difference() {
        let lower = TEXTS.map(str::to_lowercase);
        for baseline in Baseline::ALL {
            let own = baseline.train(&TEXTS, &LABELS).scores(&TEXTS);
            assert_eq!(own, baseline.train(&lower, &LABELS).scores(&lower), "{baseline:?}");
        }
    }

    #[test]
    fn scores_are_probabilities_in_the_order_of_the_logits() {
        let texts: Vec<String> = (0..60)
            .map(|row| format!("{} {}", "isis ".repeat(row % 6), TEXTS[row * 7 % 4]))
            .collect();
        let labels: Vec<bool> = (0..60).map(|row| row % 5 < 2).collect();
        for baseline in Baseline::ALL {
            let trained = baseline.train(&texts, &labels);
            let (logits, scores) = (trained.logits(&texts), trained.scores(&texts));
            assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
            let [by_logit, by_score] = [logits, scores]
                .map(|values| metrics::roc_auc(&values, &labels).expect("both classes"));
            assert_eq!(by_logit, by_score, "{baseline:?}");
        }
    }
}
