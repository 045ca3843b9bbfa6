//! An encoder layer, and the embeddings before it, as one operation each of our own kernels, for
//! the CPU.
//!
//! Burn builds a layer of some thirty operations, each with tensors of its own to write, keep and
//! read back, and on padded rectangles. Here a layer is one operation over the tokens of a batch,
//! packed without padding, with its derivative written out. It computes what
//! [`layer`](super::layer) does; the tests hold it to that and to finite differences.
//!
//! - `pieces`: the batch cut at sequence boundaries into what one thread takes through the layer.
//! - `forward`, `backward`: the layer on slices.
//! - `attention`: of each sequence, forward and backward.
//! - `parameters`: the tensors by name, and packed. `masks`: dropout.
//! - this file: the operation as Burn and its autodiff see it.
//! - `tables`: the embeddings on slices. `embeddings`: their operation.
//! - `tensors`: between Burn's tensors and slices.

mod attention;
mod backward;
mod embeddings;
mod forward;
mod masks;
mod parameters;
mod pieces;
mod tables;
mod tensors;

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, ExtensionType, Flex, backend_extension};
use burn::tensor::{Shape, Tensor};
use kernels::Operands;

use super::layer::EncoderLayer;
use backward::backward;
pub use embeddings::{EmbeddingTensors, FusedEmbeddings};
use forward::{Saved, forward};
use parameters::Parameters;
pub use tables::Lookup;
use tensors::{beta, bias, contiguous, give_back, register, tensor, together, values};

/// The data that a layer needs besides its tensors.
#[derive(Debug, Clone)]
pub struct Geometry {
    /// The starts of the sequences in the packed tokens, and the end of the last one.
    pub starts: Arc<[usize]>,
    /// Attention heads.
    pub heads: usize,
    /// The tokens that the layer's output is wanted of.
    pub wanted: Wanted,
    /// Of both layer norms.
    pub epsilon: f32,
    /// Dropout, while training.
    pub dropout: Option<LayerDropout>,
    /// The rounding of operands in matrix products.
    pub operands: Operands,
}

/// The tokens that a layer's output is wanted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All: `[tokens, hidden_size]`.
    All,
    /// Each sequence's first, `[sequences, hidden_size]`: all that a head reads of the last layer.
    /// Every other token then needs its key and value only. No sequence may be empty.
    First,
}

/// Dropout of one layer in one step.
#[derive(Debug, Clone, Copy)]
pub struct LayerDropout {
    /// Decides the masks; no two layers or steps share one.
    pub key: u64,
    /// After the dense layers.
    pub hidden: f32,
    /// On attention probabilities.
    pub attention: f32,
}

/// The tensors of a layer as a backend has them: hidden states `[tokens, hidden_size]`, weights
/// `[in, out]`.
#[derive(ExtensionType)]
pub struct LayerTensors<B: Backend> {
    hidden: FloatTensor<B>,
    query_weight: FloatTensor<B>,
    query_bias: FloatTensor<B>,
    key_weight: FloatTensor<B>,
    key_bias: FloatTensor<B>,
    value_weight: FloatTensor<B>,
    value_bias: FloatTensor<B>,
    context_weight: FloatTensor<B>,
    context_bias: FloatTensor<B>,
    attention_gamma: FloatTensor<B>,
    attention_beta: FloatTensor<B>,
    wide_weight: FloatTensor<B>,
    wide_bias: FloatTensor<B>,
    narrow_weight: FloatTensor<B>,
    narrow_bias: FloatTensor<B>,
    output_gamma: FloatTensor<B>,
    output_beta: FloatTensor<B>,
}

/// Number of tensors in [`LayerTensors`].
const TENSORS: usize = 17;

impl<B: Backend> LayerTensors<B> {
    fn into_array(self) -> [FloatTensor<B>; TENSORS] {
        [
            self.hidden,
            self.query_weight,
            self.query_bias,
            self.key_weight,
            self.key_bias,
            self.value_weight,
            self.value_bias,
            self.context_weight,
            self.context_bias,
            self.attention_gamma,
            self.attention_beta,
            self.wide_weight,
            self.wide_bias,
            self.narrow_weight,
            self.narrow_bias,
            self.output_gamma,
            self.output_beta,
        ]
    }
}

