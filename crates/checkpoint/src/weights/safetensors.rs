//! Reading and writing `model.safetensors`.

use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{HostTensor, Weights};
use crate::CheckpointError;

/// The number format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// 32-bit floats: exact.
    #[default]
    F32,
    /// 16-bit floats: half the size, about three decimal digits. Vectors (biases and the scales of
    /// norms) stay 32-bit floats: they are next to nothing of the file, and all that passes a layer
    /// passes through them.
    F16,
}

impl Storage {
    /// The number format for a tensor of this shape.
    fn dtype(self, shape: &[usize]) -> Dtype {
        match self {
            Self::F16 if shape.len() > 1 => Dtype::F16,
            Self::F16 | Self::F32 => Dtype::F32,
        }
    }
}

/// Reads every float tensor of a file. Integer tensors (position ids and the like) are left out.
///
/// # Errors
/// [`CheckpointError::Io`], or [`CheckpointError::Damaged`] if the file is cut short or malformed.
pub fn read(path: &Path) -> Result<Weights, CheckpointError> {
    let bytes = std::fs::read(path).map_err(CheckpointError::io("read", path))?;
    parse(&bytes, path)
}

/// As [`read`], of bytes already in memory; `path` is for messages.
///
/// # Errors
/// [`CheckpointError::Damaged`] if the bytes are cut short or malformed.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Weights, CheckpointError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        CheckpointError::damaged(path, format!("{error}; the file may be cut short: copy it again"))
    })?;
    let tensors = file.tensors().into_iter().filter_map(|(name, view)| {
        let values = decode(view.dtype(), view.data())?;
        Some((name, HostTensor { shape: view.shape().to_vec(), values }))
    });
    Ok(tensors.collect())
}

/// Little-endian bytes as floats, or `None` for a type that is no float of 16 to 64 bits.
fn decode(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => numbers(bytes, f32::from_le_bytes),
        Dtype::F16 => numbers(bytes, |two| f16::from_le_bytes(two).to_f32()),
        Dtype::BF16 => numbers(bytes, |two| bf16::from_le_bytes(two).to_f32()),
        Dtype::F64 => numbers(bytes, |eight| f64::from_le_bytes(eight) as f32),
        _ => return None,
    })
}

/// Decodes consecutive numbers of `N` bytes each.
pub(super) fn numbers<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| decode(chunk)).collect()
}

/// The bytes of a safetensors file that `transformers` reads.
///
/// # Errors
/// [`CheckpointError::Damaged`] if the library refuses the tensors.
pub fn serialize(
    weights: &Weights,
    storage: Storage,
    path: &Path,
) -> Result<Vec<u8>, CheckpointError> {
    let encoded = weights.iter().map(|(name, tensor)| {
        let dtype = storage.dtype(&tensor.shape);
        let bytes: Vec<u8> = if dtype == Dtype::F16 {
            tensor.values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect()
        } else {
            tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect()
        };
        (name.to_owned(), dtype, tensor.shape.clone(), bytes)
    });
    let encoded = encoded.collect::<Vec<_>>();
    let refuse =
        |error: safetensors::SafeTensorError| CheckpointError::damaged(path, error.to_string());
    let views = encoded.iter().map(|(name, dtype, shape, bytes)| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(refuse)?;
    // `transformers` wants to know which framework laid the tensors out.
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    safetensors::serialize(views, Some(metadata)).map_err(refuse)
}

/// Writes a safetensors file.
///
/// # Errors
/// [`CheckpointError::Io`] if the disk refuses.
pub fn write(weights: &Weights, storage: Storage, path: &Path) -> Result<(), CheckpointError> {
    let bytes = serialize(weights, storage, path)?;
    crate::file::write(path, &bytes).map_err(CheckpointError::io("write", path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn example() -> Weights {
        let tensor = |shape: &[usize], values: &[f32]| HostTensor {
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        let mut weights = Weights::default();
        weights.insert("a.weight", tensor(&[2, 2], &[1.0, -2.5, 3.25, 1e-3]));
        weights.insert("b.bias", tensor(&[3], &[0.1, 0.2, 0.3]));
        weights
    }

    #[test]
    fn what_is_written_reads_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        write(&example(), Storage::F32, &path).unwrap();
        assert_eq!(read(&path).unwrap(), example());
    }

    #[test]
    fn half_precision_keeps_three_digits_of_matrices_and_vectors_whole() {
        let bytes = serialize(&example(), Storage::F16, Path::new("x")).unwrap();
        let read = parse(&bytes, Path::new("x")).unwrap();
        assert_eq!(read.get("b.bias"), example().get("b.bias"));
        assert_ne!(read.get("a.weight"), example().get("a.weight"));
        for ((_, half), (_, full)) in read.iter().zip(example().iter()) {
            for (half, full) in half.values.iter().zip(&full.values) {
                assert!((half - full).abs() <= full.abs() * 1e-3);
            }
        }
    }

    #[test]
    fn a_truncated_file_is_refused_wherever_it_is_cut() {
        let bytes = serialize(&example(), Storage::F32, Path::new("x")).unwrap();
        for length in 0..bytes.len() {
            let error = parse(&bytes[..length], Path::new("model.safetensors")).unwrap_err();
            assert!(error.to_string().contains("model.safetensors"), "{error}");
        }
    }
}
