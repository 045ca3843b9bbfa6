//! Flags that several programs share.
//!
//! # Layout
//!
//! - [`parse`](fn@parse): reads the command line.
//! - [`model`]: the checkpoint.
//! - [`compute`]: device, precision, threads.
//! - [`columns`]: names of the columns in data files.
//! - [`value`]: parsers that check a flag's value.
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
pub use model::{ModelFolder, usual_model};
pub use parse::parse;
