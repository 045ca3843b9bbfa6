//! Softmax by rows, on the calling thread.

use crate::Level;
use crate::lanes::Lanes;
use crate::maths;

/// Replaces each row x of `values` `[rows, width]` by softmax(scale · x).
///
/// # Panics
/// If `values` is not whole rows, or `scale` is not above zero.
pub fn softmax(level: Level, values: &mut [f32], width: usize, scale: f32) {
    vectorised! {
        fn run<V>(values: &mut [f32], width: usize, scale: f32) {
            for row in values.chunks_exact_mut(width) {
                softmax_row::<V>(row, scale);
            }
        }
    }
    if width == 0 {
        return;
    }
    assert!(values.len().is_multiple_of(width), "softmax: values are not whole rows");
    // A scale above 0 keeps the powers small: the largest x times the scale is subtracted.
    assert!(scale > 0.0, "softmax: a scale of {scale}");
    run(level, values, width, scale);
}

/// softmax(scale · row), for a positive scale.
#[inline(always)]
pub(crate) fn softmax_row<V: Lanes>(row: &mut [f32], scale: f32) {
    let whole = row.len() / V::COUNT * V::COUNT;
    let rest = row.len() - whole;
    let lowest = V::splat(f32::NEG_INFINITY);
    // The lanes past a row's end are zero when loaded: a count tells which are real.
    let position = V::of(&LANE_NUMBERS, 0);
    let real = V::splat(rest as f32);

    let mut largest = lowest;
    for at in (0..whole).step_by(V::COUNT) {
        largest = V::of(row, at).max(largest);
    }
    if rest > 0 {
        largest = position.where_less(real, V::of(row, whole), lowest).max(largest);
    }
    let scale = V::splat(scale);
    let offset = V::splat(-largest.largest()).mul(scale);

    let mut total = V::zero();
    for at in (0..whole).step_by(V::COUNT) {
        let power = maths::exp(V::of(row, at).fma(scale, offset));
        total = total.add(power);
        power.put(row, at);
    }
    if rest > 0 {
        let power = maths::exp(V::of(row, whole).fma(scale, offset));
        total = total.add(position.where_less(real, power, V::zero()));
        power.put(row, whole);
    }
    let share = V::splat(1.0 / total.sum());
    for at in (0..row.len()).step_by(V::COUNT) {
        V::of(row, at).mul(share).put(row, at);
    }
}

static LANE_NUMBERS: [f32; 16] =
    [0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12., 13., 14., 15.];

/// Replaces each row of `upstream` by the gradient with respect to x, given
/// `output = softmax(scale · x)`: scale · y (dy - Σ y dy).
///
/// # Panics
/// If the lengths differ or are not whole rows.
pub fn softmax_backward(
    level: Level,
    output: &[f32],
    upstream: &mut [f32],
    width: usize,
    scale: f32,
) {
    vectorised! {
        fn run<V>(output: &[f32], upstream: &mut [f32], width: usize, scale: f32) {
            for (y, dy) in output.chunks_exact(width).zip(upstream.chunks_exact_mut(width)) {
                let mut dot = V::zero();
                for at in (0..width).step_by(V::COUNT) {
                    dot = V::of(y, at).fma(V::of(dy, at), dot);
                }
                let dot = V::splat(dot.sum());
                let scale = V::splat(scale);
                for at in (0..width).step_by(V::COUNT) {
                    V::of(dy, at).sub(dot).mul(V::of(y, at)).mul(scale).put(dy, at);
                }
            }
        }
    }
    if width == 0 {
        return;
    }
    assert_eq!(output.len(), upstream.len(), "softmax_backward: the slices differ in length");
    assert!(output.len().is_multiple_of(width), "softmax_backward: not whole rows");
    run(level, output, upstream, width, scale);
}
