//! The input checks every metric begins with.

use crate::MetricError;

/// Same length, at least one row, no NaN.
pub(crate) fn rows(scores: &[f64], labels: &[bool]) -> Result<(), MetricError> {
    if scores.len() != labels.len() {
        return Err(MetricError::LengthMismatch { scores: scores.len(), labels: labels.len() });
    }
    if scores.is_empty() {
        return Err(MetricError::Empty);
    }
    if u32::try_from(scores.len()).is_err() {
        return Err(MetricError::TooManyRows { rows: scores.len() });
    }
    match scores.iter().position(|score| score.is_nan()) {
        Some(row) => Err(MetricError::NotANumber { row }),
        None => Ok(()),
    }
}

/// [`rows`], and every score between 0 and 1.
pub(crate) fn probabilities(scores: &[f64], labels: &[bool]) -> Result<(), MetricError> {
    rows(scores, labels)?;
    match scores.iter().position(|score| !(0.0..=1.0).contains(score)) {
        Some(row) => Err(MetricError::NotAProbability { row, value: scores[row] }),
        None => Ok(()),
    }
}

/// [`rows`], and every logit finite.
pub(crate) fn logits(logits: &[f64], labels: &[bool]) -> Result<(), MetricError> {
    rows(logits, labels)?;
    match logits.iter().position(|logit| !logit.is_finite()) {
        Some(row) => Err(MetricError::NotFinite { row, value: logits[row] }),
        None => Ok(()),
    }
}

/// The positives must not be empty; nor must the negatives where `both` is set.
pub(crate) fn classes(
    metric: &'static str,
    positives: usize,
    rows: usize,
    both: bool,
) -> Result<(), MetricError> {
    let missing = if positives == 0 {
        "positive"
    } else if both && positives == rows {
        "negative"
    } else {
        return Ok(());
    };
    Err(MetricError::OneClass { metric, missing, rows })
}

/// A share must lie between 0 and 1, ends included.
pub(crate) fn share(name: &'static str, value: f64) -> Result<(), MetricError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(MetricError::BadParameter { name, value, range: "between 0 and 1" })
}
