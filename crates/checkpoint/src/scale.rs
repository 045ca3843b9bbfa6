//! One scale of scores for several models: a model's scores laid on another's, so that one threshold and
//! one set of bands hold for the texts of both.

use crate::Calibration;
use crate::calibration::SHIFTED_VERSION;

/// Steps by which the shift may have to give way to rounding.
const STEPS: usize = 64;

/// A calibration under which a model's own threshold has the score of the main model's, and the start of
/// its own `priority_review` that of the main model's: two points fix temperature and shift, and in between
/// the order of scores stays. Threshold and bands are then the main model's.
///
/// A text at one of these points keeps its label and band, whatever 32 bits round.
///
/// # Errors
/// The reason that there is none: a point at 0 or 1, or two that are the same.
pub fn onto(main: &Calibration, own: &Calibration) -> Result<Calibration, String> {
    let [low, high] = ends(main).map_err(|reason| format!("the main model's {reason}"))?;
    let [own_low, own_high] = ends(own).map_err(|reason| format!("its {reason}"))?;
    let on_logits = |calibration: &Calibration, odds: f64| {
        odds * f64::from(calibration.temperature) + f64::from(calibration.shift)
    };
    let (from, to) = (on_logits(own, own_low), on_logits(own, own_high));
    let temperature = (to - from) / (high - low);
    let mut mapped = Calibration {
        version: SHIFTED_VERSION,
        temperature: temperature as f32,
        shift: (from - temperature * low) as f32,
        threshold: main.threshold,
        bands: main.bands.clone(),
        rounding: own.rounding,
    };
    if let Some(problem) = mapped.problem() {
        return Err(problem);
    }
    let points = [
        (least(own, own.threshold, from as f32), main.threshold),
        (least(own, own.bands.priority_review, to as f32), main.bands.priority_review),
    ];
    let step = f32::EPSILON
        * [1.0, from as f32, to as f32, mapped.shift].map(f32::abs).into_iter().fold(0.0, f32::max);
    for _ in 0..STEPS {
        if points.iter().all(|(logit, start)| mapped.score(*logit) >= *start) {
            return Ok(mapped);
        }
        mapped.shift -= step;
    }
    Err("threshold and start of priority_review are too far apart on one of the scales".to_owned())
}

/// The threshold and the start of `priority_review` as logarithmic odds.
fn ends(calibration: &Calibration) -> Result<[f64; 2], String> {
    let odds = |name: &str, score: f32| {
        let odds = (f64::from(score) / (1.0 - f64::from(score))).ln();
        if odds.is_finite() {
            Ok(odds)
        } else {
            Err(format!("{name} is {score}, expected between 0 and 1"))
        }
    };
    let (threshold, priority) = (calibration.threshold, calibration.bands.priority_review);
    let ends = [odds("threshold", threshold)?, odds("bands.priority_review", priority)?];
    if ends[0] < ends[1] {
        return Ok(ends);
    }
    Err(format!(
        "threshold {threshold} is no less than its bands.priority_review {priority}: the first must be below the second"
    ))
}

/// The least logit whose score is `start` or more, which is about `near`.
fn least(calibration: &Calibration, start: f32, near: f32) -> f32 {
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
    use crate::Bands;

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
                let odds = (f64::from(start) / (1.0 - f64::from(start))).ln();
                let near = odds * f64::from(own.temperature) + f64::from(own.shift);
                let logit = least(&own, start, near as f32);
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
    fn points_that_fix_no_scale_are_refused_by_the_model_that_has_them() {
        let fine = calibration(1.0, 0.3, 0.9);
        for (broken, expected) in [
            (calibration(1.0, 0.0, 0.9), "threshold is 0,"),
            (calibration(1.0, 0.3, 1.0), "bands.priority_review is 1,"),
            (calibration(1.0, 0.5, 0.5), "no less than"),
        ] {
            let (main, other) =
                (onto(&broken, &fine).unwrap_err(), onto(&fine, &broken).unwrap_err());
            assert!(main.contains(expected) && main.contains("the main model's"), "{main}");
            assert!(other.contains(expected) && other.contains("its "), "{other}");
        }
    }
}
