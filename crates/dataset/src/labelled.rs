//! Whole labelled files in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::columns::{Columns, find, find_author, find_text, is_loosely, listed, repeated};
use crate::export::{Vote, votes};
use crate::json::{Object, kind};
use crate::stream::{Content, Reading, Row};
use crate::{DatasetError, Format, RowReader, post};

/// A labelled post.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The text as it stands in the file.
    pub text: String,
    /// True if it is labelled as pro-ISIS.
    pub label: bool,
    /// Its author, if the file says so.
    pub author: Option<String>,
    /// Index of its file in the data set.
    pub file: usize,
    /// The line of that file that its row starts on.
    pub row: u64,
    /// All other columns that hold something, by name, for slicing.
    pub other: BTreeMap<String, String>,
}

impl Example {
    /// Its source: its value in this column, without space around it. The column is found as others
    /// are: by its exact name, or else without regard to case.
    pub fn source(&self, column: &str) -> Option<&str> {
        let loosely = || self.other.iter().find(|(name, _)| is_loosely(name, column));
        let value = self.other.get(column).or_else(|| loosely().map(|(_, value)| value))?.trim();
        (!value.is_empty()).then_some(value)
    }
}

/// The source of a file's labels.
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
    /// The column that authors were taken from, if there is one and it names any.
    pub author_column: Option<String>,
    /// Rows of label 1.
    pub positives: usize,
    /// Rows of label 0.
    pub negatives: usize,
    /// Rows left out because no annotator gave them a label, or as many this one as that.
    pub unlabelled: usize,
}

/// The rows of one or more files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// The files, in the order in which they were read.
    pub files: Vec<LabelledFile>,
    /// All rows, in the order of the files.
    pub examples: Vec<Example>,
}

impl Dataset {
    /// Reads a file and adds its rows: CSV, JSON, an export of an annotation tool, or texts a line each.
    ///
    /// # Errors
    /// A [`DatasetError`] naming file and row; nothing is added then.
    pub fn read(
        &mut self,
        path: &Path,
        columns: &Columns,
        label: FileLabel,
    ) -> Result<(), DatasetError> {
        let io = |source| DatasetError::Io { file: path.to_owned(), source };
        #[allow(unused_mut)] // in builds without Parquet and SQLite
        let mut opened = File::open(path).map_err(io)?;
        #[cfg(feature = "sqlite")]
        if crate::verdicts::is_database(&mut opened).map_err(io)? {
            let (header, rows) = crate::verdicts::read(path)?;
            // Their names are known, whatever those of other files.
            let columns = &Columns { positive: None, ..Columns::default() };
            return self.read_rows(rows.into_iter().map(Ok), Some(header), path, columns, label);
        }
        #[cfg(feature = "parquet")]
        if crate::parquet::is_parquet(&mut opened).map_err(io)? {
            return self.read_parquet(opened, path, columns, label);
        }
        self.read_from(opened, path, columns, label)
    }

    /// Reads what is in a file of this name and adds its rows.
    ///
    /// # Errors
    /// As [`Dataset::read`].
    pub fn read_from(
        &mut self,
        input: impl Read,
        path: &Path,
        columns: &Columns,
        label: FileLabel,
    ) -> Result<(), DatasetError> {
        let reading = Reading {
            format: Format::of(path),
            text_column: &columns.text,
            quoting: columns.quoting,
        };
        let rows = RowReader::open(input, &reading, path)?;
        let header = rows.header().map(<[String]>::to_vec);
        self.read_rows(rows, header, path, columns, label)
    }

    #[cfg(feature = "parquet")]
    fn read_parquet(
        &mut self,
        file: File,
        path: &Path,
        columns: &Columns,
        label: FileLabel,
    ) -> Result<(), DatasetError> {
        let mut reader = crate::parquet::BatchReader::open(file, &columns.text, 1024, path)?;
        let header = reader.header().to_vec();
        let batches = std::iter::from_fn(|| reader.next_rows().transpose());
        let rows = batches.flat_map(|batch| match batch {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        });
        self.read_rows(rows, Some(header), path, columns, label)
    }

