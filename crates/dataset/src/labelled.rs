//! Whole labelled files in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::columns::{Columns, find, find_author, find_text, is_loosely, repeated};
use crate::format::{Format, Layout, decode};
use crate::table::Table;
use crate::{DatasetError, json};

/// A labelled post.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The text as it stands in the file.
    pub text: String,
    /// Whether it is labelled as pro-ISIS.
    pub label: bool,
    /// Who wrote it, where the file says so.
    pub author: Option<String>,
    /// Which of the data set's files it is from.
    pub file: usize,
    /// The line of that file that its row starts on.
    pub row: u64,
    /// All other columns that hold something, by name, for slicing.
    pub other: BTreeMap<String, String>,
}

impl Example {
    /// Where it was collected: what it has in this column, without space around it. The column is
    /// found as others are: by its exact name, or else without regard to case.
    pub fn source(&self, column: &str) -> Option<&str> {
        let loosely = || self.other.iter().find(|(name, _)| is_loosely(name, column));
        let value = self.other.get(column).or_else(|| loosely().map(|(_, value)| value))?.trim();
        (!value.is_empty()).then_some(value)
    }
}

/// Where the labels of a file come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLabel {
    /// From its label column.
    Column,
    /// All its rows have this one.
    All(bool),
}

/// A file that was read, and what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledFile {
    /// The file.
    pub path: PathBuf,
    /// Its columns; of JSON lines, the fields of the first row.
    pub columns: Vec<String>,
    /// The column that the text was taken from.
    pub text_column: String,
    /// The column that authors were taken from, if there is one.
    pub author_column: Option<String>,
    /// Rows of label 1.
    pub positives: usize,
    /// Rows of label 0.
    pub negatives: usize,
}

/// The rows of one or more files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// The files, in the order in which they were read.
    pub files: Vec<LabelledFile>,
    /// All rows, in the order of the files.
    pub examples: Vec<Example>,
}

/// The columns of one file.
struct Found {
    text: usize,
    label: Option<usize>,
    author: Option<usize>,
}

impl Dataset {
    /// Reads a CSV or JSON-lines file and adds its rows.
    ///
    /// # Errors
    /// A [`DatasetError`] naming file and row; nothing is added then.
    pub fn read(
        &mut self,
        path: &Path,
        columns: &Columns,
        label: FileLabel,
    ) -> Result<(), DatasetError> {
        let bytes = std::fs::read(path)
            .map_err(|source| DatasetError::Io { file: path.to_owned(), source })?;
        let text = decode(&bytes, path)?;
        let reader = Reader { path, columns, label, file: self.files.len() };
        let (file, examples) = match Format::of(path) {
            Format::JsonLines => reader.json_lines(text)?,
            Format::Csv | Format::Lines => reader.csv(text)?,
        };
        self.files.push(file);
        self.examples.extend(examples);
        Ok(())
    }

    /// Refuses an author column that was asked for by name and that no file has: rows would count
    /// as of nobody, and their authors be on both sides of a split.
    ///
    /// # Errors
    /// [`DatasetError::MissingColumn`], with the columns of the first file.
    pub fn check_author_column(&self, columns: &Columns) -> Result<(), DatasetError> {
        let is_there = |file: &LabelledFile| find(&file.columns, &columns.author).is_some();
        match self.files.first() {
            Some(first)
                if columns.author != Columns::default().author
                    && !self.files.iter().any(is_there) =>
            {
                Err(DatasetError::MissingColumn {
                    file: first.path.clone(),
                    column: columns.author.clone(),
                    found: first.columns.join(", "),
                    flag: "--author-column",
                })
            }
            _ => Ok(()),
        }
    }
}

struct Reader<'a> {
    path: &'a Path,
    columns: &'a Columns,
    label: FileLabel,
    file: usize,
}

