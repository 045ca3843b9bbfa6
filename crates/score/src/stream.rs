//! From the first row to the last: read a chunk, score it, write it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dataset::stream::{Content, Fault};
use dataset::{DatasetError, Reading, Row, RowReader};
use indexmap::IndexSet;
use scorer::{Asked, Label, Reason, ScoreTexts, Verdict};

use crate::progress::{Counted, Progress};
use crate::rows::RowEncoder;
use crate::sink::Sink;
use crate::{Job, ScoreError};

/// Rows that are read, scored and written together.
pub const ROWS_IN_A_CHUNK: usize = 1024;

/// Input and output, open and looked over: what can be refused without a model was not.
pub struct Stream {
    name: PathBuf,
    reader: RowReader<Counted<Box<dyn Read>>>,
    sink: Sink,
    progress: Progress,
    lang_column: Option<String>,
}

/// Result of a scoring, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows written.
    pub rows: u64,
    /// Rows labelled `pro_isis`.
    pub pro_isis: u64,
    /// Rows that were not judged, by [`Reason`], in the order of [`Reason::ALL`].
    pub not_judged: [u64; Reason::ALL.len()],
    /// Rows that were not judged because no text could be read out of them.
    pub unreadable: u64,
    /// Rows longer than the model reads at once, of which the highest window counts.
    pub in_windows: u64,
    /// Of them, those that go on behind the last window.
    pub truncated: u64,
    /// True if the reader of our output went away before the end.
    pub cut: bool,
}

impl Summary {
    /// Counts rows that were written, by their verdicts: none where a text could not be read.
    pub(crate) fn add<'a>(&mut self, verdicts: impl Iterator<Item = Option<&'a Verdict>>) {
        for verdict in verdicts {
            self.rows += 1;
            let Some(verdict) = verdict else {
                self.unreadable += 1;
                continue;
            };
            self.pro_isis += u64::from(verdict.label() == Some(Label::ProIsis));
            for (count, reason) in self.not_judged.iter_mut().zip(Reason::ALL) {
                *count += u64::from(verdict.reason() == Some(reason));
            }
            if let Some(score) = verdict.score() {
                self.in_windows += u64::from(score.window.is_some());
                self.truncated += u64::from(score.truncated);
            }
        }
    }
}

impl Stream {
    /// Opens both ends. `None` as a path stands for standard input and output.
    ///
    /// # Errors
    /// [`ScoreError::Input`] for an input that is missing, empty, not UTF-8 or without the text
    /// column; [`ScoreError::SameFile`]; as [`Sink::file`] for the output.
    pub fn open(job: &Job) -> Result<Self, ScoreError> {
        if let (Some(input), Some(output)) = (&job.input, &job.output)
            && let (Ok(input), Ok(output)) = (fs::canonicalize(input), fs::canonicalize(output))
            && input == output
        {
            return Err(ScoreError::SameFile { path: output });
        }
        let name = job.input.clone().unwrap_or_else(|| "standard input".into());
        let (input, size) = match &job.input {
            Some(path) => open(path)?,
            None => (Box::new(io::stdin()) as Box<dyn Read>, None),
        };
        let sink = match &job.output {
            Some(path) => Sink::file(path)?,
            None => Sink::stdout(),
        };
        let (input, progress) = Progress::counting(input, size, job.output.is_some());
        let reading =
            Reading { format: job.format, text_column: &job.text_column, quoting: job.quoting };
        let reader = RowReader::open(input, &reading, &name)?.keep_faulty();
        let lang_column = job.lang_column.clone();
        if let (Some(column), Some(header)) = (&lang_column, reader.header())
            && !header.contains(column)
        {
            let (file, column, found) = (name, column.clone(), header.join(", "));
            return Err(ScoreError::NoLangColumn { file, column, found });
        }
        Ok(Self { name, reader, sink, progress, lang_column })
    }

    /// Scores all rows, `chunk` at a time, and puts the output in its place.
    ///
    /// # Errors
    /// [`ScoreError::Input`] for a row that cannot be read; [`ScoreError::Scorer`];
    /// [`ScoreError::Write`]. The output's place is then as it was.
    pub fn score(mut self, model: &dyn ScoreTexts, chunk: usize) -> Result<Summary, ScoreError> {
        let mut summary = Summary::default();
        match self.score_all(model, chunk, &mut summary) {
            Err(error) if error.is_broken_pipe() => summary.cut = true,
            Err(error) => return Err(error),
            Ok(()) => self.sink.finish()?,
        }
        self.progress.finish(&summary);
        Ok(summary)
    }