/// The operation. Only the CPU has it; see `EncoderLayer::forward_packed`.
#[backend_extension(Flex, Autodiff)]
pub trait FusedLayer: Backend {
    /// One encoder layer: from hidden states `[tokens, hidden_size]` to those that are wanted.
    fn encoder_layer(
        #[extension_type] tensors: LayerTensors<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;
}

impl FusedLayer for Flex {
    fn encoder_layer(tensors: LayerTensors<Self>, geometry: Geometry) -> FlexTensor {
        let tensors = tensors.into_array().map(contiguous);
        let (output, _) =
            together(|team| forward(team, &parameters(&tensors), &geometry, values(&tensors[0])));
        output_of(output, &tensors[0])
    }
}

/// The layer's output as a tensor, as wide as its input `hidden`.
fn output_of(output: Vec<f32>, hidden: &FlexTensor) -> FlexTensor {
    let width = hidden.layout().shape()[1];
    let rows = output.len() / width;
    tensor(output, Shape::new([rows, width]))
}

impl<C: CheckpointStrategy> FusedLayer for Autodiff<Flex, C> {
    fn encoder_layer(tensors: LayerTensors<Self>, geometry: Geometry) -> FloatTensor<Self> {
        let tensors = tensors.into_array();
        let nodes = tensors.each_ref().map(|tensor| tensor.node());
        let tensors = tensors.map(|tensor| contiguous(tensor.into_primitive()));
        let (output, saved) =
            together(|team| forward(team, &parameters(&tensors), &geometry, values(&tensors[0])));
        let output = output_of(output, &tensors[0]);
        match EncoderLayerBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(operation) => {
                let state = Arc::new(State { tensors, geometry, saved });
                operation.finish(state, output)
            }
            OpsKind::UnTracked(operation) => operation.finish(output),
        }
    }
}

#[derive(Debug)]
struct EncoderLayerBackward;

/// The values of the forward pass that the backward pass needs.
#[derive(Debug)]
struct State {
    tensors: [FlexTensor; TENSORS],
    geometry: Geometry,
    saved: Saved,
}

impl Backward<Flex, TENSORS> for EncoderLayerBackward {
    type State = Arc<State>;

    fn backward(
        self,
        operation: Ops<Self::State, TENSORS>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let upstream = contiguous(gradients.consume::<Flex>(&operation.node));
        let State { tensors, geometry, saved } = &*operation.state;
        let parameters = parameters(tensors);
        let hidden = values(&tensors[0]);
        let computed = together(|team| {
            backward(team, &parameters, geometry, hidden, saved, values(&upstream))
        });
        register(gradients, &operation, tensors, computed);
        give_back(upstream);
        if let Some(State { tensors: [hidden, ..], .. }) = Arc::into_inner(operation.state) {
            give_back(hidden);
        }
    }
}

/// The tensors by name, in the order of [`LayerTensors`].
fn parameters(tensors: &[FlexTensor; TENSORS]) -> Parameters<'_> {
    let [
        _,
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
    ] = tensors.each_ref().map(values);
    Parameters {
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
    }
}

impl EncoderLayer {
    /// As [`EncoderLayer::forward`], on the packed tokens of a batch, `[tokens, hidden_size]`; the
    /// result has the rows that `geometry` wants.
    ///
    /// # Panics
    /// On a device other than the CPU's `flex`.
    pub(super) fn forward_packed(&self, hidden: Tensor<2>, geometry: Geometry) -> Tensor<2> {
        let attention = &self.attention;
        let projections = &attention.self_attention;
        let weight = |linear: &burn::nn::Linear| linear.weight.val().into_dispatch();
        let bias = |linear: &burn::nn::Linear| bias(linear).into_dispatch();
        let gamma = |norm: &burn::nn::LayerNorm| norm.gamma.val().into_dispatch();
        let beta = |norm: &burn::nn::LayerNorm| beta(norm).into_dispatch();
        let tensors = LayerTensors::<Dispatch> {
            query_weight: weight(&projections.query),
            query_bias: bias(&projections.query),
            key_weight: weight(&projections.key),
            key_bias: bias(&projections.key),
            value_weight: weight(&projections.value),
            value_bias: bias(&projections.value),
            context_weight: weight(&attention.output.dense),
            context_bias: bias(&attention.output.dense),
            attention_gamma: gamma(&attention.output.layer_norm),
            attention_beta: beta(&attention.output.layer_norm),
            wide_weight: weight(&self.intermediate.dense),
            wide_bias: bias(&self.intermediate.dense),
            narrow_weight: weight(&self.output.dense),
            narrow_bias: bias(&self.output.dense),
            output_gamma: gamma(&self.output.layer_norm),
            output_beta: beta(&self.output.layer_norm),
            hidden: hidden.into_dispatch(),
        };
        Tensor::from_dispatch(<Dispatch as FusedLayer>::encoder_layer(tensors, geometry))
    }
}
