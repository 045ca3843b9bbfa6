//! Layer normalisation (Ba, Kiros and Hinton 2016), with the variance of the whole population;
//! on the calling thread.

use crate::Level;
use crate::lanes::Lanes;

/// The learnt part of a layer normalisation.
#[derive(Debug, Clone, Copy)]
pub struct LayerNorm<'a> {
    /// Scale of each column.
    pub gamma: &'a [f32],
    /// Offset of each column.
    pub beta: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

impl LayerNorm<'_> {
    pub(crate) fn check(&self, columns: usize) {
        let sizes = (self.gamma.len(), self.beta.len());
        assert_eq!(sizes, (columns, columns), "layer norm: not one gamma and beta a column");
    }
}

/// `output = gamma · (input - mean) / √(variance + epsilon) + beta` for each row of `input`
/// `[rows, gamma.len()]`; keeps each row's mean and 1/√(variance + epsilon) for the backward pass.
///
/// # Panics
/// If the sizes do not fit each other.
pub fn layer_norm(
    level: Level,
    norm: LayerNorm<'_>,
    input: &[f32],
    output: &mut [f32],
    mean: &mut [f32],
    inverse_deviation: &mut [f32],
) {
    vectorised! {
        fn run<V>(norm: LayerNorm<'_>, input: &[f32], output: &mut [f32], mean: &mut [f32], inverse: &mut [f32]) {
            let width = norm.gamma.len();
            let rows = input.chunks_exact(width).zip(output.chunks_exact_mut(width));
            for ((x, y), (mean, inverse)) in rows.zip(mean.iter_mut().zip(inverse)) {
                (*mean, *inverse) = moments::<V>(x, norm.epsilon);
                let (center, inverse) = (V::splat(*mean), V::splat(*inverse));
                for at in (0..width).step_by(V::COUNT) {
                    normalise::<V>(norm, V::of(x, at), center, inverse, at).put(y, at);
                }
            }
        }
    }
    let width = norm.gamma.len();
    check(width, &[norm.beta.len()], input.len(), &[output.len()]);
    let rows = input.len() / width;
    assert_eq!((mean.len(), inverse_deviation.len()), (rows, rows), "layer_norm: one moment a row");
    run(level, norm, input, output, mean, inverse_deviation);
}

/// The mean of a row and 1/√(variance + epsilon).
#[inline(always)]
pub(crate) fn moments<V: Lanes>(row: &[f32], epsilon: f32) -> (f32, f32) {
    let width = row.len() as f32;
    let (sum, rest) = sum_vectors::<V>(row, None);
    let mean = (sum + rest.iter().sum::<f32>()) / width;
    let (squares, rest) = sum_vectors(row, Some(V::splat(mean)));
    let squares = squares + rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>();
    (mean, 1.0 / (squares / width + epsilon).sqrt())
}

/// The sum of a row's whole vectors, or of the squares of their distances from `center`; and the
/// numbers that fill no vector.
#[inline(always)]
fn sum_vectors<V: Lanes>(row: &[f32], center: Option<V>) -> (f32, &[f32]) {
    // Four sums, so that an addition need not wait for the one before.
    let mut sums = [V::zero(); 4];
    let mut fours = row.chunks_exact(4 * V::COUNT);
    for four in &mut fours {
        for (which, sum) in sums.iter_mut().enumerate() {
            *sum = add_to(*sum, V::of(four, which * V::COUNT), center);
        }
    }
    let mut vectors = fours.remainder().chunks_exact(V::COUNT);
    for vector in &mut vectors {
        sums[0] = add_to(sums[0], V::of(vector, 0), center);
    }
    let [a, b, c, d] = sums;
    (a.add(b).add(c.add(d)).sum(), vectors.remainder())
}

#[inline(always)]
fn add_to<V: Lanes>(sum: V, x: V, center: Option<V>) -> V {
    match center {
        None => sum.add(x),
        Some(center) => {
            let distance = x.sub(center);
            distance.fma(distance, sum)
        }
    }
}

