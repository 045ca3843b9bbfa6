//! Rows of any kind one by one, for files that do not fit in memory.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::columns::{find, find_text, listed, repeated};
use crate::error::not_utf8;
use crate::export::{Vote, votes};
use crate::format::{FASTTEXT, Format, Layout, Quoting};
use crate::input::{Opened, open};
use crate::json::{Object, kind};
use crate::lines::read_line;
use crate::mend::mend_into_line;
use crate::post::{self, Found};
use crate::table::Table;
use crate::values::{Broken, Found as Value, Values};
use crate::{DatasetError, input};

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line that it starts on, the first of the file being 1.
    pub line: u64,
    /// The text; empty where there is none.
    pub text: String,
    /// All of it.
    pub content: Content,
    /// The reason that no text could be read, for rows that [`RowReader::keep_faulty`] keeps.
    pub fault: Option<Fault>,
}

impl Row {
    /// The answers of those who labelled the row: of all annotators in the export of an annotation tool, where
    /// `column` is their question; else what stands in the column, if anything does.
    ///
    /// # Errors
    /// The fault, in words, of annotations that give no label.
    pub fn votes(&self, header: Option<&[String]>, column: &str) -> Result<Vec<Vote>, String> {
        if let Content::Object(object) = &self.content
            && let Some(votes) = votes(object, column)?
        {
            return Ok(votes);
        }
        let value = self.content.field(header, column);
        Ok(value.filter(|value| !value.trim().is_empty()).map(Vote::For).into_iter().collect())
    }
}

/// All that a row holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The fields of a CSV row, in the order of the header.
    Fields(Vec<String>),
    /// A JSON object.
    Object(Object),
    /// The text is all there is.
    Line,
}

impl Content {
    /// A field by its name, in a CSV row by this header, in an object also within what it is wrapped
    /// in; none for lists and objects.
    pub fn field(&self, header: Option<&[String]>, name: &str) -> Option<String> {
        match self {
            Self::Fields(fields) => fields.get(find(header?, name)?).cloned(),
            Self::Object(object) => post::field(object, name),
            Self::Line => None,
        }
    }
}

/// The reason that a JSON row has no text that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It lacks the field.
    Absent,
    /// The field holds something else than a text; what, in words.
    NotText(String),
    /// It is no JSON: it has a word in it that is none, such as `NaN`.
    NotJson(String),
    /// It is no JSON object at all, for this reason. What stands there is kept as a text in the text's field.
    Broken(String),
}

/// Settings for reading a file.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The format of its rows.
    pub format: Format,
    /// The column or field with the text.
    pub text_column: &'a str,
    /// The meaning of quotes around fields.
    pub quoting: Quoting,
}

/// Reads rows in constant memory, out of files that may be packed by gzip or zstd.
pub struct RowReader<R: Read> {
    name: PathBuf,
    text_column: String,
    /// Bytes of the file in front of the text.
    skipped: u64,
    keep_faulty: bool,
    source: Source<R>,
}

enum Source<R: Read> {
    Table {
        table: Box<Table<Bytes<R>>>,
        text: usize,
    },
    Lines {
        reader: BufReader<Bytes<R>>,
        line: u64,
        byte: u64,
        /// Of labelled lines the columns, else none.
        header: Option<[String; 2]>,
    },
    /// `begun` after the first row.
    Json {
        values: Values<BufReader<Bytes<R>>>,
        begun: bool,
    },
}

type Bytes<R> = std::io::Chain<std::io::Cursor<Vec<u8>>, input::Text<R>>;

impl<R: Read> RowReader<R> {
    /// Reads rows of this format; `name` is for messages.
    ///
    /// # Errors
    /// As [`RowReader::open`].
    pub fn new(
        input: R,
        format: Format,
        text_column: &str,
        name: &Path,
    ) -> Result<Self, DatasetError> {
        Self::open(input, &Reading { format, text_column, quoting: Quoting::Auto }, name)
    }

