//! What every training loop shares.
//!
//! # Layout
//!
//! - [`args`]: flags that every training has.
//! - [`step`]: one step, to be read first.
//! - [`optimizer`]: AdamW. [`schedule`]: the learning rate of every step and layer. [`loss`]: binary cross-entropy.
//! - [`evaluation`]: the network on the validation posts.
//! - [`state`]: what an interrupted training needs to go on. [`stop`]: being asked to.
//! - [`progress`]: what a person sees meanwhile.

pub mod args;
pub mod evaluation;
pub mod loss;
pub mod optimizer;
pub mod progress;
pub mod schedule;
pub mod state;
pub mod step;
pub mod stop;