/// Numbers `at..` of a row, normalised.
#[inline(always)]
pub(crate) fn normalise<V: Lanes>(
    norm: LayerNorm<'_>,
    x: V,
    center: V,
    inverse: V,
    at: usize,
) -> V {
    let unit = x.sub(center).mul(inverse);
    unit.fma(V::of(norm.gamma, at), V::of(norm.beta, at))
}

/// The values of the forward pass that [`layer_norm_backward`] needs.
#[derive(Debug, Clone, Copy)]
pub struct Normalised<'a> {
    /// The forward pass's input `[rows, width]`.
    pub input: &'a [f32],
    /// Its rows' means.
    pub mean: &'a [f32],
    /// Its rows' 1/√(variance + epsilon).
    pub inverse_deviation: &'a [f32],
}

/// Gradients of [`layer_norm`]: of its input into `gradient` `[rows, width]`, of gamma and beta
/// (both overwritten), the latter summed over rows in order.
///
/// # Panics
/// If the sizes do not fit each other.
pub fn layer_norm_backward(
    level: Level,
    gamma: &[f32],
    forward: Normalised<'_>,
    upstream: &[f32],
    gradient: &mut [f32],
    gamma_gradient: &mut [f32],
    beta_gradient: &mut [f32],
) {
    vectorised! {
        fn run<V>(gamma: &[f32], forward: Normalised<'_>, upstream: &[f32], gradient: &mut [f32], gamma_sum: &mut [f32], beta_sum: &mut [f32]) {
            let width = gamma.len();
            let rows = forward.input.chunks_exact(width).zip(upstream.chunks_exact(width));
            for (row, (x, dy)) in rows.enumerate() {
                let center = V::splat(forward.mean[row]);
                let inverse = V::splat(forward.inverse_deviation[row]);
                let (mut plain, mut along) = (V::zero(), V::zero());
                for at in (0..width).step_by(V::COUNT) {
                    // Past the row's end `dy` loads as zero, so nothing there counts.
                    let unit = V::of(x, at).sub(center).mul(inverse);
                    let (dy, gamma) = (V::of(dy, at), V::of(gamma, at));
                    unit.fma(dy, V::of(gamma_sum, at)).put(gamma_sum, at);
                    V::of(beta_sum, at).add(dy).put(beta_sum, at);
                    let scaled = dy.mul(gamma);
                    plain = plain.add(scaled);
                    along = scaled.fma(unit, along);
                }
                let plain = V::splat(plain.sum() / width as f32);
                let along = V::splat(along.sum() / width as f32);
                let dx = &mut gradient[row * width..][..width];
                for at in (0..width).step_by(V::COUNT) {
                    let unit = V::of(x, at).sub(center).mul(inverse);
                    let scaled = V::of(dy, at).mul(V::of(gamma, at)).sub(plain);
                    scaled.sub(unit.mul(along)).mul(inverse).put(dx, at);
                }
            }
        }
    }
    let width = gamma.len();
    let others = [gamma_gradient.len(), beta_gradient.len()];
    check(width, &others, forward.input.len(), &[upstream.len(), gradient.len()]);
    let rows = forward.input.len() / width;
    let moments = (forward.mean.len(), forward.inverse_deviation.len());
    assert_eq!(moments, (rows, rows), "layer_norm_backward: one moment a row");
    gamma_gradient.fill(0.0);
    beta_gradient.fill(0.0);
    run(level, gamma, forward, upstream, gradient, gamma_gradient, beta_gradient);
}

fn check(width: usize, widths: &[usize], length: usize, lengths: &[usize]) {
    assert!(width > 0, "layer norm of width 0");
    assert!(widths.iter().all(|&other| other == width), "layer norm: columns differ in number");
    assert!(length.is_multiple_of(width), "layer norm: input is not whole rows");
    assert!(
        lengths.iter().all(|&other| other == length),
        "layer norm: the slices differ in length"
    );
}
