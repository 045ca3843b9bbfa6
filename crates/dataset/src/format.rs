//! CSV, JSON or plain lines; delimiters and quotes.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The format of a file's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Nobody has said: JSON or lines of fastText if it begins so, else as [`Format::Csv`].
    Unknown,
    /// A header, then fields between commas (or semicolons, tabs or other delimiters, as the header
    /// line shows), quoted where needed.
    Csv,
    /// The same between tabs, whatever the header line shows.
    Tsv,
    /// JSON: one object a line, or a list of them over any number of lines.
    JsonLines,
    /// One text a line.
    Lines,
}

impl Format {
    /// The format that a file name suggests, with or without `.gz` or `.zst` behind it.
    pub fn of(path: &Path) -> Self {
        let extension = |path: &Path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            extension.map(str::to_ascii_lowercase)
        };
        let extension = match extension(path).as_deref() {
            Some("gz" | "zst") => path.file_stem().and_then(|inner| extension(Path::new(inner))),
            _ => extension(path),
        };
        match extension.as_deref() {
            Some("jsonl" | "ndjson" | "jsonlines" | "json" | "js") => Self::JsonLines,
            Some("txt") => Self::Lines,
            Some("tsv" | "tab") => Self::Tsv,
            _ => Self::Unknown,
        }
    }

    /// The format of a file that begins like this, where its name does not tell.
    pub(crate) fn settled(self, start: &[u8]) -> Self {
        match self {
            Self::Unknown if begins_as_json(start) => Self::JsonLines,
            Self::Unknown if start.starts_with(FASTTEXT.as_bytes()) => Self::Lines,
            Self::Unknown => Self::Csv,
            told => told,
        }
    }
}

/// The start of every line of a labelled file of fastText.
pub(crate) const FASTTEXT: &str = "__label__";

/// True if this is the beginning of an object, of a list or of a script that holds one. A header in
/// brackets, as some databases write, is none.
fn begins_as_json(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let next = |skip: usize| start[skip..].trim_ascii_start().first();
    match start.first() {
        Some(b'{') => matches!(next(1), Some(b'"' | b'}')),
        Some(b'[') => matches!(next(1), Some(b'{' | b'"' | b']')),
        _ => start.starts_with(b"window.YTD."),
    }
}

/// The meaning of quotes around the fields of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// Marks, except in tab-separated files, where they are letters.
    #[default]
    Auto,
    /// Marks: a field in quotes may hold delimiters, line breaks and, doubled, quotes.
    Csv,
    /// Letters like others.
    None,
}

impl Quoting {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Csv => "csv",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Quoting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Quoting {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Csv, Self::None];
        let found = all.into_iter().find(|quoting| quoting.as_str() == name);
        found.ok_or_else(|| format!("\"{name}\" is none of auto, csv, none"))
    }
}

/// The layout of a CSV file's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The separator of the fields.
    pub(crate) delimiter: u8,
    /// True if fields may stand in quotes.
    pub(crate) quoting: bool,
    /// Bytes in front of the header: the line `sep=;` that some programs write for Excel.
    pub(crate) preamble: usize,
}

impl Layout {
    /// Reads it off the beginning of a file: from its `sep=` line or else from its header.
    pub(crate) fn of(start: &[u8], format: Format, quoting: Quoting) -> Self {
        let (delimiter, preamble) = match excel_line(start) {
            Some(found) => found,
            None if format == Format::Tsv => (b'\t', 0),
            None => (delimiter(start, quoting != Quoting::None), 0),
        };
        let quoting = match quoting {
            Quoting::Auto => delimiter != b'\t',
            Quoting::Csv => true,
            Quoting::None => false,
        };
        Self { delimiter, quoting, preamble }
    }

    /// The line that the header stands on.
    pub(crate) fn header_line(self) -> u64 {
        1 + u64::from(self.preamble > 0)
    }
}

/// The delimiter that a line `sep=;` names, and the line's length.
fn excel_line(start: &[u8]) -> Option<(u8, usize)> {
    let [b's', b'e', b'p', b'=', delimiter, rest @ ..] = start else { return None };
    let end = [&b"\r\n"[..], b"\n", b"\r"].into_iter().find(|end| rest.starts_with(end))?;
    Some((*delimiter, 5 + end.len()))
}

