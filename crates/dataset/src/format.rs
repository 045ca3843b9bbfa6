//! CSV, JSON lines or plain lines; encodings; delimiters.

use std::path::Path;

use crate::DatasetError;

/// How a file holds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated (or semicolons or tabs, as the header line shows), quoted where needed.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// One text a line.
    Lines,
}

impl Format {
    /// The format that a file name suggests; CSV where it suggests nothing.
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl" | "ndjson" | "json") => Self::JsonLines,
            Some("txt") => Self::Lines,
            _ => Self::Csv,
        }
    }
}

/// How the rows of a CSV file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// What parts the fields.
    pub delimiter: u8,
    /// Bytes in front of the header: the line `sep=;` that some programs write for Excel.
    pub preamble: usize,
}

impl Layout {
    /// Reads it off the beginning of a file: from its `sep=` line or else from its header.
    pub fn of(start: &[u8]) -> Self {
        if let [b's', b'e', b'p', b'=', delimiter, rest @ ..] = start
            && let Some(end) = [&b"\r\n"[..], b"\n", b"\r"].iter().find(|end| rest.starts_with(end))
        {
            return Self { delimiter: *delimiter, preamble: 5 + end.len() };
        }
        Self { delimiter: delimiter(start), preamble: 0 }
    }

    /// The line that the header stands on.
    pub fn header_line(self) -> u64 {
        1 + u64::from(self.preamble > 0)
    }
}

/// A file's bytes as text, without byte-order mark.
///
/// # Errors
/// [`DatasetError::Utf16`], [`DatasetError::NotUtf8`] or, for nothing but space,
/// [`DatasetError::Empty`].
pub fn decode<'a>(bytes: &'a [u8], file: &Path) -> Result<&'a str, DatasetError> {
    if is_utf16(bytes) {
        return Err(DatasetError::Utf16 { file: file.to_owned() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.split(|&byte| byte == b'\n').count() as u64;
        not_utf8(file, line, before.len() as u64 + 1)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(DatasetError::Empty { file: file.to_owned() });
    }
    Ok(text)
}

/// Whether bytes begin as UTF-16 does: with its byte-order mark, or with an ASCII character in two
/// bytes.
pub fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE])
        || bytes.starts_with(&[0xFE, 0xFF])
        || matches!(bytes, [first, second, ..] if (*first == 0) != (*second == 0))
}

pub(crate) fn not_utf8(file: &Path, line: u64, byte: u64) -> DatasetError {
    DatasetError::NotUtf8 { file: file.to_owned(), line, byte }
}

/// The delimiter of a CSV file: whichever of comma, semicolon and tab its header line has most of
/// outside quotes. Excel writes semicolons in many languages.
fn delimiter(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for &byte in header.iter().take_while(|&&byte| byte != b'\n' && byte != b'\r') {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += u32::from(!quoted && byte == *delimiter);
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_delimiter_is_read_off_the_header() {
        assert_eq!(delimiter(b"text,label\n;;;;"), b',');
        assert_eq!(delimiter(b"text;label;author\r\n"), b';');
        assert_eq!(delimiter(b"text\tlabel"), b'\t');
        assert_eq!(delimiter(b"\"a;b;c\",label"), b',');
        assert_eq!(delimiter(b"text"), b',');
    }

    #[test]
    fn a_line_for_excel_names_the_delimiter_and_is_no_header() {
        assert_eq!(Layout::of(b"sep=;\r\na,b;c"), Layout { delimiter: b';', preamble: 7 });
        assert_eq!(Layout::of(b"sep=\t\na"), Layout { delimiter: b'\t', preamble: 6 });
        assert_eq!(Layout::of(b"sep=x,y\na"), Layout { delimiter: b',', preamble: 0 });
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let say = |bytes: &[u8]| decode(bytes, Path::new("t.csv")).unwrap_err().to_string();
        assert!(say(b"text\nok\nb\xFFd").contains("line 3: byte 10"));
        for utf16 in [&b"\xFF\xFEt\0"[..], b"\xFE\xFF\0t", b"t\0e\0", b"\0t\0e"] {
            assert!(say(utf16).contains("UTF-16"));
        }
        assert!(say(b" \n").contains("is empty"));
        assert_eq!(decode("\u{feff}text".as_bytes(), Path::new("t.csv")).unwrap(), "text");
    }
}
