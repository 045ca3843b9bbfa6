//! The check that weights fit an architecture.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{CheckpointError, ElectraConfig, Weights};

/// Holds the tensors to what the architecture needs, all problems in one message.
///
/// # Errors
/// [`CheckpointError::Weights`].
pub fn check(
    weights: &Weights,
    config: &ElectraConfig,
    origin: &Path,
) -> Result<(), CheckpointError> {
    compare(weights, &config.tensor_shapes(), origin)
}

/// As [`check`], against names and shapes.
pub(crate) fn compare(
    weights: &Weights,
    shapes: &BTreeMap<String, Vec<usize>>,
    origin: &Path,
) -> Result<(), CheckpointError> {
    let mut problems = Vec::new();
    for (name, expected) in shapes {
        match weights.get(name) {
            None => problems.push(format!("{name} is missing")),
            Some(tensor) if &tensor.shape != expected => {
                problems.push(format!("{name} is {:?}, expected {expected:?}", tensor.shape));
            }
            Some(tensor) if !tensor.values.iter().all(|value| value.is_finite()) => {
                problems.push(format!("{name} holds numbers that are NaN or infinite"));
            }
            Some(_) => {}
        }
    }
    for name in weights.names() {
        if !shapes.contains_key(name) {
            problems.push(format!("{name} has no place in it"));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        let origin = origin.display().to_string();
        Err(CheckpointError::Weights { origin, problems: problems.join("; ") })
    }
}