impl Reader<'_> {
    fn csv(&self, text: &str) -> Result<(LabelledFile, Vec<Example>), DatasetError> {
        let layout = Layout::of(text.as_bytes());
        let body = &text.as_bytes()[layout.preamble..];
        let mut table = Table::new(body, layout, layout.preamble as u64, self.path)?;
        let header = table.header().to_vec();
        let found = self.find(&header)?;
        let mut examples = Vec::new();
        let mut record = csv::StringRecord::new();
        while let Some(row) = table.read(&mut record)? {
            let field = |column: usize| record.get(column).unwrap_or_default();
            examples.push(self.example(&header, &found, field, row)?);
        }
        self.finish(&header, &found, examples)
    }

    fn json_lines(&self, text: &str) -> Result<(LabelledFile, Vec<Example>), DatasetError> {
        let mut examples = Vec::new();
        let mut first = None;
        for (line, row) in text.lines().zip(1..) {
            if line.trim().is_empty() {
                continue;
            }
            let object = json::object(self.path, row, line)?;
            let header: Vec<String> = object.keys().cloned().collect();
            // A name that the first row lacks is a wrong name; one that a later row lacks is
            // a hole in that row.
            let found = self.find(&header).map_err(|error| match error {
                DatasetError::MissingColumn { column, .. } if first.is_some() => {
                    DatasetError::lacks(self.path, row, &column)
                }
                error => error,
            })?;
            let not_plain = |key: &str| format!("\"{key}\" is a list or an object, not a value");
            let needed = [Some(found.text), found.label, found.author];
            let fields =
                object.iter().enumerate().map(|(column, (key, value))| match json::plain(value) {
                    Some(field) => Ok(field),
                    None if needed.contains(&Some(column)) => {
                        Err(DatasetError::row(self.path, row, not_plain(key)))
                    }
                    None => Ok(value.to_string()),
                });
            let fields = fields.collect::<Result<Vec<String>, _>>()?;
            let field = |column: usize| fields[column].as_str();
            examples.push(self.example(&header, &found, field, row)?);
            first.get_or_insert((header, found));
        }
        match first {
            Some((header, found)) => self.finish(&header, &found, examples),
            None => Err(DatasetError::NoRows { file: self.path.to_owned() }),
        }
    }

    fn find(&self, header: &[String]) -> Result<Found, DatasetError> {
        let missing = |column: &str, flag| DatasetError::MissingColumn {
            file: self.path.to_owned(),
            column: column.to_owned(),
            found: header.join(", "),
            flag,
        };
        let text = find_text(header, &self.columns.text)
            .ok_or_else(|| missing(&self.columns.text, "--text-column"))?;
        let label = match self.label {
            FileLabel::All(_) => None,
            FileLabel::Column => Some(
                find(header, &self.columns.label)
                    .ok_or_else(|| missing(&self.columns.label, "--label-column"))?,
            ),
        };
        let author = find_author(header, &self.columns.author);
        for column in [Some(text), label, author].into_iter().flatten() {
            if let Some(name) = repeated(header, column) {
                let column = name.clone();
                return Err(DatasetError::RepeatedColumn { file: self.path.to_owned(), column });
            }
        }
        Ok(Found { text, label, author })
    }

    fn example<'t>(
        &self,
        header: &[String],
        found: &Found,
        field: impl Fn(usize) -> &'t str,
        row: u64,
    ) -> Result<Example, DatasetError> {
        let label = match (self.label, found.label) {
            (FileLabel::All(label), _) => label,
            (FileLabel::Column, column) => {
                let value = column.map(&field).unwrap_or_default();
                parse_label(value).ok_or_else(|| DatasetError::Label {
                    file: self.path.to_owned(),
                    row,
                    value: value.to_owned(),
                })?
            }
        };
        let author = found.author.map(&field).map(str::trim).filter(|author| !author.is_empty());
        let used = [Some(found.text), found.label, found.author];
        let other = header.iter().enumerate().filter(|(column, _)| !used.contains(&Some(*column)));
        let other = other
            .map(|(column, name)| (name.clone(), field(column).to_owned()))
            .filter(|(_, value)| !value.is_empty());
        Ok(Example {
            text: field(found.text).to_owned(),
            label,
            author: author.map(str::to_owned),
            file: self.file,
            row,
            other: other.collect(),
        })
    }

    fn finish(
        &self,
        header: &[String],
        found: &Found,
        examples: Vec<Example>,
    ) -> Result<(LabelledFile, Vec<Example>), DatasetError> {
        if examples.is_empty() {
            return Err(DatasetError::NoRows { file: self.path.to_owned() });
        }
        let positives = examples.iter().filter(|example| example.label).count();
        let file = LabelledFile {
            path: self.path.to_owned(),
            columns: header.to_vec(),
            text_column: header[found.text].clone(),
            author_column: found.author.map(|column| header[column].clone()),
            positives,
            negatives: examples.len() - positives,
        };
        Ok((file, examples))
    }
}

