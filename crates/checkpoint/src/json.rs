//! JSON files.

use std::path::Path;

use serde_json::Value;

use crate::CheckpointError;

/// Reads and parses a JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Value, CheckpointError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(CheckpointError::MissingFile {
                folder: path.parent().unwrap_or(path).to_owned(),
                file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                hint: "is it the right folder?".to_owned(),
            });
        }
        read => read.map_err(CheckpointError::io("read", path))?,
    };
    serde_json::from_str(&text).map_err(|error| CheckpointError::damaged(path, error.to_string()))
}
