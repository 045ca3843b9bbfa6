//! The derivative of an encoder layer.
//!
//! Each piece of the batch first takes the gradient from the layer's output back to its input, and
//! leaves behind what reaches the output of each dense layer. From that the gradients of all
//! weights follow at once, over the rows of the whole batch.

use kernels::layer_norm::{Normalised, layer_norm_backward};
use kernels::{
    Level, Matrix, MatrixMut, Memory, PackedOperand, Start, Team, elementwise, product_packed,
    products,
};

use super::attention::{Projected, ProjectedGradients};
use super::forward::{Saved, SavedNorm, SavedPiece};
use super::masks::Place;
use super::parameters::{PackedWeights, Parameters};
use super::pieces::{Piece, cut};
use super::{Geometry, TENSORS, Wanted, attention};

/// The gradients of biases, gammas and betas in the order of [`Parameters`], those of keys and
/// values side by side.
type Sums = [Vec<f32>; 9];

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
    let rows = geometry.rows();
    let pieces = geometry.pieces();
    let mut reached = Reached {
        queries: Memory::new(rows * width),
        keys_values: Memory::new(tokens * 2 * width),
        context: Memory::new(rows * width),
        widened: Memory::new(rows * wide),
        narrowed: Memory::new(rows * width),
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
                pass.run(piece, saved, piece.of_wanted(upstream, width), gradients)
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
        query_bias,
        mut key_bias,
        context_bias,
        attention_gamma,
        attention_beta,
        wide_bias,
        narrow_bias,
        output_gamma,
        output_beta,
    ] = sums.unwrap_or_default();
    let value_bias = key_bias.split_off(width);

    let of_rows = |values, columns| Matrix::new(values, rows, columns);
    let key_or_value = |which: usize| {
        let from = &reached.keys_values[(which * width).min(reached.keys_values.len())..];
        Matrix::strided(from, tokens, width, 2 * width)
    };
    let all = Matrix::new(hidden, tokens, width).transposed();
    let asking = geometry.asking(hidden, width);
    let [query_weight, key_weight, value_weight, context_weight, wide_weight, narrow_weight] =
        products(
            team,
            level,
            geometry.operands,
            [
                (of_rows(&asking, width).transposed(), of_rows(&reached.queries, width)),
                (all, key_or_value(0)),
                (all, key_or_value(1)),
                (of_rows(&saved.context, width).transposed(), of_rows(&reached.context, width)),
                (of_rows(&saved.attended, width).transposed(), of_rows(&reached.widened, wide)),
                (of_rows(&saved.activated, wide).transposed(), of_rows(&reached.narrowed, width)),
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

/// The gradients of the dense layers' outputs: of keys and values, side by side, for all tokens, of
/// the others for the rows that the layer's output is wanted of.
struct Reached {
    queries: Memory,
    keys_values: Memory,
    context: Memory,
    widened: Memory,
    narrowed: Memory,
}

/// One piece's rows of these, and of the layer's input.
struct Gradients<'a> {
    queries: &'a mut [f32],
    keys_values: &'a mut [f32],
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
        let tokens = || pieces.iter().map(|piece| piece.tokens.len());
        let rows = || pieces.iter().map(|piece| piece.wanted.len());
        let queries = cut(rows(), &mut self.queries, width).into_iter();
        let keys_values = cut(tokens(), &mut self.keys_values, 2 * width);
        let context = cut(rows(), &mut self.context, width).into_iter();
        let widened = cut(rows(), &mut self.widened, wide);
        let narrowed = cut(rows(), &mut self.narrowed, width).into_iter();
        let input = cut(tokens(), input, width);
        let all = queries.zip(keys_values).zip(context.zip(widened)).zip(narrowed.zip(input));
        let all = all.map(|(((queries, keys_values), (context, widened)), (narrowed, input))| {
            Gradients { queries, keys_values, context, widened, narrowed, input }
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
        let Gradients { queries, keys_values, context: after, widened, narrowed, input } =
            gradients;
        let width = parameters.width();
        // The gradient of the rows that ask, which are all of the input or have room of their own.
        let is_part = geometry.wanted == Wanted::First;
        let mut part = Memory::new(if is_part { upstream.len() } else { 0 });
        let asking = if is_part { &mut *part } else { &mut *input };

        let mut attended = Memory::new(upstream.len());
        let (output_gamma, output_beta) =
            self.norm(parameters.output_gamma, &saved.output_norm, upstream, &mut attended);
        narrowed.copy_from_slice(&attended);
        geometry.drop_out_rows(level, Place::Narrow, piece, narrowed, width);
        let narrow_bias = self.bias(narrowed, width);
        dense(narrowed, width, narrow, Start::Zero, widened);
        elementwise::gelu_backward(level, &saved.widened, widened);
        let wide_bias = self.bias(widened, parameters.wide());
        // The residual's part is there already; the dense layer's comes onto it.
        dense(widened, parameters.wide(), widen, Start::Accumulate, &mut attended);

        let (attention_gamma, attention_beta) =
            self.norm(parameters.attention_gamma, &saved.attention_norm, &attended, asking);
        after.copy_from_slice(asking);
        geometry.drop_out_rows(level, Place::Context, piece, after, width);
        let context_bias = self.bias(after, width);
        let mut context = attended;
        dense(after, width, after_context, Start::Zero, &mut context);
        let projected = Projected { queries: &saved.queries, keys_values: &saved.keys_values };
        let to = ProjectedGradients { queries: &mut *queries, keys_values: &mut *keys_values };
        let probabilities = &saved.probabilities;
        attention::backward(geometry, level, piece, projected, probabilities, &context, to);
        let query_bias = self.bias(queries, width);
        let key_value_bias = self.bias(keys_values, 2 * width);
        dense(queries, width, query, Start::Accumulate, asking);
        if is_part {
            input.fill(0.0);
            for (row, sequence) in part.chunks_exact(width).zip(geometry.sequences(piece)) {
                input[sequence.tokens.start * width..][..width].copy_from_slice(row);
            }
        }
        for (which, weight) in [key, value].into_iter().enumerate() {
            let part = &keys_values[(which * width).min(keys_values.len())..];
            dense(part, 2 * width, weight, Start::Accumulate, input);
        }
        [
            query_bias,
            key_value_bias,
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