    fn score_all(
        &mut self,
        model: &dyn ScoreTexts,
        chunk: usize,
        summary: &mut Summary,
    ) -> Result<(), ScoreError> {
        let mut rows = self.next_rows(chunk)?;
        self.reader.check_text_field(&rows)?;
        let columns = self.columns(&rows);
        let encoder = RowEncoder::new(self.reader.is_json(), &columns);
        if let Some(note) = encoder.added().note() {
            self.progress.say(&note);
        }
        self.sink.write(&encoder.header(&columns).map_err(ScoreError::write(&self.name))?)?;
        let mut late = false;
        while !rows.is_empty() {
            let verdicts = self.verdicts(&rows, model)?;
            self.sink.write(&encoder.rows(&rows, &verdicts, &self.name)?)?;
            if summary.unreadable == 0
                && let Some((line, why)) = rows.iter().find_map(unreadable)
            {
                self.progress.say(&format!("line {line} is not judged: {why}"));
            }
            if !late && let Some(note) = rows.iter().find_map(|row| encoder.late_note(row)) {
                self.progress.say(&note);
                late = true;
            }
            summary.add(verdicts.iter().map(Option::as_ref));
            self.progress.update(summary.rows);
            rows = self.next_rows(chunk)?;
        }
        Ok(())
    }

    /// A verdict for each row; none for one without a text that could be read.
    fn verdicts(
        &self,
        rows: &[Row],
        model: &dyn ScoreTexts,
    ) -> Result<Vec<Option<Verdict>>, ScoreError> {
        let readable = rows.iter().filter(|row| unreadable(row).is_none());
        let readable: Vec<(&Row, Option<String>)> =
            readable.map(|row| (row, self.lang(row))).collect();
        let asked = readable
            .iter()
            .map(|(row, lang)| Asked { lang: lang.as_deref(), ..Asked::new(&row.text) });
        let texts: Vec<Asked> = asked.collect();
        let mut verdicts = model.score(&texts).map_err(ScoreError::Scorer)?.into_iter();
        let verdict = |row| if unreadable(row).is_some() { None } else { verdicts.next() };
        Ok(rows.iter().map(verdict).collect())
    }

    fn next_rows(&mut self, chunk: usize) -> Result<Vec<Row>, DatasetError> {
        self.reader.by_ref().take(chunk).collect()
    }

    /// The platform's own word for a row's language, if the input has it.
    fn lang(&self, row: &Row) -> Option<String> {
        let lang = row.content.field(self.reader.header(), self.lang_column.as_ref()?)?;
        Some(lang.trim().to_owned()).filter(|lang| !lang.is_empty())
    }

    /// The input's own columns: a header's, all fields of the first JSON objects, or the only one of
    /// texts a line each.
    fn columns(&self, first: &[Row]) -> Vec<String> {
        if let Some(header) = self.reader.header() {
            return header.to_vec();
        }
        if !self.reader.is_json() {
            return vec!["text".to_owned()];
        }
        let mut columns = IndexSet::new();
        for row in first {
            if let Content::Object(object) = &row.content {
                columns.extend(object.names().map(str::to_owned));
            }
        }
        columns.into_iter().collect()
    }
}

/// The line of a row whose text cannot be read, and why not. A row without any text is judged as an
/// empty one is.
fn unreadable(row: &Row) -> Option<(u64, String)> {
    match row.fault.as_ref()? {
        Fault::Absent => None,
        Fault::NotText(reason) => Some((row.line, reason.clone())),
        Fault::NotJson(word) => Some((row.line, format!("{word} is not JSON, null is written"))),
        Fault::Broken(reason) => Some((row.line, format!("{reason}; it is written as a text"))),
    }
}

/// Opens a file, with its size if it is one that has a size.
fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), DatasetError> {
    let io = |source| DatasetError::Io { file: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let found = file.metadata().map_err(io)?;
    let size = found.is_file().then_some(found.len());
    Ok((Box::new(file), size))
}
