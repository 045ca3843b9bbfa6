//! Reviewers' verdicts on scored posts, in one SQLite file, and never a text.
//!
//! - [`verdict`]: what a reviewer can say, and of what
//! - [`store`]: the file
//! - [`summary`]: how often each band was right
//! - [`mod@export`]: labelled ids for retraining
//!
//! Verdicts are only ever added. Of several on the same post the last counts, so that a second
//! look or an appeal corrects the first.

mod export;
mod store;
mod summary;
mod verdict;

pub use export::export;
pub use store::{FeedbackStore, Labelled, ModelVerdicts};
pub use summary::{BandPrecision, Bounds, CONFIDENCE, Counts, by_band};
pub use verdict::{Band, Finding, Post, Verdict};
