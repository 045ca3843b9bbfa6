//! What the command line means, resolved once; the rest of the program sees only this.

mod base;
mod data;
mod recipe;

pub use base::{BaseSource, base_source};
pub use data::{
    Sample, check_validation_share, data_files, file_weights, folds, near_duplicates, sample,
};
pub use recipe::{Circumstances, Hyperparameters, check_rates, hyperparameters};
