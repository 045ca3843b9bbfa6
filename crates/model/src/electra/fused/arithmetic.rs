//! An encoder layer on slices, forward and backward.
//!
//! ```text
//! q, k, v = x Wq + bq, x Wk + bk, x Wv + bv          projected, side by side
//! c       = attention(q, k, v)                       context
//! y       = LayerNorm(x + dropout(c Wo + bo))        attended
//! z       = LayerNorm(y + dropout(gelu(y W1 + b1) W2 + b2))
//! ```

use kernels::layer_norm::{LayerNorm, Normalised, layer_norm, layer_norm_backward};
use kernels::{Level, Matrix, MatrixMut, Start, elementwise, product};

use super::{Geometry, attention};

/// The layer's parameters, weights `[in, out]`.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    pub(super) query_weight: &'a [f32],
    pub(super) query_bias: &'a [f32],
    pub(super) key_weight: &'a [f32],
    pub(super) key_bias: &'a [f32],
    pub(super) value_weight: &'a [f32],
    pub(super) value_bias: &'a [f32],
    pub(super) context_weight: &'a [f32],
    pub(super) context_bias: &'a [f32],
    pub(super) attention_gamma: &'a [f32],
    pub(super) attention_beta: &'a [f32],
    pub(super) wide_weight: &'a [f32],
    pub(super) wide_bias: &'a [f32],
    pub(super) narrow_weight: &'a [f32],
    pub(super) narrow_bias: &'a [f32],
    pub(super) output_gamma: &'a [f32],
    pub(super) output_beta: &'a [f32],
}

/// What the backward pass needs of the forward pass.
#[derive(Debug)]
pub(super) struct Saved {
    projected: Vec<f32>,
    probabilities: Vec<f32>,
    context: Vec<f32>,
    attention_norm: SavedNorm,
    attended: Vec<f32>,
    widened: Vec<f32>,
    activated: Vec<f32>,
    output_norm: SavedNorm,
}

/// A layer norm's input and its rows' statistics.
#[derive(Debug)]
struct SavedNorm {
    input: Vec<f32>,
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
}

/// Places of a layer's dropout masks besides the attention's own.
const AFTER_CONTEXT: u64 = 2;
const AFTER_NARROW: u64 = 3;

impl Parameters<'_> {
    fn width(&self) -> usize {
        self.context_bias.len()
    }

    fn wide(&self) -> usize {
        self.wide_bias.len()
    }
}

/// The dense products of a layer, all by the same rounding.
#[derive(Clone, Copy)]
struct Products<'a> {
    level: Level,
    geometry: &'a Geometry,
}

impl Products<'_> {
    /// `output = input · weight + bias`, `weight` `[in, out]`; `output`'s rows start `stride`
    /// apart.
    fn dense(self, input: &[f32], weight: &[f32], bias: &[f32], output: &mut [f32], stride: usize) {
        let d_output = bias.len();
        let d_input = weight.len() / d_output;
        let rows = input.len() / d_input;
        product(
            self.level,
            self.geometry.operands,
            Matrix::new(input, rows, d_input),
            Matrix::new(weight, d_input, d_output),
            Start::Bias(bias),
            MatrixMut::strided(output, rows, d_output, stride),
        );
    }

    /// The gradients of [`Products::dense`] but for the bias's: of weight, and of input, the latter
    /// into or onto `input_gradient`. `upstream`'s rows start `stride` apart.
    fn dense_backward(
        self,
        input: &[f32],
        weight: &[f32],
        upstream: (&[f32], usize, usize),
        start: Start<'_>,
        input_gradient: &mut [f32],
    ) -> Vec<f32> {
        let (upstream, d_output, stride) = upstream;
        let d_input = weight.len() / d_output;
        let rows = input.len() / d_input;
        let upstream = Matrix::strided(upstream, rows, d_output, stride);
        let mut weight_gradient = vec![0.0; weight.len()];
        let operands = self.geometry.operands;
        product(
            self.level,
            operands,
            Matrix::new(input, rows, d_input).transposed(),
            upstream,
            Start::Zero,
            MatrixMut::new(&mut weight_gradient, d_input, d_output),
        );
        product(
            self.level,
            operands,
            upstream,
            Matrix::new(weight, d_input, d_output).transposed(),
            start,
            MatrixMut::new(input_gradient, rows, d_input),
        );
        weight_gradient
    }

    /// The gradient of a bias of `width` numbers.
    fn bias_gradient(self, upstream: &[f32], width: usize) -> Vec<f32> {
        let mut sums = vec![0.0; width];
        elementwise::sum_rows(self.level, upstream, &mut sums);
        sums
    }

    fn dropout(self, place: u64, values: &mut [f32]) {
        if let Some(mask) = self.geometry.mask(place) {
            mask.apply(self.level, values, 0);
        }
    }

    /// `LayerNorm(input)`, keeping what its gradient needs.
    fn norm(self, gamma: &[f32], beta: &[f32], input: Vec<f32>) -> (Vec<f32>, SavedNorm) {
        let rows = input.len() / gamma.len();
        let mut output = vec![0.0; input.len()];
        let (mut mean, mut inverse_deviation) = (vec![0.0; rows], vec![0.0; rows]);
        let norm = LayerNorm { gamma, beta, epsilon: self.geometry.epsilon };
        layer_norm(self.level, norm, &input, &mut output, &mut mean, &mut inverse_deviation);
        (output, SavedNorm { input, mean, inverse_deviation })
    }

    /// The gradients of [`Products::norm`]: of input, gamma and beta.
    fn norm_backward(
        self,
        gamma: &[f32],
        saved: &SavedNorm,
        upstream: &[f32],
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let mut gradient = vec![0.0; upstream.len()];
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
            &mut gradient,
            &mut of_gamma,
            &mut of_beta,
        );
        (gradient, of_gamma, of_beta)
    }
}

