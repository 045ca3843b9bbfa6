//! ELECTRA-small with a sigmoid head, in Burn: what learns, and what scores on a GPU.
//!
//! # Layout
//!
//! - [`electra`]: the network: encoder, sigmoid head, batches.
//! - [`binding`]: between a checkpoint's tensor names and the modules of the network.
//! - [`device`]: where Burn computes.
//! - [`error`]: what can go wrong between a checkpoint and the network.

pub mod binding;
pub mod device;
pub mod electra;
pub mod error;

pub use error::ModelError;
pub use kernels::DeviceKind;
