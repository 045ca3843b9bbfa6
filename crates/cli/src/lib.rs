//! What the command lines of the programs share: a flag that several have is written once.
//!
//! # Layout
//!
//! - [`model`]: which checkpoint.
//! - [`compute`]: where and how precisely a model computes.
//! - [`columns`]: what the columns of labelled files are called.
//! - [`value`]: values that a flag takes, judged when they are parsed.
//! - [`level`]: `THREAT_KERNELS`, which has no flag.

pub mod columns;
pub mod compute;
pub mod level;
pub mod model;
pub mod value;

pub use columns::{GroupColumns, LabelColumn, TextColumn};
pub use compute::Compute;
pub use model::ModelFolder;
