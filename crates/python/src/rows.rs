//! Reads a Python object as a row: a text, or an error.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyString};

/// Of a row that is not scored: why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowError {
    /// Nothing is there: `None`, `NaN`, `pandas.NA`.
    Null,
    /// More bytes than are read of one row.
    TooLong,
    /// No string, or one with half a surrogate pair, which is no text.
    InvalidText,
}

impl RowError {
    /// The name in the column `error`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::TooLong => "too_long",
            Self::InvalidText => "invalid_text",
        }
    }
}

/// One row's text in UTF-8. A copy, so that the caller's string does not keep one with it for good.
pub(crate) type Row<'py> = Result<Bound<'py, PyBytes>, RowError>;

/// Reads an object as a row of at most `max_bytes` bytes.
pub(crate) fn row<'py>(object: &Bound<'py, PyAny>, max_bytes: usize) -> Row<'py> {
    let Ok(text) = object.cast::<PyString>() else {
        return Err(if is_missing(object) { RowError::Null } else { RowError::InvalidText });
    };
    // A character has a byte at least: what is far too long is not copied to be counted.
    if text.len().is_ok_and(|characters| characters > max_bytes) {
        return Err(RowError::TooLong);
    }
    let bytes = text.encode_utf8().map_err(|_| RowError::InvalidText)?;
    if bytes.as_bytes().len() > max_bytes { Err(RowError::TooLong) } else { Ok(bytes) }
}

/// True if an object stands for a missing value in one of the libraries that columns come from.
fn is_missing(object: &Bound<'_, PyAny>) -> bool {
    if object.is_none() {
        return true;
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return number.value().is_nan();
    }
    object.get_type().name().is_ok_and(|name| name == "NAType" || name == "NaTType")
}
