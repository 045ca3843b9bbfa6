//! Files that hold no text, told by their first bytes, each with the way to text.

/// The kind of a file that begins with these bytes, and the remedy.
struct Kind {
    begins: &'static [u8],
    /// The offset of the bytes.
    at: usize,
    what: &'static str,
    remedy: &'static str,
}

const EXPORT: &str = "open it and save the sheet as \"CSV UTF-8\"";
const UNPACK: &str = "unpack it and give the file in it (gzip and zstd are read as they are)";
const CONVERT: &str = "write its rows as CSV or JSON lines first";
const PARQUET: &str = if cfg!(feature = "parquet") {
    "give the file itself by its name, as it is read from its end"
} else {
    "build with --features parquet, or write its rows as CSV or JSON lines first"
};

const KINDS: [Kind; 16] = [
    Kind { begins: b"\xD0\xCF\x11\xE0", at: 0, what: "an Excel workbook", remedy: EXPORT },
    Kind { begins: b"PK\x05\x06", at: 0, what: "an empty zip archive", remedy: UNPACK },
    Kind { begins: b"BZh", at: 0, what: "packed by bzip2", remedy: UNPACK },
    Kind { begins: b"\xFD7zXZ\0", at: 0, what: "packed by xz", remedy: UNPACK },
    Kind { begins: b"7z\xBC\xAF", at: 0, what: "a 7z archive", remedy: UNPACK },
    Kind { begins: b"Rar!", at: 0, what: "a rar archive", remedy: UNPACK },
    Kind { begins: b"ustar", at: 257, what: "a tar archive", remedy: UNPACK },
    Kind { begins: b"PAR1", at: 0, what: "Parquet", remedy: PARQUET },
    Kind { begins: b"ARROW1", at: 0, what: "Arrow", remedy: CONVERT },
    Kind { begins: b"ORC", at: 0, what: "ORC", remedy: CONVERT },
    Kind { begins: b"Obj\x01", at: 0, what: "Avro", remedy: CONVERT },
    Kind { begins: b"SQLite format 3\0", at: 0, what: "an SQLite database", remedy: CONVERT },
    Kind { begins: b"%PDF-", at: 0, what: "a PDF", remedy: CONVERT },
    Kind { begins: b"{\\rtf", at: 0, what: "RTF", remedy: "save it as plain text" },
    Kind { begins: b"<!DOCTYPE", at: 0, what: "a web page", remedy: "download the file itself" },
    Kind { begins: b"<?xml", at: 0, what: "XML", remedy: CONVERT },
];

/// The kind of a file that begins like this, if it is one that is not read, and the remedy.
pub(crate) fn foreign(start: &[u8]) -> Option<(&'static str, &'static str)> {
    if start.starts_with(b"PK\x03\x04") {
        return Some(zip(start));
    }
    let found = KINDS.iter().find(|kind| {
        start.get(kind.at..).is_some_and(|bytes| {
            bytes.get(..kind.begins.len()).is_some_and(|it| it.eq_ignore_ascii_case(kind.begins))
        })
    })?;
    // These are words too: a header may begin with them.
    let is_word = matches!(found.begins, b"ORC" | b"BZh" | b"PAR1");
    let binary = start[..start.len().min(512)].iter().any(|byte| !(9..0x80).contains(byte));
    (!is_word || binary).then_some((found.what, found.remedy))
}

/// A zip archive, which Excel and others keep their files in, by the name of the first file in it.
fn zip(start: &[u8]) -> (&'static str, &'static str) {
    let has = |name: &[u8]| start.windows(name.len()).any(|bytes| bytes == name);
    if has(b"[Content_Types].xml") || has(b"xl/") {
        ("an Excel workbook", EXPORT)
    } else if has(b"application/vnd.oasis") {
        ("a spreadsheet in OpenDocument's format", EXPORT)
    } else {
        ("a zip archive", UNPACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_no_text_are_named_with_the_way_to_text() {
        let tar = [vec![b'a'; 257], b"ustar\x0000".to_vec()].concat();
        for (start, what) in [
            (&b"PK\x03\x04\x14\0\x06\0[Content_Types].xml"[..], "an Excel workbook"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1", "an Excel workbook"),
            (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument", "a spreadsheet in"),
            (b"PK\x03\x04\x14\0posts.csv", "a zip archive"),
            (b"BZh91AY&SY\x8F", "packed by bzip2"),
            (b"PAR1\x15\x04\x15", "Parquet"),
            (b"<!doctype html><html>", "a web page"),
            (&tar, "a tar archive"),
        ] {
            assert!(foreign(start).is_some_and(|found| found.0.starts_with(what)), "{what}");
        }
        for text in [&b"text,label"[..], b"PKs,label", b"orc,text\n", b"BZh9,text", b"", b"P"] {
            assert_eq!(foreign(text), None);
        }
    }
}
