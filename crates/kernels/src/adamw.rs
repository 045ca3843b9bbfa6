//! AdamW in one pass over memory.

use crate::{Level, Team};

/// Numbers that one task updates: four arrays of it fit the second-level cache.
const PIECE: usize = 1 << 15;

/// One step of AdamW on one tensor (Loshchilov and Hutter 2019, algorithm 2, as PyTorch has it).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWUpdate {
    /// Of this step and tensor.
    pub learning_rate: f64,
    /// Decay of the gradients' mean.
    pub beta_1: f64,
    /// Decay of the gradients' squares.
    pub beta_2: f64,
    /// Added to the root of the squares.
    pub epsilon: f64,
    /// Share of the value taken away, times the learning rate.
    pub weight_decay: f64,
    /// `1 - beta_1^step`.
    pub correction_1: f64,
    /// `1 - beta_2^step`.
    pub correction_2: f64,
    /// Gradients are multiplied by this first: how clipping is done.
    pub gradient_scale: f64,
}

impl AdamWUpdate {
    /// Updates `value` and both moments by `gradient`, all of one length.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn apply(
        self,
        team: &Team<'_>,
        value: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let lengths = [value.len(), first.len(), second.len()];
        assert!(lengths.iter().all(|&length| length == gradient.len()), "AdamW: lengths differ");
        let level = Level::best();
        let moments = first.chunks_mut(PIECE).zip(second.chunks_mut(PIECE));
        let pieces = value.chunks_mut(PIECE).zip(gradient.chunks(PIECE)).zip(moments);
        team.each(pieces.collect(), |((value, gradient), (first, second))| {
            run(level, self, value, gradient, first, second);
        });
    }
}

vectorised! {
    fn run<V>(
        update: AdamWUpdate,
        value: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let _ = V::COUNT; // plain arithmetic, which the compiler vectorises at each level
        let (beta_1, beta_2) = (update.beta_1 as f32, update.beta_2 as f32);
        let (rest_1, rest_2) = ((1.0 - update.beta_1) as f32, (1.0 - update.beta_2) as f32);
        let kept = (1.0 - update.learning_rate * update.weight_decay) as f32;
        let rate = (update.learning_rate / update.correction_1) as f32;
        let inverse_2 = (1.0 / update.correction_2) as f32;
        let (epsilon, scale) = (update.epsilon as f32, update.gradient_scale as f32);
        let rows = value.iter_mut().zip(gradient).zip(first.iter_mut().zip(second));
        for ((value, gradient), (first, second)) in rows {
            let gradient = gradient * scale;
            *first = beta_1 * *first + rest_1 * gradient;
            *second = beta_2 * *second + rest_2 * gradient * gradient;
            let deviation = (*second * inverse_2).sqrt() + epsilon;
            *value = kept * *value - rate * *first / deviation;
        }
    }
}

