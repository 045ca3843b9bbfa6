//! An encoder layer on slices.
//!
//! ```text
//! q, k, v = x Wq + bq, x Wk + bk, x Wv + bv          projected, side by side
//! c       = attention(q, k, v)                       context
//! y       = LayerNorm(x + dropout(c Wo + bo))        attended
//! z       = LayerNorm(y + dropout(gelu(y W1 + b1) W2 + b2))
//! ```

use kernels::layer_norm::{LayerNorm, layer_norm};
use kernels::{
    Level, Matrix, MatrixMut, Memory, PackedOperand, Start, Team, elementwise, product_packed,
};

use super::masks::Place;
use super::parameters::{PackedWeights, Parameters};
use super::pieces::{Piece, cut};
use super::{Geometry, attention};

/// What the backward pass needs of the forward pass.
#[derive(Debug)]
pub(super) struct Saved {
    /// `[tokens, width]`, as is `attended`; `activated` is `[tokens, wide]`.
    pub(super) context: Memory,
    pub(super) attended: Memory,
    pub(super) activated: Memory,
    pub(super) pieces: Vec<SavedPiece>,
}

/// What the backward pass needs of one piece and nobody else does.
#[derive(Debug)]
pub(super) struct SavedPiece {
    pub(super) projected: Memory,
    pub(super) probabilities: Memory,
    pub(super) attention_norm: SavedNorm,
    pub(super) widened: Memory,
    pub(super) output_norm: SavedNorm,
}

/// A layer norm's input and its rows' statistics.
#[derive(Debug)]
pub(super) struct SavedNorm {
    pub(super) input: Memory,
    pub(super) mean: Vec<f32>,
    pub(super) inverse_deviation: Vec<f32>,
}

/// The layer's output `[tokens, width]` for `hidden` of the same shape.
pub(super) fn forward(
    team: &Team<'_>,
    parameters: &Parameters<'_>,
    geometry: &Geometry,
    hidden: &[f32],
) -> (Vec<f32>, Saved) {
    let level = Level::best();
    let (width, wide) = (parameters.width(), parameters.wide());
    let pieces = geometry.pieces();
    let mut context = Memory::new(hidden.len());
    let mut attended = Memory::new(hidden.len());
    let mut activated = Memory::new(hidden.len() / width * wide);
    let mut output = Memory::new(hidden.len());
    let rows = cut(&pieces, &mut context, width)
        .into_iter()
        .zip(cut(&pieces, &mut attended, width))
        .zip(cut(&pieces, &mut activated, wide))
        .zip(cut(&pieces, &mut output, width));
    let work = pieces.iter().zip(rows).collect();
    let saved = parameters.with_packed_weights(
        team,
        level,
        geometry.operands,
        |weight| weight,
        |weights| {
            let pass = Forward { level, parameters, weights, geometry };
            team.each(work, |(piece, (((context, attended), activated), output))| {
                let hidden = piece.rows(hidden, width);
                pass.run(piece, hidden, context, attended, activated, output)
            })
        },
    );
    (output.into_vec(), Saved { context, attended, activated, pieces: saved })
}

/// The forward pass of a layer.
struct Forward<'a> {
    level: Level,
    parameters: &'a Parameters<'a>,
    weights: &'a PackedWeights,
    geometry: &'a Geometry,
}

impl Forward<'_> {
    /// Takes one piece through the layer; every slice holds its rows.
    fn run(
        &self,
        piece: &Piece,
        hidden: &[f32],
        context: &mut [f32],
        attended: &mut [f32],
        activated: &mut [f32],
        output: &mut [f32],
    ) -> SavedPiece {
        let Self { level, parameters, geometry, .. } = *self;
        let [query, key, value, after_context, widen, narrow] = self.weights;
        let (width, rows) = (parameters.width(), piece.tokens.len());
        let first = piece.tokens.start * width;

        let mut projected = Memory::new(3 * hidden.len());
        let projections = [
            (query, parameters.query_bias),
            (key, parameters.key_bias),
            (value, parameters.value_bias),
        ];
        for (which, (weight, bias)) in projections.into_iter().enumerate() {
            let part = &mut projected[(which * width).min(3 * hidden.len())..];
            dense(hidden, weight, bias, MatrixMut::strided(part, rows, width, 3 * width));
        }
        let mut probabilities = Memory::new(piece.probabilities.len());
        attention::forward(geometry, level, piece, &projected, &mut probabilities, context);

        let mut sum = Memory::new(hidden.len());
        let to = MatrixMut::new(&mut sum, rows, width);
        dense(context, after_context, parameters.context_bias, to);
        geometry.drop_out(level, Place::Context, &mut sum, first);
        elementwise::add(level, &mut sum, hidden);
        let (gamma, beta) = (parameters.attention_gamma, parameters.attention_beta);
        let attention_norm = self.norm(gamma, beta, sum, attended);

        let mut widened = Memory::new(activated.len());
        let to = MatrixMut::new(&mut widened, rows, parameters.wide());
        dense(attended, widen, parameters.wide_bias, to);
        elementwise::gelu(level, &widened, activated);
        let mut sum = Memory::new(hidden.len());
        let to = MatrixMut::new(&mut sum, rows, width);
        dense(activated, narrow, parameters.narrow_bias, to);
        geometry.drop_out(level, Place::Narrow, &mut sum, first);
        elementwise::add(level, &mut sum, attended);
        let (gamma, beta) = (parameters.output_gamma, parameters.output_beta);
        let output_norm = self.norm(gamma, beta, sum, output);

        SavedPiece { projected, probabilities, attention_norm, widened, output_norm }
    }

    /// `output = LayerNorm(input)`, keeping what its gradient needs.
    fn norm(&self, gamma: &[f32], beta: &[f32], input: Memory, output: &mut [f32]) -> SavedNorm {
        let rows = input.len() / gamma.len();
        let (mut mean, mut inverse_deviation) = (vec![0.0; rows], vec![0.0; rows]);
        let norm = LayerNorm { gamma, beta, epsilon: self.geometry.epsilon };
        layer_norm(self.level, norm, &input, output, &mut mean, &mut inverse_deviation);
        SavedNorm { input, mean, inverse_deviation }
    }
}

/// `output = input · weight + bias`.
fn dense(input: &[f32], weight: &PackedOperand, bias: &[f32], output: MatrixMut<'_>) {
    let input = Matrix::new(input, input.len() / weight.rows(), weight.rows());
    product_packed(input, weight, Start::Bias(bias), output);
}
