//! Parquet: its row groups are read, scored and written batch by batch, in constant memory.

use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::mem::take;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use dataset::parquet::{BatchReader, is_parquet, texts};
use dataset::{DatasetError, Format};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use scorer::{Asked, Label, Reason, ScoreTexts, Verdict};

use crate::added::AddedColumns;
use crate::progress::Progress;
use crate::sink::Sink;
use crate::{Job, ScoreError, Summary};

/// Bytes of a row group that is written, about: so much is kept in memory.
const BYTES_IN_A_GROUP: usize = 64 << 20;

/// A Parquet file and its output, open and looked over.
pub struct Table {
    reader: BatchReader,
    size: u64,
    lang: Option<usize>,
    added: AddedColumns,
    output: Output,
    progress: Progress,
}

/// The Parquet file that is written.
struct Output {
    name: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
    sink: Sink,
}

impl Table {
    /// Opens both ends, if the input is a Parquet file. Batches have `chunk` rows, or fewer where these are
    /// long.
    ///
    /// # Errors
    /// [`ScoreError::Input`] for a damaged file or one without the text column; [`ScoreError::SameFile`],
    /// [`ScoreError::NoLangColumn`], [`ScoreError::OtherKind`]; as [`Sink::file`] for the output.
    pub fn open(job: &Job, chunk: usize) -> Result<Option<Self>, ScoreError> {
        let other = |path: &PathBuf, is_not| ScoreError::OtherKind { path: path.clone(), is_not };
        let Some(file) = parquet_file(job)? else {
            return match job.output.as_ref().filter(|path| is_called(path, "parquet")) {
                Some(path) => Err(other(path, "is called Parquet and the input is none")),
                None => Ok(None),
            };
        };
        let name = job.input.clone().unwrap_or_default();
        if let Some(path) = &job.output {
            if let (Ok(input), Ok(output)) = (fs::canonicalize(&name), fs::canonicalize(path))
                && input == output
            {
                return Err(ScoreError::SameFile { path: output });
            }
            if is_called(path, "csv") || Format::of(path) != Format::Unknown {
                return Err(other(path, "is not called .parquet, as the input is"));
            }
        }
        let size = file.metadata().map_or(0, |found| found.len());
        let reader = BatchReader::open(file, &job.text_column, chunk, &name)?;
        let lang = match &job.lang_column {
            None => None,
            Some(column) => Some(reader.find(column)?.ok_or_else(|| {
                let (column, found) = (column.clone(), reader.header().join(", "));
                ScoreError::NoLangColumn { file: name.clone(), column, found }
            })?),
        };
        let sink = match &job.output {
            Some(path) => Sink::file(path)?,
            None if io::stdout().is_terminal() => return Err(ScoreError::Terminal),
            None => Sink::stdout(),
        };
        let added = AddedColumns::beside(reader.header());
        let output = Output::new(&reader, &added, sink, name)?;
        let (_, progress) = Progress::counting(io::empty(), Some(size), job.output.is_some());
        Ok(Some(Self { reader, size, lang, added, output, progress }))
    }

