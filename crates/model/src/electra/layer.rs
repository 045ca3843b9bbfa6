//! One encoder layer of Burn's primitives, with Hugging Face's dropout placement.

use burn::module::Module;
use burn::nn::{
    Dropout, DropoutConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig,
};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Bool, Device, Tensor};

use checkpoint::ElectraConfig;

/// Added to the attention scores of padding, so that its probability is 0 in 32-bit floats.
const MASKED_SCORE: f32 = -1.0e9;

/// Self-attention and feed-forward, each with a residual and a layer norm after it (post-norm).
#[derive(Module, Debug)]
pub struct EncoderLayer {
    /// Multi-head self-attention with its output block.
    pub attention: Attention,
    /// The feed-forward part's widening half.
    pub intermediate: Intermediate,
    /// The feed-forward part's narrowing half, residual and norm.
    pub output: ResidualNorm,
}

/// Self-attention and what follows it.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries, keys and values.
    pub self_attention: SelfAttention,
    /// Output projection, residual and norm.
    pub output: ResidualNorm,
}

/// The projections of multi-head attention, each `[hidden_size, hidden_size]`.
#[derive(Module, Debug)]
pub struct SelfAttention {
    /// To queries.
    pub query: Linear,
    /// To keys.
    pub key: Linear,
    /// To values.
    pub value: Linear,
    /// On attention probabilities.
    pub dropout: Dropout,
    /// Number of heads that share `hidden_size`.
    pub heads: usize,
}

/// Dense layer followed by GELU, `[hidden_size, intermediate_size]`.
#[derive(Module, Debug)]
pub struct Intermediate {
    /// The dense layer.
    pub dense: Linear,
}

/// `LayerNorm(residual + dropout(dense(x)))`.
#[derive(Module, Debug)]
pub struct ResidualNorm {
    /// The dense layer, to `hidden_size`.
    pub dense: Linear,
    /// Over `hidden_size`.
    pub layer_norm: LayerNorm,
    /// `hidden_dropout_prob`.
    pub dropout: Dropout,
}

/// An all-zero dense layer, for weights to be loaded into.
pub(super) fn zero_linear(d_input: usize, d_output: usize, device: &Device) -> Linear {
    LinearConfig::new(d_input, d_output).with_initializer(Initializer::Zeros).init(device)
}

impl EncoderLayer {
    /// A layer of the right shapes, for weights to be loaded into.
    pub(super) fn zeros(config: &ElectraConfig, device: &Device) -> Self {
        let hidden = config.hidden_size;
        let residual_norm = |d_input| ResidualNorm {
            dense: zero_linear(d_input, hidden, device),
            layer_norm: LayerNormConfig::new(hidden)
                .with_epsilon(config.layer_norm_eps)
                .init(device),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
        };
        Self {
            attention: Attention {
                self_attention: SelfAttention {
                    query: zero_linear(hidden, hidden, device),
                    key: zero_linear(hidden, hidden, device),
                    value: zero_linear(hidden, hidden, device),
                    dropout: DropoutConfig::new(config.attention_probs_dropout_prob).init(),
                    heads: config.num_attention_heads,
                },
                output: residual_norm(hidden),
            },
            intermediate: Intermediate {
                dense: zero_linear(hidden, config.intermediate_size, device),
            },
            output: residual_norm(config.intermediate_size),
        }
    }

    /// Hidden states `[sequences, length, hidden_size]` in and out. `padding` is
    /// `[sequences, 1, 1, length]`, true where a key is padding and must not be attended to.
    pub(super) fn forward(&self, hidden: Tensor<3>, padding: Tensor<4, Bool>) -> Tensor<3> {
        let context = self.attention.self_attention.forward(hidden.clone(), padding);
        let attended = self.attention.output.forward(context, hidden);
        let widened = gelu(self.intermediate.dense.forward(attended.clone()));
        self.output.forward(widened, attended)
    }
}

impl SelfAttention {
    /// `softmax(Q Kᵀ / √d) V` per head (Vaswani et al., 2017), shapes as in
    /// [`EncoderLayer::forward`].
    fn forward(&self, hidden: Tensor<3>, padding: Tensor<4, Bool>) -> Tensor<3> {
        let [sequences, length, width] = hidden.dims();
        let head_size = width / self.heads;
        let split = |projection: &Linear| {
            projection
                .forward(hidden.clone())
                .reshape([sequences, length, self.heads, head_size])
                .swap_dims(1, 2)
        };
        let (query, key, value) = (split(&self.query), split(&self.key), split(&self.value));
        let scores = query.matmul(key.swap_dims(2, 3)) / (head_size as f64).sqrt();
        let padding = padding.expand([sequences, self.heads, length, length]);
        let probabilities = softmax(scores.mask_fill(padding, MASKED_SCORE), 3);
        let context = self.dropout.forward(probabilities).matmul(value);
        context.swap_dims(1, 2).reshape([sequences, length, width])
    }
}

impl ResidualNorm {
    /// Both arguments and the result are `[sequences, length, ..]`.
    fn forward(&self, x: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        let x = self.dropout.forward(self.dense.forward(x));
        self.layer_norm.forward(x + residual)
    }
}
