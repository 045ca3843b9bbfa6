//! Fitting one temperature to logits.

use crate::{MetricError, check};

/// The smallest temperature [`fit_temperature`] answers.
pub const MIN_TEMPERATURE: f64 = 0.01;

/// The greatest temperature [`fit_temperature`] answers.
pub const MAX_TEMPERATURE: f64 = 100.0;

/// The temperature `T` for which `sigmoid(logit / T)` has the least log loss (Guo et al., "On
/// calibration of modern neural networks", ICML 2017). It keeps the order of the scores, so
/// ROC AUC does not change.
///
/// In `b = 1 / T` the loss is convex; the root of its slope `Σ z (sigmoid(b z) − y)` is found
/// by Newton's method kept inside a bracket that halves when a step leaves it. Logits that
/// separate the classes have no least loss (ever smaller `T` is ever better), nor have logits
/// that order them backwards (ever greater): the answer is then [`MIN_TEMPERATURE`] or
/// [`MAX_TEMPERATURE`]. Fit on rows that were not trained on.
///
/// # Errors
/// Empty input, unequal lengths, a logit that is not finite, or one class only.
pub fn fit_temperature(logits: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    check::logits(logits, labels)?;
    let positives = labels.iter().filter(|&&label| label).count();
    check::classes("the temperature", positives, labels.len(), true)?;

    let (mut low, mut high) = (MAX_TEMPERATURE.recip(), MIN_TEMPERATURE.recip());
    if slope(logits, labels, low).0 >= 0.0 {
        return Ok(MAX_TEMPERATURE);
    }
    if slope(logits, labels, high).0 <= 0.0 {
        return Ok(MIN_TEMPERATURE);
    }
    let mut inverse = 1.0_f64;
    // Newton doubles its digits each step; 200 covers even pure halving.
    for _ in 0..200 {
        let (first, second) = slope(logits, labels, inverse);
        if first < 0.0 {
            low = inverse;
        } else {
            high = inverse;
        }
        let step = first / second;
        // Before the bracket is asked: a step too small to move leaves the bracket's own end.
        if step.abs() <= 1e-15 * inverse {
            break;
        }
        inverse = if inverse - step > low && inverse - step < high {
            inverse - step
        } else {
            f64::midpoint(low, high)
        };
    }
    Ok(inverse.recip())
}

/// First and second derivative of the summed log loss by the inverse temperature.
fn slope(logits: &[f64], labels: &[bool], inverse: f64) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for (&logit, &label) in logits.iter().zip(labels) {
        // sigmoid(−margin), the probability of the wrong class, keeps its digits when small.
        let margin = if label { logit } else { -logit };
        let wrong = ((inverse * margin).exp() + 1.0).recip();
        first -= margin * wrong;
        second += margin * margin * wrong * (1.0 - wrong);
    }
    (first, second)
}
