//! Parquet through the whole of `score`, with a known function in the network's place.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow_array::builder::{Int64Builder, ListBuilder, StringDictionaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{Field, Schema};
use dataset::{Columns, Dataset, FileLabel, Format, Quoting};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use score::parquet::Table;
use score::{Job, ScoreError, Summary};
use scorer::{Asked, Failure, ScoreTexts, Verdict};
use tempfile::TempDir;
use testkit::by_length::ByLength;

struct Place {
    folder: TempDir,
    job: Job,
}

/// A Parquet file of these columns.
fn place(columns: Vec<(&str, ArrayRef)>) -> Place {
    written(columns, |properties| properties)
}

fn written(
    columns: Vec<(&str, ArrayRef)>,
    properties: impl FnOnce(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.parquet");
    let rows = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    );
    let rows = rows.unwrap();
    let properties = properties(WriterProperties::builder()).build();
    let file = File::create(&input).unwrap();
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let job = Job {
        output: Some(folder.path().join("scored.parquet")),
        input: Some(input),
        format: Format::Unknown,
        text_column: "text".to_owned(),
        quoting: Quoting::Auto,
        lang_column: None,
    };
    Place { folder, job }
}

impl Place {
    fn score(&self, chunk: usize) -> Result<Summary, ScoreError> {
        Table::open(&self.job, chunk)?.unwrap().score(&ByLength)
    }

    fn refusal(&self) -> String {
        let error = self.score(2).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        assert_eq!(fs::read_dir(&self.folder).unwrap().count(), 1, "something was left behind");
        error
    }

    /// The output's rows as one batch, and what is told about it.
    fn output(&self) -> (RecordBatch, ParquetMetaData) {
        let file = File::open(self.job.output.as_ref().unwrap()).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let metadata = builder.metadata().as_ref().clone();
        let rows = builder.with_batch_size(1 << 20).build().unwrap().next().unwrap().unwrap();
        (rows, metadata)
    }
}

fn strings(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

/// A column of the output as text, `-` where there is nothing.
fn column(rows: &RecordBatch, name: &str) -> Vec<String> {
    let column = rows.column_by_name(name).unwrap();
    let texts = dataset::parquet::texts(column.as_ref());
    texts.into_iter().map(|text| text.unwrap_or("-").to_owned()).collect()
}

#[test]
fn columns_of_all_kinds_stay_and_six_are_added() {
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), None]);
    lists.append_null();
    lists.append_value([]);
    let mut kinds = StringDictionaryBuilder::<Int32Type>::new();
    kinds.extend([Some("a"), None, Some("a")]);
    let times = TimestampMicrosecondArray::from(vec![Some(0), None, Some(7)]).with_timezone("UTC");
    let place = place(vec![
        ("id", Arc::new(Int64Array::from(vec![3, 1, 2]))),
        ("text", strings(&[Some("four"), None, Some("")])),
        ("times", Arc::new(times)),
        ("lists", Arc::new(lists.finish())),
        ("kinds", Arc::new(kinds.finish())),
    ]);
    let summary = place.score(2).unwrap();
    assert_eq!((summary.rows, summary.not_judged), (3, [2, 0, 0]));
    let (rows, _) = place.output();
    let names: Vec<&str> = rows.schema_ref().fields().iter().map(|it| it.name().as_str()).collect();
    let added = ["score", "label", "band", "reason", "lang", "truncated"];
    assert_eq!(names, [&["id", "text", "times", "lists", "kinds"], &added[..]].concat());
    let file = File::open(place.job.input.as_ref().unwrap()).unwrap();
    let mut before = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let before = before.next().unwrap().unwrap();
    assert_eq!(rows.columns()[..5], *before.columns());
    assert_eq!(rows.schema_ref().fields()[..5], before.schema_ref().fields()[..]);
    let scores = rows.column_by_name("score").unwrap().as_primitive::<Float64Type>();
    assert_eq!(scores.iter().collect::<Vec<_>>(), [Some(0.04), None, None]);
    assert_eq!(column(&rows, "label"), ["not_pro_isis", "-", "-"]);
    assert_eq!(column(&rows, "band"), ["none", "not_judged", "not_judged"]);
    assert_eq!(column(&rows, "reason"), ["-", "no_text", "no_text"]);
    assert_eq!(column(&rows, "lang"), ["en", "-", "-"]);
    let truncated = rows.column_by_name("truncated").unwrap().as_boolean();
    assert_eq!(truncated.iter().collect::<Vec<_>>(), [Some(false), None, None]);
}

