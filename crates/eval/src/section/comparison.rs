//! A second checkpoint on the same rows.

use std::collections::BTreeMap;

use metrics::{Bootstrap, Evaluator, Measure, paired_difference};
use serde::Serialize;

use crate::{error::EvalError, figure::Figure};

/// Differences between the evaluated model and another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The other one's name.
    pub against: String,
    /// Its folder, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Its threshold.
    pub threshold: f64,
    /// Rows that both scored.
    pub rows: usize,
    /// Every metric of both and their difference, `null` where it is undefined.
    pub metrics: BTreeMap<&'static str, Option<Both>>,
}

/// One metric of two models on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Both {
    /// Of the evaluated model.
    pub this: f64,
    /// Of the other.
    pub other: f64,
    /// The evaluated model's minus the other's, with the paired bootstrap's interval.
    pub difference: Figure,
    /// Verdict of the interval; a smaller error counts as better.
    pub verdict: Verdict,
}

/// Verdict of the interval of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it on the good side of 0.
    Better,
    /// All of it on the bad side of 0.
    Worse,
    /// It holds 0.
    NoClearDifference,
}

/// Compares two evaluators of the same rows.
///
/// # Errors
/// Sides of different rows.
pub fn measure(
    this: &Evaluator,
    other: &Evaluator,
    bootstrap: &Bootstrap,
) -> Result<BTreeMap<&'static str, Option<Both>>, EvalError> {
    let differences = paired_difference(other, this, bootstrap)?;
    let (of_this, of_other) = (this.summary(), other.summary());
    Ok(Measure::ALL
        .into_iter()
        .map(|measure| {
            let both = || {
                let difference = Figure::from(differences.get(measure)?);
                Some(Both {
                    this: of_this.get(measure)?,
                    other: of_other.get(measure)?,
                    difference,
                    verdict: verdict(&difference, measure),
                })
            };
            (measure.key(), both())
        })
        .collect())
}

/// Reads the interval of a difference.
pub fn verdict(difference: &Figure, measure: Measure) -> Verdict {
    let sign = if measure.lower_is_better() { -1.0 } else { 1.0 };
    let ends = [difference.lower, difference.upper].map(|end| end.map(|end| sign * end));
    match ends {
        [Some(a), Some(b)] if a > 0.0 && b > 0.0 => Verdict::Better,
        [Some(a), Some(b)] if a < 0.0 && b < 0.0 => Verdict::Worse,
        _ => Verdict::NoClearDifference,
    }
}
