//! Rows sorted once by score, with their ties; ROC AUC, average precision and the curves
//! are walks over them.

use rayon::slice::ParallelSliceMut;

use crate::{MetricError, check};

/// Rows in order of falling score, equal scores held together as one step.
///
/// Sorting costs O(n log n) once; every metric after that is one O(n) walk, also when rows
/// are weighted, which is what makes a bootstrap over a million rows affordable.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Row numbers by falling score.
    order: Vec<u32>,
    /// The labels in that order.
    labels: Vec<bool>,
    /// For each distinct score: the score, and where its rows end in `order`.
    steps: Vec<(f64, u32)>,
    positives: usize,
}

/// A point of the ROC curve: the rates when everything scored at least `threshold` is flagged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// The score from which rows are flagged; infinite for the first point, which flags none.
    pub threshold: f64,
    /// Share of negatives flagged.
    pub false_positive_rate: f64,
    /// Share of positives flagged.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrPoint {
    /// The score from which rows are flagged.
    pub threshold: f64,
    /// Share of flagged rows that are positive.
    pub precision: f64,
    /// Share of positives flagged.
    pub recall: f64,
}

/// Ranking metrics of a weighted sample, `None` where a class has no weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RankMetrics<const N: usize> {
    pub(crate) roc_auc: Option<f64>,
    pub(crate) average_precision: Option<f64>,
    pub(crate) tpr_at_fpr: [Option<f64>; N],
}

impl Ranked {
    /// Sorts the rows.
    ///
    /// # Errors
    /// Empty input, unequal lengths, or a NaN score.
    pub fn new(scores: &[f64], labels: &[bool]) -> Result<Self, MetricError> {
        check::rows(scores, labels)?;
        let mut rows: Vec<(f64, u32)> = scores.iter().copied().zip(0_u32..).collect();
        // The row number breaks ties, so the order never depends on how threads divided it.
        rows.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut steps: Vec<(f64, u32)> = Vec::new();
        for (&(score, _), end) in rows.iter().zip(1_u32..) {
            match steps.last_mut() {
                // Not below the step's score is level with it; -0.0 and 0.0 are one step.
                Some(step) if score >= step.0 => step.1 = end,
                _ => steps.push((score, end)),
            }
        }
        let order: Vec<u32> = rows.iter().map(|&(_, row)| row).collect();
        let labels: Vec<bool> = order.iter().map(|&row| labels[row as usize]).collect();
        let positives = labels.iter().filter(|&&label| label).count();
        Ok(Self { order, labels, steps, positives })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Never true: a ranking has at least one row.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Number of positive rows.
    pub fn positives(&self) -> usize {
        self.positives
    }

    /// Number of negative rows.
    pub fn negatives(&self) -> usize {
        self.order.len() - self.positives
    }

    /// For each distinct score, falling: the score, and how many positives and negatives
    /// score at least as much.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, usize, usize)> + '_ {
        let (mut start, mut positives) = (0, 0);
        self.steps.iter().map(move |&(score, end)| {
            let end = end as usize;
            positives += self.labels[start..end].iter().filter(|&&label| label).count();
            start = end;
            (score, positives, end - positives)
        })
    }

    /// Area under the ROC curve; see [`roc_auc`].
    ///
    /// # Errors
    /// One class only.
    pub fn roc_auc(&self) -> Result<f64, MetricError> {
        check::classes("ROC AUC", self.positives, self.len(), true)?;
        let mut area = 0_u64;
        let (mut above, mut last_negatives) = (0, 0);
        for (_, positives, negatives) in self.cumulative() {
            area += (negatives - last_negatives) as u64 * (above + positives) as u64;
            (above, last_negatives) = (positives, negatives);
        }
        Ok(area as f64 / (2.0 * self.positives as f64 * self.negatives() as f64))
    }

    /// Average precision; see [`average_precision`].
    ///
    /// # Errors
    /// No positive.
    pub fn average_precision(&self) -> Result<f64, MetricError> {
        check::classes("average precision", self.positives, self.len(), false)?;
        let mut sum = 0.0;
        let mut above = 0;
        for (_, positives, negatives) in self.cumulative() {
            sum += (positives - above) as f64 * positives as f64 / (positives + negatives) as f64;
            above = positives;
        }
        Ok(sum / self.positives as f64)
    }

    /// Every point of the ROC curve, from (0, 0) to (1, 1); see [`roc_curve`].
    ///
    /// # Errors
    /// One class only.
    pub fn roc_curve(&self) -> Result<Vec<RocPoint>, MetricError> {
        check::classes("the ROC curve", self.positives, self.len(), true)?;
        let first = RocPoint {
            threshold: f64::INFINITY,
            false_positive_rate: 0.0,
            true_positive_rate: 0.0,
        };
        let points = self.cumulative().map(|(threshold, tp, fp)| RocPoint {
            threshold,
            false_positive_rate: fp as f64 / self.negatives() as f64,
            true_positive_rate: tp as f64 / self.positives as f64,
        });
        Ok(std::iter::once(first).chain(points).collect())
    }

    /// Every point of the precision-recall curve, by falling threshold; see [`pr_curve`].
    ///
    /// # Errors
    /// No positive.
    pub fn pr_curve(&self) -> Result<Vec<PrPoint>, MetricError> {
        check::classes("the precision-recall curve", self.positives, self.len(), false)?;
        let points = self.cumulative().map(|(threshold, tp, fp)| PrPoint {
            threshold,
            precision: tp as f64 / (tp + fp) as f64,
            recall: tp as f64 / self.positives as f64,
        });
        Ok(points.collect())
    }

