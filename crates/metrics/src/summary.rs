//! Every scalar metric at once with bootstrap intervals, and the paired difference between two
//! models.

use crate::{
    Bootstrap, Confusion, Interval, MetricError, Ranked,
    bootstrap::{bootstrap, check_paired},
    check, confusion,
    probability::{brier_term, log_loss_term},
    reliability::width_bin,
};

/// A scalar metric of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// [`Confusion::accuracy`].
    Accuracy,
    /// [`Confusion::balanced_accuracy`].
    BalancedAccuracy,
    /// [`Confusion::precision`].
    Precision,
    /// [`Confusion::recall`].
    Recall,
    /// [`Confusion::f1`].
    F1,
    /// [`Confusion::mcc`].
    Mcc,
    /// [`Confusion::false_positive_rate`].
    FalsePositiveRate,
    /// [`crate::roc_auc`].
    RocAuc,
    /// [`crate::average_precision`].
    AveragePrecision,
    /// [`crate::tpr_at_fpr`] at .1 %.
    TprAtFpr01,
    /// [`crate::tpr_at_fpr`] at 1 %.
    TprAtFpr1,
    /// [`crate::tpr_at_fpr`] at 5 %.
    TprAtFpr5,
    /// [`crate::brier`].
    Brier,
    /// [`crate::log_loss`].
    LogLoss,
    /// [`crate::ece`] over [`Measure::ECE_BINS`] bins of equal width.
    Ece,
}

impl Measure {
    /// Number of measures.
    pub const COUNT: usize = 15;

    /// All of them, in the order of a report.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Mcc,
        Self::FalsePositiveRate,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::TprAtFpr01,
        Self::TprAtFpr1,
        Self::TprAtFpr5,
        Self::Brier,
        Self::LogLoss,
        Self::Ece,
    ];

    /// The bins of [`Measure::Ece`].
    pub const ECE_BINS: usize = 15;

    /// A stable name for files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Mcc => "mcc",
            Self::FalsePositiveRate => "false_positive_rate",
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::TprAtFpr01 => "tpr_at_fpr_0.1_percent",
            Self::TprAtFpr1 => "tpr_at_fpr_1_percent",
            Self::TprAtFpr5 => "tpr_at_fpr_5_percent",
            Self::Brier => "brier",
            Self::LogLoss => "log_loss",
            Self::Ece => "ece",
        }
    }

    /// True if a smaller value is the better one.
    pub fn lower_is_better(self) -> bool {
        matches!(self, Self::FalsePositiveRate | Self::Brier | Self::LogLoss | Self::Ece)
    }
}

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value on the rows themselves.
    pub value: f64,
    /// Its bootstrap interval.
    pub interval: Option<Interval>,
}

/// The value of every [`Measure`]; `None` where it is undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary<T = f64>([Option<T>; Measure::COUNT]);

impl<T: Copy> Summary<T> {
    /// The value of one measure.
    pub fn get(&self, measure: Measure) -> Option<T> {
        self.0[measure as usize]
    }

    /// All measures with their values.
    pub fn iter(&self) -> impl Iterator<Item = (Measure, Option<T>)> + '_ {
        Measure::ALL.into_iter().zip(self.0)
    }
}

/// The difference of the second of two models from the first on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Second minus first.
    pub value: f64,
    /// The bootstrap interval of that.
    pub interval: Option<Interval>,
    /// The share of samples in which the second was above the first. Near 0 or 1 the
    /// direction is certain, near one half it is not.
    pub share_above_zero: Option<f64>,
}

/// Rows prepared once, so that every measure of any resample is one walk over them.
#[derive(Debug, Clone)]
pub struct Evaluator {
    labels: Vec<bool>,
    ranked: Ranked,
    rows: Vec<Row>,
    confusion: Confusion,
}

/// The parts of one row that the sums need.
#[derive(Debug, Clone, Copy)]
struct Row {
    brier: f64,
    log_loss: f64,
    /// Label minus score: a bin's sum of it is its calibration gap.
    gap: f64,
    bin: u16,
    /// Index of the cell of the confusion table: 2 · label + flagged.
    cell: u8,
}

const FPR_LIMITS: [f64; 3] = [0.001, 0.01, 0.05];

impl Evaluator {
    /// Prepares rows whose scores are probabilities, at a threshold.
    ///
    /// # Errors
    /// Empty input, unequal lengths, a score that is no probability, or a NaN threshold.
    pub fn new(scores: &[f64], labels: &[bool], threshold: f64) -> Result<Self, MetricError> {
        check::probabilities(scores, labels)?;
        let rows = scores.iter().zip(labels).map(|(&score, &label)| Row {
            brier: brier_term(score, label),
            log_loss: log_loss_term(score, label),
            gap: f64::from(u8::from(label)) - score,
            bin: width_bin(score, Measure::ECE_BINS) as u16,
            cell: 2 * u8::from(label) + u8::from(score >= threshold),
        });
        Ok(Self {
            labels: labels.to_vec(),
            ranked: Ranked::new(scores, labels)?,
            rows: rows.collect(),
            confusion: confusion(scores, labels, threshold)?,
        })
    }

