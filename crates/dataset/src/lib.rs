//! Labelled tweet files: reading them, and splitting them without leaks.
//!
//! Nothing here knows what a model is. Where texts must be compared, the caller passes keys that
//! it derived from them.
//!
//! # Layout
//!
//! - [`columns`]: which column is what, and finding it in a header.
//! - [`format`](mod@format): CSV, JSON or plain lines; delimiters and quotes.
//! - [`stream`]: rows of any kind one by one, for files that do not fit in memory.
//! - [`labelled`]: whole labelled files in memory: [`Example`], [`Dataset`].
//! - `input`: a file's bytes as UTF-8. `packed`: gzip and zstd. `foreign`: what is no text.
//! - `table`: CSV rows with the lines they start on. `quotes`: whether quoted fields are whole.
//!   `lines`: line numbers, and a bound on a row's length. `utf8`: where bytes are no text.
//! - `values`: JSON values one by one. [`mend`](mod@mend): what is nearly JSON. [`json`]: objects, their values as
//!   they are written. `post`: where an object has its text. `export`: what annotators said of it.
//! - `parquet`: tables of Parquet, `verdicts`: those of a review queue, in builds with these features.
//! - [`split`]: sampling, holding out and folds that keep groups on one side.
//! - [`duplicates`]: the same text twice, or with both labels.
//! - [`near`]: texts that are nearly the same.
//! - [`post_labels`]: labels of single posts, by the hash of their text; [`teacher_logits`]: what a larger
//!   model gives to them.
//! - [`random`]: the small generator behind all of it.
//! - [`error`]: the mistakes a user can make with a file.

mod by_hash;
pub mod columns;
pub mod duplicates;
pub mod error;
mod export;
mod foreign;
pub mod format;
mod input;
pub mod json;
pub mod labelled;
mod lines;
pub mod mend;
pub mod near;
mod packed;
#[cfg(feature = "parquet")]
pub mod parquet;
mod post;
pub mod post_labels;
mod quotes;
pub mod random;
pub mod split;
pub mod stream;
mod table;
pub mod teacher_logits;
mod utf8;
mod values;
#[cfg(feature = "sqlite")]
pub mod verdicts;

pub use columns::Columns;
pub use duplicates::{Duplicates, find_duplicates};
pub use error::DatasetError;
pub use export::Vote;
pub use format::{Format, Quoting};
pub use json::Object;
pub use labelled::{Dataset, Example, FileLabel, LabelledFile, parse_label};
pub use mend::mend;
pub use near::{NearTexts, join_near, near_shared};
pub use post_labels::{PostLabel, PostLabels};
pub use random::Random;
pub use split::{Groups, folds, hold_out, sample};
pub use stream::{Reading, Row, RowReader};
pub use teacher_logits::TeacherLogits;
