//! Reading `pytorch_model.bin`.

use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader};

use super::safetensors::numbers;
use super::{HostTensor, Weights};
use crate::CheckpointError;

/// Reads every float tensor of a PyTorch state dict. Integer tensors are left out. No code in the
/// pickle is run.
///
/// # Errors
/// [`CheckpointError::Damaged`] if the file is cut short, malformed or no state dict.
pub fn read(path: &Path) -> Result<Weights, CheckpointError> {
    let damaged = |reason: String| CheckpointError::damaged(path, reason);
    let reader = PytorchReader::new(path).map_err(|error| damaged(error.to_string()))?;
    let mut weights = Weights::default();
    for (name, tensor) in reader.into_tensors() {
        let decode: fn(&[u8]) -> Vec<f32> = match tensor.dtype() {
            DType::F32 => |bytes| numbers(bytes, f32::from_le_bytes),
            DType::F16 => |bytes| numbers(bytes, |two| f16::from_le_bytes(two).to_f32()),
            DType::BF16 => |bytes| numbers(bytes, |two| bf16::from_le_bytes(two).to_f32()),
            DType::F64 => |bytes| numbers(bytes, |eight| f64::from_le_bytes(eight) as f32),
            _ => continue,
        };
        let bytes = tensor.read().map_err(|error| damaged(error.to_string()))?;
        let values = decode(&bytes);
        weights.insert(name, HostTensor { shape: tensor.shape().to_vec(), values });
    }
    Ok(weights)
}
