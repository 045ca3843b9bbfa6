//! Self-attention of each sequence of a piece, forward and backward.

use kernels::{Level, Matrix, MatrixMut, Operands, Start, product, softmax};

use super::Geometry;
use super::masks::Place;
use super::pieces::Piece;

/// `softmax(Q Kᵀ / √d)` into `probabilities` and its product with V into `context`
/// `[tokens, width]`; `projected` is `[tokens, 3 · width]`: queries, keys and values side by side.
/// All are of one piece.
pub(super) fn forward(
    geometry: &Geometry,
    level: Level,
    piece: &Piece,
    projected: &[f32],
    probabilities: &mut [f32],
    context: &mut [f32],
) {
    let Some(heads) = Heads::new(geometry, projected, piece) else { return };
    let mut dropped = Vec::new();
    for (tokens, first) in geometry.sequences(piece) {
        let length = tokens.len();
        for head in 0..geometry.heads {
            let first = first + head * length * length;
            let probabilities = &mut probabilities[first..first + length * length];
            let part = |which| heads.part(projected, tokens.start, length, which, head);
            let scores = MatrixMut::new(probabilities, length, length);
            small(level, part(0), part(1).transposed(), scores);
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
            let context = &mut context[tokens.start * heads.width + head * heads.size..];
            let context = MatrixMut::strided(context, length, heads.size, heads.width);
            small(level, Matrix::new(used, length, length), part(2), context);
        }
    }
}

/// The gradient of [`forward`] with respect to `projected`, given that of `context`.
pub(super) fn backward(
    geometry: &Geometry,
    level: Level,
    piece: &Piece,
    projected: &[f32],
    probabilities: &[f32],
    upstream: &[f32],
    gradient: &mut [f32],
) {
    let Some(heads) = Heads::new(geometry, projected, piece) else { return };
    let (mut dropped, mut slope) = (Vec::new(), Vec::new());
    for (tokens, first) in geometry.sequences(piece) {
        let length = tokens.len();
        slope.resize(length * length, 0.0);
        for head in 0..geometry.heads {
            let first = first + head * length * length;
            let probabilities = &probabilities[first..first + length * length];
            let part = |which| heads.part(projected, tokens.start, length, which, head);
            let upstream = &upstream[tokens.start * heads.width + head * heads.size..];
            let upstream = Matrix::strided(upstream, length, heads.size, heads.width);
            let to = MatrixMut::new(&mut slope, length, length);
            small(level, upstream, part(2).transposed(), to);
            dropped.clear();
            dropped.extend_from_slice(probabilities);
            let first = piece.probabilities.start + first;
            geometry.drop_out(level, Place::Attention, &mut dropped, first);
            geometry.drop_out(level, Place::Attention, &mut slope, first);
            let mut write = |which, a: Matrix<'_>, b: Matrix<'_>| {
                let to = &mut gradient[heads.offset(tokens.start, which, head)..];
                small(level, a, b, MatrixMut::strided(to, length, heads.size, 3 * heads.width));
            };
            write(2, Matrix::new(&dropped, length, length).transposed(), upstream);
            softmax::softmax_backward(level, probabilities, &mut slope, length, heads.scale);
            let slope = Matrix::new(&slope, length, length);
            write(0, slope, part(1));
            write(1, slope.transposed(), part(0));
        }
    }
}

/// Where the heads lie in the projected rows.
struct Heads {
    /// Numbers in a row of context.
    width: usize,
    /// Of these, one head's.
    size: usize,
    /// What scores are multiplied by.
    scale: f32,
}

impl Heads {
    /// `None` where there are no tokens.
    fn new(geometry: &Geometry, projected: &[f32], piece: &Piece) -> Option<Self> {
        let width = projected.len().checked_div(3 * piece.tokens.len())?;
        let size = width / geometry.heads;
        Some(Self { width, size, scale: 1.0 / (size as f32).sqrt() })
    }

    /// Where a token's query (0), key (1) or value (2) of one head begins.
    fn offset(&self, token: usize, which: usize, head: usize) -> usize {
        token * 3 * self.width + which * self.width + head * self.size
    }

    /// The queries, keys or values of one head of one sequence.
    fn part<'a>(
        &self,
        projected: &'a [f32],
        token: usize,
        length: usize,
        which: usize,
        head: usize,
    ) -> Matrix<'a> {
        let from = &projected[self.offset(token, which, head)..];
        Matrix::strided(from, length, self.size, 3 * self.width)
    }
}

/// A product of one head of one sequence: too small for rounding to pay.
fn small(level: Level, a: Matrix<'_>, b: Matrix<'_>, c: MatrixMut<'_>) {
    product(level, Operands::F32, a, b, Start::Zero, c);
}
