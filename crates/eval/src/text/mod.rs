//! What is looked up in a text without a model.
//!
//! - [`language`]: a guess at its language, for slices only.
//! - [`terms`]: whether it names ISIS, Islam or the region.
//! - [`structure`]: marks of how a row was collected, without any word.
//! - [`twin`]: what two texts share that are the same but for case and marks.

pub mod language;
pub mod structure;
pub mod terms;
pub mod twin;

/// Lower-case words: runs of letters, digits, `_` and `'`.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\''))
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
