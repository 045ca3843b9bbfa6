//! The derivative of an encoder layer.
//!
//! Each piece of the batch first takes the gradient from the layer's output back to its input, and
//! leaves behind what reaches the output of each dense layer. From that the gradients of all
//! weights follow at once, over the tokens of the whole batch.

use kernels::layer_norm::{Normalised, layer_norm_backward};
use kernels::{
    Level, Matrix, MatrixMut, Memory, PackedOperand, Start, Team, elementwise, product_packed,
    products,
};

use super::forward::{Saved, SavedNorm, SavedPiece};
use super::masks::Place;
use super::parameters::{PackedWeights, Parameters};
use super::pieces::{Piece, cut};
use super::{Geometry, TENSORS, attention};

/// The gradients of biases, gammas and betas: those of the three projections side by side, then
/// in the order of [`Parameters`].
type Sums = [Vec<f32>; 8];

/// The gradients of all tensors in the order of [`LayerTensors`](super::LayerTensors), given that
/// of the output.
pub(super) fn backward(
    team: &Team<'_>,
    parameters: &Parameters<'_>,
    geometry: &Geometry,
    hidden: &[f32],
    saved: &Saved,
    upstream: &[f32],
) -> [Vec<f32>; TENSORS] {
    let level = Level::best();
    let (width, wide) = (parameters.width(), parameters.wide());
    let tokens = hidden.len() / width;
    let pieces = geometry.pieces();
    let mut reached = Reached {
        projected: Memory::new(tokens * 3 * width),
        context: Memory::new(tokens * width),
        widened: Memory::new(tokens * wide),
        narrowed: Memory::new(tokens * width),
    };
    let mut input = Memory::new(hidden.len());
    let gradients = reached.cut(&pieces, &mut input, width, wide);
    let work = pieces.iter().zip(&saved.pieces).zip(gradients).collect();
    let sums = parameters.with_packed_weights(
        team,
        level,
        geometry.operands,
        |weight| weight.transposed(),
        |transposed| {
            let pass = Backward { level, parameters, transposed, geometry };
            team.each(work, |((piece, saved), gradients)| {
                pass.run(piece, saved, piece.rows(upstream, width), gradients)
            })
        },
    );
    // In the order of the pieces, which no thread count changes.
    let sums = sums.into_iter().reduce(|mut total, part| {
        for (total, part) in total.iter_mut().zip(part) {
            elementwise::add(level, total, &part);
        }
        total
    });
    let [
        mut query_bias,
        context_bias,
        attention_gamma,
        attention_beta,
        wide_bias,
        narrow_bias,
        output_gamma,
        output_beta,
    ] = sums.unwrap_or_default();
    let value_bias = query_bias.split_off(2 * width);
    let key_bias = query_bias.split_off(width);

    let row_major = |values, columns| Matrix::new(values, tokens, columns);
    let projected = |which: usize| {
        Matrix::strided(&reached.projected[which * width..], tokens, width, 3 * width)
    };
    let transposed = row_major(hidden, width).transposed();
    let [query_weight, key_weight, value_weight, context_weight, wide_weight, narrow_weight] =
        products(
            team,
            level,
            geometry.operands,
            [
                (transposed, projected(0)),
                (transposed, projected(1)),
                (transposed, projected(2)),
                (row_major(&saved.context, width).transposed(), row_major(&reached.context, width)),
                (row_major(&saved.attended, width).transposed(), row_major(&reached.widened, wide)),
                (
                    row_major(&saved.activated, wide).transposed(),
                    row_major(&reached.narrowed, width),
                ),
            ],
        );
    [
        input.into_vec(),
        query_weight,
        query_bias,
        key_weight,
        key_bias,
        value_weight,
        value_bias,
        context_weight,
        context_bias,
        attention_gamma,
        attention_beta,
        wide_weight,
        wide_bias,
        narrow_weight,
        narrow_bias,
        output_gamma,
        output_beta,
    ]
}

/// The gradients of the dense layers' outputs, each `[tokens, outputs]`.
struct Reached {
    projected: Memory,
    context: Memory,
    widened: Memory,
    narrowed: Memory,
}

/// One piece's rows of these, and of the layer's input.
struct Gradients<'a> {
    projected: &'a mut [f32],
    context: &'a mut [f32],
    widened: &'a mut [f32],
    narrowed: &'a mut [f32],
    input: &'a mut [f32],
}