/// The delimiter of a CSV file: whichever of these its header line has most of outside quotes. Excel
/// writes semicolons in many languages, databases write bars.
const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Delimiters of rarer tools, used if the header line has none of those; among them control
/// characters made for the purpose.
const RARE: [u8; 4] = [0x1F, 0x01, b'^', b'~'];

fn delimiter(start: &[u8], quoting: bool) -> u8 {
    let mut counts = [0_u32; 256];
    let mut quoted = false;
    let line = start.iter().skip_while(|byte| matches!(byte, b'\n' | b'\r'));
    for &byte in line.take_while(|&&byte| byte != b'\n' && byte != b'\r') {
        quoted ^= quoting && byte == b'"';
        counts[usize::from(byte)] += u32::from(!quoted);
    }
    let most = |of: &[u8]| {
        let count = |byte: u8| counts[usize::from(byte)];
        // Of equals the first.
        let found = of.iter().copied().rev().max_by_key(|&byte| count(byte));
        found.filter(|&byte| count(byte) > 0)
    };
    most(&USUAL).or_else(|| most(&RARE)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_read_off_the_header() {
        let delimiter = |header: &[u8]| delimiter(header, true);
        assert_eq!(delimiter(b"text,label\n;;;;"), b',');
        assert_eq!(delimiter(b"text;label;author\r\n"), b';');
        assert_eq!(delimiter(b"text\tlabel"), b'\t');
        assert_eq!(delimiter(b"id|text|label (0, 1)"), b'|');
        assert_eq!(delimiter(b"id^text^label"), b'^');
        assert_eq!(delimiter(b"id\x01text\x01label"), 1);
        assert_eq!(delimiter(b"\"a;b;c\",label"), b',');
        assert_eq!(delimiter(b"\n\ntext;label"), b';');
        assert_eq!(delimiter(b"text"), b',');
    }

    #[test]
    fn a_line_for_excel_names_the_delimiter_and_is_no_header() {
        let layout = |start: &[u8]| {
            let layout = Layout::of(start, Format::Csv, Quoting::Auto);
            (layout.delimiter, layout.preamble)
        };
        assert_eq!(layout(b"sep=;\r\na,b;c"), (b';', 7));
        assert_eq!(layout(b"sep=\t\na"), (b'\t', 6));
        assert_eq!(layout(b"sep=x,y\na"), (b',', 0));
    }

    #[test]
    fn quotes_are_letters_between_tabs_unless_it_is_said_otherwise() {
        let quoting = |start: &[u8], quoting| Layout::of(start, Format::Csv, quoting).quoting;
        assert!(quoting(b"id,text", Quoting::Auto) && !quoting(b"id\ttext", Quoting::Auto));
        assert!(quoting(b"id\ttext", Quoting::Csv) && !quoting(b"id,text", Quoting::None));
        for name in ["auto", "csv", "none"] {
            assert_eq!(name.parse().map(|quoting: Quoting| quoting.to_string()), Ok(name.into()));
        }
        assert!("some".parse::<Quoting>().is_err_and(|error| error.contains("auto, csv, none")));
    }

    #[test]
    fn the_name_tells_the_format_packed_or_not() {
        for (name, format) in [
            ("a.jsonl", Format::JsonLines),
            ("a.JSON.gz", Format::JsonLines),
            ("tweets.js", Format::JsonLines),
            ("a.txt.zst", Format::Lines),
            ("a.tsv.gz", Format::Tsv),
            ("a.csv", Format::Unknown),
            ("a.gz", Format::Unknown),
            ("-", Format::Unknown),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn json_and_lines_of_fasttext_are_known_by_their_beginning() {
        for (start, format) in [
            ("{\"text\":\"a\"}", Format::JsonLines),
            (" \n[\n  {", Format::JsonLines),
            ("window.YTD.tweets.part0 = [", Format::JsonLines),
            ("__label__1 good", Format::Lines),
            ("[text],[label]", Format::Csv),
            ("{text},label", Format::Csv),
        ] {
            assert_eq!(Format::Unknown.settled(start.as_bytes()), format, "{start}");
        }
        assert_eq!(Format::Csv.settled(b"{\"text\":1}"), Format::Csv);
    }
}
