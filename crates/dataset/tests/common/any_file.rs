/// Reads a file whose first byte says of which form it is, as `score` and as `train` do, and holds what comes
/// out to what they promise: JSON that is JSON, and errors of one line.
fn any_file(bytes: &[u8]) {
    use dataset::stream::Content;
    use dataset::{Columns, Dataset, FileLabel, Format, Quoting, Reading, RowReader};
    use std::path::Path;

    let Some((form, bytes)) = bytes.split_first() else { return };
    let (format, name) = match form {
        b'c' => (Format::Csv, "a.csv"),
        b't' => (Format::Tsv, "a.tsv"),
        b'j' => (Format::JsonLines, "a.json"),
        b'l' => (Format::Lines, "a.txt"),
        _ => (Format::Unknown, "a"),
    };
    let quoting = match form {
        b'n' => Quoting::None,
        b'q' => Quoting::Csv,
        _ => Quoting::Auto,
    };
    let one_line = |error: dataset::DatasetError| {
        let message = error.to_string();
        assert!(!message.contains(char::is_control), "{message:?}");
    };
    let reading = Reading { format, text_column: "text", quoting };
    match RowReader::open(bytes, &reading, Path::new(name)) {
        Err(error) => one_line(error),
        Ok(reader) => {
            let mut last = 0;
            for row in reader.keep_faulty() {
                let Ok(row) = row.map_err(one_line) else { break };
                assert!(row.line >= last, "a row before the one before it");
                last = row.line;
                if let Content::Object(object) = row.content {
                    let json = object.to_string();
                    assert!(!json.contains('\n'), "{json}");
                    let parsed = serde_json::from_str::<serde_json::Value>(&json);
                    // Deeper than 128 levels it says only that it is too deep, more than 1e308 that it is too large.
                    if let Err(error) = parsed {
                        let error = error.to_string();
                        assert!(["recursion", "out of range"].iter().any(|it| error.contains(it)), "{json}: {error}");
                    }
                }
            }
        }
    }
    let columns = Columns { quoting, ..Columns::default() };
    for label in [FileLabel::Column, FileLabel::All(true)] {
        let mut dataset = Dataset::default();
        if let Err(error) = dataset.read_from(bytes, Path::new(name), &columns, label) {
            one_line(error);
        }
    }
}
