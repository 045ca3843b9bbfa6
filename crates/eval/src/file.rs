//! Writing a file whole or not at all.

use std::path::Path;

use crate::error::EvalError;

/// Writes a file whole or not at all: under another name first.
pub(crate) fn write_file(path: &Path, contents: &[u8]) -> Result<(), EvalError> {
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    std::fs::write(&partial, contents).and_then(|()| std::fs::rename(&partial, &path)).map_err(
        |error| {
            let _ = std::fs::remove_file(&partial);
            EvalError::io("write", &path)(error)
        },
    )
}
