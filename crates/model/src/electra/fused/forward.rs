//! An encoder layer on slices.
//!
//! ```text
//! q       = x' Wq + bq                               queries
//! k, v    = x Wk + bk, x Wv + bv                     side by side
//! c       = attention(q, k, v)                       context
//! y       = LayerNorm(x' + dropout(c Wo + bo))       attended
//! z       = LayerNorm(y + dropout(gelu(y W1 + b1) W2 + b2))
//! ```
//!
//! x are all tokens of a batch, x' those that the layer's output is wanted of.

use kernels::layer_norm::{LayerNorm, layer_norm};
use kernels::{
    Level, Matrix, MatrixMut, Memory, PackedOperand, Start, Team, elementwise, product_packed,
};

use super::attention::Projected;
use super::masks::Place;
use super::parameters::{PackedWeights, Parameters};
use super::pieces::{Piece, cut};
use super::{Geometry, attention};

/// The values of the forward pass that the backward pass needs.
#[derive(Debug)]
pub(super) struct Saved {
    /// `[rows, width]`, as is `attended`; `activated` is `[rows, wide]`: the output's rows.
    pub(super) context: Memory,
    pub(super) attended: Memory,
    pub(super) activated: Memory,
    pub(super) pieces: Vec<SavedPiece>,
}

/// The values of one piece that only the backward pass needs.
#[derive(Debug)]
pub(super) struct SavedPiece {
    pub(super) queries: Memory,
    pub(super) keys_values: Memory,
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

/// The layer's output `[rows, width]` for `hidden` `[tokens, width]`.
pub(super) fn forward(
    team: &Team<'_>,
    parameters: &Parameters<'_>,
    geometry: &Geometry,
    hidden: &[f32],
) -> (Vec<f32>, Saved) {
    let level = Level::best();
    let (width, wide) = (parameters.width(), parameters.wide());
    let pieces = geometry.pieces();
    let rows = geometry.rows();
    let mut context = Memory::new(rows * width);
    let mut attended = Memory::new(rows * width);
    let mut activated = Memory::new(rows * wide);
    let mut output = Memory::new(rows * width);
    let wanted = || pieces.iter().map(|piece| piece.wanted.len());
    let parts = cut(wanted(), &mut context, width)
        .into_iter()
        .zip(cut(wanted(), &mut attended, width))
        .zip(cut(wanted(), &mut activated, wide))
        .zip(cut(wanted(), &mut output, width));
    let work = pieces.iter().zip(parts).collect();
    let asking = &*geometry.asking(hidden, width);
    let saved = parameters.with_packed_weights(
        team,
        level,
        geometry.operands,
        |weight| weight,
        |weights| {
            let pass = Forward { level, parameters, weights, geometry };
            team.each(work, |(piece, (((context, attended), activated), output))| {
                let hidden = piece.of_tokens(hidden, width);
                let asking = piece.of_wanted(asking, width);
                pass.run(piece, hidden, asking, [context, attended, activated, output])
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
    /// Takes one piece through the layer: `hidden` are its tokens, `asking` those of them that
    /// the output is wanted of, and every other slice holds its rows of the output.
    fn run(
        &self,
        piece: &Piece,
        hidden: &[f32],
        asking: &[f32],
        [context, attended, activated, output]: [&mut [f32]; 4],
    ) -> SavedPiece {
        let Self { level, parameters, geometry, .. } = *self;
        let [query, key, value, after_context, widen, narrow] = self.weights;
        let (width, rows) = (parameters.width(), piece.wanted.len());

        let mut queries = Memory::new(asking.len());
        let to = MatrixMut::new(&mut queries, rows, width);
        dense(asking, query, parameters.query_bias, to);
        let mut keys_values = Memory::new(2 * hidden.len());
        let projections = [(key, parameters.key_bias), (value, parameters.value_bias)];
        for (which, (weight, bias)) in projections.into_iter().enumerate() {
            let part = &mut keys_values[(which * width).min(2 * hidden.len())..];
            let to = MatrixMut::strided(part, piece.tokens.len(), width, 2 * width);
            dense(hidden, weight, bias, to);
        }
        let mut probabilities = Memory::new(piece.probabilities.len());
        let projected = Projected { queries: &queries, keys_values: &keys_values };
        attention::forward(geometry, level, piece, projected, &mut probabilities, context);

        let mut sum = Memory::new(asking.len());
        let to = MatrixMut::new(&mut sum, rows, width);
        dense(context, after_context, parameters.context_bias, to);
        geometry.drop_out_rows(level, Place::Context, piece, &mut sum, width);
        elementwise::add(level, &mut sum, asking);
        let (gamma, beta) = (parameters.attention_gamma, parameters.attention_beta);
        let attention_norm = self.norm(gamma, beta, sum, attended);

        let mut widened = Memory::new(activated.len());
        let to = MatrixMut::new(&mut widened, rows, parameters.wide());
        dense(attended, widen, parameters.wide_bias, to);
        elementwise::gelu(level, &widened, activated);
        let mut sum = Memory::new(asking.len());
        let to = MatrixMut::new(&mut sum, rows, width);
        dense(activated, narrow, parameters.narrow_bias, to);
        geometry.drop_out_rows(level, Place::Narrow, piece, &mut sum, width);
        elementwise::add(level, &mut sum, attended);
        let (gamma, beta) = (parameters.output_gamma, parameters.output_beta);
        let output_norm = self.norm(gamma, beta, sum, output);

        SavedPiece { queries, keys_values, probabilities, attention_norm, widened, output_norm }
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
