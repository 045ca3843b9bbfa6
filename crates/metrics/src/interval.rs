//! Wilson's interval for a proportion, percentiles.

use crate::{MetricError, check};

/// A range that is meant to hold the true value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// Wilson's score interval for a proportion of `successes` in `trials` (Wilson, "Probable
/// inference, the law of succession, and statistical inference", 1927). Unlike the bootstrap
/// it has a width even where every trial, or none, succeeded.
///
/// # Errors
/// No trials, more successes than trials, or a confidence not strictly between 0 and 1.
pub fn wilson_interval(
    successes: u64,
    trials: u64,
    confidence: f64,
) -> Result<Interval, MetricError> {
    check_confidence(confidence)?;
    if trials == 0 {
        return Err(MetricError::Empty);
    }
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    check::share("the proportion", p)?;
    Ok(wilson(p, n, normal_quantile(f64::midpoint(1.0, confidence))))
}

/// Wilson's interval of a share `p` in `n` trials, which need not be whole, at the normal quantile `z`.
pub(crate) fn wilson(p: f64, n: f64, z: f64) -> Interval {
    let centre = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Interval {
        // At the ends the formula gives exactly 0 and 1, but for rounding.
        lower: if p == 0.0 { 0.0 } else { (centre - reach) / scale },
        upper: if p == 1.0 { 1.0 } else { (centre + reach) / scale },
    }
}

pub(crate) fn check_confidence(confidence: f64) -> Result<(), MetricError> {
    if confidence > 0.0 && confidence < 1.0 {
        return Ok(());
    }
    Err(MetricError::BadParameter {
        name: "the confidence",
        value: confidence,
        range: "above 0 and below 1, such as 0.95",
    })
}

/// The quantile of sorted values with linear interpolation (type 7 of Hyndman & Fan, "Sample
/// quantiles in statistical packages", 1996; numpy's default). `sorted` must not be empty.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = position - below as f64;
    sorted[below] + (sorted[above] - sorted[below]) * part
}

/// The normal quantile of a probability of at least one half, by halving the range of
/// [`normal_cdf`] until it cannot be halved.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    // Beyond 8.3 the distribution function is 1 in double precision.
    let (mut low, mut high) = (0.0_f64, 8.3_f64);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if normal_cdf(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The normal distribution function by its Taylor series about 0,
/// `½ + φ(x) Σ x^(2k+1) / (2k+1)!!` (Marsaglia, "Evaluating the normal distribution", 2004).
fn normal_cdf(x: f64) -> f64 {
    let (mut sum, mut term, mut odd) = (x, x, 1.0);
    loop {
        odd += 2.0;
        term *= x * x / odd;
        let next = sum + term;
        if next <= sum {
            break;
        }
        sum = next;
    }
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    0.5 + density * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_the_tabulated_ones() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_quantile(0.995) - 2.575_829_303_548_900_4).abs() < 1e-12);
        assert!(normal_quantile(0.5).abs() < 1e-12);
    }

    #[test]
    fn quantiles_interpolate_between_values() {
        assert!((quantile(&[1.0, 2.0, 4.0], 0.25) - 1.5).abs() < 1e-15);
        assert!((quantile(&[1.0, 2.0, 4.0], 1.0) - 4.0).abs() < 1e-15);
        assert!((quantile(&[7.0], 0.3) - 7.0).abs() < 1e-15);
    }
}
