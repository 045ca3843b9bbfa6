//! Recall where only a part of the texts was read: each stratum's positives are estimated from a random
//! sample of it, or counted where all of it was read.

use crate::interval::{check_confidence, normal_quantile, wilson};
use crate::{Interval, MetricError};

/// Texts of one kind, of which some were read, drawn at random among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stratum {
    /// True if its texts were flagged.
    pub flagged: bool,
    /// Texts in it.
    pub texts: u64,
    /// Texts of it that were read.
    pub read: u64,
    /// Positives among those read.
    pub positive: u64,
}

/// An estimate and where the true value lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

/// Estimates from a sample, for all texts that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledRecall {
    /// Positives that were flagged.
    pub found: Estimated,
    /// Positives that were not.
    pub missed: Estimated,
    /// Share of all positives that was flagged; `None` where no positive was seen.
    pub recall: Option<Estimated>,
}

/// Estimates how many positives were flagged and how many were missed, and so the recall.
///
/// A stratum's share has Wilson's interval with the finite population correction: where all of a
/// stratum was read, its count is exact. Sums and the ratio get theirs by MOVER, the method of variance
/// estimates recovery (Donner and Zou, "Closed-form confidence intervals for functions of the normal mean
/// and standard deviation", 2012): recall is `r` where `(1 - r) · found - r · missed` is 0, and its interval
/// holds every `r` whose interval of that difference holds 0. Unlike the bootstrap it has a width where
/// no miss was seen.
///
/// # Errors
/// A stratum with texts of which none was read, with more read than there are, or with more positives than
/// were read; a confidence not strictly between 0 and 1.
pub fn recall_from_sample(
    strata: &[Stratum],
    confidence: f64,
) -> Result<SampledRecall, MetricError> {
    check_confidence(confidence)?;
    let z = normal_quantile(f64::midpoint(1.0, confidence));
    let side = |flagged| sum(strata.iter().filter(|stratum| stratum.flagged == flagged), z);
    let (found, missed) = (side(true)?, side(false)?);
    let recall = (found.value + missed.value > 0.0).then(|| {
        let difference = |r: f64| (1.0 - r) * found.value - r * missed.value;
        let reach = |r: f64, found_reach: f64, missed_reach: f64| {
            ((1.0 - r) * found_reach).hypot(r * missed_reach)
        };
        let below = |r: f64| {
            let found_reach = found.value - found.interval.lower;
            difference(r) - reach(r, found_reach, missed.interval.upper - missed.value)
        };
        let above = |r: f64| {
            let missed_reach = missed.value - missed.interval.lower;
            difference(r) + reach(r, found.interval.upper - found.value, missed_reach)
        };
        Estimated {
            value: found.value / (found.value + missed.value),
            interval: Interval { lower: root(below), upper: root(above) },
        }
    });
    Ok(SampledRecall { found, missed, recall })
}

/// The positives of some strata together, whose samples are independent.
fn sum<'a>(strata: impl Iterator<Item = &'a Stratum>, z: f64) -> Result<Estimated, MetricError> {
    let (mut value, mut down, mut up) = (0.0, 0.0_f64, 0.0_f64);
    for stratum in strata.filter(|stratum| stratum.texts > 0) {
        let of_stratum = positives(stratum, z)?;
        value += of_stratum.value;
        down = down.hypot(of_stratum.value - of_stratum.interval.lower);
        up = up.hypot(of_stratum.interval.upper - of_stratum.value);
    }
    Ok(Estimated { value, interval: Interval { lower: value - down, upper: value + up } })
}

/// The positives of a stratum.
fn positives(stratum: &Stratum, z: f64) -> Result<Estimated, MetricError> {
    let Stratum { texts, read, positive, .. } = *stratum;
    let unfit = |name, value: u64, range| {
        Err(MetricError::BadParameter { name, value: value as f64, range })
    };
    if read == 0 {
        return Err(MetricError::Empty);
    }
    if read > texts {
        return unfit("the number of texts read", read, "at most the number of texts");
    }
    if positive > read {
        return unfit("the number of positives", positive, "at most the number of texts read");
    }
    if read == texts {
        let value = positive as f64;
        return Ok(Estimated { value, interval: Interval { lower: value, upper: value } });
    }
    let (all, drawn, seen) = (texts as f64, read as f64, positive as f64);
    let share = seen / drawn;
    let Interval { lower, upper } = wilson(share, drawn * (all - 1.0) / (all - drawn), z);
    Ok(Estimated {
        value: all * share,
        // The texts that were read are certain: no bound may contradict them.
        interval: Interval {
            lower: (all * lower).max(seen),
            upper: (all * upper).min(all - (drawn - seen)),
        },
    })
}

