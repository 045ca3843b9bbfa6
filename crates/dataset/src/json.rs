//! One JSON object a line.

use std::path::Path;

use serde_json::{Map, Value};

use crate::DatasetError;

/// The object on a line.
pub(crate) fn object(
    file: &Path,
    row: u64,
    line: &str,
) -> Result<Map<String, Value>, DatasetError> {
    serde_json::from_str(line).map_err(|error| {
        let reason = if line.trim_start().starts_with('[') {
            "a JSON array: expected one object a line (`jq -c '.[]'` makes such a file)".to_owned()
        } else {
            format!("not a JSON object: {error}")
        };
        DatasetError::row(file, row, reason)
    })
}

/// A value as the text that a CSV file would have in its place; `None` for lists and objects.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
