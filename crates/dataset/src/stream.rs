//! Rows of any kind one by one, for files that do not fit in memory.

use std::io::{BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::columns::{find_text, repeated};
use crate::format::{Format, Layout, is_utf16, not_utf8};
use crate::lines::read_line;
use crate::table::Table;
use crate::{DatasetError, json};

/// How much of a CSV file is looked at to find its delimiter.
const LOOK_AHEAD: usize = 64 * 1024;

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line that it starts on, the first of the file being 1.
    pub line: u64,
    /// The text.
    pub text: String,
    /// All of it.
    pub content: Content,
}

/// All that a row holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The fields of a CSV row, in the order of the header.
    Fields(Vec<String>),
    /// A JSON object.
    Object(Map<String, Value>),
    /// The text is all there is.
    Line,
}

/// Reads rows in constant memory.
pub struct RowReader<R: Read> {
    name: PathBuf,
    text_column: String,
    source: Source<R>,
}

enum Source<R: Read> {
    Csv {
        table: Box<Table<Input<R>>>,
        text: usize,
    },
    /// `begun` after the first row.
    Lines {
        reader: BufReader<Input<R>>,
        line: u64,
        byte: u64,
        json: bool,
        begun: bool,
    },
}

/// The input with what was looked ahead at put back in front.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> RowReader<R> {
    /// Reads rows of this format; `name` is for messages.
    ///
    /// # Errors
    /// [`DatasetError::Empty`], [`DatasetError::Utf16`], or [`DatasetError::MissingColumn`] for a
    /// CSV file without the text column.
    pub fn new(
        mut input: R,
        format: Format,
        text_column: &str,
        name: &Path,
    ) -> Result<Self, DatasetError> {
        let io = |source| DatasetError::Io { file: name.to_owned(), source };
        let mut start = Vec::new();
        input.by_ref().take(LOOK_AHEAD as u64).read_to_end(&mut start).map_err(io)?;
        if is_utf16(&start) {
            return Err(DatasetError::Utf16 { file: name.to_owned() });
        }
        let mut skipped = 0;
        if start.starts_with("\u{feff}".as_bytes()) {
            skipped = 3;
        }
        if start[skipped..].iter().all(u8::is_ascii_whitespace) {
            return Err(DatasetError::Empty { file: name.to_owned() });
        }
        let layout = Layout::of(&start[skipped..]);
        if format == Format::Csv {
            skipped += layout.preamble;
        }
        start.drain(..skipped);
        let input = Cursor::new(start).chain(input);
        let source = match format {
            Format::Csv => {
                let table = Box::new(Table::new(input, layout, skipped as u64, name)?);
                let header = table.header();
                let text = find_text(header, text_column)
                    .ok_or_else(|| missing(name, text_column, header))?;
                if let Some(column) = repeated(header, text) {
                    let (file, column) = (name.to_owned(), column.clone());
                    return Err(DatasetError::RepeatedColumn { file, column });
                }
                Source::Csv { table, text }
            }
            Format::JsonLines | Format::Lines => Source::Lines {
                reader: BufReader::new(input),
                line: 0,
                byte: skipped as u64,
                json: format == Format::JsonLines,
                begun: false,
            },
        };
        Ok(Self { name: name.to_owned(), text_column: text_column.to_owned(), source })
    }

    /// The columns of a CSV file, in order; `None` for other formats.
    pub fn header(&self) -> Option<&[String]> {
        match &self.source {
            Source::Csv { table, .. } => Some(table.header()),
            Source::Lines { .. } => None,
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>, DatasetError> {
        let name = &self.name;
        match &mut self.source {
            Source::Csv { table, text } => {
                let mut record = csv::StringRecord::new();
                let Some(line) = table.read(&mut record)? else { return Ok(None) };
                let fields: Vec<String> = record.iter().map(str::to_owned).collect();
                let text = fields[*text].clone();
                Ok(Some(Row { line, text, content: Content::Fields(fields) }))
            }
            Source::Lines { reader, line, byte, json, begun } => loop {
                let mut bytes = Vec::new();
                *line += 1;
                let length = read_line(reader, &mut bytes)
                    .map_err(|source| DatasetError::io(name, *line, source))?;
                if length == 0 {
                    return Ok(None);
                }
                let text = String::from_utf8(bytes).map_err(|error| {
                    let place = error.utf8_error().valid_up_to() as u64;
                    not_utf8(name, *line, *byte + place + 1)
                })?;
                *byte += length as u64;
                let text = text.trim_end_matches(['\n', '\r']);
                if text.trim().is_empty() {
                    continue;
                }
                if !*json {
                    let text = text.to_owned();
                    return Ok(Some(Row { line: *line, text, content: Content::Line }));
                }
                let is_first = !std::mem::replace(begun, true);
                return json_row(name, &self.text_column, *line, text, is_first).map(Some);
            },
        }
    }
}

impl<R: Read> Iterator for RowReader<R> {
    type Item = Result<Row, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

fn json_row(
    name: &Path,
    column: &str,
    line: u64,
    text: &str,
    is_first: bool,
) -> Result<Row, DatasetError> {
    let object = json::object(name, line, text)?;
    let keys: Vec<String> = object.keys().cloned().collect();
    // A name that the first row lacks is a wrong name; one that a later row lacks is a hole there.
    let key = find_text(&keys, column).ok_or_else(|| {
        if is_first {
            missing(name, column, &keys)
        } else {
            DatasetError::lacks(name, line, column)
        }
    })?;
    let text = json::plain(&object[&keys[key]]).ok_or_else(|| {
        let reason = format!("\"{}\" is a list or an object, not a text", keys[key]);
        DatasetError::row(name, line, reason)
    })?;
    Ok(Row { line, text, content: Content::Object(object) })
}

fn missing(name: &Path, column: &str, found: &[String]) -> DatasetError {
    DatasetError::MissingColumn {
        file: name.to_owned(),
        column: column.to_owned(),
        found: found.join(", "),
        flag: "--text-column",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fmt::Write;

    use super::*;

    fn rows(contents: &[u8], format: Format) -> Result<Vec<Row>, DatasetError> {
        RowReader::new(contents, format, "text", Path::new("t"))?.collect()
    }

    fn texts(contents: &[u8], format: Format) -> Vec<(u64, String)> {
        rows(contents, format).unwrap().into_iter().map(|row| (row.line, row.text)).collect()
    }

    #[test]
    fn csv_rows_keep_all_their_fields() {
        let read = rows(b"id;text\n1;\"a\nb\"\n2;c\n", Format::Csv).unwrap();
        assert_eq!(read[0].content, Content::Fields(vec!["1".into(), "a\nb".into()]));
        assert_eq!((read[0].line, read[1].line, read[1].text.as_str()), (2, 4, "c"));
    }

    #[test]
    fn rows_between_quotes_that_do_not_belong_together_are_not_swallowed() {
        let text = "id,text,label\n1,\"You are so kind, they said,0\n2,good morning,0\n3,fine day,1\n\
                    4,\"Nice weather we said,0\n5,last row,0\n";
        let message = rows(text.as_bytes(), Format::Csv).unwrap_err().to_string();
        assert!(message.contains("t, line 2: a field begins with a quote"), "{message}");
        assert!(message.contains("on line 5"), "{message}");
        let one_row = rows(b"text,b\nok,1\n\"so\" he said,2\n", Format::Csv);
        let message = one_row.unwrap_err().to_string();
        assert!(message.contains("line 3") && !message.contains("on line"), "{message}");
    }

    #[test]
    fn rows_before_a_broken_quote_are_read() {
        let text = b"text,b\nfirst,1\n\"so\" he said,2\n";
        let mut reader = RowReader::new(&text[..], Format::Csv, "text", Path::new("t")).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().text, "first");
        assert!(reader.next().unwrap().is_err());
    }

    #[test]
    fn quotes_are_letters_in_tab_separated_files() {
        let tsv = "id\ttext\tlabel\n1\t\"You are so kind, they said\t0\n2\tgood morning\t0\n\
                   3\tfine day\t1\n4\t\"Nice weather we said\t0\n5\tlast row\t0\n";
        let read = texts(tsv.as_bytes(), Format::Csv);
        assert_eq!(read.len(), 5);
        assert_eq!(read[0], (2, "\"You are so kind, they said".to_owned()));
        assert_eq!(read[4], (6, "last row".to_owned()));
    }

    #[test]
    fn plain_lines_are_texts_and_empty_ones_are_passed_over() {
        let expected = [(1, "a, b".to_owned()), (3, "c".to_owned())];
        assert_eq!(texts("\u{feff}a, b\r\n\r\nc".as_bytes(), Format::Lines), expected);
    }

    #[test]
    fn json_lines_keep_the_object() {
        let read = rows(b"{\"id\":7,\"text\":\"a\"}\n", Format::JsonLines).unwrap();
        let Content::Object(object) = &read[0].content else { panic!("an object") };
        assert_eq!((object["id"].as_i64(), read[0].text.as_str()), (Some(7), "a"));
    }

    #[test]
    fn each_bad_input_says_where_and_what() {
        let say = |contents: &[u8], format| rows(contents, format).unwrap_err().to_string();
        let later = say(b"{\"text\":\"a\"}\n{\"other\":\"b\"}\n", Format::JsonLines);
        assert!(later.contains("line 2") && later.contains("no \"text\""), "{later}");
        assert!(say(b"", Format::Csv).contains("is empty"));
        assert!(say(b"\n \n", Format::Lines).contains("is empty"));
        assert!(say(b"a,b\n1,2\n", Format::Csv).contains("no column \"text\""));
        assert!(say(b"text,b\n1\n", Format::Csv).contains("line 2: the row has 1 fields"));
        assert!(say(b"text\nok\nb\xFF\n", Format::Csv).contains("line 3"));
        assert!(say(b"ok\nb\xFF\n", Format::Lines).contains("line 2: byte 5"));
        assert!(say(b"{\"text\":\"a\"}\nno\n", Format::JsonLines).contains("line 2: not a JSON"));
        assert!(say(b"{\"text\":[]}\n", Format::JsonLines).contains("not a text"));
        assert!(say(b"text,b\r\n\r\n1\r\n", Format::Csv).contains("line 3: the row has 1 fields"));
        assert!(say(b"text\na\n\"b\nc\n", Format::Csv).contains("line 3: a quote that opens"));
        assert!(say(b"text,text\na,b\n", Format::Csv).contains("more than one column"));
        assert!(say(b"t\0e\0", Format::Lines).contains("UTF-16"));
        assert!(say(b"{\"body2\":\"\"}\n", Format::JsonLines).contains("no column \"text\""));
    }

    #[test]
    fn a_row_that_never_ends_is_refused_before_it_fills_the_memory() {
        let mut csv = b"text,b\nok,1\n\"".to_vec();
        csv.resize(3 << 20, b'x');
        let message = rows(&csv, Format::Csv).unwrap_err().to_string();
        assert!(message.contains("line 3: a row of more than 1048576 bytes"), "{message}");
        let message = rows(&csv[13..], Format::Lines).unwrap_err().to_string();
        assert!(message.contains("line 1: a row of more than"), "{message}");
    }

    #[test]
    fn a_file_larger_than_the_look_ahead_is_read_whole() {
        let mut csv = String::from("text\n");
        (0..20_000).for_each(|row| writeln!(csv, "row number {row}").unwrap());
        let read = texts(csv.as_bytes(), Format::Csv);
        assert_eq!((read.len(), read[19_999].1.as_str()), (20_000, "row number 19999"));
    }
}