    fn read_rows(
        &mut self,
        rows: impl Iterator<Item = Result<Row, DatasetError>>,
        header: Option<Vec<String>>,
        path: &Path,
        columns: &Columns,
        label: FileLabel,
    ) -> Result<(), DatasetError> {
        let mut reader = Reader { path, columns, label, file: self.files.len(), first: None };
        if let Some(header) = &header {
            reader.first = Some((header.clone(), reader.find(header, false)?));
        }
        let (mut examples, mut unlabelled) = (Vec::new(), 0);
        for row in rows {
            match reader.example(row?, header.as_deref())? {
                Some(example) => examples.push(example),
                None => unlabelled += 1,
            }
        }
        self.files.push(reader.finish(&examples, unlabelled)?);
        self.examples.extend(examples);
        Ok(())
    }

    /// Refuses an author column that was asked for by name and that no file has, or that is blank
    /// throughout: rows would count as of nobody, and their authors be on both sides of a split.
    ///
    /// # Errors
    /// [`DatasetError::MissingColumn`], with the columns of the first file;
    /// [`DatasetError::BlankAuthors`].
    pub fn check_author_column(&self, columns: &Columns) -> Result<(), DatasetError> {
        let Some(first) = self.files.first() else { return Ok(()) };
        let is_there = |file: &LabelledFile| find(&file.columns, &columns.author).is_some();
        let column = columns.author.clone();
        if column == Columns::default().author {
            Ok(())
        } else if !self.files.iter().any(is_there) {
            Err(DatasetError::MissingColumn {
                file: first.path.clone(),
                column,
                found: listed(&first.columns),
                flag: "--author-column",
            })
        } else if self.examples.iter().all(|example| example.author.is_none()) {
            Err(DatasetError::BlankAuthors { column })
        } else {
            Ok(())
        }
    }
}

/// The places of a row's text, label and author among its fields.
#[derive(Clone, Copy)]
struct Found {
    text: Option<usize>,
    label: Option<usize>,
    author: Option<usize>,
}

/// A row's fields, whatever it was.
struct Fields<'a> {
    names: Cow<'a, [String]>,
    values: Vec<String>,
    /// The annotators' answers, if the row is of an export.
    votes: Option<Vec<Vote>>,
}

struct Reader<'a> {
    path: &'a Path,
    columns: &'a Columns,
    label: FileLabel,
    file: usize,
    /// The columns of a CSV file; of others the fields of the first row.
    first: Option<(Vec<String>, Found)>,
}

