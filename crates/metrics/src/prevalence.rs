//! Precision where positives are rarer than in the file.

use crate::{MetricError, check};

/// The share of flagged posts that are positive when the share `prevalence` of all posts is.
///
/// Bayes' rule on the two rates, which do not depend on how common positives are:
/// `π·TPR / (π·TPR + (1 − π)·FPR)` (Axelsson, "The base-rate fallacy and the difficulty of
/// intrusion detection", 2000). `None` when nothing would be flagged.
///
/// # Errors
/// A share outside 0 to 1.
pub fn precision_at_prevalence(
    true_positive_rate: f64,
    false_positive_rate: f64,
    prevalence: f64,
) -> Result<Option<f64>, MetricError> {
    check::share("the true-positive rate", true_positive_rate)?;
    check::share("the false-positive rate", false_positive_rate)?;
    check::share("the prevalence", prevalence)?;
    let right = prevalence * true_positive_rate;
    let wrong = (1.0 - prevalence) * false_positive_rate;
    Ok((right + wrong > 0.0).then(|| right / (right + wrong)))
}