#[test]
fn texts_of_every_kind_of_column_are_read() {
    let texts = [Some("one"), None, Some("three"), Some("one")];
    let dictionary: arrow_array::DictionaryArray<Int32Type> = texts.into_iter().collect();
    let nothing: arrow_array::DictionaryArray<Int32Type> = [None::<&str>; 4].into_iter().collect();
    let columns: [ArrayRef; 4] = [
        strings(&texts),
        Arc::new(LargeStringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from_iter(texts)),
        Arc::new(dictionary),
    ];
    for texts in columns {
        let kind = texts.data_type().clone();
        let place = place(vec![("text", texts)]);
        place.score(3).unwrap();
        let (rows, _) = place.output();
        assert_eq!(rows.column(0).data_type(), &kind);
        let scores = rows.column(1).as_primitive::<Float64Type>();
        let expected = [Some(0.03), None, Some(0.05), Some(0.03)];
        assert_eq!(scores.iter().collect::<Vec<_>>(), expected, "{kind}");
    }
    let place = place(vec![("text", Arc::new(nothing))]);
    assert_eq!(place.score(3).unwrap().not_judged, [4, 0, 0]);
}

/// Notes the most texts that came at once.
struct Watched(Mutex<usize>);

impl ScoreTexts for Watched {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        let mut most = self.0.lock().unwrap();
        *most = (*most).max(texts.len());
        ByLength.score(texts)
    }
}

#[test]
fn row_groups_follow_each_other_and_long_texts_come_in_small_batches() {
    let long = "x".repeat(1 << 20);
    let texts: Vec<String> = (0..300).map(|row| format!("{row}{long}")).collect();
    let column: ArrayRef = Arc::new(StringArray::from(texts.clone()));
    let place = written(vec![("text", column)], |properties| {
        properties.set_max_row_group_row_count(Some(100)).set_dictionary_enabled(false)
    });

    let model = Watched(Mutex::new(0));
    let table = Table::open(&place.job, 1024).unwrap().unwrap();
    assert_eq!(table.score(&model).unwrap().rows, 300);
    assert!(*model.0.lock().unwrap() <= 64, "a batch of {} MB", model.0.lock().unwrap());
    let (rows, metadata) = place.output();
    assert_eq!(column_texts(&rows), texts);
    let groups = metadata.row_groups().iter();
    assert!(groups.map(|group| group.num_rows()).max() < Some(300), "all in one row group");
}

fn column_texts(rows: &RecordBatch) -> Vec<String> {
    column(rows, "text")
}

#[test]
fn a_column_of_an_added_name_is_kept() {
    let scores: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let place = place(vec![("score", scores.clone()), ("text", strings(&[Some("four")]))]);
    place.score(2).unwrap();
    let (rows, _) = place.output();
    assert_eq!(rows.column_by_name("score").unwrap(), &scores);
    let added = rows.column_by_name("threat_score").unwrap().as_primitive::<Float64Type>();
    assert_eq!(added.value(0), 0.04);
}

#[test]
fn the_platform_s_word_for_the_language_is_heard() {
    let mut place = place(vec![
        ("text", strings(&[Some("a"), Some("a"), Some("a")])),
        ("lang", strings(&[Some(" fr "), None, Some("")])),
    ]);
    place.job.lang_column = Some("lang".to_owned());
    assert_eq!(place.score(2).unwrap().not_judged, [0, 0, 1]);
    place.job.lang_column = Some("tongue".to_owned());
    fs::remove_file(place.job.output.as_ref().unwrap()).unwrap();
    assert!(place.refusal().contains("no column \"tongue\""));
}

