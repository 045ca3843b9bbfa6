//! Between Burn's tensors and the slices that kernels work on.

use burn::backend::Flex;
use burn::backend::autodiff::{grads::Gradients, ops::Ops};
use burn::backend::flex::{FlexTensor, Layout};
use burn::module::Param;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bytes, DType, Shape, Tensor};
use kernels::{Memory, Team};

/// Calls `work` with a team of rayon's threads, which stay awake between the passes of a layer.
pub(super) fn together<R>(work: impl FnOnce(&Team<'_>) -> R) -> R {
    Team::gather(rayon::current_num_threads(), None, work)
}

pub(super) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The numbers of a contiguous tensor.
pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

pub(super) fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(shape), DType::F32)
}

/// The bias of a dense layer. Every one of ELECTRA has it; a layer without gets zeros.
pub(super) fn bias(dense: &Linear) -> Tensor<1> {
    let weight = dense.weight.val();
    let bias = dense.bias.as_ref().map(Param::val);
    bias.unwrap_or_else(|| Tensor::zeros([weight.dims()[1]], &weight.device()))
}

/// The shift of a layer norm, zeros where it has none.
pub(super) fn beta(norm: &LayerNorm) -> Tensor<1> {
    let gamma = norm.gamma.val();
    let beta = norm.beta.as_ref().map(Param::val);
    beta.unwrap_or_else(|| Tensor::zeros(gamma.dims(), &gamma.device()))
}

/// Gives each of an operation's tensors that is learnt its gradient.
pub(super) fn register<S, const N: usize>(
    gradients: &mut Gradients,
    operation: &Ops<S, N>,
    tensors: &[FlexTensor; N],
    computed: [Vec<f32>; N],
) {
    for ((parent, gradient), of) in operation.parents.iter().zip(computed).zip(tensors) {
        if let Some(node) = parent {
            let gradient = tensor(gradient, of.layout().shape().clone());
            gradients.register::<Flex>(node.id, gradient);
        }
    }
}

/// Lets others use a tensor's memory again, if it is nobody else's.
pub(super) fn give_back(tensor: FlexTensor) {
    if tensor.is_unique()
        && let Ok(values) = tensor.into_data().try_into_vec::<f32>()
    {
        Memory::give_back(values);
    }
}
