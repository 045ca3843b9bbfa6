//! What is looked up in a text without a model.
//!
//! - [`language`]: a guess at its language, for slices only.
//! - [`terms`]: whether it names ISIS, Islam or the region.
//! - [`structure`]: marks of how a row was collected, without any word.
//! - [`twin`]: what two texts share that are the same but for case and marks.
//! - [`words()`]: what a word is, the same as to the baselines.

pub mod language;
pub mod structure;
pub mod terms;
pub mod twin;

pub use baselines::words;
