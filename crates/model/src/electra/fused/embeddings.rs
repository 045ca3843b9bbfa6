//! The embeddings as one operation, as Burn and its autodiff see it.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, ExtensionType, Flex, backend_extension};
use burn::nn::Linear;
use burn::tensor::{Shape, Tensor};
use kernels::Team;

use super::tables::{Lookup, Parameters, Saved, TENSORS, backward, forward};
use super::tensors::{beta, bias, contiguous, give_back, register, tensor, together, values};
use crate::electra::embeddings::Embeddings;

/// The tensors of the embeddings as a backend has them: tables `[rows, embedding_size]`, the
/// projection `[embedding_size, hidden_size]`, both of its tensors empty where there is none.
#[derive(ExtensionType)]
pub struct EmbeddingTensors<B: Backend> {
    word: FloatTensor<B>,
    position: FloatTensor<B>,
    segment: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
}

impl<B: Backend> EmbeddingTensors<B> {
    fn into_array(self) -> [FloatTensor<B>; TENSORS] {
        [self.word, self.position, self.segment, self.gamma, self.beta, self.weight, self.bias]
    }
}

/// The tensors by name, in the order of [`EmbeddingTensors`].
fn parameters(tensors: &[FlexTensor; TENSORS]) -> Parameters<'_> {
    let [word, position, segment, gamma, beta, weight, bias] = tensors.each_ref().map(values);
    Parameters { word, position, segment, gamma, beta, weight, bias }
}

/// The operation. Only the CPU has it; see `Embeddings::forward_packed`.
#[backend_extension(Flex, Autodiff)]
pub trait FusedEmbeddings: Backend {
    /// Embeddings after norm, dropout and projection, `[tokens, hidden_size]`.
    fn embeddings(
        #[extension_type] tensors: EmbeddingTensors<Self>,
        lookup: Lookup,
    ) -> FloatTensor<Self>;
}

impl FusedEmbeddings for Flex {
    fn embeddings(tensors: EmbeddingTensors<Self>, lookup: Lookup) -> FlexTensor {
        let tensors = tensors.into_array().map(contiguous);
        let (output, _) = together(|team| forward(team, &parameters(&tensors), &lookup));
        tensor(output, shape(&tensors, &lookup))
    }
}

impl<C: CheckpointStrategy> FusedEmbeddings for Autodiff<Flex, C> {
    fn embeddings(tensors: EmbeddingTensors<Self>, lookup: Lookup) -> FloatTensor<Self> {
        let tensors = tensors.into_array();
        let nodes = tensors.each_ref().map(|tensor| tensor.node());
        let tensors = tensors.map(|tensor| contiguous(tensor.into_primitive()));
        let (output, saved) = together(|team| forward(team, &parameters(&tensors), &lookup));
        let output = tensor(output, shape(&tensors, &lookup));
        match EmbeddingsBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(operation) => {
                operation.finish(Arc::new(State { tensors, lookup, saved }), output)
            }
            OpsKind::UnTracked(operation) => operation.finish(output),
        }
    }
}

/// The output's shape.
fn shape(tensors: &[FlexTensor; TENSORS], lookup: &Lookup) -> Shape {
    Shape::new([lookup.input_ids.len(), parameters(tensors).outputs()])
}

#[derive(Debug)]
struct EmbeddingsBackward;

/// The values of the forward pass that the backward pass needs.
#[derive(Debug)]
struct State {
    tensors: [FlexTensor; TENSORS],
    lookup: Lookup,
    saved: Saved,
}

impl Backward<Flex, TENSORS> for EmbeddingsBackward {
    type State = Arc<State>;

    fn backward(
        self,
        operation: Ops<Self::State, TENSORS>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let upstream = contiguous(gradients.consume::<Flex>(&operation.node));
        let State { tensors, lookup, saved } = &*operation.state;
        let work = |team: &Team<'_>| {
            backward(team, &parameters(tensors), lookup, saved, values(&upstream))
        };
        register(gradients, &operation, tensors, together(work));
        give_back(upstream);
    }
}

impl Embeddings {
    /// The embeddings of all tokens of `lookup` after norm and dropout, taken through
    /// `projection`, if given: `[tokens, embedding_size]`, or as wide as that makes them.
    ///
    /// # Panics
    /// On a device other than the CPU's `flex`, or if a table has no such row.
    pub(in crate::electra) fn forward_packed(
        &self,
        projection: Option<&Linear>,
        lookup: Lookup,
    ) -> Tensor<2> {
        let word = self.word_embeddings.weight.val();
        let device = word.device();
        let none = || Tensor::<1>::zeros([0], &device);
        let (weight, bias) = match projection {
            Some(dense) => (dense.weight.val().into_dispatch(), bias(dense).into_dispatch()),
            None => (none().into_dispatch(), none().into_dispatch()),
        };
        let tensors = EmbeddingTensors::<Dispatch> {
            word: word.into_dispatch(),
            position: self.position_embeddings.weight.val().into_dispatch(),
            segment: self.token_type_embeddings.weight.val().into_dispatch(),
            gamma: self.layer_norm.gamma.val().into_dispatch(),
            beta: beta(&self.layer_norm).into_dispatch(),
            weight,
            bias,
        };
        Tensor::from_dispatch(<Dispatch as FusedEmbeddings>::embeddings(tensors, lookup))
    }
}
