//! L2-regularised logistic regression on a sparse matrix, solved by L-BFGS.

use std::collections::VecDeque;

use crate::sparse::Sparse;

/// A trained regression: one weight per column and a bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    weights: Vec<f64>,
    bias: f64,
}

/// Pairs of steps that L-BFGS remembers.
const MEMORY: usize = 8;
const MOST_STEPS: usize = 200;
/// Stop when the slope has fallen to this share of the first.
const TOLERANCE: f64 = 1e-4;

impl Logistic {
    /// Finds the weights that minimise `½‖w‖² + C Σ ln(1 + e^{−y z})`, the bias not counted in
    /// the norm: the objective of scikit-learn's `LogisticRegression`. By limited-memory BFGS
    /// (Liu & Nocedal, "On the limited memory BFGS method for large scale optimization",
    /// Mathematical Programming 45, 1989) with a halving line search.
    pub fn train(matrix: &Sparse, labels: &[bool], cost: f64) -> Self {
        let turned = matrix.transposed();
        let mut point = vec![0.0; matrix.width() + 1];
        let (mut loss, mut slope) = objective(matrix, &turned, labels, cost, &point);
        let first = norm(&slope);
        let mut history: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
        for _ in 0..MOST_STEPS {
            if norm(&slope) <= TOLERANCE * first {
                break;
            }
            let mut direction = direction(&slope, &history);
            let mut descent = dot(&slope, &direction);
            if descent >= 0.0 {
                // Rounding has spoilt the memory: straight downhill again.
                history.clear();
                direction = slope.iter().map(|g| -g).collect();
                descent = -dot(&slope, &slope);
            }
            let mut length = if history.is_empty() { first.recip().min(1.0) } else { 1.0 };
            let mut moved = None;
            for _ in 0..40 {
                let next: Vec<f64> =
                    point.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
                let (next_loss, next_slope) = objective(matrix, &turned, labels, cost, &next);
                if next_loss <= loss + 1e-4 * length * descent {
                    moved = Some((next, next_loss, next_slope));
                    break;
                }
                length /= 2.0;
            }
            let Some((next, next_loss, next_slope)) = moved else {
                break;
            };
            let step = subtract(&next, &point);
            let change = subtract(&next_slope, &slope);
            let curvature = dot(&step, &change);
            if curvature > 0.0 {
                history.push_back((step, change, curvature.recip()));
                if history.len() > MEMORY {
                    history.pop_front();
                }
            }
            (point, loss, slope) = (next, next_loss, next_slope);
        }
        let bias = point.pop().unwrap_or_default();
        Self { weights: point, bias }
    }

    /// The log-odds of the positive class for each row.
    pub fn logits(&self, matrix: &Sparse) -> Vec<f64> {
        matrix.times(&self.weights).into_iter().map(|z| z + self.bias).collect()
    }
}

/// The objective and its slope at weights followed by the bias.
fn objective(
    matrix: &Sparse,
    turned: &Sparse,
    labels: &[bool],
    cost: f64,
    point: &[f64],
) -> (f64, Vec<f64>) {
    let (bias, weights) = match point.split_last() {
        Some((bias, weights)) => (*bias, weights),
        None => return (0.0, Vec::new()),
    };
    let mut loss = 0.5 * dot(weights, weights);
    let mut residuals = matrix.times(weights);
    for (value, &label) in residuals.iter_mut().zip(labels) {
        let z = *value + bias;
        let margin = if label { z } else { -z };
        loss += cost * ((-margin).max(0.0) + (-margin.abs()).exp().ln_1p());
        *value = cost * (sigmoid(z) - f64::from(u8::from(label)));
    }
    let mut slope = turned.times(&residuals);
    for (slope, weight) in slope.iter_mut().zip(weights) {
        *slope += weight;
    }
    slope.push(residuals.iter().sum());
    (loss, slope)
}

/// The two-loop recursion: the slope times an approximate inverse of the curvature.
fn direction(slope: &[f64], history: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut found: Vec<f64> = slope.iter().map(|g| -g).collect();
    let mut factors = Vec::with_capacity(history.len());
    for (step, change, inverse) in history.iter().rev() {
        let factor = inverse * dot(step, &found);
        add(&mut found, -factor, change);
        factors.push(factor);
    }
    if let Some((_, change, inverse)) = history.back() {
        let scale = (inverse * dot(change, change)).recip();
        for value in &mut found {
            *value *= scale;
        }
    }
    for ((step, change, inverse), factor) in history.iter().zip(factors.into_iter().rev()) {
        let correction = factor - inverse * dot(change, &found);
        add(&mut found, correction, step);
    }
    found
}

/// The probability of log-odds.
pub(crate) fn sigmoid(z: f64) -> f64 {
    ((-z).exp() + 1.0).recip()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn subtract(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += factor * what;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 rows of three columns whose labels follow the first.
    fn rows() -> (Sparse, Vec<bool>) {
        let rows = (0..60_u32)
            .map(|row| {
                let noise = (row * 37 % 60) as f32 / 60.0 - 0.5;
                vec![(0, (row as f32 - 30.0) / 30.0 + noise), (1, noise), (2, 1.0)]
            })
            .collect();
        let labels = (0..60).map(|row| row >= 30).collect();
        (Sparse::from_rows(rows, 3), labels)
    }

    #[test]
    fn the_slope_vanishes_at_the_solution() {
        let (matrix, labels) = rows();
        let trained = Logistic::train(&matrix, &labels, 1.0);
        let mut point = trained.weights.clone();
        point.push(trained.bias);
        let turned = matrix.transposed();
        let (_, at_start) = objective(&matrix, &turned, &labels, 1.0, &[0.0; 4]);
        let (_, at_end) = objective(&matrix, &turned, &labels, 1.0, &point);
        assert!(norm(&at_end) <= 1e-4 * norm(&at_start));
        let logits = trained.logits(&matrix);
        let right =
            logits.iter().zip(&labels).filter(|&(&logit, &label)| (logit >= 0.0) == label).count();
        assert!(right >= 50, "{right} of 60 right");
    }

    #[test]
    fn the_slope_is_the_derivative_of_the_objective() {
        let (matrix, labels) = rows();
        let turned = matrix.transposed();
        let point = [0.3, -0.2, 0.1, 0.05];
        let (_, slope) = objective(&matrix, &turned, &labels, 2.0, &point);
        for index in 0..point.len() {
            let at = |shift: f64| {
                let mut moved = point;
                moved[index] += shift;
                objective(&matrix, &turned, &labels, 2.0, &moved).0
            };
            let measured = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((measured - slope[index]).abs() < 1e-5, "column {index}");
        }
    }
}
