//! Named tensors on the host, and the files they live in.
//!
//! Names are Hugging Face's for ELECTRA, values 32-bit floats whatever the file held, and dense
//! weights lie as PyTorch has them, `[out, in]`. Ours besides: `pooler.dense.*`, `classifier.*`.
//!
//! # Layout
//!
//! - [`safetensors`](mod@self::safetensors): reading and writing `model.safetensors`.
//! - [`pytorch`]: reading `pytorch_model.bin`.
//! - [`initial`]: random weights to start from.

pub mod initial;
pub mod pytorch;
pub mod safetensors;

use std::collections::BTreeMap;

/// A tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    /// Sizes of the dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Tensors by name, in the order of names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights(BTreeMap<String, HostTensor>);

impl Weights {
    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&HostTensor> {
        self.0.get(name)
    }

    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: impl Into<String>, tensor: HostTensor) {
        self.0.insert(name.into(), tensor);
    }

    /// Takes a tensor out.
    pub fn remove(&mut self, name: &str) -> Option<HostTensor> {
        self.0.remove(name)
    }

    /// All tensors, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HostTensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Number of parameters in all tensors.
    pub fn parameters(&self) -> usize {
        self.0.values().map(|tensor| tensor.values.len()).sum()
    }

    /// A share of the way from these weights to others of the same architecture: 0 gives these, 1
    /// the others. A tensor that the others lack stays.
    #[must_use]
    pub fn towards(self, others: &Self, share: f32) -> Self {
        let moved = self.0.into_iter().map(|(name, mut tensor)| {
            if let Some(other) = others.get(&name) {
                for (value, other) in tensor.values.iter_mut().zip(&other.values) {
                    *value += share * (other - *value);
                }
            }
            (name, tensor)
        });
        moved.collect()
    }

    /// The same tensors under other names; a name mapped to `None` is dropped.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&str) -> Option<String>) -> Self {
        self.0.into_iter().filter_map(|(name, tensor)| Some((rename(&name)?, tensor))).collect()
    }
}

impl FromIterator<(String, HostTensor)> for Weights {
    fn from_iter<I: IntoIterator<Item = (String, HostTensor)>>(tensors: I) -> Self {
        Self(tensors.into_iter().collect())
    }
}

impl Extend<(String, HostTensor)> for Weights {
    fn extend<I: IntoIterator<Item = (String, HostTensor)>>(&mut self, tensors: I) {
        self.0.extend(tensors);
    }
}

impl IntoIterator for Weights {
    type Item = (String, HostTensor);
    type IntoIter = std::collections::btree_map::IntoIter<String, HostTensor>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