    /// The rows by falling score, for curves.
    pub fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    /// The counts at the threshold.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// Every measure on the rows themselves.
    pub fn summary(&self) -> Summary {
        self.weighted(&vec![1; self.rows.len()])
    }

    /// Every measure when row `i` counts `weights[i]` times.
    ///
    /// # Panics
    /// If there are fewer weights than rows.
    pub fn weighted(&self, weights: &[u32]) -> Summary {
        assert!(weights.len() >= self.rows.len(), "one weight for each row");
        let mut cells = [0_u64; 4];
        let (mut brier, mut log_loss) = (0.0, 0.0);
        let mut gaps = [0.0_f64; Measure::ECE_BINS];
        for (row, &weight) in self.rows.iter().zip(weights) {
            let times = f64::from(weight);
            cells[usize::from(row.cell)] += u64::from(weight);
            brier += times * row.brier;
            log_loss += times * row.log_loss;
            gaps[usize::from(row.bin)] += times * row.gap;
        }
        let counts = Confusion {
            true_negatives: cells[0],
            false_positives: cells[1],
            false_negatives: cells[2],
            true_positives: cells[3],
        };
        let total = counts.rows() as f64;
        let mean = |sum: f64| (total > 0.0).then(|| sum / total);
        let rank = self.ranked.weighted(weights, &FPR_LIMITS);
        Summary(Measure::ALL.map(|measure| match measure {
            Measure::Accuracy => counts.accuracy(),
            Measure::BalancedAccuracy => counts.balanced_accuracy(),
            Measure::Precision => counts.precision(),
            Measure::Recall => counts.recall(),
            Measure::F1 => counts.f1(),
            Measure::Mcc => counts.mcc(),
            Measure::FalsePositiveRate => counts.false_positive_rate(),
            Measure::RocAuc => rank.roc_auc,
            Measure::AveragePrecision => rank.average_precision,
            Measure::TprAtFpr01 => rank.tpr_at_fpr[0],
            Measure::TprAtFpr1 => rank.tpr_at_fpr[1],
            Measure::TprAtFpr5 => rank.tpr_at_fpr[2],
            Measure::Brier => mean(brier),
            Measure::LogLoss => mean(log_loss),
            Measure::Ece => mean(gaps.iter().map(|gap| gap.abs()).sum()),
        }))
    }

    /// Every measure with its bootstrap interval: percentiles, except for the calibration
    /// error, which resampling biases upwards and which gets the basic interval, cut at 0.
    ///
    /// # Errors
    /// No replicates, or a confidence not strictly between 0 and 1.
    pub fn intervals(&self, options: &Bootstrap) -> Result<Summary<Estimate>, MetricError> {
        let estimates = self.summary();
        let resampled = bootstrap(&self.labels, options, |weights| self.weighted(weights).0)?;
        Ok(Summary(Measure::ALL.map(|measure| {
            let value = estimates.get(measure)?;
            let samples = &resampled[measure as usize];
            let interval = if measure == Measure::Ece {
                samples.basic_interval(value).map(|interval| Interval {
                    lower: interval.lower.max(0.0),
                    upper: interval.upper.max(0.0),
                })
            } else {
                samples.percentile_interval()
            };
            Some(Estimate { value, interval })
        })))
    }
}

/// Compares two models on the same rows: every sample is drawn once and given to both, so that
/// what makes a sample easy or hard cancels (Efron & Tibshirani 1993, chapter 16). Intervals are
/// as those of [`Evaluator::intervals`].
///
/// # Errors
/// Sides with different labels, no replicates, or a confidence not strictly between 0 and 1.
pub fn paired_difference(
    first: &Evaluator,
    second: &Evaluator,
    options: &Bootstrap,
) -> Result<Summary<Difference>, MetricError> {
    check_paired(&first.labels, &second.labels)?;
    let subtract = |a: Summary, b: Summary| {
        Measure::ALL.map(|measure| Some(b.get(measure)? - a.get(measure)?))
    };
    let values = subtract(first.summary(), second.summary());
    let resampled = bootstrap(&first.labels, options, |weights| {
        subtract(first.weighted(weights), second.weighted(weights))
    })?;
    Ok(Summary(Measure::ALL.map(|measure| {
        let samples = &resampled[measure as usize];
        let value = values[measure as usize]?;
        Some(Difference {
            value,
            interval: if measure == Measure::Ece {
                // Resampling biases both calibration errors, and the worse one less.
                samples.basic_interval(value)
            } else {
                samples.percentile_interval()
            },
            share_above_zero: samples.share_above_zero(),
        })
    })))
}
