//! The rule for the decision threshold: missed posts against false alarms.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use metrics::{MetricError, max_f1_threshold, operating_points};
use metrics::{threshold_for_fpr, threshold_for_precision};
use serde::{Serialize, Serializer};

/// The rule by which the threshold is chosen on the validation posts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ThresholdRule {
    /// The greatest F1: a missed post weighs about as much as a false alarm.
    #[default]
    BestF1,
    /// The most posts of label 1 while at most this share of those of label 0 is flagged.
    FalsePositiveRate(f64),
    /// The most posts of label 1 while at least this share of what is flagged is of label 1.
    Precision(f64),
    /// The fewest posts of label 0 while at least this share of those of label 1 is flagged.
    Recall(f64),
}

impl ThresholdRule {
    /// The threshold for these scores, of any scale. Where no score satisfies the rule, the highest
    /// one, from which on the fewest posts are flagged.
    ///
    /// # Errors
    /// The metric's refusals: one label only, a NaN.
    pub fn choose(self, scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
        let point = match self {
            Self::BestF1 => Some(max_f1_threshold(scores, labels)?),
            Self::FalsePositiveRate(limit) => threshold_for_fpr(scores, labels, limit)?,
            Self::Precision(minimum) => threshold_for_precision(scores, labels, minimum)?,
            Self::Recall(minimum) => operating_points(scores, labels)?
                .into_iter()
                .find(|point| point.confusion.recall().is_some_and(|recall| recall >= minimum)),
        };
        let strictest = || operating_points(scores, labels).map(|points| points[0]);
        Ok(point.map_or_else(strictest, Ok)?.threshold)
    }
}

impl FromStr for ThresholdRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let nonsense = || {
            format!(
                "{text} is neither f1 nor fpr=X, precision=X or recall=X with X between 0 and 1"
            )
        };
        if text == "f1" {
            return Ok(Self::BestF1);
        }
        let (name, share) = text.split_once('=').ok_or_else(nonsense)?;
        let share: f64 = share.parse().map_err(|_| nonsense())?;
        let rule = match name {
            "fpr" => Self::FalsePositiveRate,
            "precision" => Self::Precision,
            "recall" => Self::Recall,
            _ => return Err(nonsense()),
        };
        if share > 0.0 && share < 1.0 { Ok(rule(share)) } else { Err(nonsense()) }
    }
}

impl Display for ThresholdRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BestF1 => write!(f, "f1"),
            Self::FalsePositiveRate(limit) => write!(f, "fpr={limit}"),
            Self::Precision(minimum) => write!(f, "precision={minimum}"),
            Self::Recall(minimum) => write!(f, "recall={minimum}"),
        }
    }
}

impl Serialize for ThresholdRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCORES: [f64; 8] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];
    const LABELS: [bool; 8] = [true, true, false, true, true, false, false, false];

    #[test]
    fn rules_trade_missed_posts_for_false_alarms() {
        let threshold = |rule: &str| rule.parse::<ThresholdRule>().unwrap();
        let choose = |rule| threshold(rule).choose(&SCORES, &LABELS).unwrap();
        assert_eq!(choose("f1"), 0.5);
        assert_eq!((choose("fpr=0.2"), choose("fpr=0.25")), (0.8, 0.5));
        assert_eq!((choose("precision=0.9"), choose("precision=0.8")), (0.8, 0.5));
        assert_eq!((choose("recall=0.5"), choose("recall=0.7")), (0.8, 0.6));
    }

    #[test]
    fn where_no_score_is_good_enough_the_fewest_posts_are_flagged() {
        let turned = LABELS.map(|label| !label);
        for rule in ["fpr=0.2", "precision=0.9"] {
            let rule: ThresholdRule = rule.parse().unwrap();
            assert_eq!(rule.choose(&SCORES, &turned).unwrap(), 0.9);
        }
    }

    #[test]
    fn a_rule_reads_as_it_is_written_and_nonsense_is_refused() {
        for rule in ["f1", "fpr=0.05", "precision=0.9", "recall=0.85"] {
            assert_eq!(rule.parse::<ThresholdRule>().unwrap().to_string(), rule);
        }
        for nonsense in ["", "f2", "fpr", "fpr=", "fpr=1", "precision=NaN", "recall=2", "mcc=0.5"] {
            let error = nonsense.parse::<ThresholdRule>().unwrap_err();
            assert!(error.contains("neither f1 nor"), "{error}");
        }
    }
}