    /// Reads rows as asked for; `name` is for messages.
    ///
    /// # Errors
    /// [`DatasetError::Empty`], [`DatasetError::Utf16`], [`DatasetError::Foreign`], or
    /// [`DatasetError::MissingColumn`] for a CSV file without the text column.
    pub fn open(input: R, reading: &Reading<'_>, name: &Path) -> Result<Self, DatasetError> {
        let Opened { mut text, start, mut skipped } = open(input, name)?;
        let source = match reading.format.settled(&start) {
            Format::Lines => {
                let labelled = start.starts_with(FASTTEXT.as_bytes());
                let header = labelled.then(|| ["label", "text"].map(str::to_owned));
                Source::Lines { reader: BufReader::new(text), line: 0, byte: 0, header }
            }
            Format::JsonLines => {
                Source::Json { values: Values::new(BufReader::new(text)), begun: false }
            }
            format @ (Format::Unknown | Format::Csv | Format::Tsv) => {
                let layout = Layout::of(&start, format, reading.quoting);
                text.get_mut().0.set_position(layout.preamble as u64);
                skipped += layout.preamble;
                let table = Box::new(Table::new(text, layout, skipped as u64, name)?);
                let header = table.header();
                let text = find_text(header, reading.text_column)
                    .ok_or_else(|| no_text_column(name, reading.text_column, header))?;
                if let Some(column) = repeated(header, text) {
                    return Err(DatasetError::repeated(name, column));
                }
                Source::Table { table, text }
            }
        };
        Ok(Self {
            name: name.to_owned(),
            text_column: reading.text_column.to_owned(),
            skipped: skipped as u64,
            keep_faulty: false,
            source,
        })
    }

    /// Gives JSON rows without a text that could be read too, with their [`Fault`], where they are an
    /// error otherwise. The first row must be JSON: else the file is none.
    #[must_use]
    pub fn keep_faulty(mut self) -> Self {
        self.keep_faulty = true;
        self
    }

    /// The columns of a CSV file, in order; `None` for other formats.
    pub fn header(&self) -> Option<&[String]> {
        match &self.source {
            Source::Table { table, .. } => Some(table.header()),
            Source::Lines { header, .. } => header.as_ref().map(|header| header.as_slice()),
            Source::Json { .. } => None,
        }
    }

    /// True if rows are JSON objects.
    pub fn is_json(&self) -> bool {
        matches!(self.source, Source::Json { .. })
    }