    /// Scores all rows and puts the output in its place.
    ///
    /// # Errors
    /// [`ScoreError::Input`] for rows that cannot be read; [`ScoreError::Scorer`]; [`ScoreError::Write`]. The
    /// output's place is then as it was.
    pub fn score(mut self, model: &dyn ScoreTexts) -> Result<Summary, ScoreError> {
        if let Some(note) = self.added.note() {
            self.progress.say(&note);
        }
        let mut summary = Summary::default();
        match self.score_all(model, &mut summary).and_then(|()| self.output.finish()) {
            Err(error) if error.is_broken_pipe() => summary.cut = true,
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        self.progress.finish(&summary);
        Ok(summary)
    }

    fn score_all(
        &mut self,
        model: &dyn ScoreTexts,
        summary: &mut Summary,
    ) -> Result<(), ScoreError> {
        let rows = self.reader.rows().max(1);
        while let Some(batch) = self.reader.next_batch()? {
            let verdicts = self.verdicts(&batch, model)?;
            self.output.write(&batch, &verdicts)?;
            summary.add(verdicts.iter().map(Some));
            let share = summary.rows as f64 / rows as f64;
            self.progress.reach((self.size as f64 * share) as u64);
            self.progress.update(summary.rows);
        }
        Ok(())
    }

    fn verdicts(
        &self,
        batch: &RecordBatch,
        model: &dyn ScoreTexts,
    ) -> Result<Vec<Verdict>, ScoreError> {
        let langs = self.lang.map(|column| texts(batch.column(column).as_ref()));
        let lang = |row: usize| langs.as_ref()?.get(row).copied()?.map(str::trim);
        let texts = texts(batch.column(self.reader.text()).as_ref());
        // A row without a text is judged as an empty one is.
        let asked =
            texts.into_iter().map(Option::unwrap_or_default).enumerate().map(|(row, text)| Asked {
                lang: lang(row).filter(|lang| !lang.is_empty()),
                ..Asked::new(text)
            });
        let asked: Vec<Asked<'_>> = asked.collect();
        model.score(&asked).map_err(ScoreError::Scorer)
    }
}

impl Output {
    fn new(
        reader: &BatchReader,
        added: &AddedColumns,
        sink: Sink,
        name: PathBuf,
    ) -> Result<Self, ScoreError> {
        let [score, texts @ .., truncated] = added.names();
        let mut fields = reader.schema().fields().to_vec();
        let mut add = |name: &str, kind, nullable| {
            fields.push(Arc::new(Field::new(name, kind, nullable)));
        };
        add(score, DataType::Float64, true);
        for name in texts {
            add(name, DataType::Utf8, name != added.band);
        }
        add(truncated, DataType::Boolean, true);
        // Metadata that describes the original columns would hide those that are added.
        let describes = |key: &str| key.ends_with("schema") || key.ends_with("row.metadata");
        let mut metadata = reader.schema().metadata().clone();
        metadata.retain(|key, _| !describes(key));
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let kept = reader.key_values().iter().filter(|entry| !describes(&entry.key));
        let kept = Some(kept.cloned().collect::<Vec<_>>()).filter(|kept| !kept.is_empty());
        let properties = WriterProperties::builder()
            .set_compression(written(reader.compression()))
            .set_max_row_group_bytes(Some(BYTES_IN_A_GROUP))
            .set_key_value_metadata(kept)
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))
            .map_err(|error| failed(&name, &error))?;
        Ok(Self { name, schema, writer, sink })
    }

    /// Writes rows with their verdicts.
    fn write(&mut self, batch: &RecordBatch, verdicts: &[Verdict]) -> Result<(), ScoreError> {
        let mut columns = batch.columns().to_vec();
        columns.extend(added(verdicts));
        let schema = self.schema.clone();
        let batch = RecordBatch::try_new(schema, columns)
            .map_err(|error| failed(&self.name, &ParquetError::from(error)))?;
        self.writer.write(&batch).map_err(|error| failed(&self.name, &error))?;
        let bytes = take(self.writer.inner_mut());
        self.sink.write(&bytes)
    }

    /// Writes the table of contents and puts the file in its place.
    fn finish(self) -> Result<(), ScoreError> {
        let Self { name, writer, mut sink, .. } = self;
        let bytes = writer.into_inner().map_err(|error| failed(&name, &error))?;
        sink.write(&bytes)?;
        sink.finish()
    }
}

/// Opens the input if it is a Parquet file.
fn parquet_file(job: &Job) -> Result<Option<File>, ScoreError> {
    let Some(path) = &job.input else { return Ok(None) };
    let io = |source| DatasetError::Io { file: path.clone(), source };
    let mut file = File::open(path).map_err(io)?;
    Ok(is_parquet(&mut file).map_err(io)?.then_some(file))
}

fn is_called(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// Compression of the output: that of the input, or the one that most programs use.
fn written(found: Compression) -> Compression {
    match found {
        Compression::UNCOMPRESSED
        | Compression::GZIP(_)
        | Compression::ZSTD(_)
        | Compression::LZ4_RAW => found,
        _ => Compression::SNAPPY,
    }
}

/// The added columns, in their order.
fn added(verdicts: &[Verdict]) -> [ArrayRef; 6] {
    let scores = verdicts.iter().map(|it| it.score().map(|score| decimal(score.score)));
    let text = |of: fn(&Verdict) -> Option<&'static str>| -> ArrayRef {
        Arc::new(verdicts.iter().map(of).collect::<StringArray>())
    };
    let truncated = verdicts.iter().map(|it| it.score().map(|score| score.truncated));
    [
        Arc::new(scores.collect::<Float64Array>()),
        text(|it| it.label().map(Label::as_str)),
        text(|it| Some(it.band().as_str())),
        text(|it| it.reason().map(Reason::as_str)),
        text(Verdict::lang),
        Arc::new(truncated.collect::<BooleanArray>()),
    ]
}

/// The number that a score is written as: the shortest decimal of a 32-bit float.
fn decimal(score: f32) -> f64 {
    score.to_string().parse().unwrap_or_else(|_| score.into())
}

fn failed(name: &Path, error: &ParquetError) -> ScoreError {
    ScoreError::write(name)(io::Error::other(error.to_string()))
}
