//! Brier score and log loss, of scores and of logits.

use crate::{MetricError, check};

/// Brier score: the mean squared distance between score and label, `mean (p − y)²`, 0 best
/// (Brier, "Verification of forecasts expressed in terms of probability", 1950).
///
/// # Errors
/// Empty input, unequal lengths, or a score that is no probability.
pub fn brier(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    check::probabilities(scores, labels)?;
    Ok(mean(scores, labels, brier_term))
}

/// Log loss, the mean negative log-likelihood `−mean ln P(label)` in nats.
///
/// Scores are kept 2.2e-16 (the machine epsilon, as scikit-learn's `log_loss`) away from 0
/// and 1, so that one confident mistake does not make the sum infinite. Where logits are at
/// hand, [`log_loss_of_logits`] needs no such limit.
///
/// # Errors
/// Empty input, unequal lengths, or a score that is no probability.
pub fn log_loss(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    check::probabilities(scores, labels)?;
    Ok(mean(scores, labels, log_loss_term))
}

/// Log loss of `sigmoid(logit / temperature)`, computed from the logits without rounding the
/// probability to 0 or 1: `mean ln(1 + e^{∓z/T})`.
///
/// # Errors
/// Empty input, unequal lengths, a logit that is not finite, or a temperature not above 0.
pub fn log_loss_of_logits(
    logits: &[f64],
    labels: &[bool],
    temperature: f64,
) -> Result<f64, MetricError> {
    check::logits(logits, labels)?;
    if !(temperature.is_finite() && temperature > 0.0) {
        return Err(MetricError::BadParameter {
            name: "the temperature",
            value: temperature,
            range: "a number above 0",
        });
    }
    Ok(mean(logits, labels, |logit, label| {
        let margin = if label { logit } else { -logit } / temperature;
        softplus(-margin)
    }))
}

pub(crate) fn brier_term(score: f64, label: bool) -> f64 {
    (score - f64::from(u8::from(label))).powi(2)
}

pub(crate) fn log_loss_term(score: f64, label: bool) -> f64 {
    let probability = if label { score } else { 1.0 - score };
    -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The mean of a term over rows, summed with Neumaier's compensation: a million small terms
/// added plainly would already lose some of the nine digits promised.
fn mean(scores: &[f64], labels: &[bool], term: impl Fn(f64, bool) -> f64) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for (&score, &label) in scores.iter().zip(labels) {
        let value = term(score, label);
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    (sum + lost) / scores.len() as f64
}