impl Reached {
    fn cut<'a>(
        &'a mut self,
        pieces: &[Piece],
        input: &'a mut [f32],
        width: usize,
        wide: usize,
    ) -> Vec<Gradients<'a>> {
        let projected = cut(pieces, &mut self.projected, 3 * width).into_iter();
        let context = cut(pieces, &mut self.context, width);
        let widened = cut(pieces, &mut self.widened, wide);
        let narrowed = cut(pieces, &mut self.narrowed, width);
        let input = cut(pieces, input, width);
        let all = projected.zip(context).zip(widened.into_iter().zip(narrowed)).zip(input);
        let all = all.map(|(((projected, context), (widened, narrowed)), input)| Gradients {
            projected,
            context,
            widened,
            narrowed,
            input,
        });
        all.collect()
    }
}

/// The backward pass of a layer up to the gradients of weights.
struct Backward<'a> {
    level: Level,
    parameters: &'a Parameters<'a>,
    transposed: &'a PackedWeights,
    geometry: &'a Geometry,
}

impl Backward<'_> {
    /// Takes the gradient `upstream` of one piece's output back to its input.
    fn run(
        &self,
        piece: &Piece,
        saved: &SavedPiece,
        upstream: &[f32],
        gradients: Gradients<'_>,
    ) -> Sums {
        let Self { level, parameters, geometry, .. } = *self;
        let [query, key, value, after_context, widen, narrow] = self.transposed;
        let Gradients { projected, context: after, widened, narrowed, input } = gradients;
        let width = parameters.width();
        let first = piece.tokens.start * width;

        let mut attended = Memory::new(upstream.len());
        let (output_gamma, output_beta) =
            self.norm(parameters.output_gamma, &saved.output_norm, upstream, &mut attended);
        narrowed.copy_from_slice(&attended);
        geometry.drop_out(level, Place::Narrow, narrowed, first);
        let narrow_bias = self.bias(narrowed, width);
        dense(narrowed, width, narrow, Start::Zero, widened);
        elementwise::gelu_backward(level, &saved.widened, widened);
        let wide_bias = self.bias(widened, parameters.wide());
        // The residual's part is there already; the dense layer's comes onto it.
        dense(widened, parameters.wide(), widen, Start::Accumulate, &mut attended);

        let (attention_gamma, attention_beta) =
            self.norm(parameters.attention_gamma, &saved.attention_norm, &attended, input);
        after.copy_from_slice(input);
        geometry.drop_out(level, Place::Context, after, first);
        let context_bias = self.bias(after, width);
        let mut context = attended;
        dense(after, width, after_context, Start::Zero, &mut context);
        let (queries, probabilities) = (&saved.projected, &saved.probabilities);
        attention::backward(geometry, level, piece, queries, probabilities, &context, projected);
        let projected_bias = self.bias(projected, 3 * width);
        for (which, weight) in [query, key, value].into_iter().enumerate() {
            let part = &projected[(which * width).min(projected.len())..];
            dense(part, 3 * width, weight, Start::Accumulate, input);
        }
        [
            projected_bias,
            context_bias,
            attention_gamma,
            attention_beta,
            wide_bias,
            narrow_bias,
            output_gamma,
            output_beta,
        ]
    }

    /// The gradients of a layer norm: of its input into `gradient`, of gamma and beta.
    fn norm(
        &self,
        gamma: &[f32],
        saved: &SavedNorm,
        upstream: &[f32],
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let (mut of_gamma, mut of_beta) = (vec![0.0; gamma.len()], vec![0.0; gamma.len()]);
        let forward = Normalised {
            input: &saved.input,
            mean: &saved.mean,
            inverse_deviation: &saved.inverse_deviation,
        };
        layer_norm_backward(
            self.level,
            gamma,
            forward,
            upstream,
            gradient,
            &mut of_gamma,
            &mut of_beta,
        );
        (of_gamma, of_beta)
    }

    /// The gradient of a bias of `width` numbers.
    fn bias(&self, upstream: &[f32], width: usize) -> Vec<f32> {
        let mut sums = vec![0.0; width];
        elementwise::sum_rows(self.level, upstream, &mut sums);
        sums
    }
}

/// `gradient = start + upstream · weightᵀ`; `upstream`'s rows start `stride` apart.
fn dense(
    upstream: &[f32],
    stride: usize,
    transposed: &PackedOperand,
    start: Start<'_>,
    gradient: &mut [f32],
) {
    let (d_output, d_input) = (transposed.rows(), transposed.columns());
    let rows = gradient.len() / d_input;
    let upstream = Matrix::strided(upstream, rows, d_output, stride);
    product_packed(upstream, transposed, start, MatrixMut::new(gradient, rows, d_input));
}
