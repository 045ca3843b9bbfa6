//! A number with its interval, as it stands in `report.json`.

use std::collections::BTreeMap;

use metrics::{Difference, Estimate, Measure, Summary, wilson_interval};
use serde::Serialize;

/// A value and the ends of its interval, absent where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The value on the rows themselves.
    pub value: f64,
    /// The lower end of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// The upper end of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
}

/// Every measure by its stable name; `null` in the file where it is undefined.
pub type Measures = BTreeMap<&'static str, Option<Figure>>;

impl Figure {
    /// A share with Wilson's interval, which has a width even at 0 and 1. `None` of nothing.
    pub fn share(part: u64, whole: u64, confidence: f64) -> Option<Self> {
        let interval = wilson_interval(part, whole, confidence).ok()?;
        Some(Self {
            value: part as f64 / whole as f64,
            lower: Some(interval.lower),
            upper: Some(interval.upper),
        })
    }
}

impl From<Estimate> for Figure {
    fn from(estimate: Estimate) -> Self {
        Self {
            value: estimate.value,
            lower: estimate.interval.map(|interval| interval.lower),
            upper: estimate.interval.map(|interval| interval.upper),
        }
    }
}

impl From<Difference> for Figure {
    fn from(difference: Difference) -> Self {
        Self {
            value: difference.value,
            lower: difference.interval.map(|interval| interval.lower),
            upper: difference.interval.map(|interval| interval.upper),
        }
    }
}

/// Every measure of a summary under its stable name.
pub fn measures(summary: &Summary<Estimate>) -> Measures {
    summary.iter().map(|(measure, estimate)| (measure.key(), estimate.map(Figure::from))).collect()
}

/// One measure out of the table.
pub fn get(measures: &Measures, measure: Measure) -> Option<Figure> {
    measures.get(measure.key()).copied().flatten()
}