#[test]
fn packing_stays_and_what_describes_the_columns_goes() {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(3).unwrap());
    let entry = |key: &str| KeyValue::new(key.to_owned(), Some("{}".to_owned()));
    let told = ["pandas", "made.by", "org.apache.spark.sql.parquet.row.metadata", "iceberg.schema"];
    let place = written(vec![("text", strings(&[Some("four")]))], |properties| {
        let entries = told.iter().map(|key| entry(key)).collect();
        properties.set_compression(zstd).set_key_value_metadata(Some(entries))
    });
    place.score(2).unwrap();
    let (_, metadata) = place.output();
    let kept = metadata.file_metadata().key_value_metadata().unwrap();
    let mut kept: Vec<&str> = kept.iter().map(|entry| entry.key.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["ARROW:schema", "made.by", "pandas"]);
    let columns = metadata.row_group(0).columns();
    assert!(columns.iter().all(|it| matches!(it.compression(), Compression::ZSTD(_))));
}

#[test]
fn each_bad_file_is_refused_in_one_line() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let said = place(vec![("id", numbers.clone()), ("body of it", numbers.clone())]).refusal();
    assert!(said.contains("no column \"text\"") && said.contains("id, body of it"), "{said}");
    let said = place(vec![("text", numbers)]).refusal();
    assert!(said.contains("\"text\" is of type Int64, not text"), "{said}");

    let mut place = place(vec![("text", strings(&[Some("four")]))]);
    let output = place.job.output.replace(place.folder.path().join("scored.csv"));
    assert!(place.refusal().contains("is not called .parquet"));
    place.job.output = place.job.input.clone();
    assert!(place.refusal().contains("both"));
    place.job.output = output;
    fs::write(place.job.input.as_ref().unwrap(), "text\nfour\n").unwrap();
    let said = Table::open(&place.job, 2).err().unwrap().to_string();
    assert!(said.contains("is called Parquet and the input is none"), "{said}");
}

/// Files that were cut off or changed are refused, or read as they are: nothing panics.
#[test]
fn a_damaged_file_never_panics() {
    let texts: Vec<String> = (0..500).map(|row| format!("post {row}")).collect();
    let place = written(vec![("text", Arc::new(StringArray::from(texts)))], |properties| {
        properties.set_max_row_group_row_count(Some(200))
    });
    let input: PathBuf = place.job.input.clone().unwrap();
    let whole = fs::read(&input).unwrap();
    let mut refused = 0;
    let mut attempt = |bytes: &[u8]| {
        fs::write(&input, bytes).unwrap();
        match Table::open(&place.job, 64).and_then(|table| table.unwrap().score(&ByLength)) {
            Ok(_) => {}
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("posts.parquet") && !error.contains('\n'), "{error}");
                refused += 1;
            }
        }
    };
    for cut in [4, 5, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        attempt(&whole[..cut]);
    }
    for at in (4..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        attempt(&bytes);
    }
    assert!(refused > 20, "only {refused} were refused");
}

#[test]
fn labelled_tables_are_read_as_labelled_files_are() {
    let place = place(vec![
        ("text", strings(&[Some("four"), Some("more"), None])),
        ("label", Arc::new(Int64Array::from(vec![0, 1, 0]))),
        ("source", strings(&[Some("web"), None, Some("press")])),
    ]);
    let mut data = Dataset::default();
    let path = place.job.input.as_ref().unwrap();
    data.read(path, &Columns::default(), FileLabel::Column).unwrap();
    let labels: Vec<(&str, bool, u64)> =
        data.examples.iter().map(|it| (it.text.as_str(), it.label, it.row)).collect();
    assert_eq!(labels, [("four", false, 1), ("more", true, 2), ("", false, 3)]);
    assert_eq!(data.examples[2].source("source"), Some("press"));

    let columns = Columns { label: "source".to_owned(), ..Columns::default() };
    let said = Dataset::default().read(path, &columns, FileLabel::Column).unwrap_err().to_string();
    assert!(said.contains("\"web\" is neither 0 nor 1"), "{said}");
}

/// Metadata of the schema itself is no reason to refuse a file.
#[test]
fn an_empty_table_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.parquet");
    let field = Field::new("text", arrow_schema::DataType::Utf8, true);
    let schema = Schema::new_with_metadata(vec![field], HashMap::from([("a".into(), "b".into())]));
    let file = File::create(&input).unwrap();
    ArrowWriter::try_new(file, Arc::new(schema), None).unwrap().close().unwrap();
    let mut place = place(vec![("text", strings(&[]))]);
    place.job.input = Some(input);
    assert_eq!(place.score(2).unwrap().rows, 0);
    let file = File::open(place.job.output.as_ref().unwrap()).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().fields().len(), 7);
}
