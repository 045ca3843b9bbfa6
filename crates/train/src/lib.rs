//! Trains ELECTRA: fine-tunes it on labelled posts, and all that belongs to that.
//!
//! # Layout
//!
//! A module for each command, with its flags in `args` and its work in `run`:
//!
//! - [`finetune`]: a classifier of labelled posts, from a base.
//! - [`cross_validate`]: the same several times (`--folds`), every post scored by a model that has not seen it.
//! - [`calibrate`]: temperature, threshold and bands, at the end of a training and later.
//! - [`combine`]: several trained models as one checkpoint.
//! - [`pretrain`]: a base from plain text. [`distill`]: a base from a larger one.
//! - [`command`]: the choice between them.
//!
//! What they share:
//!
//! - [`data`]: files to tokenised posts, and what was found in them.
//! - [`base`]: what a training starts from. [`hub`]: fetching it from a hub, once.
//! - [`learning`]: the parts of every training loop: loss, optimiser, schedule, saved state, progress.
//! - [`language`]: long trainings on plain text, for [`pretrain`] and [`distill`].
//! - [`outcome`]: the end of a command: finished, or stopped and what it left.
//! - [`model_card`]: the parts of every model card.
//! - [`error`]: the mistakes a user can make.

pub mod base;
pub mod calibrate;
pub mod combine;
pub mod command;
pub mod cross_validate;
pub mod data;
pub mod distill;
pub mod error;
pub mod finetune;
pub mod hub;
pub mod language;
pub mod learning;
pub mod model_card;
pub mod outcome;
pub mod pretrain;

pub use error::TrainError;
pub use finetune::FinetuneArgs;
pub use learning::stop::Stop;
