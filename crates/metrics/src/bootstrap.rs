//! Seeded, stratified, parallel resampling for any statistic.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::{Interval, MetricError, interval, rng::SplitMix64};

/// Settings of the resampling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of samples drawn. 1,000 settles the second digit of an interval's width.
    pub replicates: usize,
    /// The same seed gives the same samples, whatever the number of threads.
    pub seed: u64,
    /// The share of samples the interval holds, such as 0.95.
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 1_000, seed: 0, confidence: 0.95 }
    }
}

/// The values of a statistic over the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// Its values, rising. Samples where it was undefined are left out.
    pub values: Vec<f64>,
    confidence: f64,
}

impl Resampled {
    /// Rising values, and the share of samples that an interval holds.
    pub(crate) fn new(values: Vec<f64>, confidence: f64) -> Self {
        Self { values, confidence }
    }

    /// The percentile interval (Efron & Tibshirani, "An introduction to the bootstrap", 1993,
    /// chapter 13); `None` if the statistic was undefined in every sample.
    pub fn percentile_interval(&self) -> Option<Interval> {
        let tail = f64::midpoint(1.0, -self.confidence);
        (!self.values.is_empty()).then(|| Interval {
            lower: interval::quantile(&self.values, tail),
            upper: interval::quantile(&self.values, 1.0 - tail),
        })
    }

    /// The basic interval, the percentiles mirrored at the estimate: for statistics that a
    /// resample biases, such as calibration error, which noise only ever adds to.
    pub fn basic_interval(&self, estimate: f64) -> Option<Interval> {
        let Interval { lower, upper } = self.percentile_interval()?;
        Some(Interval { lower: 2.0 * estimate - upper, upper: 2.0 * estimate - lower })
    }

    /// The share of samples in which the statistic was above 0.
    pub fn share_above_zero(&self) -> Option<f64> {
        let below = self.values.partition_point(|&value| value <= 0.0);
        (!self.values.is_empty())
            .then(|| (self.values.len() - below) as f64 / self.values.len() as f64)
    }
}

/// Draws samples of the rows with replacement, as many positives and negatives as there are
/// (stratified: every sample keeps the classes' shares), and collects `N` statistics of each.
///
/// The statistic is handed, for every row, how often the sample holds it, and answers `None`
/// where it is undefined. Handing over counts and not rows lets it work on what was sorted
/// once, and lets one closure compare two models on the same sample. Samples are spread over
/// threads; each has its own generator, so the result does not depend on how.
///
/// # Errors
/// No rows, no replicates, or a confidence not strictly between 0 and 1.
pub fn bootstrap<const N: usize>(
    labels: &[bool],
    options: &Bootstrap,
    statistic: impl Fn(&[u32]) -> [Option<f64>; N] + Sync,
) -> Result<[Resampled; N], MetricError> {
    if labels.is_empty() {
        return Err(MetricError::Empty);
    }
    if u32::try_from(labels.len()).is_err() {
        return Err(MetricError::TooManyRows { rows: labels.len() });
    }
    interval::check_confidence(options.confidence)?;
    if options.replicates == 0 {
        return Err(MetricError::BadParameter {
            name: "the number of replicates",
            value: 0.0,
            range: "at least 1",
        });
    }
    let rows_of = |class: bool| -> Vec<u32> {
        labels
            .iter()
            .zip(0_u32..)
            .filter(|&(&label, _)| label == class)
            .map(|(_, row)| row)
            .collect()
    };
    let strata = [rows_of(true), rows_of(false)];

    let samples: Vec<[Option<f64>; N]> = (0..options.replicates)
        .into_par_iter()
        .map_init(
            || vec![0_u32; labels.len()],
            |counts, replicate| {
                counts.fill(0);
                let mut random = SplitMix64::stream(options.seed, replicate as u64);
                for rows in &strata {
                    for _ in 0..rows.len() {
                        counts[rows[random.below(rows.len())] as usize] += 1;
                    }
                }
                statistic(counts)
            },
        )
        .collect();

    Ok(std::array::from_fn(|index| {
        let mut values: Vec<f64> = samples
            .iter()
            .filter_map(|sample| sample[index])
            .filter(|value| !value.is_nan())
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        Resampled::new(values, options.confidence)
    }))
}

/// The labels of both sides of a paired comparison must be the same.
pub(crate) fn check_paired(a: &[bool], b: &[bool]) -> Result<(), MetricError> {
    let differs = a.iter().zip(b).position(|(a, b)| a != b);
    match differs {
        Some(row) => Err(MetricError::Unpaired { row }),
        None if a.len() != b.len() => Err(MetricError::Unpaired { row: a.len().min(b.len()) }),
        None => Ok(()),
    }
}
