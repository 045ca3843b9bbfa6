//! `train`: a classifier of labelled posts, from a base.
//!
//! # Layout
//!
//! - [`args`]: the command line, as typed. [`settings`]: its meaning.
//! - [`run`](mod@run): from there to a checkpoint.
//! - [`batches`]: which posts make up which batch. [`word_dropout`]: words hidden from the network meanwhile.
//! - [`trainer`]: the training loop, to be read from top to bottom.
//! - [`card`]: what the checkpoint says of itself. [`mod@trainer_state`]: the curves, for other tools.

pub mod args;
pub mod batches;
pub mod card;
pub mod run;
pub mod settings;
pub mod trainer;
pub mod trainer_state;
pub mod word_dropout;

pub use args::FinetuneArgs;
pub use card::TrainingRecord;
pub use run::run;
