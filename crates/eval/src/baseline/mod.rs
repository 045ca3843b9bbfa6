//! Models simple enough to be trained in seconds, so that a figure has something beside it.
//!
//! - [`majority`]: the share of positives, whatever the text.
//! - [`keywords`]: how many words of a fixed list a text holds.
//! - [`tfidf`]: logistic regression on word and character n-grams, the strong one.
//! - [`ngrams`], [`sparse`], [`logistic`]: its features, their matrix, its solver.
//! - [`boosting`]: boosted trees on few numbers, for the leak audit.
//! - [`train`]: all of them on one file, each with a threshold from rows held out.

pub mod boosting;
pub mod keywords;
pub mod logistic;
pub mod majority;
pub mod ngrams;
pub mod sparse;
pub mod tfidf;
pub mod train;
