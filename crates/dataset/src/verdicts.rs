//! Verdicts of reviewers: the SQLite file of `serve --review-db`, of which the view `labelled_posts` has a
//! row for each post on which reviewers agree.

use std::fs::File;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::DatasetError;
use crate::input::begins_with;
use crate::stream::{Content, Row};

/// The first bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Column names, and all rows.
type Table = (Vec<String>, Vec<Row>);

/// True if a file is a database of SQLite. Pipes, which could not be read again, are taken for none.
///
/// # Errors
/// What the operating system says of the file.
pub fn is_database(file: &mut File) -> std::io::Result<bool> {
    begins_with(file, MAGIC)
}

/// Reads the labelled posts of a review queue; a server may have it open.
///
/// # Errors
/// [`DatasetError::Columns`] for a database without labelled posts or one that cannot be read.
pub(crate) fn read(path: &Path) -> Result<Table, DatasetError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let failed = |error: &rusqlite::Error| {
        let reason = match error.to_string() {
            missing if missing.contains("no such table") => {
                "this database holds no review queue: give the file of serve --review-db".to_owned()
            }
            other => format!("cannot read the verdicts: {other}"),
        };
        DatasetError::columns(path, reason)
    };
    connection.and_then(|connection| labelled_posts(&connection)).map_err(|error| failed(&error))
}

fn labelled_posts(connection: &Connection) -> rusqlite::Result<Table> {
    let mut statement = connection.prepare("SELECT text, label, lang FROM labelled_posts")?;
    let header: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let field = |column: usize| {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            })
        };
        let fields = (0..header.len()).map(field).collect::<rusqlite::Result<Vec<String>>>()?;
        let line = rows.len() as u64 + 1;
        let text = fields[0].clone();
        rows.push(Row { line, text, content: Content::Fields(fields), fault: None });
    }
    Ok((header, rows))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Columns, Dataset, FileLabel};

    fn database(tables: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        Connection::open(&path).unwrap().execute_batch(tables).unwrap();
        (folder, path)
    }

    #[test]
    fn posts_on_which_reviewers_agree_are_read_whatever_columns_are_asked_of_other_files() {
        let (_folder, path) = database(
            "CREATE TABLE items (text TEXT, verdict TEXT, lang TEXT);
             INSERT INTO items VALUES ('a, \"b\"', 'supports', 'en'), ('c', 'not', NULL), ('d', NULL, 'en');
             CREATE VIEW labelled_posts (text, label, lang) AS
                SELECT text, verdict = 'supports', lang FROM items WHERE verdict IS NOT NULL;",
        );
        let mut dataset = Dataset::default();
        let columns = Columns { text: "body".to_owned(), ..Columns::default() };
        dataset.read(&path, &columns, FileLabel::Column).unwrap();
        let rows: Vec<_> =
            dataset.examples.iter().map(|row| (row.text.as_str(), row.label)).collect();
        assert_eq!(rows, [("a, \"b\"", true), ("c", false)]);
        assert_eq!(dataset.examples[0].source("lang"), Some("en"));
        assert_eq!((dataset.files[0].positives, dataset.files[0].negatives), (1, 1));
    }

    #[test]
    fn another_programs_database_and_a_damaged_one_are_refused_in_a_line() {
        let read = |path: &Path| {
            let read = Dataset::default().read(path, &Columns::default(), FileLabel::Column);
            read.unwrap_err().to_string()
        };
        let (_folder, path) = database("CREATE TABLE notes (text TEXT);");
        assert!(read(&path).contains("give the file of serve --review-db"));
        std::fs::write(&path, [MAGIC, &[7; 5_000]].concat()).unwrap();
        let message = read(&path);
        assert!(
            message.contains("cannot read the verdicts") && !message.contains('\n'),
            "{message}"
        );
    }
}
