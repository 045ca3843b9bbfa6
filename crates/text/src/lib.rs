//! From a tweet's text to word pieces: no network, no Burn.
//!
//! ```text
//! text ─ normalise ─ language ─ word pieces
//! ```
//!
//! # Layout
//!
//! - [`normaliser`]: normalisation, so that a score measures language and not encodings.
//! - [`language`]: in which language a text is, and which part of it a model can read.
//! - [`tokenizer`]: normalised text to word pieces.
//! - [`windows`]: a text longer than a model reads at once, in parts that overlap.
//! - [`error`]: errors in a vocabulary's files.

pub mod error;
pub mod language;
pub mod normaliser;
pub mod tokenizer;
pub mod windows;

pub use error::{OneLine, TextError};
pub use language::{Claims, Readable, Reason, Told};
pub use normaliser::{NORMALISER_VERSION, normalise};
pub use tokenizer::{Encoding, TweetTokenizer};
pub use windows::{MOST_WINDOWS, Window, Windows};
