//! `train calibrate`: another trade-off between missed posts and false alarms for a model that is
//! trained already, chosen on posts of the place where it will be used.
//!
//! # Layout
//!
//! - [`args`]: the command line.
//! - [`run`](mod@run): from there to a checkpoint.
//! - [`card`]: what the checkpoint says of it.

pub mod args;
pub mod card;
pub mod run;

pub use args::RecalibrateArgs;
pub use run::run;
