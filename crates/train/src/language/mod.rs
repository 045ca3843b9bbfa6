//! Long trainings on plain text: what pretraining and distillation share.
//!
//! - [`args`]: the flags that both have.
//! - [`corpus`]: text files to word pieces.
//! - [`batches`]: which texts make up which batch.
//! - [`learn`]: the loop.
//! - [`output`]: a base as a folder.

pub mod args;
pub mod batches;
pub mod corpus;
pub mod learn;
pub mod output;

pub use args::LanguageArgs;
pub use corpus::Corpus;
pub use learn::{Learned, Objective, Run};