/// The layer's output `[tokens, width]` for `hidden` of the same shape.
pub(super) fn forward(
    parameters: &Parameters<'_>,
    geometry: &Geometry,
    hidden: &[f32],
) -> (Vec<f32>, Saved) {
    let level = Level::best();
    let products = Products { level, geometry };
    let (width, wide) = (parameters.width(), parameters.wide());
    let tokens = hidden.len() / width;

    let mut projected = vec![0.0; tokens * 3 * width];
    let projections = [
        (parameters.query_weight, parameters.query_bias),
        (parameters.key_weight, parameters.key_bias),
        (parameters.value_weight, parameters.value_bias),
    ];
    for (which, (weight, bias)) in projections.into_iter().enumerate() {
        products.dense(hidden, weight, bias, &mut projected[which * width..], 3 * width);
    }
    let mut probabilities = vec![0.0; geometry.probabilities()];
    let mut context = vec![0.0; tokens * width];
    attention::forward(geometry, level, width, &projected, &mut probabilities, &mut context);

    let mut sum = vec![0.0; tokens * width];
    products.dense(&context, parameters.context_weight, parameters.context_bias, &mut sum, width);
    products.dropout(AFTER_CONTEXT, &mut sum);
    elementwise::add(level, &mut sum, hidden);
    let (attended, attention_norm) =
        products.norm(parameters.attention_gamma, parameters.attention_beta, sum);

    let mut widened = vec![0.0; tokens * wide];
    products.dense(&attended, parameters.wide_weight, parameters.wide_bias, &mut widened, wide);
    let mut activated = vec![0.0; tokens * wide];
    elementwise::gelu(level, &widened, &mut activated);
    let mut sum = vec![0.0; tokens * width];
    products.dense(&activated, parameters.narrow_weight, parameters.narrow_bias, &mut sum, width);
    products.dropout(AFTER_NARROW, &mut sum);
    elementwise::add(level, &mut sum, &attended);
    let (output, output_norm) = products.norm(parameters.output_gamma, parameters.output_beta, sum);

    let saved = Saved {
        projected,
        probabilities,
        context,
        attention_norm,
        attended,
        widened,
        activated,
        output_norm,
    };
    (output, saved)
}

/// The gradients of all tensors in the order of [`LayerTensors`](super::LayerTensors), given that
/// of the output.
pub(super) fn backward(
    parameters: &Parameters<'_>,
    geometry: &Geometry,
    hidden: &[f32],
    saved: &Saved,
    upstream: &[f32],
) -> [Vec<f32>; super::TENSORS] {
    let level = Level::best();
    let products = Products { level, geometry };
    let (width, wide) = (parameters.width(), parameters.wide());

    let (residual, output_gamma, output_beta) =
        products.norm_backward(parameters.output_gamma, &saved.output_norm, upstream);
    let mut narrowed = residual.clone();
    products.dropout(AFTER_NARROW, &mut narrowed);
    let mut activated = vec![0.0; saved.activated.len()];
    let narrow_bias = products.bias_gradient(&narrowed, width);
    let narrow_weight = products.dense_backward(
        &saved.activated,
        parameters.narrow_weight,
        (&narrowed, width, width),
        Start::Zero,
        &mut activated,
    );
    let mut widened = vec![0.0; saved.widened.len()];
    elementwise::gelu_backward(level, &saved.widened, &activated, &mut widened);
    // The residual's part is there already; the dense layer's comes onto it.
    let mut attended = residual;
    let wide_bias = products.bias_gradient(&widened, wide);
    let wide_weight = products.dense_backward(
        &saved.attended,
        parameters.wide_weight,
        (&widened, wide, wide),
        Start::Accumulate,
        &mut attended,
    );

    let (residual, attention_gamma, attention_beta) =
        products.norm_backward(parameters.attention_gamma, &saved.attention_norm, &attended);
    let mut output = residual.clone();
    products.dropout(AFTER_CONTEXT, &mut output);
    let mut context = vec![0.0; saved.context.len()];
    let context_bias = products.bias_gradient(&output, width);
    let context_weight = products.dense_backward(
        &saved.context,
        parameters.context_weight,
        (&output, width, width),
        Start::Zero,
        &mut context,
    );
    let mut projected = vec![0.0; saved.projected.len()];
    attention::backward(
        geometry,
        level,
        width,
        &saved.projected,
        &saved.probabilities,
        &context,
        &mut projected,
    );
    let mut input = residual;
    let mut projection = |which: usize, weight: &[f32]| {
        let upstream = (&projected[which * width..], width, 3 * width);
        products.dense_backward(hidden, weight, upstream, Start::Accumulate, &mut input)
    };
    let query_weight = projection(0, parameters.query_weight);
    let key_weight = projection(1, parameters.key_weight);
    let value_weight = projection(2, parameters.value_weight);
    let mut query_bias = products.bias_gradient(&projected, 3 * width);
    let value_bias = query_bias.split_off(2 * width);
    let key_bias = query_bias.split_off(width);

    [
        input,
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