    /// The greatest true-positive rate at a false-positive rate of at most `limit`; see
    /// [`tpr_at_fpr`].
    ///
    /// # Errors
    /// One class only, or a limit outside 0 to 1.
    pub fn tpr_at_fpr(&self, limit: f64) -> Result<f64, MetricError> {
        check::share("the false-positive rate", limit)?;
        check::classes("TPR at FPR", self.positives, self.len(), true)?;
        let allowed = count_within(limit, self.negatives() as u64);
        let best =
            self.cumulative().take_while(|&(_, _, negatives)| negatives as u64 <= allowed).last();
        Ok(best.map_or(0.0, |(_, positives, _)| positives as f64 / self.positives as f64))
    }

    /// The ranking metrics when row `i` counts `weights[i]` times, in one walk.
    pub(crate) fn weighted<const N: usize>(
        &self,
        weights: &[u32],
        limits: &[f64; N],
    ) -> RankMetrics<N> {
        let (mut all_positives, mut all_negatives) = (0_u64, 0_u64);
        for (&row, &label) in self.order.iter().zip(&self.labels) {
            let weight = u64::from(weights[row as usize]);
            all_positives += if label { weight } else { 0 };
            all_negatives += if label { 0 } else { weight };
        }
        let allowed = limits.map(|limit| count_within(limit, all_negatives));
        let mut best = [0_u64; N];
        let (mut tp, mut fp) = (0_u64, 0_u64);
        let mut area = 0_u64;
        let mut precision_sum = 0.0;
        let mut start = 0;
        for &(_, end) in &self.steps {
            let end = end as usize;
            let (mut positives, mut negatives) = (0_u64, 0_u64);
            for (&row, &label) in self.order[start..end].iter().zip(&self.labels[start..end]) {
                let weight = u64::from(weights[row as usize]);
                positives += if label { weight } else { 0 };
                negatives += if label { 0 } else { weight };
            }
            start = end;
            area += negatives * (2 * tp + positives);
            tp += positives;
            fp += negatives;
            if positives > 0 {
                precision_sum += positives as f64 * tp as f64 / (tp + fp) as f64;
            }
            for (best, &allowed) in best.iter_mut().zip(&allowed) {
                if fp <= allowed {
                    *best = tp;
                }
            }
        }
        let both = all_positives > 0 && all_negatives > 0;
        RankMetrics {
            roc_auc: both
                .then(|| area as f64 / (2.0 * all_positives as f64 * all_negatives as f64)),
            average_precision: (all_positives > 0).then(|| precision_sum / all_positives as f64),
            tpr_at_fpr: best.map(|tp| both.then(|| tp as f64 / all_positives as f64)),
        }
    }
}

/// The greatest count whose share of `total` does not exceed `limit`, by the same division a
/// reader would check it with.
fn count_within(limit: f64, total: u64) -> u64 {
    let mut count = (limit * total as f64).floor() as u64;
    while count > 0 && count as f64 / total as f64 > limit {
        count -= 1;
    }
    while count < total && (count + 1) as f64 / total as f64 <= limit {
        count += 1;
    }
    count
}

/// Area under the ROC curve: the probability that a positive drawn at random outscores a
/// negative drawn at random, ties counting half.
///
/// `AUC = (Σ over negatives of (positives above + ½ positives level)) / (P · N)`, the
/// Mann-Whitney statistic (Hanley et al., "The meaning and use of the area under a receiver
/// operating characteristic curve", Radiology 143, 1982). Summed in whole numbers, so it is
/// exact to the last division. O(n log n).
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, or one class only (scikit-learn answers NaN).
pub fn roc_auc(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    Ranked::new(scores, labels)?.roc_auc()
}

/// Average precision, the area under the precision-recall curve without interpolation.
///
/// `AP = Σ (R_k − R_{k−1}) P_k` over falling distinct scores, as scikit-learn's
/// `average_precision_score` (straight lines between points would be too kind: Davis &
/// Goadrich, "The relationship between Precision-Recall and ROC curves", ICML 2006).
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, or no positive (scikit-learn warns and answers 0).
pub fn average_precision(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    Ranked::new(scores, labels)?.average_precision()
}

/// The ROC curve with one point per distinct score and (0, 0) first, by falling threshold:
/// scikit-learn's `roc_curve(drop_intermediate=False)`.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, or one class only.
pub fn roc_curve(scores: &[f64], labels: &[bool]) -> Result<Vec<RocPoint>, MetricError> {
    Ranked::new(scores, labels)?.roc_curve()
}

/// The precision-recall curve with one point per distinct score, by falling threshold:
/// scikit-learn's `precision_recall_curve` turned round and without its last point (1, 0),
/// which belongs to no threshold.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, or no positive.
pub fn pr_curve(scores: &[f64], labels: &[bool]) -> Result<Vec<PrPoint>, MetricError> {
    Ranked::new(scores, labels)?.pr_curve()
}

/// The greatest share of positives caught by any threshold that flags at most the share
/// `limit` of the negatives. No interpolation between thresholds: the answer is one that can
/// be had.
///
/// # Errors
/// Empty input, unequal lengths, a NaN score, one class only, or a limit outside 0 to 1.
pub fn tpr_at_fpr(scores: &[f64], labels: &[bool], limit: f64) -> Result<f64, MetricError> {
    Ranked::new(scores, labels)?.tpr_at_fpr(limit)
}