/// 0 or 1, also as a float, a truth value or with space around it.
fn parse_label(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "0" | "0.0" | "false" => Some(false),
        "1" | "1.0" | "true" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(name: &str, contents: &[u8], label: FileLabel) -> Result<Dataset, DatasetError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let mut dataset = Dataset::default();
        dataset.read(&path, &Columns::default(), label).map(|()| dataset)
    }

    /// Rows of label 1, and rows of label 0.
    fn labels(dataset: &Dataset) -> (usize, usize) {
        let positives = dataset.examples.iter().filter(|example| example.label).count();
        (positives, dataset.examples.len() - positives)
    }

    #[test]
    fn an_author_column_that_was_asked_for_must_be_in_a_file() {
        let dataset = read("t.csv", b"text,label,Poster\na,1,s1\n", FileLabel::Column).unwrap();
        let check = |author: &str| {
            let columns = Columns { author: author.to_owned(), ..Columns::default() };
            dataset.check_author_column(&columns)
        };
        assert!(check("author").is_ok() && check("poster").is_ok());
        let refusal = check("writer").unwrap_err().to_string();
        assert!(refusal.contains("\"writer\"") && refusal.contains("Poster"), "{refusal}");
        assert!(refusal.contains("--author-column"), "{refusal}");
    }

    #[test]
    fn a_lone_quote_in_the_last_row_before_a_blank_line_is_text() {
        let dataset = read("t.csv", b"text,label\n5\" pipe,1\n\n", FileLabel::Column).unwrap();
        assert_eq!(dataset.examples[0].text, "5\" pipe");
        assert!(refusal(b"label,text\n1,\"5 pipe\n0,next\n\n").contains("never closed"));
    }

    fn refusal(contents: &[u8]) -> String {
        read("t.csv", contents, FileLabel::Column).unwrap_err().to_string()
    }

    #[test]
    fn quoted_newlines_quotes_and_a_byte_order_mark_are_read_as_excel_writes_them() {
        let csv =
            "\u{feff}text;label;author;topic\r\n\"a \"\"b\"\"\r\nc; d\";1;s1;\r\nplain;0;;war\r\n";
        let dataset = read("t.csv", csv.as_bytes(), FileLabel::Column).unwrap();
        assert_eq!(labels(&dataset), (1, 1));
        let [first, second] = &dataset.examples[..] else { panic!("two rows") };
        assert_eq!(first.text, "a \"b\"\r\nc; d");
        assert_eq!((first.row, second.row), (2, 4));
        assert_eq!(first.author.as_deref(), Some("s1"));
        assert_eq!((second.author.as_deref(), second.other["topic"].as_str()), (None, "war"));
        assert!(first.other.is_empty());
    }

    #[test]
    fn json_lines_are_read_by_the_same_names() {
        let json =
            "{\"text\":\"a\",\"label\":1}\n\n{\"label\":\"0\",\"text\":\"b\",\"source\":\"x\"}\n";
        let dataset = read("t.jsonl", json.as_bytes(), FileLabel::Column).unwrap();
        assert_eq!(labels(&dataset), (1, 1));
        assert_eq!((dataset.examples[1].row, &*dataset.examples[1].other["source"]), (3, "x"));
    }

    #[test]
    fn a_file_of_one_label_needs_no_label_column_and_may_name_its_text_otherwise() {
        let csv = b"name,username,tweets\nA,a,hello\nB,b,world\n";
        let dataset = read("k.csv", csv, FileLabel::All(true)).unwrap();
        assert_eq!(labels(&dataset), (2, 0));
        assert_eq!(dataset.files[0].text_column, "tweets");
        assert_eq!(dataset.files[0].author_column.as_deref(), Some("username"));
    }

    #[test]
    fn labels_come_in_several_spellings() {
        let csv = b"text,label\na,1.0\nb, 0\nc,TRUE\n";
        assert_eq!(labels(&read("t.csv", csv, FileLabel::Column).unwrap()), (2, 1));
    }

    #[test]
    fn each_bad_file_gets_one_line_that_says_where_and_what() {
        for (contents, expected) in [
            (&b""[..], "is empty"),
            (b"text,label\n", "has a header but no rows"),
            (b"message,label\na,1\n", "no column \"text\": its columns are message, label"),
            (b"text,class\na,1\n", "no column \"label\""),
            (b"text,label\na,1\n\"b\nb\",2\n", "line 3: label \"2\" is neither 0 nor 1"),
            (b"text,label\na,\n", "line 2: label \"\""),
            (b"text,label\na,1,x\n", "line 2: the row has 3 fields, the header 2"),
            (b"text,label\nb\xE9,1\n", "line 2: byte 13"),
            (b"text,label\r\n\r\na,1\r\nb,7\r\n", "line 4: label \"7\""),
            (b"text,label\ra,1\rb,7\r", "line 3: label \"7\""),
            (b"label,text\n1,a\n0,\"b\n1,c\n", "line 3: a quote that opens in this row is never"),
            (b"text,label\n\"b,1\nc,0\n", "line 2: the row has 1 fields, the header 2: is a quote"),
            (b"text,label,text\na,1,b\n", "more than one column \"text\""),
            (b"t\0e\0x\0t\0", "is UTF-16: save it as \"CSV UTF-8\""),
        ] {
            let message = refusal(contents);
            assert!(message.contains(expected) && !message.contains('\n'), "{message}");
            assert!(message.contains("t.csv"), "{message}");
        }
    }

    #[test]
    fn each_bad_json_line_is_named() {
        for (contents, expected) in [
            (&b"[{\"text\":\"a\",\"label\":1}]\n"[..], "line 1: a JSON array"),
            (b"{\"text\":\"a\",\"label\":1}\n\nno\n", "line 3: not a JSON object"),
            (b"{\"text\":\"a\"}\n", "no column \"label\": its columns are text"),
            (b"{\"text\":\"a\",\"label\":1}\n{\"text\":\"a\"}\n", "line 2: no \"label\" in this"),
            (b"{\"text\":[],\"label\":1}\n", "line 1: \"text\" is a list or an object"),
            (b"{\"text\":\"a\",\"label\":null}\n", "line 1: label \"\" is neither"),
        ] {
            let message = read("t.jsonl", contents, FileLabel::Column).unwrap_err().to_string();
            assert!(message.contains(expected) && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_file_with_a_line_for_excel_and_blank_lines_is_read() {
        let csv = b"sep=;\r\ntext;label\r\n\r\na;1\r\n\r\nb;0\r\n";
        let dataset = read("t.csv", csv, FileLabel::Column).unwrap();
        let rows: Vec<u64> = dataset.examples.iter().map(|example| example.row).collect();
        assert_eq!(rows, [4, 6]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Dataset::default()
            .read(Path::new("no/such.csv"), &Columns::default(), FileLabel::Column)
            .unwrap_err();
        assert!(error.to_string().contains("no/such.csv"));
    }
}
