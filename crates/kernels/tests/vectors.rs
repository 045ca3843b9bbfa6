//! Functions of single numbers and rows against f64, at every level of this CPU.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod common;

use common::{distance, numbers};
use kernels::Level;
use kernels::elementwise;
use kernels::layer_norm::{LayerNorm, Normalised, layer_norm, layer_norm_backward};
use kernels::softmax::{softmax, softmax_backward};
use proptest::prelude::*;

/// erf from its power series, or from the continued fraction of erfc where that converges faster.
fn erf(x: f64) -> f64 {
    let size = x.abs();
    let value = if size < 3.0 {
        let (mut term, mut sum) = (size, size);
        for n in 1..200 {
            let n = f64::from(n);
            term *= -size * size / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    } else {
        let fraction = (1..60).rev().fold(size, |f, n| size + f64::from(n) / 2.0 / f);
        1.0 - (-size * size).exp() / fraction / std::f64::consts::PI.sqrt()
    };
    value.copysign(x)
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))
}

fn gelu_slope(x: f64) -> f64 {
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)) + x * density
}

/// -12 to 12 in small steps, of a length that is no multiple of any vector.
fn grid() -> Vec<f32> {
    (0..=96_002).map(|i| i as f32 * 2.5e-4 - 12.0).collect()
}

fn mapped(x: &[f32], f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.iter().map(|&x| f(f64::from(x))).collect()
}

#[test]
fn gelu_is_exact_to_1e_6() {
    let x = grid();
    for level in Level::variants() {
        let mut y = vec![0.0; x.len()];
        elementwise::gelu(level, &x, &mut y);
        let error = distance(&y, &mapped(&x, gelu));
        assert!(error <= 1e-6, "{level}: {error}");
    }
}

#[test]
fn gelu_of_ordinary_activations_is_exact_to_3e_7() {
    let x: Vec<f32> = grid().into_iter().filter(|x| x.abs() < 3.0).collect();
    for level in Level::variants() {
        let mut y = vec![0.0; x.len()];
        elementwise::gelu(level, &x, &mut y);
        let error = distance(&y, &mapped(&x, gelu));
        assert!(error <= 3e-7, "{level}: {error}");
    }
}

#[test]
fn the_slope_of_gelu_is_exact_to_1e_6() {
    let x = grid();
    let upstream = numbers(x.len(), 3);
    for level in Level::variants() {
        let mut gradient = upstream.clone();
        elementwise::gelu_backward(level, &x, &mut gradient);
        let wanted: Vec<f64> =
            x.iter().zip(&upstream).map(|(&x, &dy)| gelu_slope(x.into()) * f64::from(dy)).collect();
        let error = distance(&gradient, &wanted);
        assert!(error <= 1e-6, "{level}: {error}");
    }
}

#[test]
fn exp_and_tanh_follow_their_definitions() {
    let x = grid();
    for level in Level::variants() {
        let mut y = x.clone();
        elementwise::exp(level, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let relative = f64::from(y) / f64::from(x).exp() - 1.0;
            assert!(relative.abs() < 3e-7, "{level}: exp({x}) off by {relative}");
        }
        let mut y = x.clone();
        elementwise::tanh(level, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let error = f64::from(y) - f64::from(x).tanh();
            assert!(error.abs() <= 4e-7 * f64::from(x).tanh().abs(), "{level}: tanh({x}) {error}");
        }
    }
}

