//! Temperature, threshold and bands of a model, and `train calibrate`, which chooses them anew for a model
//! that is trained already, on posts of the place where it will be used.
//!
//! # Layout
//!
//! - [`fit`]: temperature, threshold and bands, from validation posts only. Fine-tuning uses it too.
//! - [`threshold`]: the rule for the threshold.
//! - [`args`]: the command line of `train calibrate`. [`run`](mod@run): from there to a checkpoint.
//! - [`each`]: one model of a checkpoint, on the posts that it judges.
//! - [`card`]: what the checkpoint says of it.

pub mod args;
pub mod card;
pub mod each;
pub mod fit;
pub mod run;
pub mod threshold;

pub use args::CalibrateArgs;
pub use each::{Calibrated, CalibrationRecord};
pub use run::run;
