//! Between Burn's tensors and the slices that kernels work on.

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};
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

/// Lets others use a tensor's memory again, if it is nobody else's.
pub(super) fn give_back(tensor: FlexTensor) {
    if tensor.is_unique()
        && let Ok(values) = tensor.into_data().try_into_vec::<f32>()
    {
        Memory::give_back(values);
    }
}
