//! ELECTRA's own objective (Clark et al., 2020): a small generator fills in masked words, the
//! discriminator tells of every word whether it was replaced.
//!
//! - [`args`]: the command line. [`run`](mod@run): from there to a folder.
//! - [`network`]: generator and discriminator, which share the embedding tables.
//! - [`masking`]: which words are masked, and what the generator puts there.
//! - [`objective`]: the two losses.

pub mod args;
pub mod masking;
pub mod network;
pub mod objective;
pub mod run;

pub use args::PretrainArgs;
pub use run::run;
