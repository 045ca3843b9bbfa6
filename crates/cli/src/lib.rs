//! Flags that several programs share.
//!
//! # Layout
//!
//! - [`model`]: the checkpoint.
//! - [`compute`]: device, precision, threads.
//! - [`columns`]: names of the columns in data files.
//! - [`value`]: parsers that check a flag's value.
//! - [`level`]: `THREAT_KERNELS`, which has no flag.

pub mod columns;
pub mod compute;
pub mod level;
pub mod model;
pub mod value;

pub use columns::{GroupColumns, LabelColumn, TextColumn};
pub use compute::Compute;
pub use model::ModelFolder;
