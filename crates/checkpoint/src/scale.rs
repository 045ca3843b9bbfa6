//! One scale of scores for several models: a model's scores laid on another's, so that one threshold and
//! one set of bands hold for the texts of both.

use crate::Calibration;
use crate::calibration::SHIFTED_VERSION;

/// Steps by which the shift may have to give way to rounding.
const STEPS: usize = 64;

/// A calibration under which a model's own threshold has the score of the main model's, and the start of
/// its own `priority_review` that of the main model's: two points fix temperature and shift, and in between
/// the order of scores stays. Threshold and bands are then the main model's. Where one of the two models has
/// no room between its points, or nothing in `priority_review`, the temperature stays and the threshold
/// alone is fixed.
///
/// A text at one of these points keeps its label and band, whatever 32 bits round.
///
/// # Errors
/// The reason that there is none: a threshold of 0 or 1.
pub fn onto(main: &Calibration, own: &Calibration) -> Result<Calibration, String> {
    let threshold = |whose: &str, calibration: &Calibration| {
        odds(calibration.threshold).ok_or_else(|| {
            let threshold = calibration.threshold;
            format!("{whose} threshold is {threshold}, expected between 0 and 1")
        })
    };
    let (low, own_low) = (threshold("the main model's", main)?, threshold("its", own)?);
    let priority = |low: f64, calibration: &Calibration| {
        odds(calibration.bands.priority_review).filter(|high| *high > low)
    };
    let highs = priority(low, main).zip(priority(own_low, own));
    let on_logits = |odds: f64| odds * f64::from(own.temperature) + f64::from(own.shift);
    let temperature = highs.map_or(own.temperature.into(), |(high, own_high)| {
        (on_logits(own_high) - on_logits(own_low)) / (high - low)
    });
    let mut mapped = Calibration {
        version: SHIFTED_VERSION,
        temperature: temperature as f32,
        shift: (on_logits(own_low) - temperature * low) as f32,
        threshold: main.threshold,
        bands: main.bands.clone(),
        rounding: own.rounding,
    };
    if let Some(problem) = mapped.problem() {
        return Err(problem);
    }
    // The least logits at or above the points.
    let mut points = vec![(least(own, own.threshold, on_logits(own_low)), main.threshold)];
    points.extend(highs.map(|(_, own_high)| {
        let start = least(own, own.bands.priority_review, on_logits(own_high));
        (start, main.bands.priority_review)
    }));
    let largest =
        points.iter().map(|(logit, _)| logit.abs()).fold(mapped.shift.abs().max(1.0), f32::max);
    for _ in 0..STEPS {
        if points.iter().all(|(logit, start)| mapped.score(*logit) >= *start) {
            return Ok(mapped);
        }
        mapped.shift -= f32::EPSILON * largest;
    }
    Err("its threshold and its start of priority_review lie too near to each other".to_owned())
}

/// A score as logarithmic odds; none for 0 and 1.
fn odds(score: f32) -> Option<f64> {
    let odds = (f64::from(score) / (1.0 - f64::from(score))).ln();
    Some(odds).filter(|odds| odds.is_finite())
}

/// The least logit whose score is `start` or more, which is about `near`.
fn least(calibration: &Calibration, start: f32, near: f64) -> f32 {
    let near = near as f32;
    let reaches = |logit: f32| calibration.score(logit) >= start;
    let (mut below, mut above, mut width) = (near, near, calibration.temperature);
    while reaches(below) {
        below -= width;
        width *= 2.0;
    }
    while !reaches(above) {
        above += width;
        width *= 2.0;
    }
    // Until no number lies between them.
    loop {
        let middle = below + (above - below) / 2.0;
        if middle <= below || middle >= above {
            return above;
        }
        if reaches(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Bands, Label};

    fn calibration(temperature: f32, threshold: f32, priority_review: f32) -> Calibration {
        let bands = Bands { review: threshold, priority_review };
        Calibration { temperature, threshold, bands, ..Calibration::default() }
    }

    #[test]
    fn a_text_at_a_point_keeps_label_and_band_and_one_below_stays_below() {
        let main = calibration(0.963_574_9, 0.183_004, 0.739_880_26);
        for own in [
            calibration(1.7, 0.312_345, 0.801),
            calibration(0.3, 0.02, 0.97),
            calibration(4.0, 0.6, 0.600_1),
            Calibration { shift: -3.25, ..calibration(2.0, 0.41, 0.9) },
        ] {
            let mapped = onto(&main, &own).unwrap();
            assert_eq!((mapped.threshold, &mapped.bands), (main.threshold, &main.bands));
            for start in [own.threshold, own.bands.priority_review] {
                let near = odds(start).unwrap() * f64::from(own.temperature);
                let logit = least(&own, start, near + f64::from(own.shift));
                for logit in [logit, logit - 0.001, logit + 0.001, logit - 1.0, logit + 1.0] {
                    let seen =
                        |it: &Calibration| (it.label(it.score(logit)), it.band(it.score(logit)));
                    assert_eq!(seen(&mapped), seen(&own), "{own:?} at {logit}");
                }
            }
        }
    }

    #[test]
    fn laid_on_its_own_scale_a_model_scores_as_before() {
        let own = calibration(1.4, 0.25, 0.8);
        let mapped = onto(&own, &own).unwrap();
        for logit in [-8.0, -2.0, 0.0, 0.7, 5.0] {
            assert!((mapped.score(logit) - own.score(logit)).abs() < 1e-6);
        }
    }

    #[test]
    fn where_a_model_has_no_room_between_its_points_the_threshold_alone_is_fixed() {
        let fine = calibration(1.0, 0.3, 0.9);
        for other in [calibration(2.0, 0.5, 0.5), calibration(2.0, 0.5, 1.0)] {
            for (main, own) in [(&fine, &other), (&other, &fine), (&other, &other)] {
                let mapped = onto(main, own).unwrap();
                assert_eq!(mapped.temperature, own.temperature);
                let at = least(own, own.threshold, 0.0);
                assert!(mapped.label(mapped.score(at)) == Label::ProIsis);
                assert!(mapped.label(mapped.score(at - 0.001)) == Label::NotProIsis);
            }
        }
    }

    #[test]
    fn a_threshold_that_no_logit_has_is_refused_by_the_model_that_has_it() {
        let fine = calibration(1.0, 0.3, 0.9);
        for threshold in [0.0, 1.0] {
            let broken = calibration(1.0, threshold, 1.0);
            let main = onto(&broken, &fine).unwrap_err();
            assert!(main.contains("the main model's threshold is"), "{main}");
            let other = onto(&fine, &broken).unwrap_err();
            assert!(other.contains("its threshold is"), "{other}");
        }
    }
}
