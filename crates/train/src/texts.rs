//! The texts of a file of any kind, for where labels do not matter: a line each (.txt), or the text
//! column of CSV or JSON lines; `.zst` is unpacked on the way.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use checkpoint::CheckpointError;
use dataset::{Format, RowReader};
use ruzstd::decoding::StreamingDecoder;

use crate::error::TrainError;

/// Texts that are handed over at once: enough to keep all cores busy, few enough to hold.
const CHUNK: usize = 16_384;

/// Calls `take` with all texts of a file, in order, some thousands at once.
///
/// # Errors
/// [`TrainError::Data`] or [`TrainError::Model`] for a file that cannot be read, naming it.
pub fn each_chunk(
    file: &Path,
    text_column: &str,
    mut take: impl FnMut(&[String]),
) -> Result<(), TrainError> {
    let (input, inner) = open(file)?;
    let mut rows = RowReader::new(input, Format::of(&inner), text_column, file)?;
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

/// A file to read, unpacked where it ends in `.zst`, and its name without that.
fn open(path: &Path) -> Result<(Box<dyn Read>, PathBuf), TrainError> {
    let file = BufReader::new(File::open(path).map_err(CheckpointError::io("read", path))?);
    if path.extension().is_none_or(|extension| extension != "zst") {
        return Ok((Box::new(file), path.to_owned()));
    }
    let unpacked = StreamingDecoder::new(file)
        .map_err(|error| CheckpointError::damaged(path, format!("it is no zstd file: {error}")))?;
    Ok((Box::new(unpacked), path.with_extension("")))
}
