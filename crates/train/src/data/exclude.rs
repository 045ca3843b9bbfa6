//! Leaving out what stands in the files of `--exclude`: posts that the model will be judged on
//! later, which must be neither learned from nor chosen by.

use std::collections::HashSet;

use rayon::prelude::*;

use super::row::{Row, key};
use crate::data::texts;
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;

/// The keys of all texts in the files of `--exclude`.
///
/// # Errors
/// [`TrainError::Data`] or [`TrainError::Model`] for a file that cannot be read.
pub(super) fn keys(args: &FinetuneArgs) -> Result<HashSet<String>, TrainError> {
    let mut keys = HashSet::new();
    for file in &args.exclude {
        texts::each_chunk(file, &args.text, |texts| {
            keys.par_extend(texts.par_iter().map(|text| key(text)));
        })?;
    }
    Ok(keys)
}

/// Removes the rows with one of these keys; how many.
pub(super) fn remove(rows: &mut Vec<Row>, keys: &HashSet<String>) -> usize {
    let before = rows.len();
    rows.retain(|row| !keys.contains(&row.key));
    before - rows.len()
}