impl Reader<'_> {
    /// A row with its label; none if its annotators gave it none.
    fn example(
        &mut self,
        row: Row,
        header: Option<&[String]>,
    ) -> Result<Option<Example>, DatasetError> {
        let Fields { names, values, votes } = match row.content {
            Content::Fields(values) => {
                Fields { names: header.unwrap_or_default().into(), values, votes: None }
            }
            Content::Object(object) => self.object(&object, row.line)?,
            Content::Line if self.label == FileLabel::Column => {
                return Err(DatasetError::NoLabels { file: self.path.to_owned() });
            }
            Content::Line => Fields {
                names: vec!["text".to_owned()].into(),
                values: vec![row.text.clone()],
                votes: None,
            },
        };
        let found = match (&self.first, header) {
            (Some((_, found)), Some(_)) => *found,
            // A name that the first row lacks is a wrong name; one that a later row lacks is a hole
            // in that row.
            (first, _) => match self.find(&names, votes.is_some()) {
                Err(DatasetError::MissingColumn { column, .. }) if first.is_some() => {
                    return Err(DatasetError::lacks(self.path, row.line, &column));
                }
                found => found?,
            },
        };
        self.first.get_or_insert_with(|| (names.to_vec(), found));
        let value = |column: Option<usize>| column.and_then(|column| values.get(column));
        let label = match (self.label, votes) {
            (FileLabel::All(label), _) => Some(label),
            (FileLabel::Column, Some(votes)) => self.majority(&votes, row.line)?,
            (FileLabel::Column, None) => {
                let value = value(found.label).map_or("", String::as_str);
                Some(self.parse_label(value, row.line)?)
            }
        };
        let Some(label) = label else { return Ok(None) };
        let author = value(found.author).map(|author| author.trim().to_owned());
        let author = author.filter(|author| !author.is_empty());
        let used = [found.text, found.label, found.author];
        let other = names.iter().zip(values).enumerate();
        let other = other
            .filter(|(column, (_, value))| !used.contains(&Some(*column)) && !value.is_empty())
            .map(|(_, (name, value))| (name.clone(), value));
        Ok(Some(Example {
            text: row.text,
            label,
            author,
            file: self.file,
            row: row.line,
            other: other.collect(),
        }))
    }

    /// The fields of an object, those of what it wraps among them.
    fn object(&self, object: &Object, line: u64) -> Result<Fields<'static>, DatasetError> {
        let refuse = |reason: String| DatasetError::row(self.path, line, reason);
        let votes = match self.label {
            FileLabel::Column => votes(object, &self.columns.label).map_err(refuse)?,
            FileLabel::All(_) => None,
        };
        let object = post::unwrapped(object);
        let names: Vec<String> = object.names().map(str::to_owned).collect();
        let label = find(&names, &self.columns.label).map(|column| names[column].as_str());
        let author = find_author(&names, &self.columns.author).map(|column| names[column].as_str());
        let mut values = Vec::with_capacity(names.len());
        for name in &names {
            let json = object.json(name).unwrap_or_default();
            values.push(match object.plain(name) {
                Some(plain) => plain,
                None if author == Some(name) => {
                    account(&object, name).unwrap_or_else(|| json.to_owned())
                }
                None if label == Some(name)
                    && votes.is_none()
                    && self.label == FileLabel::Column =>
                {
                    return Err(refuse(format!("\"{name}\" is {}, not 0 or 1", kind(json))));
                }
                None => json.to_owned(),
            });
        }
        Ok(Fields { names: names.into(), values, votes })
    }

    /// Finds the columns; that of the label only where nobody has voted.
    fn find(&self, names: &[String], voted: bool) -> Result<Found, DatasetError> {
        let text = find_text(names, &self.columns.text);
        let label = match self.label {
            FileLabel::Column if !voted => {
                let found = find(names, &self.columns.label);
                Some(found.ok_or_else(|| DatasetError::MissingColumn {
                    file: self.path.to_owned(),
                    column: self.columns.label.clone(),
                    found: listed(names),
                    flag: "--label-column",
                })?)
            }
            _ => None,
        };
        let author = find_author(names, &self.columns.author);
        for column in [text, label, author].into_iter().flatten() {
            if let Some(name) = repeated(names, column) {
                return Err(DatasetError::repeated(self.path, name));
            }
        }
        Ok(Found { text, label, author })
    }

    fn parse_label(&self, value: &str, row: u64) -> Result<bool, DatasetError> {
        let label = parse_label(value, self.columns.positive.as_deref());
        label.ok_or_else(|| DatasetError::Label {
            file: self.path.to_owned(),
            row,
            value: value.chars().take(60).collect(),
        })
    }

    /// The label that most annotators gave; none if nobody gave one or they part evenly.
    fn majority(&self, votes: &[Vote], row: u64) -> Result<Option<bool>, DatasetError> {
        let (mut ones, mut zeros) = (0, 0);
        for vote in votes {
            let label = match vote {
                Vote::For(name) => self.parse_label(name, row)?,
                // Not the one that means 1 is 0; not another of many names is nothing.
                Vote::Against(name) => match (self.parse_label(name, row)?, &self.columns.positive)
                {
                    (false, Some(_)) => continue,
                    (label, _) => !label,
                },
            };
            *if label { &mut ones } else { &mut zeros } += 1;
        }
        Ok((ones != zeros).then_some(ones > zeros))
    }

    fn finish(self, examples: &[Example], unlabelled: usize) -> Result<LabelledFile, DatasetError> {
        let path = self.path.to_owned();
        let Some((columns, found)) = self.first.filter(|_| !examples.is_empty()) else {
            return Err(match unlabelled {
                0 => DatasetError::NoRows { file: path },
                rows => DatasetError::Unlabelled { file: path, rows },
            });
        };
        let positives = examples.iter().filter(|example| example.label).count();
        let has_authors = examples.iter().any(|example| example.author.is_some());
        let name = |column: usize| columns[column].clone();
        Ok(LabelledFile {
            text_column: found.text.map_or_else(|| self.columns.text.clone(), name),
            author_column: found.author.filter(|_| has_authors).map(name),
            path,
            columns,
            positives,
            negatives: examples.len() - positives,
            unlabelled,
        })
    }
}

