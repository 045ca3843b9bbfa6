//! What the command lines of the programs share: a flag that several have is written once.
//!
//! # Layout
//!
//! - [`parse`](fn@parse): reads the command line.
//! - [`model`]: which checkpoint.
//! - [`compute`]: where and how precisely a model computes.
//! - [`columns`]: what the columns of labelled files are called.
//! - [`value`]: values that a flag takes, judged when they are parsed.
//! - [`level`]: `THREAT_KERNELS`, which has no flag.
//! - [`file_size`]: a limit on the size of files is an error, not the end of the program.

pub mod columns;
pub mod compute;
pub mod file_size;
pub mod level;
pub mod model;
mod parse;
pub mod value;

pub use columns::{GroupColumns, LabelColumn, TextColumn};
pub use compute::Compute;
pub use model::ModelFolder;
pub use parse::parse;
