//! The rows of a CSV text, each with the line that it starts on.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::DatasetError;
use crate::error::not_utf8;
use crate::format::Layout;
use crate::lines::Lines;
use crate::quotes::Quotes;

/// Reads CSV rows in constant memory.
pub(crate) struct Table<R: Read> {
    reader: csv::Reader<Lines<R>>,
    header: Vec<String>,
    file: PathBuf,
    /// Bytes of the file in front of the header.
    skipped: u64,
    /// True if fields may stand in quotes.
    quoting: bool,
    /// The line of the last row.
    line: u64,
    /// True if that row goes on over several lines.
    spans_lines: bool,
}

impl<R: Read> Table<R> {
    /// Reads the header of an input whose preamble was taken off; `skipped` counts it and what
    /// else stands in front of the header in the file.
    pub(crate) fn new(
        input: R,
        layout: Layout,
        skipped: u64,
        file: &Path,
    ) -> Result<Self, DatasetError> {
        let line = layout.header_line();
        let quoting = layout.quoting;
        let fields = quoting.then(|| Quotes::new(layout.delimiter));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(layout.delimiter)
            .quoting(quoting)
            .buffer_capacity(1 << 16)
            .from_reader(Lines::new(input, line, fields));
        let header = match reader.headers() {
            Ok(header) => Ok(header.iter().map(str::to_owned).collect()),
            Err(error) => Err(error),
        };
        let file = file.to_owned();
        let mut table =
            Self { reader, header: Vec::new(), file, skipped, quoting, line, spans_lines: false };
        table.header = header.map_err(|error| table.error(line, error))?;
        table.check_quotes()?;
        Ok(table)
    }

    /// The CSV reader's error for the row that starts on this line.
    fn error(&self, line: u64, error: csv::Error) -> DatasetError {
        let lines = self.reader.get_ref();
        match lines.invalid() {
            Some(byte) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                not_utf8(&self.file, lines.line_of(byte), self.skipped + byte + 1)
            }
            _ => DatasetError::csv(&self.file, line, self.quoting, error),
        }
    }

    /// Refuses what was read up to here if a quoted field in it is none: the rows between its quotes
    /// would be gone.
    fn check_quotes(&self) -> Result<(), DatasetError> {
        let lines = self.reader.get_ref();
        let Some(broken) = lines.broken_quote(self.reader.position().byte()) else { return Ok(()) };
        let (opened, closed) = (lines.line_of(broken.opened), lines.line_of(broken.broken));
        let place = if opened == closed { String::new() } else { format!(" on line {closed}") };
        let reason = format!(
            "a field begins with a quote here, and text follows the quote that closes it{place}: put the \
             field in quotes and double each quote in it, or, where quotes are letters, give --quoting none"
        );
        Err(DatasetError::row(&self.file, opened, reason))
    }

    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next row into `record`; returns the line it starts on, or `None` at the end.
    pub(crate) fn read(
        &mut self,
        record: &mut csv::StringRecord,
    ) -> Result<Option<u64>, DatasetError> {
        self.reader.get_mut().begin_row();
        let found = self.reader.read_record(record);
        self.check_quotes()?;
        let after = self.line + 1;
        let lines = self.reader.get_mut();
        match found {
            Ok(true) => {
                self.line = record.position().map_or(after, |start| lines.line_at(start.byte()));
                self.spans_lines = record.iter().any(|field| field.contains(['\n', '\r']));
                Ok(Some(self.line))
            }
            Ok(false) if self.quoting && self.spans_lines && lines.ends_in_open_quote() => {
                let reason = "a quote that opens in this row is never closed";
                Err(DatasetError::row(&self.file, self.line, reason))
            }
            Ok(false) => Ok(None),
            Err(error) => {
                let start = error.position().map(csv::Position::byte);
                let line = start.map_or(after, |byte| lines.line_at(byte));
                Err(self.error(line, error))
            }
        }
    }
}
