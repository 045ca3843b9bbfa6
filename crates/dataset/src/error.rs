//! The mistakes a user can make with a file, each with its remedy.

use std::path::{Path, PathBuf};

use crate::columns::listed;
use crate::lines::{LONGEST_ROW, is_too_long};

/// Errors of a file of tweets. Rows are given by the line that they start on, the header being line
/// 1.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file could not be opened or read.
    #[error("cannot read {file}: {source}", file = file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// There is nothing in the file.
    #[error("{file} is empty: expected rows, of CSV after a header line", file = file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// There is a header and nothing after it.
    #[error("{file} has a header but no rows", file = file.display())]
    NoRows {
        /// The file.
        file: PathBuf,
    },
    /// The file is UTF-16 and does not say of which kind.
    #[error("{file} is UTF-16 without a byte-order mark: save it as UTF-8", file = file.display())]
    Utf16 {
        /// The file.
        file: PathBuf,
    },
    /// The file is no text: a workbook, an archive, a page.
    #[error("{file} is {what}, not text: {remedy}", file = file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The kind of file.
        what: &'static str,
        /// The way to get at the text.
        remedy: &'static str,
    },
    /// The file is called like a packed one and is none.
    #[error(
        "{file} is not packed by {packer}, though its name says so: it is damaged, or was unpacked already; then \
         take the ending off its name",
        file = file.display()
    )]
    NotPacked {
        /// The file.
        file: PathBuf,
        /// The program that packs files of such a name.
        packer: &'static str,
    },
    /// A file of texts where labelled rows are needed.
    #[error(
        "{file} has a text on each line and no labels: give it by --positives or --negatives, or as CSV with \
         the columns text and label",
        file = file.display()
    )]
    NoLabels {
        /// The file.
        file: PathBuf,
    },
    /// Nobody has labelled any row.
    #[error(
        "{file}: none of its {rows} rows has a label: they are not annotated yet, left out by their annotators, or \
         their annotators part evenly",
        file = file.display()
    )]
    Unlabelled {
        /// The file.
        file: PathBuf,
        /// Its rows.
        rows: usize,
    },
    /// An author column that was asked for holds nothing.
    #[error(
        "the column \"{column}\" of --author-column is blank in every row: name the one with the authors, or \
         leave the flag out"
    )]
    BlankAuthors {
        /// The column.
        column: String,
    },
    /// The file is not UTF-8.
    #[error(
        "{file}, line {line}: byte {byte} of the file is not valid UTF-8: save the file as UTF-8",
        file = file.display()
    )]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The byte, counted from 1.
        byte: u64,
    },
    /// A column that is needed is not there.
    #[error(
        "{file} has no column \"{column}\": its columns are {found}; name the right one with {flag}",
        file = file.display()
    )]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
        /// The columns that are there.
        found: String,
        /// The flag that names it.
        flag: &'static str,
    },
    /// A column that is needed is there more than once.
    #[error(
        "{file} has more than one column \"{column}\": rename all but one",
        file = file.display()
    )]
    RepeatedColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
    },
    /// A label is neither 0 nor 1.
    #[error(
        "{file}, line {row}: label {value:?} is neither 0 nor 1 (false and true, not_pro_isis and pro_isis are \
         read as well); where labels have names, give the one that means 1 by --positive-label",
        file = file.display()
    )]
    Label {
        /// The file.
        file: PathBuf,
        /// The line that the row starts on.
        row: u64,
        /// The value found.
        value: String,
    },
    /// A table of columns cannot be read as one, or a column holds something else than what is looked for.
    #[error("{file}: {reason}", file = file.display())]
    Columns {
        /// The file.
        file: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A row has more or fewer fields than the header, has no end, or is not JSON.
    #[error("{file}, line {row}: {reason}", file = file.display())]
    Row {
        /// The file.
        file: PathBuf,
        /// The line that the row starts on.
        row: u64,
        /// The fault.
        reason: String,
    },
}

/// A byte of the file, counted from 1, that is not UTF-8.
pub(crate) fn not_utf8(file: &Path, line: u64, byte: u64) -> DatasetError {
    DatasetError::NotUtf8 { file: file.to_owned(), line, byte }
}

impl DatasetError {
    pub(crate) fn row(file: &Path, row: u64, reason: impl Into<String>) -> Self {
        // A field's name may hold a line break.
        let reason = reason.into().replace(|letter: char| letter.is_control(), " ");
        Self::Row { file: file.to_owned(), row, reason }
    }

    /// A fault in a table of columns, in one line.
    #[cfg(any(feature = "parquet", feature = "sqlite"))]
    pub(crate) fn columns(file: &Path, reason: impl Into<String>) -> Self {
        let reason = reason.into().replace(|letter: char| letter.is_control(), " ");
        Self::Columns { file: file.to_owned(), reason }
    }

    pub(crate) fn repeated(file: &Path, column: &String) -> Self {
        let column = listed(std::slice::from_ref(column));
        Self::RepeatedColumn { file: file.to_owned(), column }
    }

    /// A JSON object without a field that earlier ones have.
    pub(crate) fn lacks(file: &Path, row: u64, field: &str) -> Self {
        Self::row(file, row, format!("no \"{field}\" in this object"))
    }

    /// An error while reading the row that starts on this line.
    pub(crate) fn io(file: &Path, row: u64, source: std::io::Error) -> Self {
        if is_too_long(&source) {
            let reason = format!(
                "a row of more than {LONGEST_ROW} bytes: is a quote not closed, or do all posts stand in one \
                 object (`jq -c '.data[]'` takes them out of its list \"data\")?"
            );
            return Self::row(file, row, reason);
        }
        Self::Io { file: file.to_owned(), source }
    }

    /// The CSV reader's error for the row that starts on this line.
    pub(crate) fn csv(file: &Path, row: u64, quoting: bool, error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::io(file, row, source),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let remedy = match (expected_len, quoting) {
                    (1, _) => {
                        "if the file has a text on each line, name it .txt or say so by --format lines"
                    }
                    (_, true) => "is a quote or a delimiter missing?",
                    (_, false) => "if quotes are marks around fields here, give --quoting csv",
                };
                let reason =
                    format!("the row has {len} fields, the header {expected_len}: {remedy}");
                Self::row(file, row, reason)
            }
            other => Self::row(file, row, format!("{other:?}")),
        }
    }
}
