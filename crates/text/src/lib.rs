//! What is read of a tweet's text: no network, no Burn.
//!
//! ```text
//! text ─ normalise ─ word pieces
//! ```
//!
//! # Layout
//!
//! - [`normaliser`]: normalisation, so that a score measures language and not encodings.
//! - [`tokenizer`]: normalised text to word pieces.
//! - [`error`]: what can be wrong with a vocabulary's files.

pub mod error;
pub mod normaliser;
pub mod tokenizer;

pub use error::TextError;
pub use normaliser::{NORMALISER_VERSION, normalise};
pub use tokenizer::{Encoding, TweetTokenizer};
