//! From a logit to a calibrated score, a label and a band (`calibration.json`).

use serde::{Deserialize, Serialize};

/// The version of `calibration.json` without a shift.
pub const CALIBRATION_VERSION: u32 = 1;

/// The version with a shift, which programs that read only the other would pass over.
pub const SHIFTED_VERSION: u32 = 2;

/// The numbers that turn logits into scores, and scores into labels and bands. Fitted on validation
/// data only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Format version.
    pub version: u32,
    /// `score = sigmoid((logit - shift) / temperature)` (Guo et al., "On Calibration of Modern Neural
    /// Networks", 2017). 1 leaves the network's own probability.
    pub temperature: f32,
    /// The logit whose score is .5: 0, unless the scores were laid on another model's scale.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: f32,
    /// A score at or above this is labelled `pro_isis`.
    pub threshold: f32,
    /// The starts of the bands for reviewers.
    pub bands: Bands,
    /// The bound of [`Calibration::rounding`], where this model's own was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<f32>,
}

/// The bound of [`Calibration::rounding`] of a model whose own was not measured: half as much again
/// as the bundled model's largest shift (`docs/performance.md`).
pub const ROUNDING: f32 = 0.5;

/// Starts of the review bands, on the calibrated score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// From here a person should look.
    pub review: f32,
    /// From here a person should look first.
    pub priority_review: f32,
}

/// The two classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Does not resemble the pro-ISIS posts of the training data.
    NotProIsis,
    /// Resembles them.
    ProIsis,
}

/// The urgency of a review by a person. Never an action by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// The text cannot be judged: below all others, and never a suggestion.
    NotJudged,
    /// No review suggested.
    None,
    /// Review suggested.
    Review,
    /// Review suggested, before the others.
    PriorityReview,
}

impl Default for Calibration {
    /// The uncalibrated network: temperature 1, threshold and review at .5, priority at .9.
    fn default() -> Self {
        Self {
            version: CALIBRATION_VERSION,
            temperature: 1.0,
            shift: 0.0,
            threshold: 0.5,
            bands: Bands { review: 0.5, priority_review: 0.9 },
            rounding: None,
        }
    }
}

impl Calibration {
    /// A logit whose score is near 0 or 1 moves by no more than this when products are computed with
    /// 8 bits.
    pub fn rounding(&self) -> f32 {
        self.rounding.unwrap_or(ROUNDING)
    }

    /// The calibrated score of a logit, from 0 to 1.
    pub fn score(&self, logit: f32) -> f32 {
        sigmoid((logit - self.shift) / self.temperature)
    }

    /// The label of a calibrated score.
    pub fn label(&self, score: f32) -> Label {
        if score >= self.threshold { Label::ProIsis } else { Label::NotProIsis }
    }

    /// The band of a calibrated score.
    pub fn band(&self, score: f32) -> Band {
        if score >= self.bands.priority_review {
            Band::PriorityReview
        } else if score >= self.bands.review {
            Band::Review
        } else {
            Band::None
        }
    }

    /// The first problem with these numbers, if there is one.
    pub fn problem(&self) -> Option<String> {
        let unit = |name: &str, value: f32| {
            (!(0.0..=1.0).contains(&value)).then(|| format!("{name} is {value}, expected 0 to 1"))
        };
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Some(format!("temperature is {}, expected more than 0", self.temperature));
        }
        if !self.shift.is_finite() {
            return Some(format!("shift is {}, expected a finite number", self.shift));
        }
        if let Some(rounding) = self.rounding.filter(|it| !it.is_finite() || *it < 0.0) {
            return Some(format!("rounding is {rounding}, expected 0 or more"));
        }
        unit("threshold", self.threshold)
            .or_else(|| unit("bands.review", self.bands.review))
            .or_else(|| unit("bands.priority_review", self.bands.priority_review))
            .or_else(|| {
                (self.bands.priority_review < self.bands.review)
                    .then(|| "bands.priority_review lies below bands.review".to_owned())
            })
    }
}

// Its signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(shift: &f32) -> bool {
    *shift == 0.0
}

/// The logistic function, `1 / (1 + exp(-x))`.
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

impl Label {
    /// The name in files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotProIsis => "not_pro_isis",
            Self::ProIsis => "pro_isis",
        }
    }
}

impl Band {
    /// The name in files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJudged => "not_judged",
            Self::None => "none",
            Self::Review => "review",
            Self::PriorityReview => "priority_review",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_temperature_pulls_scores_towards_one_half() {
        let sharp = Calibration::default();
        let soft = Calibration { temperature: 2.0, ..Calibration::default() };
        assert!(sharp.score(3.0) > soft.score(3.0) && soft.score(3.0) > 0.5);
        assert!((soft.score(3.0) - sigmoid(1.5)).abs() < 1e-7);
    }

    #[test]
    fn a_shift_moves_the_middle_of_the_scores_and_is_written_only_where_there_is_one() {
        let shifted = Calibration { shift: 2.5, temperature: 2.0, ..Calibration::default() };
        assert_eq!((shifted.score(2.5), shifted.score(4.5)), (0.5, sigmoid(1.0)));
        let json = |calibration| serde_json::to_string(calibration).unwrap_or_default();
        assert!(json(&shifted).contains("\"shift\":2.5"));
        assert!(!json(&Calibration::default()).contains("shift"));
    }

    #[test]
    fn band_edges_belong_to_the_higher_band() {
        let calibration = Calibration::default();
        assert_eq!(calibration.band(0.499), Band::None);
        assert_eq!(calibration.band(0.5), Band::Review);
        assert_eq!(calibration.band(0.9), Band::PriorityReview);
        assert_eq!(calibration.label(0.5), Label::ProIsis);
        assert!(Band::NotJudged < Band::None && Band::None < Band::Review);
    }

    #[test]
    fn impossible_numbers_are_named() {
        let calibration = Calibration { temperature: 0.0, ..Calibration::default() };
        assert!(calibration.problem().is_some_and(|problem| problem.contains("temperature")));
        let calibration = Calibration { shift: f32::INFINITY, ..Calibration::default() };
        assert!(calibration.problem().is_some_and(|problem| problem.contains("shift")));
        let calibration = Calibration { rounding: Some(-0.1), ..Calibration::default() };
        assert!(calibration.problem().is_some_and(|problem| problem.contains("rounding")));
        let calibration = Calibration {
            bands: Bands { review: 0.8, priority_review: 0.2 },
            ..Calibration::default()
        };
        assert!(calibration.problem().is_some_and(|problem| problem.contains("below")));
        assert_eq!(Calibration::default().problem(), None);
    }
}
