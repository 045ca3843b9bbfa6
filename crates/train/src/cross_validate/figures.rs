//! Quality of scores and decisions, and the spread of the figures of several folds.

use std::collections::BTreeMap;

use checkpoint::calibration::sigmoid;
use metrics::{Confusion, average_precision, brier, confusion, log_loss_of_logits, roc_auc};
use serde::Serialize;

use crate::error::TrainError;

/// What a model that has not seen a row makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Its place among all rows.
    pub row: usize,
    /// The logit divided by the temperature of its fold. Calibrated, so that the scores of several
    /// models can be ranked together; a logit, because scores near 1 lie so close that they tie.
    pub logit: f64,
    /// True if its score reaches the threshold of its fold.
    pub flagged: bool,
    /// True if it is labelled as pro-ISIS.
    pub label: bool,
}

/// Figures of test rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestFigures {
    /// Rows.
    pub rows: usize,
    /// Rows of label 1.
    pub positives: u64,
    /// Rows of label 0.
    pub negatives: u64,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision, the area under the precision-recall curve.
    pub pr_auc: f64,
    /// At the threshold: harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// At the threshold: share of flagged rows that are of label 1; none if no row is flagged.
    pub precision: Option<f64>,
    /// At the threshold: share of rows of label 1 that are flagged.
    pub recall: Option<f64>,
    /// At the threshold: share of rows of label 0 that are flagged.
    pub false_positive_rate: Option<f64>,
    /// At the threshold: share on the right side.
    pub accuracy: Option<f64>,
    /// Mean squared error of calibrated scores.
    pub brier: f64,
    /// Mean binary cross-entropy of calibrated scores.
    pub loss: f64,
}

impl TestFigures {
    /// Figures of these rows, each flagged at the threshold of its own fold.
    ///
    /// # Errors
    /// [`TrainError::Metric`] if a label is missing.
    pub fn new(predictions: &[Prediction]) -> Result<Self, TrainError> {
        let logits: Vec<f64> = predictions.iter().map(|row| row.logit).collect();
        let labels: Vec<bool> = predictions.iter().map(|row| row.label).collect();
        let scores: Vec<f64> =
            logits.iter().map(|&logit| f64::from(sigmoid(logit as f32))).collect();
        let decisions = decisions(predictions.iter())?;
        Ok(Self {
            rows: predictions.len(),
            positives: decisions.positives(),
            negatives: decisions.negatives(),
            roc_auc: roc_auc(&logits, &labels)?,
            pr_auc: average_precision(&logits, &labels)?,
            f1: decisions.f1(),
            precision: decisions.precision(),
            recall: decisions.recall(),
            false_positive_rate: decisions.false_positive_rate(),
            accuracy: decisions.accuracy(),
            brier: brier(&scores, &labels)?,
            loss: log_loss_of_logits(&logits, &labels, 1.0)?,
        })
    }

    /// Those figures whose spread over folds says something, by name, in the order of a report.
    pub fn named(&self) -> [(&'static str, Option<f64>); 9] {
        [
            ("roc_auc", Some(self.roc_auc)),
            ("pr_auc", Some(self.pr_auc)),
            ("f1", self.f1),
            ("precision", self.precision),
            ("recall", self.recall),
            ("false_positive_rate", self.false_positive_rate),
            ("accuracy", self.accuracy),
            ("brier", Some(self.brier)),
            ("loss", Some(self.loss)),
        ]
    }
}

fn decisions<'a>(
    predictions: impl Iterator<Item = &'a Prediction>,
) -> Result<Confusion, TrainError> {
    let (flags, labels): (Vec<f64>, Vec<bool>) =
        predictions.map(|row| (f64::from(u8::from(row.flagged)), row.label)).unzip();
    Ok(confusion(&flags, &labels, 0.5)?)
}

/// The mean of a figure over folds, and how much it differs between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean over the folds that have the figure.
    pub mean: f64,
    /// Standard deviation of the sample, with one degree of freedom less than there are folds; none
    /// for a single one.
    pub standard_deviation: Option<f64>,
}

impl Spread {
    /// Of these values; none if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (!values.is_empty()).then(|| Self {
            mean,
            standard_deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
        })
    }
}

/// The spread of each figure between folds, by name.
pub fn spread<'a>(folds: impl Iterator<Item = &'a TestFigures>) -> BTreeMap<&'static str, Spread> {
    let mut values: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for (name, value) in folds.flat_map(TestFigures::named) {
        values.entry(name).or_default().extend(value);
    }
    values.into_iter().filter_map(|(name, values)| Some((name, Spread::of(&values)?))).collect()
}

/// The rows of label 0 of a source, and how many of them were flagged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SourceFigures {
    /// Rows of label 0.
    pub negatives: u64,
    /// Those of them that were flagged.
    pub flagged: u64,
    /// Their share.
    pub false_positive_rate: f64,
}

/// False positives of every source that has rows of label 0, by name.
///
/// # Errors
/// [`TrainError::Metric`], which cannot happen with rows that [`TestFigures`] took.
pub fn by_source<'a>(
    predictions: &'a [Prediction],
    source_of: impl Fn(usize) -> Option<&'a str>,
) -> Result<BTreeMap<String, SourceFigures>, TrainError> {
    let mut rows: BTreeMap<&str, Vec<&Prediction>> = BTreeMap::new();
    for row in predictions {
        if let Some(source) = source_of(row.row) {
            rows.entry(source).or_default().push(row);
        }
    }
    let mut found = BTreeMap::new();
    for (source, rows) in rows {
        let decisions = decisions(rows.into_iter())?;
        if let Some(false_positive_rate) = decisions.false_positive_rate() {
            let negatives = decisions.negatives();
            let flagged = decisions.false_positives;
            let figures = SourceFigures { negatives, flagged, false_positive_rate };
            found.insert(source.to_owned(), figures);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn predictions() -> Vec<Prediction> {
        let rows =
            [(2.0, true, true), (1.0, true, false), (-1.0, false, true), (-2.0, false, false)];
        let rows = rows.into_iter().enumerate();
        rows.map(|(row, (logit, flagged, label))| Prediction { row, logit, flagged, label })
            .collect()
    }

    #[test]
    fn decisions_are_those_of_each_rows_own_fold() {
        let figures = TestFigures::new(&predictions()).unwrap();
        assert_eq!((figures.rows, figures.positives, figures.negatives), (4, 2, 2));
        assert_eq!(figures.roc_auc, 0.75);
        assert_eq!(
            (figures.precision, figures.recall, figures.f1),
            (Some(0.5), Some(0.5), Some(0.5))
        );
        let none: Vec<Prediction> =
            predictions().into_iter().map(|row| Prediction { flagged: false, ..row }).collect();
        let figures = TestFigures::new(&none).unwrap();
        assert_eq!((figures.precision, figures.recall), (None, Some(0.0)));
    }

    #[test]
    fn false_positives_are_counted_by_source() {
        let source = |row: usize| ["a", "a", "b", "c"].get(row).copied();
        let found = by_source(&predictions(), source).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "c"]);
        let a = SourceFigures { negatives: 1, flagged: 1, false_positive_rate: 1.0 };
        assert_eq!((found["a"], found["c"].flagged), (a, 0));
    }

    #[test]
    fn a_spread_is_the_samples() {
        let spread = Spread::of(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((spread.mean, spread.standard_deviation), (2.0, Some(1.0)));
        assert_eq!(Spread::of(&[5.0]).unwrap().standard_deviation, None);
        assert_eq!(Spread::of(&[]), None);
    }
}
