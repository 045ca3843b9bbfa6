//! Self-attention of each sequence of a piece, forward and backward.

use kernels::{Level, Matrix, MatrixMut, Operands, Start, product, softmax};

use super::Geometry;
use super::masks::Place;
use super::pieces::{Piece, Sequence};

/// The input of attention for a piece.
#[derive(Clone, Copy)]
pub(super) struct Projected<'a> {
    /// Of the rows that the output is wanted of, `[rows, width]`.
    pub(super) queries: &'a [f32],
    /// Of all tokens, side by side: `[tokens, 2 · width]`.
    pub(super) keys_values: &'a [f32],
}

/// The gradients of [`Projected`].
pub(super) struct ProjectedGradients<'a> {
    pub(super) queries: &'a mut [f32],
    pub(super) keys_values: &'a mut [f32],
}

/// `softmax(Q Kᵀ / √d)` into `probabilities` and its product with V into `context`
/// `[rows, width]`. All are of one piece. A head of a sequence has room for the probabilities of
/// all its tokens, of which the first rows are used: a dropout mask then does not depend on which
/// tokens are wanted.
pub(super) fn forward(
    geometry: &Geometry,
    level: Level,
    piece: &Piece,
    projected: Projected<'_>,
    probabilities: &mut [f32],
    context: &mut [f32],
) {
    let Some(heads) = Heads::new(geometry, projected.keys_values, piece) else { return };
    let mut dropped = Vec::new();
    for Sequence { tokens, wanted, probabilities: first } in geometry.sequences(piece) {
        let (length, rows) = (tokens.len(), wanted.len());
        for head in 0..geometry.heads {
            let first = first + head * length * length;
            let probabilities = &mut probabilities[first..first + rows * length];
            let queries = heads.of_rows(projected.queries, wanted.start, rows, head);
            let scores = MatrixMut::new(probabilities, rows, length);
            let keys = heads.keys_or_values(projected, tokens.start, length, KEY, head);
            small(level, queries, keys.transposed(), scores);
            softmax::softmax(level, probabilities, length, heads.scale);
            let used = if geometry.drops_out(Place::Attention) {
                dropped.clear();
                dropped.extend_from_slice(probabilities);
                let first = piece.probabilities.start + first;
                geometry.drop_out(level, Place::Attention, &mut dropped, first);
                &dropped
            } else {
                &*probabilities
            };
            let context = &mut context[heads.query(wanted.start, head)..];
            let context = MatrixMut::strided(context, rows, heads.size, heads.width);
            let values = heads.keys_or_values(projected, tokens.start, length, VALUE, head);
            small(level, Matrix::new(used, rows, length), values, context);
        }
    }
}

/// The gradient of [`forward`] with respect to what it reads, given that of `context`.
pub(super) fn backward(
    geometry: &Geometry,
    level: Level,
    piece: &Piece,
    projected: Projected<'_>,
    probabilities: &[f32],
    upstream: &[f32],
    gradients: ProjectedGradients<'_>,
) {
    let Some(heads) = Heads::new(geometry, projected.keys_values, piece) else { return };
    let (mut dropped, mut slope) = (Vec::new(), Vec::new());
    for Sequence { tokens, wanted, probabilities: first } in geometry.sequences(piece) {
        let (length, rows) = (tokens.len(), wanted.len());
        slope.resize(rows * length, 0.0);
        for head in 0..geometry.heads {
            let first = first + head * length * length;
            let probabilities = &probabilities[first..first + rows * length];
            let queries = heads.of_rows(projected.queries, wanted.start, rows, head);
            let upstream = heads.of_rows(upstream, wanted.start, rows, head);
            let values = heads.keys_or_values(projected, tokens.start, length, VALUE, head);
            let to = MatrixMut::new(&mut slope, rows, length);
            small(level, upstream, values.transposed(), to);
            dropped.clear();
            dropped.extend_from_slice(probabilities);
            let first = piece.probabilities.start + first;
            geometry.drop_out(level, Place::Attention, &mut dropped, first);
            geometry.drop_out(level, Place::Attention, &mut slope, first);
            let mut write = |which, a: Matrix<'_>, b: Matrix<'_>| {
                let to = &mut gradients.keys_values[heads.offset(tokens.start, which, head)..];
                small(level, a, b, MatrixMut::strided(to, length, heads.size, 2 * heads.width));
            };
            write(VALUE, Matrix::new(&dropped, rows, length).transposed(), upstream);
            softmax::softmax_backward(level, probabilities, &mut slope, length, heads.scale);
            let slope = Matrix::new(&slope, rows, length);
            write(KEY, slope.transposed(), queries);
            let keys = heads.keys_or_values(projected, tokens.start, length, KEY, head);
            let to = &mut gradients.queries[heads.query(wanted.start, head)..];
            small(level, slope, keys, MatrixMut::strided(to, rows, heads.size, heads.width));
        }
    }
}

/// The place of a token's keys and values, side by side.
const KEY: usize = 0;
const VALUE: usize = 1;

/// The layout of the heads in the projected rows.
struct Heads {
    /// Numbers in a row of context.
    width: usize,
    /// Of these, one head's.
    size: usize,
    /// The factor of scores.
    scale: f32,
}

impl Heads {
    /// `None` where there are no tokens.
    fn new(geometry: &Geometry, keys_values: &[f32], piece: &Piece) -> Option<Self> {
        let width = keys_values.len().checked_div(2 * piece.tokens.len())?;
        let size = width / geometry.heads;
        Some(Self { width, size, scale: 1.0 / (size as f32).sqrt() })
    }

    /// The start of a row's query, or of its context, of one head.
    fn query(&self, row: usize, head: usize) -> usize {
        row * self.width + head * self.size
    }

    /// The start of a token's key or value of one head.
    fn offset(&self, token: usize, which: usize, head: usize) -> usize {
        token * 2 * self.width + which * self.width + head * self.size
    }

    /// The queries, or contexts, of one head of one sequence, which begin at `row`.
    fn of_rows<'a>(&self, values: &'a [f32], row: usize, rows: usize, head: usize) -> Matrix<'a> {
        Matrix::strided(&values[self.query(row, head)..], rows, self.size, self.width)
    }

    /// The keys or values of one head of one sequence.
    fn keys_or_values<'a>(
        &self,
        projected: Projected<'a>,
        token: usize,
        length: usize,
        which: usize,
        head: usize,
    ) -> Matrix<'a> {
        let from = &projected.keys_values[self.offset(token, which, head)..];
        Matrix::strided(from, length, self.size, 2 * self.width)
    }
}

/// A product of one head of one sequence: too small for rounding to pay.
fn small(level: Level, a: Matrix<'_>, b: Matrix<'_>, c: MatrixMut<'_>) {
    product(level, Operands::F32, a, b, Start::Zero, c);
}
