//! Writing a file whole or not at all.

use std::path::Path;

use crate::error::EvalError;

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, contents: &[u8]) -> Result<(), EvalError> {
    checkpoint::file::write(path, contents).map_err(EvalError::io("write", path))
}
