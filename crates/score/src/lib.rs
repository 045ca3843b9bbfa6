//! Scores files and streams of tweets: rows in, the same rows out with `score`, `label`, `band`,
//! `reason`, `lang` and `truncated` beside them, in constant memory.
//!
//! # Layout
//!
//! - [`args`]: the command line, and what it means.
//! - [`stream`]: from the first row to the last: the loop.
//! - [`added`]: the added columns, and what they are called where a name is taken.
//! - [`rows`]: a scored row as CSV or JSON.
//! - [`sink`]: where rows go: a file that appears whole or not at all, or a pipe.
//! - `parquet`: the same for Parquet, column by column, in builds with that feature.
//! - [`progress`]: how far it is, on standard error.
//! - [`error`]: the mistakes a user can make here.

pub mod added;
pub mod args;
pub mod error;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod progress;
pub mod rows;
pub mod sink;
pub mod stream;

pub use args::{Args, Job};
pub use error::ScoreError;
pub use stream::{Stream, Summary};
