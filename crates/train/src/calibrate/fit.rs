//! Temperature, threshold and bands, fitted on validation posts and on nothing else.

use checkpoint::calibration::{CALIBRATION_VERSION, ROUNDING};
use checkpoint::{Band, Bands, Calibration, Reference};
use metrics::{Binning, MAX_TEMPERATURE, MIN_TEMPERATURE};
use metrics::{average_precision, brier, confusion, ece, fit_temperature, log_loss, roc_auc};
use serde::Serialize;
use text::language::Code;

use super::threshold::ThresholdRule;
use crate::error::TrainError;

/// Of the posts that are not pro-ISIS, at most this share is put before the others for review.
const PRIORITY_FALSE_POSITIVES: f64 = 0.01;

/// Shifts by rounding are taken this many times as large as the largest on the validation posts.
const ROUNDING_MARGIN: f32 = 1.5;

/// Where a score is this near to 0 or 1, rounding may be left in it.
const NEAR_THE_ENDS: f32 = 0.05;

/// Figures of the calibrated model on the validation posts that it was calibrated on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValidationFigures {
    /// Posts.
    pub posts: usize,
    /// Mean binary cross-entropy of calibrated scores.
    pub loss: f64,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub pr_auc: f64,
    /// Share on the right side of .5, before calibration: the original system's binary accuracy.
    pub binary_accuracy: f64,
    /// Mean squared error of calibrated scores.
    pub brier: f64,
    /// Expected calibration error over 15 bins of equal size.
    pub ece: f64,
    /// At the threshold: share on the right side.
    pub accuracy: f64,
    /// At the threshold: share of flagged posts that are labelled 1.
    pub precision: f64,
    /// At the threshold: share of posts labelled 1 that are flagged.
    pub recall: f64,
    /// At the threshold: harmonic mean of precision and recall.
    pub f1: f64,
    /// At the threshold: share of posts labelled 0 that are flagged.
    pub false_positive_rate: f64,
}

impl ValidationFigures {
    /// Figures of a calibration on posts with these logits and labels.
    ///
    /// # Errors
    /// [`TrainError::Metric`] if a label is missing.
    pub fn of(
        calibration: &Calibration,
        logits: &[f64],
        labels: &[bool],
    ) -> Result<Self, TrainError> {
        let scores = scores(calibration, logits);
        let at_threshold = confusion(&scores, labels, f64::from(calibration.threshold))?;
        let raw = confusion(logits, labels, 0.0)?;
        Ok(Self {
            posts: labels.len(),
            loss: log_loss(&scores, labels)?,
            roc_auc: roc_auc(logits, labels)?,
            pr_auc: average_precision(logits, labels)?,
            binary_accuracy: raw.accuracy().unwrap_or(0.0),
            brier: brier(&scores, labels)?,
            ece: ece(&scores, labels, 15, Binning::EqualMass)?,
            accuracy: at_threshold.accuracy().unwrap_or(0.0),
            precision: at_threshold.precision().unwrap_or(0.0),
            recall: at_threshold.recall().unwrap_or(0.0),
            f1: at_threshold.f1().unwrap_or(0.0),
            false_positive_rate: at_threshold.false_positive_rate().unwrap_or(0.0),
        })
    }

    /// True if they keep to a rule for the threshold. If no threshold does, the strictest was taken.
    pub fn keep_to(&self, rule: ThresholdRule) -> bool {
        match rule {
            ThresholdRule::BestF1 => true,
            ThresholdRule::FalsePositiveRate(limit) => self.false_positive_rate <= limit,
            ThresholdRule::Precision(minimum) => self.precision >= minimum,
            ThresholdRule::Recall(minimum) => self.recall >= minimum,
        }
    }
}

/// The bound on a logit's shift by 8-bit products, from logits with 8 bits and in f32: what posts show
/// whose score is near 0 or 1, with a margin. None where that is no more than of the bundled model.
pub fn rounding(calibration: &Calibration, logits: &[[f32; 2]]) -> Option<f32> {
    let at_an_end = |logit: f32| {
        let score = calibration.score(logit);
        score.min(1.0 - score) < NEAR_THE_ENDS
    };
    let shifts = logits.iter().filter(|[rounded, _]| at_an_end(*rounded));
    let largest = shifts.map(|[rounded, exact]| (rounded - exact).abs()).fold(0.0, f32::max);
    Some(ROUNDING_MARGIN * largest).filter(|&bound| bound > ROUNDING)
}

