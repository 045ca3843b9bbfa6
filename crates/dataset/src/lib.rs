//! Labelled tweet files: reading them, and splitting them without leaks.
//!
//! Nothing here knows what a model is. Where texts must be compared, the caller passes keys that
//! it derived from them.
//!
//! # Layout
//!
//! - [`columns`]: which column is what, and finding it in a header.
//! - [`format`](mod@format): CSV, JSON lines or plain lines; encodings; delimiters.
//! - [`labelled`]: whole labelled files in memory: [`Example`], [`Dataset`].
//! - [`stream`]: rows of any kind one by one, for files that do not fit in memory.
//! - `table`: CSV rows with the lines they start on; behind both readers.
//! - `json`: JSON objects, one a line; likewise.
//! - `lines`: line numbers, and a bound on a row's length. `quotes`: whether quoted fields are whole.
//! - [`split`]: sampling, holding out and folds that keep groups on one side.
//! - [`duplicates`]: the same text twice, or with both labels.
//! - [`near`]: texts that are nearly the same.
//! - [`post_labels`]: labels of single posts, by the hash of their text.
//! - [`random`]: the small generator behind all of it.
//! - [`error`]: the mistakes a user can make with a file.

pub mod columns;
pub mod duplicates;
pub mod error;
pub mod format;
mod json;
pub mod labelled;
mod lines;
pub mod near;
pub mod post_labels;
mod quotes;
pub mod random;
pub mod split;
pub mod stream;
mod table;

pub use columns::Columns;
pub use duplicates::{Duplicates, find_duplicates};
pub use error::DatasetError;
pub use format::Format;
pub use labelled::{Dataset, Example, FileLabel, LabelledFile};
pub use near::{NearTexts, join_near, near_shared};
pub use post_labels::{PostLabel, PostLabels};
pub use random::Random;
pub use split::{Groups, folds, hold_out, sample};
pub use stream::{Row, RowReader};
