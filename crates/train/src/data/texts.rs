//! The texts of a file of any kind, for where labels do not matter: a line each (.txt), or the text
//! column of CSV or JSON; what gzip or zstd packed is unpacked on the way.

use std::fs::File;
use std::path::Path;

use checkpoint::CheckpointError;
use cli::TextColumn;
use dataset::{Format, RowReader};

use crate::error::TrainError;

/// Texts that are handed over at once: enough to keep all cores busy, few enough to hold.
const CHUNK: usize = 16_384;

/// Calls `take` with all texts of a file, in order, some thousands at once.
///
/// # Errors
/// [`TrainError::Data`] or [`TrainError::Model`] for a file that cannot be read, naming it.
pub fn each_chunk(
    file: &Path,
    column: &TextColumn,
    mut take: impl FnMut(&[String]),
) -> Result<(), TrainError> {
    let input = File::open(file).map_err(CheckpointError::io("read", file))?;
    let mut rows = RowReader::open(input, &column.reading(Format::of(file)), file)?;
    loop {
        let chunk: Vec<String> = rows
            .by_ref()
            .take(CHUNK)
            .map(|row| row.map(|row| row.text))
            .collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            return Ok(());
        }
        take(&chunk);
    }
}
