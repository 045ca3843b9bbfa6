//! Models simple enough to be trained in seconds, so that a figure has something beside it.
//!
//! They read normalised texts; case makes no difference to them. What rows they are given, and what
//! threshold they are judged at, is the caller's to say.
//!
//! # Layout
//! - [`baseline`]: all that a model is held against, by name and trained.
//! - [`majority`]: the share of positives, whatever the text.
//! - [`keywords`]: how many words of a fixed list a text holds.
//! - [`tfidf`]: logistic regression on word and character n-grams, the strong one.
//! - [`ngrams`], [`sparse`], [`logistic`]: its features, their matrix, its solver.
//! - [`boosting`]: boosted trees on few numbers, for audits.
//! - [`words()`]: what a word is.

pub mod baseline;
pub mod boosting;
pub mod keywords;
pub mod logistic;
pub mod majority;
pub mod ngrams;
pub mod sparse;
pub mod tfidf;
mod words;

pub use baseline::{Baseline, Trained};
pub use words::words;