    /// Refuses a file of whose first rows not one has the text's field: its name is wrong then.
    ///
    /// # Errors
    /// [`DatasetError::MissingColumn`], or what says where the posts stand.
    pub fn check_text_field(&self, first: &[Row]) -> Result<(), DatasetError> {
        match first {
            [Row { content: Content::Object(object), line, .. }, ..]
                if first
                    .iter()
                    .all(|row| matches!(row.fault, Some(Fault::Absent | Fault::Broken(_)))) =>
            {
                Err(no_text_field(&self.name, &self.text_column, *line, object))
            }
            _ => Ok(()),
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>, DatasetError> {
        let name = &self.name;
        match &mut self.source {
            Source::Table { table, text } => {
                let mut record = csv::StringRecord::new();
                let Some(line) = table.read(&mut record)? else { return Ok(None) };
                let fields: Vec<String> = record.iter().map(str::to_owned).collect();
                let text = fields[*text].clone();
                Ok(Some(Row { line, text, content: Content::Fields(fields), fault: None }))
            }
            Source::Lines { reader, line, byte, header } => loop {
                let mut bytes = Vec::new();
                *line += 1;
                let length = read_line(reader, &mut bytes)
                    .map_err(|source| DatasetError::io(name, *line, source))?;
                if length == 0 {
                    return Ok(None);
                }
                let text = String::from_utf8(bytes).map_err(|error| {
                    let place = error.utf8_error().valid_up_to() as u64;
                    not_utf8(name, *line, self.skipped + *byte + place + 1)
                })?;
                *byte += length as u64;
                if text.trim().is_empty() {
                    continue;
                }
                let row = |text, content| Row { line: *line, text, content, fault: None };
                return Ok(Some(if header.is_some() {
                    let [label, text] = labelled(&text);
                    row(text.clone(), Content::Fields(vec![label, text]))
                } else {
                    row(text, Content::Line)
                }));
            },
            Source::Json { values, begun } => {
                let found = values.next().map_err(|error| match error {
                    Broken::Io(source) => DatasetError::io(name, values.line(), source),
                    Broken::Form(line, reason) => DatasetError::row(name, line, reason),
                })?;
                let Some(found) = found else { return Ok(None) };
                let line = found.line;
                let is_first = !std::mem::replace(begun, true);
                let may_be_kept = self.keep_faulty && found.stands_alone && !is_first;
                let row = match json_row(&self.text_column, &found) {
                    Ok(row) => row,
                    Err(unread) if may_be_kept => {
                        let found = values.only_what_must_be(found);
                        let found = found.map_err(|source| DatasetError::io(name, line, source))?;
                        broken_row(&self.text_column, &found, unread.reason())
                    }
                    Err(Unread::Json(reason)) => return Err(DatasetError::row(name, line, reason)),
                    Err(Unread::Utf8 { lines, byte }) => {
                        return Err(not_utf8(name, line + lines, self.skipped + byte));
                    }
                };
                if self.keep_faulty {
                    return Ok(Some(row));
                }
                refuse_fault(name, &self.text_column, row, is_first).map(Some)
            }
        }
    }
}

impl<R: Read> Iterator for RowReader<R> {
    type Item = Result<Row, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

/// The labels and the text of a line of fastText.
fn labelled(line: &str) -> [String; 2] {
    let mut text = line.trim();
    let mut labels = Vec::new();
    while let Some(rest) = text.strip_prefix(FASTTEXT) {
        let (label, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        labels.push(label);
        text = after.trim_start();
    }
    [labels.join(" "), text.to_owned()]
}

/// The reason that a part of a file is no row of JSON.
enum Unread {
    /// In words.
    Json(String),
    /// A byte that is not UTF-8: so many lines after the first, and which of the input, counted from 1.
    Utf8 { lines: u64, byte: u64 },
}

impl Unread {
    fn reason(self) -> String {
        match self {
            Self::Json(reason) => reason,
            Self::Utf8 { byte, .. } => format!("byte {byte} of the file is not valid UTF-8"),
        }
    }
}

fn json_row(column: &str, found: &Value) -> Result<Row, Unread> {
    if let Some(reason) = &found.fault {
        return Err(Unread::Json(reason.clone()));
    }
    let value = std::str::from_utf8(&found.bytes).map_err(|error| {
        let before = &found.bytes[..error.valid_up_to()];
        let lines = before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        Unread::Utf8 { lines, byte: found.before + before.len() as u64 + 1 }
    })?;
    let mended = mend_into_line(value.as_bytes());
    let json = String::from_utf8_lossy(&mended.json);
    let not_json = mended.foreign.map(Fault::NotJson);
    let object = match kind(&json) {
        // A text by itself, as an element of a list of texts.
        "a text" | "null" | "a number" | "true or false"
            if serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok() =>
        {
            Object::of(column, &json)
        }
        "a list" => {
            return Err(Unread::Json("a JSON list where one object was expected".to_owned()));
        }
        _ => Object::parse(&json).map_err(|error| {
            let error = error.to_string();
            // It is the place in the mended value.
            let reason = error.split(" at line ").next().unwrap_or_default();
            // As Python prints a dictionary.
            let is_python = json.starts_with("{'");
            let remedy =
                if is_python { " in double quotes: write rows with json.dumps" } else { "" };
            Unread::Json(format!("not a JSON object: {reason}{remedy}"))
        })?,
    };
    let (text, fault) = match post::text(&object, column) {
        Found::Text(text) => (text, None),
        Found::Null => (String::new(), None),
        Found::Other(field, kind) => {
            (String::new(), Some(Fault::NotText(format!("\"{field}\" is {kind}, not a text"))))
        }
        Found::Absent => (String::new(), Some(Fault::Absent)),
    };
    let fault = not_json.or(fault);
    let text = if fault.is_some() { String::new() } else { text };
    Ok(Row { line: found.line, text, content: Content::Object(object), fault })
}

/// A row for content that is no object, kept as it stands in the text's field, so that it is not
/// lost.
fn broken_row(column: &str, found: &Value, reason: String) -> Row {
    let raw = serde_json::Value::from(String::from_utf8_lossy(&found.bytes)).to_string();
    let content = Content::Object(Object::of(column, &raw));
    Row { line: found.line, text: String::new(), content, fault: Some(Fault::Broken(reason)) }
}

/// Makes an error of a row without a text that could be read.
fn refuse_fault(name: &Path, column: &str, row: Row, is_first: bool) -> Result<Row, DatasetError> {
    let line = row.line;
    let Content::Object(object) = &row.content else { return Ok(row) };
    match &row.fault {
        None => Ok(row),
        // A name that the first row lacks is a wrong name; one that a later row lacks is a hole there.
        Some(Fault::Absent) if is_first => Err(no_text_field(name, column, line, object)),
        Some(Fault::Absent) => Err(DatasetError::lacks(name, line, column)),
        Some(Fault::NotText(reason)) => {
            let remedy = "put it in quotes, or name the field with the text with --text-column";
            Err(DatasetError::row(name, line, format!("{reason}: {remedy}")))
        }
        Some(Fault::NotJson(word)) => {
            Err(DatasetError::row(name, line, format!("{word} is not JSON: write null")))
        }
        Some(Fault::Broken(reason)) => Err(DatasetError::row(name, line, reason.clone())),
    }
}

fn no_text_field(name: &Path, column: &str, line: u64, object: &Object) -> DatasetError {
    let names: Vec<String> = object.names().map(str::to_owned).collect();
    let is_list = |name: &&String| object.json(name).is_some_and(|json| json.starts_with("[{"));
    match names.iter().find(is_list) {
        Some(list) => {
            let reason = format!(
                "one object that holds many in its list \"{list}\": write these out, one a line \
                 (`jq -c '.{list}[]'` does)"
            );
            DatasetError::row(name, line, reason)
        }
        None => missing(name, column, &names),
    }
}

/// Of one column whose name holds other marks than names do, the delimiter is one that is not known.
fn no_text_column(name: &Path, column: &str, header: &[String]) -> DatasetError {
    let is_usual = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    match header {
        [only] if only.contains(column) && only.chars().any(|letter| !is_usual(letter)) => {
            let reason = format!(
                "the header is one column, {}: fields are parted by a comma, a semicolon, a tab, | or \
                 another single character such as ^; save the file with commas",
                listed(header)
            );
            DatasetError::row(name, 1, reason)
        }
        _ => missing(name, column, header),
    }
}

fn missing(name: &Path, column: &str, found: &[String]) -> DatasetError {
    DatasetError::MissingColumn {
        file: name.to_owned(),
        column: column.to_owned(),
        found: listed(found),
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
        assert_eq!((object.json("id"), read[0].text.as_str()), (Some("7"), "a"));
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
        assert!(say(b"{\"text\":[]}\n", Format::JsonLines).contains("a list, not a text"));
        assert!(say(b"id::text\n1::a\n", Format::Csv).contains("one column, id::text: fields are"));
        let page = say(b"{\"data\":[{\"text\":\"a\"}]}\n", Format::JsonLines);
        assert!(page.contains("jq -c '.data[]'"), "{page}");
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
    fn quotes_are_what_they_are_said_to_be() {
        let read = |text: &[u8], quoting| {
            let reading = Reading { format: Format::Csv, text_column: "text", quoting };
            let rows = RowReader::open(text, &reading, Path::new("t"))?;
            rows.map(|row| row.map(|row| row.text)).collect::<Result<Vec<_>, _>>()
        };
        let letters = b"id,text\n1,\"You are so kind\n2,\"so\" he said\n";
        assert_eq!(read(letters, Quoting::None).unwrap(), ["\"You are so kind", "\"so\" he said"]);
        let marks = b"id\ttext\n1\t\"a \"\"b\"\"\nc\"\n2\td\n";
        assert_eq!(read(marks, Quoting::Csv).unwrap(), ["a \"b\"\nc", "d"]);
        let refused = read(marks, Quoting::Auto).unwrap_err().to_string();
        assert!(refused.contains("line 3") && refused.contains("--quoting csv"), "{refused}");
        let refused = read(letters, Quoting::Auto).unwrap_err().to_string();
        assert!(refused.contains("line 2") && refused.contains("--quoting none"), "{refused}");
    }

    #[test]
    fn json_is_known_where_no_name_tells_it() {
        for text in [
            "{\"text\":\"a\"}\n{\"text\":\"b\"}\n",
            "[\n {\"text\":\"a\"},\n {\"text\":\"b\"}\n]",
            "[\"a\",\"b\"]",
        ] {
            let read = rows(text.as_bytes(), Format::Unknown).unwrap();
            assert_eq!([&read[0].text, &read[1].text], ["a", "b"], "{text}");
        }
        let script = "window.YTD.tweets.part0 = [ {\n \"tweet\" : { \"id\" : \"1\", \"full_text\" : \"a\" }\n} ]";
        assert_eq!(texts(script.as_bytes(), Format::JsonLines), [(1, "a".to_owned())]);
        assert!(rows(b"[]", Format::JsonLines).unwrap().is_empty());
    }

    #[test]
    fn half_a_surrogate_pair_anywhere_in_a_line_is_a_replacement_character() {
        let text = r#"{"text":"a\ud83d","\ude00":["\ud83d"]}"#;
        let read = rows(text.as_bytes(), Format::JsonLines).unwrap();
        assert_eq!(read[0].text, "a\u{fffd}");
        let Content::Object(object) = &read[0].content else { panic!("an object") };
        assert!(serde_json::from_str::<serde_json::Value>(&object.to_string()).is_ok());
    }

    #[test]
    fn a_row_without_a_text_is_kept_with_its_fault_where_that_is_asked_for() {
        let text = "{\"delete\":1}\n{\"text\":null}\n{\"text\":5}\n{\"text\":\"a\",\"b\":NaN}\n{\"text\":\"b\"}\n";
        let reader = RowReader::new(text.as_bytes(), Format::JsonLines, "text", Path::new("t"));
        let reader = reader.unwrap().keep_faulty();
        let read: Vec<Row> = reader.map(Result::unwrap).collect();
        let faults: Vec<Option<Fault>> = read.into_iter().map(|row| row.fault).collect();
        let number = Fault::NotText("\"text\" is a number, not a text".to_owned());
        let nan = Fault::NotJson("NaN".to_owned());
        assert_eq!(faults, [Some(Fault::Absent), None, Some(number), Some(nan), None]);
    }

    #[test]
    fn a_line_that_is_no_json_is_kept_with_its_fault_where_that_is_asked_for() {
        let text = b"{\"text\":\"a\"}\nnot json\n{\"text\":\n{\"text\":\"b\xE9\"}\n[1]\n{\"text\":\"c\"}\n";
        let reader = RowReader::new(&text[..], Format::JsonLines, "text", Path::new("t"));
        let read: Vec<Row> = reader.unwrap().keep_faulty().map(Result::unwrap).collect();
        let rows: Vec<(u64, String, bool)> = read
            .iter()
            .map(|row| {
                let Content::Object(object) = &row.content else { panic!("an object") };
                let is_broken = matches!(row.fault, Some(Fault::Broken(_)));
                (row.line, object.plain("text").unwrap(), is_broken)
            })
            .collect();
        let expected = [
            (1, "a", false),
            (2, "not json", true),
            (3, "{\"text\":", true),
            (4, "{\"text\":\"b\u{fffd}\"}", true),
            (5, "[1]", true),
            (6, "c", false),
        ];
        assert_eq!(rows, expected.map(|(line, text, is)| (line, text.to_owned(), is)));
        let Some(Fault::Broken(reason)) = &read[3].fault else { panic!("a fault") };
        assert_eq!(reason, "byte 42 of the file is not valid UTF-8");
    }

    #[test]
    fn a_dictionary_of_python_is_refused_with_the_way_out() {
        let refused = rows(b"{'text': 'a'}\n", Format::JsonLines).unwrap_err().to_string();
        assert!(refused.contains("line 1") && refused.contains("json.dumps"), "{refused}");
    }

    #[test]
    fn an_element_of_a_list_that_is_no_object_costs_no_other_its_own() {
        let text = "[{\"text\":\"a\"},\n{text:\n1},[],{\"text\":\"b\"}]";
        let reader = RowReader::new(text.as_bytes(), Format::JsonLines, "text", Path::new("t"));
        let read: Vec<Row> = reader.unwrap().keep_faulty().map(Result::unwrap).collect();
        let faults: Vec<bool> = read.iter().map(|row| row.fault.is_some()).collect();
        assert_eq!(faults, [false, true, true, false]);
    }

    #[test]
    fn a_file_whose_first_line_is_no_json_is_refused_whole() {
        for text in ["no\n{\"text\":\"a\"}\n", "{\"text\":\"a\"} b\n", "[[],{}]", "{\n1\n}\n{}"] {
            let reader = RowReader::new(text.as_bytes(), Format::JsonLines, "text", Path::new("t"));
            let read: Result<Vec<Row>, _> = reader.unwrap().keep_faulty().collect();
            assert!(read.unwrap_err().to_string().contains("line 1"), "{text}");
        }
    }

    #[test]
    fn a_row_without_a_text_is_an_error_with_its_line_where_nobody_asks_for_it() {
        let say = |row: &str| {
            let text = format!("{{\"text\":\"a\"}}\n{row}\n");
            rows(text.as_bytes(), Format::JsonLines).unwrap_err().to_string()
        };
        let number = say("{\"text\":5}");
        assert!(number.contains("line 2: \"text\" is a number, not a text: put it in"), "{number}");
        assert!(say("{\"text\":\"b\",\"c\":NaN}").contains("line 2: NaN is not JSON: write null"));
    }

    #[test]
    fn a_file_none_of_whose_first_rows_has_the_field_is_refused() {
        let text = "{\"body2\":\"a\"}\n{\"body2\":\"b\"}\n";
        let reader = RowReader::new(text.as_bytes(), Format::JsonLines, "text", Path::new("t"));
        let mut reader = reader.unwrap().keep_faulty();
        let read: Vec<Row> = reader.by_ref().map(Result::unwrap).collect();
        let refused = reader.check_text_field(&read).unwrap_err().to_string();
        assert!(refused.contains("its columns are body2"), "{refused}");
    }

    #[test]
    fn packed_files_and_utf16_are_read_in_every_format() {
        for (text, format) in [
            ("id,text\n1,\"a, b\"\n", Format::Csv),
            ("{\"text\":\"a, b\"}", Format::JsonLines),
            ("a, b\r", Format::Lines),
        ] {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
            let gzip = packer.finish().unwrap();
            let fastest = ruzstd::encoding::CompressionLevel::Fastest;
            let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), fastest);
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
            for bytes in [gzip, zstd, utf16] {
                assert_eq!(rows(&bytes, format).unwrap()[0].text, "a, b");
            }
        }
    }

    #[test]
    fn plain_lines_end_with_carriage_returns_too() {
        let expected = [(1, "a".to_owned()), (2, "b".to_owned()), (4, "c".to_owned())];
        assert_eq!(texts(b"a\rb\r\rc\r", Format::Lines), expected);
        assert_eq!(texts(b"a\nb\r\n\nc", Format::Lines), expected);
    }

    #[test]
    fn the_first_post_of_a_file_of_lines_is_no_header() {
        let expected = [(1, "text".to_owned()), (2, "b, c".to_owned())];
        assert_eq!(texts(b"text\nb, c\n", Format::Lines), expected);
    }

    #[test]
    fn lines_of_fasttext_are_labels_and_texts() {
        let mut reader = RowReader::new(
            &b"__label__1 good day\n__label__0 __label__x b\n"[..],
            Format::Unknown,
            "text",
            Path::new("t"),
        )
        .unwrap();
        assert_eq!(reader.header().unwrap(), ["label", "text"]);
        let rows: Vec<Row> = reader.by_ref().map(Result::unwrap).collect();
        assert_eq!(rows[0].content, Content::Fields(vec!["1".into(), "good day".into()]));
        assert_eq!(rows[1].content, Content::Fields(vec!["0 x".into(), "b".into()]));
    }

    #[test]
    fn a_file_larger_than_the_look_ahead_is_read_whole() {
        let mut csv = String::from("text\n");
        (0..20_000).for_each(|row| writeln!(csv, "row number {row}").unwrap());
        let read = texts(csv.as_bytes(), Format::Csv);
        assert_eq!((read.len(), read[19_999].1.as_str()), (20_000, "row number 19999"));
    }
}
