//! A mapped `model.safetensors`.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use checkpoint::CheckpointError;
use checkpoint::ElectraConfig;
use half::{bf16, f16};
use kernels::MappedFile;
use kernels::mapped::as_f32;
use safetensors::{Dtype, SafeTensors};

/// Tensors by name, read out of the file when asked for.
pub(crate) struct Tensors {
    file: MappedFile,
    path: PathBuf,
    index: Vec<(String, Place)>,
}

/// The type, shape and bytes of a tensor in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

impl Tensors {
    /// Maps a file and holds its tensors to an architecture.
    pub(crate) fn open(path: &Path, config: &ElectraConfig) -> Result<Self, CheckpointError> {
        let file = MappedFile::open(path).map_err(CheckpointError::io("read", path))?;
        let damaged = |reason: String| {
            CheckpointError::damaged(path, format!("{reason}; copy the file again"))
        };
        let parsed = SafeTensors::deserialize(file.bytes())
            .map_err(|error| damaged(format!("{error}: it may be cut short")))?;
        let start = file.bytes().as_ptr() as usize;
        let index = parsed.tensors().into_iter().map(|(name, view)| {
            let first = view.data().as_ptr() as usize - start;
            let bytes = first..first + view.data().len();
            (name, Place { dtype: view.dtype(), shape: view.shape().to_vec(), bytes })
        });
        let index = index.collect();
        let tensors = Self { file, path: path.to_owned(), index };
        let problems = tensors.problems(config);
        if problems.is_empty() {
            Ok(tensors)
        } else {
            let origin = tensors.path.display().to_string();
            Err(CheckpointError::Weights { origin, problems: problems.join("; ") })
        }
    }

    /// Tensors that the architecture needs and this file does not have.
    fn problems(&self, config: &ElectraConfig) -> Vec<String> {
        let needed = config.tensor_shapes().into_iter();
        needed
            .filter_map(|(name, shape)| match self.place(&name) {
                None => Some(format!("{name} is missing")),
                Some(place) if place.shape != shape => {
                    Some(format!("{name} has shape {:?}, expected {shape:?}", place.shape))
                }
                Some(place) if width(place.dtype).is_none() => {
                    Some(format!("{name} is of type {:?}, expected floats", place.dtype))
                }
                Some(_) => None,
            })
            .collect()
    }

    /// The place of a tensor in the file.
    pub(crate) fn place(&self, name: &str) -> Option<&Place> {
        self.index.iter().find(|(other, _)| other == name).map(|(_, place)| place)
    }

    /// A tensor that [`Tensors::open`] has seen to be there, as f32: in place where it is stored so.
    pub(crate) fn get(&self, name: &str) -> Result<Cow<'_, [f32]>, CheckpointError> {
        let place = self
            .place(name)
            .ok_or_else(|| CheckpointError::damaged(&self.path, format!("it has no {name}")))?;
        Ok(floats(place.dtype, &self.file.bytes()[place.bytes.clone()]))
    }

    /// A copy of one tensor, to read rows of it when the file is no longer mapped: a process that
    /// lives on must not depend on nobody cutting the file short.
    pub(crate) fn rows(&self, name: &str) -> Result<Rows, CheckpointError> {
        let missing = || CheckpointError::damaged(&self.path, format!("it has no {name}"));
        let place = self.place(name).cloned().ok_or_else(missing)?;
        let [count, columns] = place.shape[..] else { return Err(missing()) };
        let bytes = self.file.bytes()[place.bytes.clone()].to_vec();
        Ok(Rows { bytes, dtype: place.dtype, count, columns })
    }
}

/// A two-dimensional tensor of which single rows are read, kept as it was stored.
pub(crate) struct Rows {
    bytes: Vec<u8>,
    dtype: Dtype,
    count: usize,
    columns: usize,
}

impl Rows {
    /// Row `index`; there must be one.
    pub(crate) fn row(&self, index: usize) -> Cow<'_, [f32]> {
        let stride = self.bytes.len() / self.count;
        floats(self.dtype, &self.bytes[index * stride..(index + 1) * stride])
    }

    /// Numbers in a row.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}

/// Bytes of a number, for the types that are read.
fn width(dtype: Dtype) -> Option<usize> {
    match dtype {
        Dtype::F16 | Dtype::BF16 => Some(2),
        Dtype::F32 => Some(4),
        Dtype::F64 => Some(8),
        _ => None,
    }
}

fn floats(dtype: Dtype, bytes: &[u8]) -> Cow<'_, [f32]> {
    let decoded = match dtype {
        Dtype::F16 => decode(bytes, |two| f16::from_le_bytes(two).to_f32()),
        Dtype::BF16 => decode(bytes, |two| bf16::from_le_bytes(two).to_f32()),
        Dtype::F64 => decode(bytes, |eight| f64::from_le_bytes(eight) as f32),
        _ => match as_f32(bytes) {
            Some(numbers) => return Cow::Borrowed(numbers),
            None => decode(bytes, f32::from_le_bytes),
        },
    };
    Cow::Owned(decoded)
}

fn decode<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| number(chunk)).collect()
}