/// The zero of a falling function on 0 to 1, by halving the range until it cannot be halved.
fn root(function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return if function(high) >= 0.0 { high } else { low };
        }
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rng::SplitMix64;

    fn stratum(flagged: bool, texts: u64, read: u64, positive: u64) -> Stratum {
        Stratum { flagged, texts, read, positive }
    }

    #[test]
    fn where_all_was_read_recall_is_counted() {
        let strata = [stratum(true, 50, 50, 30), stratum(false, 200, 200, 10)];
        let recall = recall_from_sample(&strata, 0.95).unwrap().recall.unwrap();
        assert_eq!(recall.value, 0.75);
        assert!((recall.interval.lower - 0.75).abs() < 1e-12, "{recall:?}");
        assert!((recall.interval.upper - 0.75).abs() < 1e-12, "{recall:?}");
    }

    #[test]
    fn one_uncertain_side_is_wilsons_interval_carried_over() {
        // 30 found for certain; of 1,000 texts below the threshold 100 were read, 2 of them positive.
        let strata = [stratum(true, 50, 50, 30), stratum(false, 1000, 100, 2)];
        let sampled = recall_from_sample(&strata, 0.95).unwrap();
        assert_eq!((sampled.found.value, sampled.missed.value), (30.0, 20.0));
        let recall = sampled.recall.unwrap();
        assert!((recall.value - 0.6).abs() < 1e-12);
        // By hand: n = 100 · 999 / 900 = 111; Wilson of 0.02 in 111: 0.005833 to 0.066279.
        let missed = sampled.missed.interval;
        assert!((missed.lower - 5.833).abs() < 0.001, "{missed:?}");
        assert!((missed.upper - 66.279).abs() < 0.001, "{missed:?}");
        // With found certain, the bounds of recall are those of missed: 30 / (30 + missed).
        assert!((recall.interval.lower - 30.0 / (30.0 + missed.upper)).abs() < 1e-9);
        assert!((recall.interval.upper - 30.0 / (30.0 + missed.lower)).abs() < 1e-9);
    }

    #[test]
    fn no_miss_seen_is_no_proof_that_there_is_none() {
        let strata = [stratum(true, 50, 50, 30), stratum(false, 1000, 100, 0)];
        let recall = recall_from_sample(&strata, 0.95).unwrap().recall.unwrap();
        assert_eq!((recall.value, recall.interval.upper), (1.0, 1.0));
        assert!(recall.interval.lower < 0.6, "{recall:?}");
    }

    #[test]
    fn what_says_nothing_is_an_error_or_none() {
        let unread = recall_from_sample(&[stratum(false, 10, 0, 0)], 0.95);
        assert_eq!(unread, Err(MetricError::Empty));
        assert!(recall_from_sample(&[stratum(false, 10, 11, 0)], 0.95).is_err());
        assert!(recall_from_sample(&[stratum(false, 10, 5, 6)], 0.95).is_err());
        let nothing = recall_from_sample(&[stratum(false, 10, 5, 0)], 0.95).unwrap();
        assert_eq!(nothing.recall, None);
        assert_eq!(recall_from_sample(&[], 0.95).unwrap().recall, None);
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        // 300 of 500 flagged posts and 100 of 4,500 others are positive; each is read with the same chance.
        for (share, all_flagged) in [(10, false), (10, true), (30, false)] {
            let (mut held, runs) = (0, 2_000);
            for run in 0..runs {
                let mut random = SplitMix64::stream(7, run);
                let mut draw = |flagged, texts: u64, positives: u64, all: bool| {
                    let (mut read, mut positive) = (0, 0);
                    for text in 0..texts {
                        if all || random.below(100) < share {
                            read += 1;
                            positive += u64::from(text < positives);
                        }
                    }
                    stratum(flagged, texts, read, positive)
                };
                let strata = [draw(true, 500, 300, all_flagged), draw(false, 4_500, 100, false)];
                let recall = recall_from_sample(&strata, 0.95).unwrap().recall.unwrap();
                held += u64::from((recall.interval.lower..=recall.interval.upper).contains(&0.75));
            }
            // Four standard errors of a share of 0.95 in 2,000 are 0.0195.
            assert!((1_861..=1_939).contains(&held), "{held} of {runs} at {share} %");
        }
    }
}