#[test]
fn extreme_numbers_neither_overflow_nor_hide() {
    for level in Level::variants() {
        let x = [f32::NEG_INFINITY, -1e30, -90.0, 90.0, 1e30, f32::INFINITY, f32::NAN, -0.0];
        let mut y = x;
        elementwise::exp(level, &mut y);
        assert!(y[..3].iter().all(|&y| (0.0..1e-37).contains(&y)), "{level}: {y:?}");
        assert!(y[3..6].iter().all(|&y| y > 1e38 && y.is_finite()), "{level}: {y:?}");
        assert!(y[6].is_nan() && y[7] == 1.0, "{level}: {y:?}");
        let mut y = x;
        elementwise::tanh(level, &mut y);
        assert_eq!(y[..6], [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0], "{level}");
        assert!(y[6].is_nan(), "{level}");
        let mut y = [0.0; 8];
        elementwise::gelu(level, &x[1..], &mut y[1..]);
        assert!(
            y[1].abs() < 1e-37 && y[2].abs() < 1e-37 && y[3] == 90.0 && y[4] == 1e30,
            "{level}: {y:?}"
        );
        assert!(y[5].is_nan() && y[6].is_nan(), "{level}: {y:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn softmax_and_its_gradient_match(
        rows in 1_usize..6, width in 1_usize..70, scale in 0.01_f32..3.0, seed in any::<u64>(),
    ) {
        let x: Vec<f32> = numbers(rows * width, seed).iter().map(|x| x * 9.0).collect();
        let upstream = numbers(rows * width, seed ^ 1);
        let (mut y, mut dx) = (Vec::new(), Vec::new());
        for (x, dy) in x.chunks(width).zip(upstream.chunks(width)) {
            let powers = mapped(x, |x| (x * f64::from(scale)).exp());
            let total: f64 = powers.iter().sum();
            let shares: Vec<f64> = powers.iter().map(|power| power / total).collect();
            let dot: f64 = shares.iter().zip(dy).map(|(y, &dy)| y * f64::from(dy)).sum();
            dx.extend(shares.iter().zip(dy).map(|(y, &dy)| {
                f64::from(scale) * y * (f64::from(dy) - dot)
            }));
            y.extend(shares);
        }
        for level in Level::variants() {
            let mut output = x.clone();
            softmax(level, &mut output, width, scale);
            prop_assert!(distance(&output, &y) < 2e-6, "{level}");
            let mut gradient = upstream.clone();
            softmax_backward(level, &output, &mut gradient, width, scale);
            prop_assert!(distance(&gradient, &dx) < 1e-5, "{level}");
        }
    }

    #[test]
    fn layer_norm_and_its_gradients_match(
        rows in 1_usize..200, width in 1_usize..70, seed in any::<u64>(),
    ) {
        let x: Vec<f32> = numbers(rows * width, seed).iter().map(|x| x * 2.0 + 0.5).collect();
        let upstream = numbers(rows * width, seed ^ 1);
        let (gamma, beta) = (numbers(width, seed ^ 2), numbers(width, seed ^ 3));
        let epsilon = 1e-3_f32;
        let n = width as f64;
        let (mut y, mut dx) = (Vec::new(), Vec::new());
        let (mut dgamma, mut dbeta) = (vec![0.0; width], vec![0.0; width]);
        for (x, dy) in x.chunks(width).zip(upstream.chunks(width)) {
            let x = mapped(x, |x| x);
            let mean = x.iter().sum::<f64>() / n;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            let inverse = 1.0 / (variance + f64::from(epsilon)).sqrt();
            let unit: Vec<f64> = x.iter().map(|x| (x - mean) * inverse).collect();
            let scaled: Vec<f64> =
                dy.iter().zip(&gamma).map(|(&dy, &g)| f64::from(dy) * f64::from(g)).collect();
            let plain = scaled.iter().sum::<f64>() / n;
            let along = scaled.iter().zip(&unit).map(|(s, u)| s * u).sum::<f64>() / n;
            for i in 0..width {
                y.push(unit[i] * f64::from(gamma[i]) + f64::from(beta[i]));
                dx.push(inverse * (scaled[i] - plain - unit[i] * along));
                dgamma[i] += f64::from(dy[i]) * unit[i];
                dbeta[i] += f64::from(dy[i]);
            }
        }
        for level in Level::variants() {
            let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon };
            let mut output = vec![0.0; x.len()];
            let (mut mean, mut inverse) = (vec![0.0; rows], vec![0.0; rows]);
            layer_norm(level, norm, &x, &mut output, &mut mean, &mut inverse);
            prop_assert!(distance(&output, &y) < 2e-5, "{level}");
            let mut gradient = vec![0.0; x.len()];
            let (mut gamma_gradient, mut beta_gradient) = (vec![0.0; width], vec![0.0; width]);
            let forward = Normalised { input: &x, mean: &mean, inverse_deviation: &inverse };
            layer_norm_backward(
                level, &gamma, forward, &upstream, &mut gradient,
                &mut gamma_gradient, &mut beta_gradient,
            );
            let largest = inverse.iter().fold(0.0_f32, |a, &b| a.max(b));
            prop_assert!(distance(&gradient, &dx) < 2e-5 * f64::from(largest.max(1.0)), "{level}");
            prop_assert!(distance(&gamma_gradient, &dgamma) < 1e-3, "{level}");
            prop_assert!(distance(&beta_gradient, &dbeta) < 1e-4, "{level}");
        }
    }

    #[test]
    fn sums_over_rows_and_biases_match(
        rows in 1_usize..300, width in 1_usize..200, seed in any::<u64>(),
    ) {
        let values = numbers(rows * width, seed);
        let bias = numbers(width, seed ^ 1);
        let mut wanted = vec![0.0; width];
        for row in values.chunks(width) {
            for (sum, &x) in wanted.iter_mut().zip(row) {
                *sum += f64::from(x);
            }
        }
        for level in Level::variants() {
            let mut sums = vec![f32::NAN; width];
            elementwise::sum_rows(level, &values, &mut sums);
            prop_assert!(distance(&sums, &wanted) < 1e-4, "{level}");

            let mut biased = values.clone();
            elementwise::add_bias(level, &mut biased, &bias);
            let mut tiled = values.clone();
            let repeated: Vec<f32> = bias.iter().copied().cycle().take(values.len()).collect();
            elementwise::add(level, &mut tiled, &repeated);
            prop_assert!(biased == tiled, "{level}");
            let plain = values.iter().zip(&repeated).map(|(a, b)| a + b);
            prop_assert!(plain.eq(tiled), "{level}");
        }
    }
}
