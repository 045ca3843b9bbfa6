//! How far a distribution has moved.

use crate::bootstrap::Resampled;
use crate::rng::SplitMix64;
use crate::{Bootstrap, Estimate, MetricError, interval};

/// The population stability index of counts in bins against earlier counts in the same bins,
/// `Σ (q - p) · ln(q / p)` with `p` and `q` the shares before and now, with its interval.
///
/// By the usual reading a value under 0.1 is no change, one over 0.25 a large one. Half a post is added to
/// each bin, so that an empty one does not make it endless. Noise only ever adds to it, so the interval is
/// the basic one, cut at 0.
///
/// # Errors
/// No bins, differing numbers of bins, no posts on a side, or a confidence not strictly between 0 and 1.
pub fn population_stability(
    before: &[u64],
    now: &[u64],
    options: &Bootstrap,
) -> Result<Estimate, MetricError> {
    interval::check_confidence(options.confidence)?;
    if before.len() != now.len() {
        return Err(MetricError::BadParameter {
            name: "the number of bins now",
            value: now.len() as f64,
            range: "the number before",
        });
    }
    let posts = |counts: &[u64]| counts.iter().sum::<u64>();
    if posts(before) == 0 || posts(now) == 0 {
        return Err(MetricError::Empty);
    }
    let value = index(before, now);
    let mut values: Vec<f64> = (0..options.replicates)
        .map(|replicate| {
            let mut random = SplitMix64::stream(options.seed, replicate as u64);
            index(&resampled(before, &mut random), &resampled(now, &mut random))
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let interval = Resampled::new(values, options.confidence).basic_interval(value);
    let interval =
        interval.map(|it| crate::Interval { lower: it.lower.max(0.0), upper: it.upper.max(0.0) });
    Ok(Estimate { value, interval })
}

fn index(before: &[u64], now: &[u64]) -> f64 {
    let shares = |counts: &[u64]| {
        let all = counts.iter().sum::<u64>() as f64 + 0.5 * counts.len() as f64;
        counts.iter().map(|&count| (count as f64 + 0.5) / all).collect::<Vec<f64>>()
    };
    shares(before).iter().zip(shares(now)).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// As many posts drawn with replacement.
fn resampled(counts: &[u64], random: &mut SplitMix64) -> Vec<u64> {
    let mut until = 0;
    let ends: Vec<u64> = counts
        .iter()
        .map(|count| {
            until += count;
            until
        })
        .collect();
    let mut drawn = vec![0; counts.len()];
    for _ in 0..until {
        let post = random.below(usize::try_from(until).unwrap_or(usize::MAX)) as u64;
        drawn[ends.partition_point(|end| *end <= post)] += 1;
    }
    drawn
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FEW: Bootstrap = Bootstrap { replicates: 200, seed: 3, confidence: 0.95 };

    #[test]
    fn it_is_the_sum_over_shares() {
        let found = population_stability(&[500, 500], &[200, 800], &FEW).unwrap();
        // (.2 - .5) ln(.2 / .5) + (.8 - .5) ln(.8 / .5), but for half a post.
        assert!((found.value - 0.415_9).abs() < 2e-3, "{found:?}");
        let interval = found.interval.unwrap();
        assert!(interval.lower < found.value && found.value < interval.upper, "{found:?}");
        assert!(interval.lower > 0.25, "{found:?}");
    }

    #[test]
    fn samples_of_one_distribution_are_near_nothing_and_their_interval_reaches_it() {
        let mut random = SplitMix64::stream(1, 1);
        let before = [300, 200, 400, 100];
        let mut reaching = 0;
        for _ in 0..50 {
            let now = resampled(&before, &mut random);
            let found = population_stability(&before, &now, &FEW).unwrap();
            assert!(found.value < 0.05, "{found:?}");
            reaching += usize::from(found.interval.unwrap().lower == 0.0);
        }
        assert!(reaching >= 45, "{reaching} of 50");
    }

    #[test]
    fn an_empty_bin_is_no_endless_change_and_no_posts_are_none() {
        let found = population_stability(&[100, 0], &[90, 10], &FEW).unwrap();
        assert!(found.value.is_finite() && found.value > 0.1, "{found:?}");
        assert!(population_stability(&[100, 0], &[0, 0], &FEW).is_err());
        assert!(population_stability(&[100], &[10, 0], &FEW).is_err());
    }
}