/// The id or name of an account that the platform describes by an object.
fn account(object: &Object, name: &str) -> Option<String> {
    let account = object.object(name)?;
    let names = ["id_str", "id", "screen_name", "username", "name"];
    names.iter().find_map(|name| account.plain(name).filter(|it| !it.is_empty()))
}

/// A label in one of its spellings, or by the name that means 1; then every other name means 0.
pub fn parse_label(value: &str, positive: Option<&str>) -> Option<bool> {
    let value = value.trim();
    if positive.is_some_and(|name| name.trim().eq_ignore_ascii_case(value)) {
        return Some(true);
    }
    match value.to_ascii_lowercase().as_str() {
        "0" | "0.0" | "false" | "not_pro_isis" => Some(false),
        "1" | "1.0" | "true" | "pro_isis" => Some(true),
        "" => None,
        _ => positive.map(|_| false),
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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "text,label,Poster\na,1,s1\n").unwrap();
        let check = |author: &str| {
            let columns = Columns { author: author.to_owned(), ..Columns::default() };
            let mut dataset = Dataset::default();
            dataset.read(&path, &columns, FileLabel::Column).unwrap();
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
            (b"\xEF\xBB\xBFsep=,\ntext,label\na,1\n\"b\nc\xE9\",1\n", "line 5: byte 29"),
            (b"text,label\r\n\r\na,1\r\nb,7\r\n", "line 4: label \"7\""),
            (b"text,label\ra,1\rb,7\r", "line 3: label \"7\""),
            (b"label,text\n1,a\n0,\"b\n1,c\n", "line 3: a quote that opens in this row is never"),
            (b"text,label\n\"b,1\nc,0\n", "line 2: the row has 1 fields, the header 2: is a quote"),
            (b"text,label,text\na,1,b\n", "more than one column \"text\""),
            (b"t\0e\0x\0t\0", "is UTF-16 without a byte-order mark: save it as UTF-8"),
        ] {
            let message = refusal(contents);
            assert!(message.contains(expected) && !message.contains('\n'), "{message}");
            assert!(message.contains("t.csv"), "{message}");
        }
    }

    #[test]
    fn each_bad_json_line_is_named() {
        for (contents, expected) in [
            (&b"[[\"a\",1]]\n"[..], "line 1: a JSON list where one object was expected"),
            (b"{\"text\":\"a\",\"label\":{}}\n", "line 1: \"label\" is an object, not 0 or 1"),
            (b"{\"text\":5,\"label\":1}\n", "line 1: \"text\" is a number, not a text"),
            (b"{\"text\":\"a\",\"label\":NaN}\n", "line 1: NaN is not JSON"),
            (b"{\"text\":\"a\",\"label\":1}\n\nno\n", "line 3: not a JSON object"),
            (b"{\"text\":\"a\"}\n", "no column \"label\": its columns are text"),
            (b"{\"text\":\"a\",\"label\":1}\n{\"text\":\"a\"}\n", "line 2: no \"label\" in this"),
            (b"{\"text\":[],\"label\":1}\n", "line 1: \"text\" is a list, not a text"),
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

    /// The texts and labels of a file that is read without flags.
    fn all(name: &str, contents: &str) -> Vec<(String, bool)> {
        let dataset = read(name, contents.as_bytes(), FileLabel::Column).unwrap();
        dataset.examples.into_iter().map(|example| (example.text, example.label)).collect()
    }

    #[test]
    fn exports_of_annotation_tools_are_labelled_files() {
        let expected = [("a day".to_owned(), true), ("b day".to_owned(), false)];
        let task = |text: &str, choice: &str| {
            format!(
                r#"{{"id":1,"data":{{"text":"{text}"}},"annotations":[{{"was_cancelled":false,"result":[
                   {{"type":"choices","from_name":"x","value":{{"choices":["{choice}"]}}}}]}}]}}"#
            )
        };
        let label_studio =
            format!("[{},\n{}]", task("a day", "pro_isis"), task("b day", "not_pro_isis"));
        let record = |text: &str, label: u8| {
            format!(
                r#"{{"fields":{{"text":"{text}"}},"responses":{{"stance":[{{"value":"{label}"}}]}}}}"#
            )
        };
        let argilla = format!("[{}, {}]", record("a day", 1), record("b day", 0));
        for (name, contents) in [
            ("label_studio.json", label_studio.as_str()),
            ("argilla.json", &argilla),
            (
                "doccano.jsonl",
                "{\"id\":1,\"text\":\"a day\",\"label\":[\"1\"]}\n{\"id\":2,\"data\":\"b day\",\"label\":[\"0\"]}\n",
            ),
            (
                "prodigy.jsonl",
                "{\"text\":\"a day\",\"label\":\"pro_isis\",\"answer\":\"accept\"}\n\
                 {\"text\":\"b day\",\"label\":\"pro_isis\",\"answer\":\"reject\"}\n",
            ),
            ("fasttext.txt", "__label__1 a day\n__label__0 b day\n"),
            ("fasttext.train", "__label__1 a day\n__label__0 b day\n"),
        ] {
            assert_eq!(all(name, contents), expected, "{name}");
        }
    }

    #[test]
    fn what_annotators_leave_open_is_left_out_and_counted() {
        let rows = "{\"text\":\"a\",\"label\":[\"1\"]}\n{\"text\":\"b\",\"label\":[]}\n{\"text\":\"c\",\"label\":[1,0]}\n";
        let dataset = read("t.jsonl", rows.as_bytes(), FileLabel::Column).unwrap();
        assert_eq!((labels(&dataset), dataset.files[0].unlabelled), ((1, 0), 2));
        let none = "{\"text\":\"a\",\"label\":[]}\n";
        let refused = read("t.jsonl", none.as_bytes(), FileLabel::Column).unwrap_err().to_string();
        assert!(refused.contains("none of its 1 rows has a label"), "{refused}");
    }

    #[test]
    fn labels_with_names_need_the_one_that_means_1() {
        let csv = "text,label\na,Support\nb,other\n";
        let refused = read("t.csv", csv.as_bytes(), FileLabel::Column).unwrap_err().to_string();
        assert!(
            refused.contains("line 2: label \"Support\"") && refused.contains("--positive-label")
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, csv).unwrap();
        let columns = Columns { positive: Some("support".to_owned()), ..Columns::default() };
        let mut dataset = Dataset::default();
        dataset.read(&path, &columns, FileLabel::Column).unwrap();
        assert_eq!(labels(&dataset), (1, 1));
    }

    #[test]
    fn a_file_of_texts_has_no_header_and_needs_a_label_for_all() {
        let dataset = read("pos.txt", b"a, b\rtext\r", FileLabel::All(true)).unwrap();
        assert_eq!((labels(&dataset), dataset.examples[0].text.as_str()), ((2, 0), "a, b"));
        let refused = read("pos.txt", b"a\nb\n", FileLabel::Column).unwrap_err().to_string();
        assert!(refused.contains("--positives") && refused.contains("--negatives"), "{refused}");
    }

    #[test]
    fn an_author_column_that_is_blank_throughout_names_nobody() {
        let dataset =
            read("t.csv", b"text,label,author,poster\na,1, ,\nb,0,,\n", FileLabel::Column);
        let dataset = dataset.unwrap();
        assert_eq!(dataset.files[0].author_column, None);
        let columns = Columns { author: "poster".to_owned(), ..Columns::default() };
        let refused = dataset.check_author_column(&columns).unwrap_err().to_string();
        assert!(
            refused.contains("\"poster\"") && refused.contains("blank in every row"),
            "{refused}"
        );
    }

    #[test]
    fn posts_of_the_platform_have_their_account_as_author() {
        let json = r#"[{"full_text":"a","label":1,"user":{"id_str":"7","screen_name":"x"}}]"#;
        let dataset = read("t.json", json.as_bytes(), FileLabel::Column).unwrap();
        assert_eq!(dataset.examples[0].author.as_deref(), Some("7"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Dataset::default()
            .read(Path::new("no/such.csv"), &Columns::default(), FileLabel::Column)
            .unwrap_err();
        assert!(error.to_string().contains("no/such.csv"));
    }
}
