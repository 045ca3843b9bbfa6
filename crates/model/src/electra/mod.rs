//! ELECTRA's discriminator with a sigmoid head, in Burn.
//!
//! # Layout
//!
//! - [`batch`]: tokenised texts of a batch, packed without padding.
//! - [`embeddings`]: word pieces to vectors.
//! - [`layer`]: one encoder layer of Burn's primitives, for any device.
//! - [`fused`]: the embeddings and the same layer as one operation each of our kernels, for the CPU.
//! - [`pass`]: how a forward pass is to be computed.
//! - [`classifier`]: embeddings, encoder, pooler and the sigmoid unit together.

pub mod batch;
pub mod classifier;
pub mod embeddings;
pub mod fused;
pub mod layer;
pub mod pass;

pub use batch::TokenBatch;
pub use classifier::{Electra, ElectraClassifier};
pub use pass::Pass;
