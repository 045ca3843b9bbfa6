//! Looks for words and marks in a text without a model.
//!
//! - [`terms`]: whether it names ISIS, Islam or the region.
//! - [`structure`]: marks of how a row was collected, without any word.
//! - [`twin`]: what two texts share that are the same but for case and marks.
//! - [`words()`]: what a word is, the same as to the baselines.

pub mod structure;
pub mod terms;
pub mod twin;

pub use baselines::words;
