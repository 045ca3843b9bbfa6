//! Errors between a checkpoint and the network.

/// Errors of building or running a network.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Tensors are missing or have another shape than the architecture needs.
    #[error("the weights of {origin} do not fit the architecture: {problems}")]
    Weights {
        /// The source of the weights.
        origin: String,
        /// Every problem, separated by semicolons.
        problems: String,
    },
    /// A device was asked for that this build does not have.
    #[error("{0}")]
    Device(String),
}