/// The posts of a calibration in counts: of each the logit and the calibration of the model that judges it, if
/// one does, and its language.
pub fn reference<'a>(
    posts: impl IntoIterator<Item = (Option<(f64, &'a Calibration)>, Option<Code>)>,
) -> Reference {
    let mut reference = Reference::default();
    for (judged, lang) in posts {
        let judged = judged.map(|(logit, calibration)| {
            let score = calibration.score(logit as f32);
            (score, calibration.band(score))
        });
        let band = judged.map_or(Band::NotJudged, |(_, band)| band);
        reference.count(band, judged.map(|(score, _)| score), lang);
    }
    reference
}

/// Fits the temperature to the logits, takes the threshold that the rule says, lets `review` begin
/// there and `priority_review` where at most 1 in 100 posts of label 0 lies above.
///
/// Logits that separate the labels, or order them backwards, leave the temperature open: it is then
/// `open_temperature`. The best would be next to 0, or endless, and most scores the same.
///
/// # Errors
/// [`TrainError::Metric`] if a label is missing.
pub fn calibrate(
    logits: &[f64],
    labels: &[bool],
    rule: ThresholdRule,
    open_temperature: f32,
) -> Result<(Calibration, ValidationFigures), TrainError> {
    let fitted = fit_temperature(logits, labels)?;
    let is_open = fitted <= MIN_TEMPERATURE || fitted >= MAX_TEMPERATURE;
    let mut calibration = Calibration {
        version: CALIBRATION_VERSION,
        temperature: if is_open { open_temperature } else { fitted as f32 },
        ..Calibration::default()
    };
    let scores = scores(&calibration, logits);
    let review = rule.choose(&scores, labels)?;
    let rare = ThresholdRule::FalsePositiveRate(PRIORITY_FALSE_POSITIVES);
    let priority = rare.choose(&scores, labels)?.max(review).min(1.0);
    calibration.threshold = review as f32;
    calibration.bands = Bands { review: review as f32, priority_review: priority as f32 };

    let figures = ValidationFigures::of(&calibration, logits, labels)?;
    Ok((calibration, figures))
}

fn scores(calibration: &Calibration, logits: &[f64]) -> Vec<f64> {
    logits.iter().map(|&logit| f64::from(calibration.score(logit as f32))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Overconfident logits: three times what the labels warrant.
    fn overconfident() -> (Vec<f64>, Vec<bool>) {
        let mut random = dataset::Random::new(1);
        let mut uniform = || random.next_u64() as f64 / u64::MAX as f64;
        (0..4_000)
            .map(|_| {
                let logit = 8.0 * uniform() - 4.0;
                (3.0 * logit, uniform() < 1.0 / (1.0 + (-logit).exp()))
            })
            .unzip()
    }

    #[test]
    fn the_temperature_undoes_overconfidence() {
        let (logits, labels) = overconfident();
        let (calibration, figures) =
            calibrate(&logits, &labels, ThresholdRule::BestF1, 1.0).unwrap();
        assert!((calibration.temperature - 3.0).abs() < 0.2, "{}", calibration.temperature);
        assert!(figures.ece < 0.03, "{}", figures.ece);
    }

    #[test]
    fn bands_begin_at_the_threshold_and_where_false_alarms_are_rare() {
        let (logits, labels) = overconfident();
        let (calibration, _) = calibrate(&logits, &labels, ThresholdRule::BestF1, 1.0).unwrap();
        assert_eq!(calibration.problem(), None);
        assert_eq!(calibration.bands.review, calibration.threshold);
        let flagged = logits.iter().zip(&labels).filter(|(logit, label)| {
            let score = calibration.score(**logit as f32);
            !**label && score >= calibration.bands.priority_review
        });
        let negatives = labels.iter().filter(|label| !**label).count();
        assert!(flagged.count() as f64 <= 0.01 * negatives as f64 + 1.0);
    }

    #[test]
    fn where_even_the_highest_score_is_wrong_only_it_is_put_first() {
        // One of fewer than a hundred negatives has the highest score: no threshold keeps to 1 %.
        let logits: Vec<f64> = (0..20).map(f64::from).map(|n| n / 4.0 - 2.5).collect();
        let labels: Vec<bool> = (0..20).map(|n| (10..19).contains(&n)).collect();
        let (calibration, _) = calibrate(&logits, &labels, ThresholdRule::BestF1, 1.0).unwrap();
        let first = logits
            .iter()
            .filter(|&&logit| calibration.score(logit as f32) >= calibration.bands.priority_review);
        assert_eq!(first.count(), 1);
    }

    #[test]
    fn a_temperature_that_the_labels_leave_open_stays() {
        let logits = [-3.0, -2.0, 1.0, 2.0];
        for labels in [[false, false, true, true], [true, true, false, false]] {
            let (calibration, _) = calibrate(&logits, &labels, ThresholdRule::BestF1, 1.5).unwrap();
            assert_eq!(calibration.temperature, 1.5);
        }
    }

    #[test]
    fn figures_tell_whether_the_rule_could_be_kept() {
        // The highest score is wrong, one in four: neither rule can be kept, half of label 1 can be found.
        let logits = [-3.0, -2.0, -1.0, 0.5, 1.0, 2.0];
        let labels = [false, false, false, true, true, false];
        for (rule, kept) in [
            (ThresholdRule::BestF1, true),
            (ThresholdRule::FalsePositiveRate(0.2), false),
            (ThresholdRule::FalsePositiveRate(0.25), true),
            (ThresholdRule::Precision(0.7), false),
            (ThresholdRule::Precision(0.6), true),
            (ThresholdRule::Recall(0.5), true),
        ] {
            let (_, figures) = calibrate(&logits, &labels, rule, 1.0).unwrap();
            assert_eq!(figures.keep_to(rule), kept, "{rule}");
        }
    }

    #[test]
    fn the_bound_on_rounding_is_that_of_posts_with_a_score_near_the_ends() {
        let calibration = Calibration { temperature: 2.0, ..Calibration::default() };
        // The shift of 3 belongs to a score in the middle, which is computed again anyway.
        let logits = [[-9.0, -9.6], [9.0, 8.2], [1.0, 4.0]];
        let bound = rounding(&calibration, &logits).unwrap();
        assert!((bound - 1.2).abs() < 1e-5, "{bound}");
        assert_eq!(rounding(&calibration, &[[-9.0, -9.2]]), None);
        assert_eq!(rounding(&calibration, &[]), None);
    }

    #[test]
    fn one_class_is_refused() {
        assert!(calibrate(&[0.1, 0.2], &[true, true], ThresholdRule::BestF1, 1.0).is_err());
    }
}
