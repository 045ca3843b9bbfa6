//! Files that say something of posts without holding their texts: the SHA-256 of a text and a value.
//!
//! The caller derives the text that is hashed (normalised, in lower case) and the hash.

use std::fs::File;
use std::path::Path;

use crate::stream::Content;
use crate::{DatasetError, Format, RowReader};

/// Reads the columns `sha256` and `column` of a file, others passed over, and gives `take` the hash in lower
/// case, the value and the line. `parse` says why a value is none; `kind` names such a file.
///
/// # Errors
/// As [`RowReader`]; also for a missing column, and for a hash or a value that is none.
pub(crate) fn read<V>(
    file: &Path,
    column: &str,
    kind: &str,
    parse: impl Fn(&str) -> Result<V, String>,
    mut take: impl FnMut(String, V, u64) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let opened =
        File::open(file).map_err(|source| DatasetError::Io { file: file.to_owned(), source })?;
    let reader = RowReader::new(opened, Format::Csv, "sha256", file)?;
    let header = reader.header().unwrap_or_default();
    let Some(at) = header.iter().position(|name| name == column) else {
        let reason = format!("no column \"{column}\": a file of {kind} has sha256 and {column}");
        return Err(DatasetError::row(file, 1, reason));
    };
    for row in reader {
        let row = row?;
        let Content::Fields(fields) = row.content else { continue };
        let hash = row.text.to_ascii_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let reason = format!("\"{hash}\" is no SHA-256 in hexadecimal (64 digits)");
            return Err(DatasetError::row(file, row.line, reason));
        }
        let value = parse(&fields[at]).map_err(|why| DatasetError::row(file, row.line, why))?;
        take(hash, value, row.line)?;
    }
    Ok(())
}