/// The sum of squares, in double precision and in an order that no thread count changes.
pub fn sum_of_squares(team: &Team<'_>, values: &[f32]) -> f64 {
    let sums = team.each(values.chunks(PIECE).collect(), |piece| {
        let mut lanes = [0.0_f64; 8];
        let mut add = |values: &[f32]| {
            for (lane, &value) in lanes.iter_mut().zip(values) {
                *lane += f64::from(value) * f64::from(value);
            }
        };
        let (chunks, rest) = piece.as_chunks::<8>();
        chunks.iter().for_each(|chunk| add(chunk));
        add(rest);
        lanes.iter().sum::<f64>()
    });
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const UPDATE: AdamWUpdate = AdamWUpdate {
        learning_rate: 0.01,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        weight_decay: 0.1,
        correction_1: 0.5,
        correction_2: 0.25,
        gradient_scale: 0.5,
    };

    /// The published algorithm, number by number in double precision.
    fn reference(steps: i32, gradients: &[f64]) -> f64 {
        let (mut value, mut first, mut second) = (0.5, 0.0, 0.0);
        for step in 1..=steps {
            let gradient = gradients[step as usize - 1];
            value -= 0.01 * 0.1 * value;
            first = 0.9 * first + 0.1 * gradient;
            second = 0.999 * second + 0.001 * gradient * gradient;
            let mean = first / (1.0 - 0.9_f64.powi(step));
            let square = second / (1.0 - 0.999_f64.powi(step));
            value -= 0.01 * mean / (square.sqrt() + 1e-6);
        }
        value
    }

    #[test]
    fn several_steps_follow_the_published_algorithm() {
        let gradients = [0.3, -0.1, 0.25, 0.0, -2.0];
        let length = PIECE + 37; // more than one piece, and an odd end
        let mut value = vec![0.5_f32; length];
        let (mut first, mut second) = (vec![0.0; length], vec![0.0; length]);
        for step in 1..=5 {
            let update = AdamWUpdate {
                correction_1: 1.0 - 0.9_f64.powi(step),
                correction_2: 1.0 - 0.999_f64.powi(step),
                ..UPDATE
            };
            let gradient = vec![2.0 * gradients[step as usize - 1] as f32; length];
            update.apply(&Team::alone(), &mut value, &gradient, &mut first, &mut second);
        }
        let expected = reference(5, &gradients);
        assert!(value.iter().all(|&value| (f64::from(value) - expected).abs() < 1e-6));
    }

    #[test]
    fn every_level_makes_the_same_step() {
        let gradient: Vec<f32> = (0..77).map(|at| at as f32 / 77.0 - 0.5).collect();
        let step = |level| {
            let (mut value, mut first) = (vec![0.5_f32; 77], vec![0.1_f32; 77]);
            let mut second = vec![0.2_f32; 77];
            run(level, UPDATE, &mut value, &gradient, &mut first, &mut second);
            [value, first, second].concat()
        };
        let expected = step(Level::SCALAR);
        for level in Level::variants() {
            let pairs = step(level).into_iter().zip(&expected);
            let furthest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest < 1e-6, "{level}: {furthest}");
        }
    }

    /// Each number by itself, in double precision, and the same bits by any team.
    #[test]
    fn numbers_keep_to_their_own_gradient_and_moments() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for length in [1, 15, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 29] {
            let random = |seed: u32, low: f32| -> Vec<f32> {
                let mut state = seed;
                (0..length)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        low + (1.0 - low) * (state >> 8) as f32 / (1_u32 << 24) as f32
                    })
                    .collect()
            };
            let start = [random(1, -1.0), random(2, -1.0), random(3, -1.0), random(4, 0.0)];
            let apply = |threads| {
                let [mut value, gradient, mut first, mut second] = start.clone();
                Team::gather(threads, Some(&pool), |team| {
                    UPDATE.apply(team, &mut value, &gradient, &mut first, &mut second);
                });
                let gradient_squares =
                    Team::gather(threads, Some(&pool), |team| sum_of_squares(team, &gradient));
                (value, first, second, gradient_squares)
            };
            let (value, first, second, squares) = apply(1);
            assert_eq!(apply(3), (value.clone(), first.clone(), second.clone(), squares));
            let mut expected_squares = 0.0;
            for at in 0..length {
                let [old, gradient, mean, square] =
                    [0, 1, 2, 3].map(|which: usize| f64::from(start[which][at]));
                expected_squares += gradient * gradient;
                let gradient = 0.5 * gradient;
                let mean = 0.9 * mean + 0.1 * gradient;
                let square = 0.999 * square + 0.001 * gradient * gradient;
                let step = 0.01 * (mean / 0.5) / ((square / 0.25).sqrt() + 1e-6);
                let expected = old - 0.01 * 0.1 * old - step;
                for (found, expected) in
                    [(value[at], expected), (first[at], mean), (second[at], square)]
                {
                    let error = (f64::from(found) - expected).abs();
                    assert!(error < 1e-5, "number {at} of {length}: {found}, not {expected}");
                }
            }
            assert!((squares / expected_squares - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn squares_are_summed_in_double_precision() {
        let values = vec![0.1_f32; 3 * PIECE + 5];
        let expected = values.len() as f64 * f64::from(0.1_f32).powi(2);
        assert!((sum_of_squares(&Team::alone(), &values) / expected - 1.0).abs() < 1e-12);
    }
}
