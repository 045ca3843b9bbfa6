//! Self-attention of each sequence of a packed batch, forward and backward.

use kernels::{Dropout, Level, Matrix, MatrixMut, Operands, Start, product, softmax};
use rayon::prelude::*;

use super::Geometry;

/// Which dropout mask of a layer belongs to the attention probabilities.
const MASK: u64 = 1;

/// What one sequence reads and writes.
struct Sequence<'a> {
    /// `[length, 3 · width]`: queries, keys and values side by side.
    projected: &'a [f32],
    /// Where its probabilities lie among those of the batch.
    first_probability: usize,
    length: usize,
}

impl Geometry {
    /// Numbers in the attention probabilities of a batch: `heads · length²` for each sequence.
    pub(super) fn probabilities(&self) -> usize {
        self.lengths().map(|length| self.heads * length * length).sum()
    }

    fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.starts.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The dropout of one place in the layer; `None` while not training.
    pub(super) fn mask(&self, place: u64) -> Option<Dropout> {
        let dropout = self.dropout?;
        let probability = if place == MASK { dropout.attention } else { dropout.hidden };
        let key = dropout.key ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (probability > 0.0).then_some(Dropout { key, probability })
    }

    fn sequences<'a>(&'a self, projected: &'a [f32], width: usize) -> Vec<Sequence<'a>> {
        let mut first_probability = 0;
        let sequences = self.starts.windows(2).map(|pair| {
            let length = pair[1] - pair[0];
            let sequence = Sequence {
                projected: &projected[pair[0] * 3 * width..pair[1] * 3 * width],
                first_probability,
                length,
            };
            first_probability += self.heads * length * length;
            sequence
        });
        sequences.collect()
    }

    /// Cuts a buffer into the parts of the sequences: `size(length)` numbers each.
    fn cut<'a>(
        &self,
        mut buffer: &'a mut [f32],
        size: impl Fn(usize) -> usize,
    ) -> Vec<&'a mut [f32]> {
        let lengths = self.lengths();
        lengths
            .map(|length| {
                let (part, rest) = std::mem::take(&mut buffer).split_at_mut(size(length));
                buffer = rest;
                part
            })
            .collect()
    }
}

/// `softmax(Q Kᵀ / √d)` into `probabilities` and its product with V into `context`
/// `[tokens, width]`; `projected` is `[tokens, 3 · width]`.
pub(super) fn forward(
    geometry: &Geometry,
    level: Level,
    width: usize,
    projected: &[f32],
    probabilities: &mut [f32],
    context: &mut [f32],
) {
    let head_size = width / geometry.heads;
    let scale = 1.0 / (head_size as f32).sqrt();
    let mask = geometry.mask(MASK);
    let probabilities = geometry.cut(probabilities, |length| geometry.heads * length * length);
    let contexts = geometry.cut(context, |length| length * width);
    let sequences = geometry.sequences(projected, width);
    let work = sequences.into_par_iter().zip(probabilities).zip(contexts);
    work.for_each(|((sequence, probabilities), context)| {
        let length = sequence.length;
        let mut dropped = Vec::new();
        for (head, probabilities) in probabilities.chunks_exact_mut(length * length).enumerate() {
            let part = |which: usize| {
                let from = which * width + head * head_size;
                Matrix::strided(&sequence.projected[from..], length, head_size, 3 * width)
            };
            let scores = MatrixMut::new(probabilities, length, length);
            small(level, part(0), part(1).transposed(), scores);
            softmax::softmax(level, probabilities, length, scale);
            let used = match mask {
                Some(mask) => {
                    let first = sequence.first_probability + head * length * length;
                    dropped.clear();
                    dropped.extend_from_slice(probabilities);
                    mask.apply(level, &mut dropped, first);
                    &dropped
                }
                None => &*probabilities,
            };
            let context = &mut context[head * head_size..];
            let context = MatrixMut::strided(context, length, head_size, width);
            small(level, Matrix::new(used, length, length), part(2), context);
        }
    });
}

/// The gradient of [`forward`] with respect to `projected`, given that of `context`.
pub(super) fn backward(
    geometry: &Geometry,
    level: Level,
    width: usize,
    projected: &[f32],
    probabilities: &[f32],
    context_gradient: &[f32],
    projected_gradient: &mut [f32],
) {
    let head_size = width / geometry.heads;
    let scale = 1.0 / (head_size as f32).sqrt();
    let mask = geometry.mask(MASK);
    let gradients = geometry.cut(projected_gradient, |length| length * 3 * width);
    let starts = geometry.starts.windows(2);
    let upstreams: Vec<&[f32]> =
        starts.map(|pair| &context_gradient[pair[0] * width..pair[1] * width]).collect();
    let sequences = geometry.sequences(projected, width);
    let work = sequences.into_par_iter().zip(gradients).zip(upstreams);
    work.for_each(|((sequence, gradient), upstream)| {
        let length = sequence.length;
        let square = length * length;
        let mut dropped = Vec::new();
        let mut slope = vec![0.0; square];
        for head in 0..geometry.heads {
            let first = sequence.first_probability + head * square;
            let probabilities = &probabilities[first..first + square];
            let offset = |which: usize| which * width + head * head_size;
            let part = |which: usize| {
                Matrix::strided(&sequence.projected[offset(which)..], length, head_size, 3 * width)
            };
            let upstream = Matrix::strided(&upstream[head * head_size..], length, head_size, width);
            dropped.clear();
            dropped.extend_from_slice(probabilities);
            small(
                level,
                upstream,
                part(2).transposed(),
                MatrixMut::new(&mut slope, length, length),
            );
            if let Some(mask) = mask {
                mask.apply(level, &mut dropped, first);
                mask.apply(level, &mut slope, first);
            }
            let mut write = |which: usize, a: Matrix<'_>, b: Matrix<'_>| {
                let part = &mut gradient[offset(which)..];
                small(level, a, b, MatrixMut::strided(part, length, head_size, 3 * width));
            };
            write(2, Matrix::new(&dropped, length, length).transposed(), upstream);
            softmax::softmax_backward(level, probabilities, &mut slope, length, scale);
            let slope = Matrix::new(&slope, length, length);
            write(0, slope, part(1));
            write(1, slope.transposed(), part(0));
        }
    });
}

/// A product of one head of one sequence: too small for many threads or for rounding to pay.
fn small(level: Level, a: Matrix<'_>, b: Matrix<'_>, c: MatrixMut<'_>) {
    product(level, Operands::F32, a, b, Start::Zero, c);
}
