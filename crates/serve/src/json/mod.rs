//! JSON that others write: bodies of clients and replies of X. What is nearly JSON is mended first.
//!
//! - [`mistake`]: what is none says where, which field and what may stand there

mod mistake;

use std::borrow::Cow;

use dataset::mend;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A byte order mark, which editors and some libraries put before a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body of a client.
///
/// # Errors
/// The mistake in it, without a value of it: a value may be a text.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mended = mend(bytes.strip_prefix(MARK).unwrap_or(bytes)).json;
    let text = std::str::from_utf8(&mended)
        .map_err(|error| format!("byte {}: it is not UTF-8", error.valid_up_to() + 1))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| mistake::of(&error))?;
    json.end().map_err(|error| mistake::of_syntax(&error))?;
    Ok(value)
}

/// Reads a reply of X, of which nothing is certain; `None` if it is no JSON at all.
pub(crate) fn value(bytes: &[u8]) -> Option<Value> {
    let text = match mend(bytes.strip_prefix(MARK).unwrap_or(bytes)).json {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    };
    serde_json::from_str(&text).ok()
}
