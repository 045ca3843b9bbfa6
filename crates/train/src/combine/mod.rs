//! `train combine`: several trained models as one checkpoint, each for languages of its own. The networks stay as
//! they are; the others' scores are laid on the main model's scale.
//!
//! # Layout
//!
//! - [`args`]: the command line. [`run`](mod@run): from there to a checkpoint.
//! - [`card`]: what the checkpoint says of its models.

pub mod args;
pub mod card;
pub mod run;

pub use args::CombineArgs;
pub use run::run;
