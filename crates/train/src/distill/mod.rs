//! A teacher's knowledge into an ELECTRA of another shape, from text without labels.
//!
//! - [`args`]: the command line. [`run`](mod@run): from there to a folder.
//! - [`hidden`]: the student learns what the teacher's layers make of each word.
//! - [`reduce`]: the teacher's embedding tables in fewer dimensions, to start from.
//! - [`narrow`](mod@narrow): the teacher itself with such tables, to start from.
//! - [`shallow`](mod@shallow): the teacher with fewer layers, to start from.

pub mod args;
pub mod hidden;
pub mod narrow;
pub mod reduce;
pub mod run;
pub mod shallow;

pub use args::DistillArgs;
pub use run::run;
