//! Tables of Parquet, batch by batch, in constant memory.

use std::cell::Cell;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;

use crate::DatasetError;
use crate::columns::{find, find_text, listed, repeated};
use crate::input::begins_with;
use crate::stream::{Content, Row};

/// The first and last bytes of every Parquet file.
const MAGIC: &[u8] = b"PAR1";

/// Bytes of a batch, about: of a file with long texts fewer rows are read at once.
const BYTES_IN_A_BATCH: i64 = 64 << 20;

/// True if a file is Parquet. False for pipes, which could not be read again.
///
/// # Errors
/// The operating system's error on the file.
pub fn is_parquet(file: &mut File) -> std::io::Result<bool> {
    begins_with(file, MAGIC)
}

/// Reads the batches of a file.
pub struct BatchReader {
    name: PathBuf,
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    header: Vec<String>,
    text: usize,
    rows: u64,
    read: u64,
    compression: Compression,
    key_values: Vec<KeyValue>,
}

impl BatchReader {
    /// Reads the table of contents of a file and finds the text column. Batches have `most` rows, or fewer
    /// where these are long; `name` is for messages.
    ///
    /// # Errors
    /// [`DatasetError::Columns`] for a damaged file and for a text column that holds no texts;
    /// [`DatasetError::MissingColumn`], [`DatasetError::RepeatedColumn`].
    pub fn open(
        file: File,
        text_column: &str,
        most: usize,
        name: &Path,
    ) -> Result<Self, DatasetError> {
        let broken = |error: ParquetError| unreadable(name, 0, &error.to_string());
        let opened = guarded(name, 0, || ParquetRecordBatchReaderBuilder::try_new(file))?;
        let builder = opened.map_err(broken)?;
        let schema = builder.schema().clone();
        let header: Vec<String> =
            schema.fields().iter().map(|field| field.name().clone()).collect();
        let text = find_text(&header, text_column).ok_or_else(|| DatasetError::MissingColumn {
            file: name.to_owned(),
            column: text_column.to_owned(),
            found: listed(&header),
            flag: "--text-column",
        })?;
        if let Some(column) = repeated(&header, text) {
            return Err(DatasetError::repeated(name, column));
        }
        let metadata = builder.metadata();
        let groups = metadata.row_groups();
        let longest = groups.iter().map(|group| group.total_byte_size() / group.num_rows().max(1));
        let fitting = BYTES_IN_A_BATCH / longest.max().unwrap_or(0).max(1);
        let rows = usize::try_from(fitting).unwrap_or(1).clamp(1, most.max(1));
        let first = groups.first().and_then(|group| group.columns().first());
        let compression = first.map_or(Compression::SNAPPY, |column| column.compression());
        let key_values = metadata.file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let count = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let reader = builder.with_batch_size(rows).build().map_err(broken)?;
        let reader = Self {
            name: name.to_owned(),
            reader,
            schema,
            header,
            text,
            rows: count,
            read: 0,
            compression,
            key_values,
        };
        reader.check_text(text)?;
        Ok(reader)
    }

    /// Finds another column of texts.
    ///
    /// # Errors
    /// [`DatasetError::Columns`] if it holds none; none if there is no such column.
    pub fn find(&self, column: &str) -> Result<Option<usize>, DatasetError> {
        let found = find(&self.header, column);
        found.map(|column| self.check_text(column).map(|()| column)).transpose()
    }

    fn check_text(&self, column: usize) -> Result<(), DatasetError> {
        let field = self.schema.field(column);
        if is_text(field.data_type()) {
            return Ok(());
        }
        let reason = format!(
            "the column \"{}\" is of type {}, not text: name another with --text-column",
            listed(std::slice::from_ref(field.name())),
            field.data_type()
        );
        Err(DatasetError::columns(&self.name, reason))
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The place of the text column.
    pub fn text(&self) -> usize {
        self.text
    }

    /// All rows of the file.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The compression of the file's first column.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Metadata that programs have written into the file. In some it is the names and types of its
    /// columns.
    pub fn key_values(&self) -> &[KeyValue] {
        &self.key_values
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// [`DatasetError::Columns`], with the number of rows that could be read. There is nothing more to read
    /// then.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, DatasetError> {
        let Some(batch) = guarded(&self.name, self.read, || self.reader.next())? else {
            return Ok(None);
        };
        let batch = batch.map_err(|error| unreadable(&self.name, self.read, &error.to_string()))?;
        self.read += batch.num_rows() as u64;
        Ok(Some(batch))
    }

    /// The rows of the next batch with their fields as text: empty where there is nothing, or something
    /// else than text, a number or a truth value.
    pub(crate) fn next_rows(&mut self) -> Result<Option<Vec<Row>>, DatasetError> {
        let before = self.read;
        let Some(batch) = self.next_batch()? else { return Ok(None) };
        let columns: Vec<Vec<String>> = batch.columns().iter().map(|it| plain(it)).collect();
        let row = |place: usize| {
            let fields: Vec<String> = columns.iter().map(|column| column[place].clone()).collect();
            let text = fields[self.text].clone();
            let line = before + place as u64 + 1;
            Row { line, text, content: Content::Fields(fields), fault: None }
        };
        Ok(Some((0..batch.num_rows()).map(row).collect()))
    }
}

thread_local! {
    /// True while a panic of this thread is expected, and will be an error.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Calls the library that reads Parquet. It panics at some damaged files, for which one line is enough.
fn guarded<T>(name: &Path, read: u64, work: impl FnOnce() -> T) -> Result<T, DatasetError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                report(panic);
            }
        }));
    });
    EXPECTED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(false);
    done.map_err(|_| unreadable(name, read, "it is damaged"))
}

fn unreadable(name: &Path, read: u64, said: &str) -> DatasetError {
    let place = match read {
        0 => String::new(),
        rows => format!(" behind its first {rows} rows"),
    };
    // It says more than once what kind of mistake it is.
    let said = said.rsplit("Parquet error: ").next().unwrap_or(said);
    DatasetError::columns(name, format!("this Parquet file cannot be read{place}: {said}"))
}

/// True if a column of this type holds texts, or nothing at all.
fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The texts of a column, none where there is nothing. Of a column of something else nothing at all.
pub fn texts(column: &dyn Array) -> Vec<Option<&str>> {
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().iter().collect(),
        DataType::LargeUtf8 => column.as_string::<i64>().iter().collect(),
        DataType::Utf8View => column.as_string_view().iter().collect(),
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            let values = texts(dictionary.values().as_ref());
            if values.is_empty() {
                return vec![None; column.len()];
            }
            let keys = dictionary.normalized_keys().into_iter().enumerate();
            keys.map(|(row, key)| values[key].filter(|_| !column.is_null(row))).collect()
        }
        _ => vec![None; column.len()],
    }
}

/// The fields of a column as text.
fn plain(column: &dyn Array) -> Vec<String> {
    macro_rules! numbers {
        ($kind:ty) => {
            words(column.as_primitive::<$kind>().iter())
        };
    }
    match column.data_type() {
        DataType::Boolean => words(column.as_boolean().iter()),
        DataType::Int8 => numbers!(Int8Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt64 => numbers!(UInt64Type),
        DataType::Float32 => numbers!(Float32Type),
        DataType::Float64 => numbers!(Float64Type),
        _ => words(texts(column).into_iter()),
    }
}

fn words<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Vec<String> {
    values.map(|value| value.map_or_else(String::new, |value| value.to_string())).collect()
}
