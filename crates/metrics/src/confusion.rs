//! The four counts at a threshold and the rates they give.

use crate::{MetricError, check};

/// Counts of flagged and unflagged rows of each class.
///
/// A rate whose denominator is 0 is `None`: undefined, not 0. scikit-learn answers 0 in those
/// places (`zero_division=0`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Confusion {
    /// Positives flagged.
    pub true_positives: u64,
    /// Negatives flagged.
    pub false_positives: u64,
    /// Negatives left alone.
    pub true_negatives: u64,
    /// Positives missed.
    pub false_negatives: u64,
}

impl Confusion {
    /// Number of rows counted.
    pub fn rows(&self) -> u64 {
        self.positives() + self.negatives()
    }

    /// Number of positive rows.
    pub fn positives(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Number of negative rows.
    pub fn negatives(&self) -> u64 {
        self.false_positives + self.true_negatives
    }

    /// Number of flagged rows.
    pub fn flagged(&self) -> u64 {
        self.true_positives + self.false_positives
    }

    /// Share of rows that are flagged.
    pub fn flag_rate(&self) -> Option<f64> {
        ratio(self.flagged(), self.rows())
    }

    /// Share of rows on the right side: `(TP + TN) / rows`.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.rows())
    }

    /// Mean of recall and specificity: accuracy as if both classes were equally common.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some(f64::midpoint(self.recall()?, self.specificity()?))
    }

    /// Share of flagged rows that are positive: `TP / (TP + FP)`.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positives, self.flagged())
    }

    /// Share of positives that are flagged, the true-positive rate: `TP / (TP + FN)`.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.positives())
    }

    /// Share of negatives left alone: `TN / (TN + FP)`.
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.true_negatives, self.negatives())
    }

    /// Share of negatives that are flagged: `FP / (FP + TN)`.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.false_positives, self.negatives())
    }

    /// Harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)` (van Rijsbergen,
    /// "Information Retrieval", 1979).
    pub fn f1(&self) -> Option<f64> {
        ratio(
            2 * self.true_positives,
            2 * self.true_positives + self.false_positives + self.false_negatives,
        )
    }

    /// Matthews' correlation coefficient, from -1 to 1:
    /// `(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))` (Matthews, Biochimica et
    /// Biophysica Acta 405, 1975). `None` where a whole row or column of the table is empty.
    pub fn mcc(&self) -> Option<f64> {
        let [tp, fp, tn, fn_] =
            [self.true_positives, self.false_positives, self.true_negatives, self.false_negatives]
                .map(|count| count as f64);
        // Square roots one by one: the product of four counts would lose digits sooner.
        let root = [tp + fp, tp + fn_, tn + fp, tn + fn_].map(f64::sqrt).iter().product::<f64>();
        (root > 0.0).then(|| (tp * tn - fp * fn_) / root)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Counts the rows at a threshold; `score >= threshold` is flagged.
///
/// # Errors
/// Empty input, unequal lengths, or a NaN score or threshold.
pub fn confusion(
    scores: &[f64],
    labels: &[bool],
    threshold: f64,
) -> Result<Confusion, MetricError> {
    check::rows(scores, labels)?;
    if threshold.is_nan() {
        return Err(MetricError::BadParameter {
            name: "the threshold",
            value: threshold,
            range: "a number",
        });
    }
    let mut counts = Confusion::default();
    for (&score, &label) in scores.iter().zip(labels) {
        let cell = match (label, score >= threshold) {
            (true, true) => &mut counts.true_positives,
            (false, true) => &mut counts.false_positives,
            (false, false) => &mut counts.true_negatives,
            (true, false) => &mut counts.false_negatives,
        };
        *cell += 1;
    }
    Ok(counts)
}
