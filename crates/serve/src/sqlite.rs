//! Common parts of the server's SQLite files: marks of ownership, safe writes, errors.
//!
//! `synchronous = FULL` with a write-ahead log: what was confirmed is there after a crash or a power cut,
//! and others can read while a server writes. Several servers of one machine may share a file; a
//! network disk may not hold one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Time to wait for another server that is writing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Marks of a file as one of ours, and its tables.
pub(crate) struct Form {
    /// Four letters: no other program's database is written into.
    pub(crate) application_id: i32,
    /// A change that old programs cannot read raises it.
    pub(crate) format: i32,
    /// Makes the tables in an empty file.
    pub(crate) tables: &'static str,
}

/// Opens a file of this form for reading and writing; with `SQLITE_OPEN_CREATE` among the flags it is made.
///
/// # Errors
/// One line: why the file cannot be used.
pub(crate) fn open(path: &Path, flags: OpenFlags, form: &Form) -> Result<Connection, String> {
    let connect = || {
        let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        prepare(&mut connection, form)?;
        Ok(connection)
    };
    connect().map_err(|error| match error {
        Unusable::Sqlite(error) => plain(&error),
        Unusable::Foreign => "it is the database of another program".to_owned(),
        Unusable::Newer(format) => format!(
            "its format is {format} and this program knows {}: use a newer program",
            form.format
        ),
    })
}

/// Opens a second connection to a file that is open already, for long readings beside the writer.
///
/// # Errors
/// As SQLite has them.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Reason that a file cannot be used.
enum Unusable {
    Sqlite(rusqlite::Error),
    Foreign,
    Newer(i32),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Makes the tables in an empty file, and refuses a file that is not ours.
fn prepare(connection: &mut Connection, form: &Form) -> Result<(), Unusable> {
    let number = |connection: &Connection, name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0))
    };
    let tables = |connection: &Connection| {
        let query = "SELECT COUNT(*) FROM sqlite_schema";
        connection.query_row(query, [], |row| row.get::<_, i64>(0))
    };
    // Looked at before anything is written: the journal mode alone would change a foreign file.
    let application = number(connection, "application_id")?;
    if application != form.application_id && (application != 0 || tables(connection)? > 0) {
        return Err(Unusable::Foreign);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Two servers may start on one empty file: the second waits here, and then finds the tables.
    let made = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if tables(&made)? == 0 {
        made.execute_batch(form.tables)?;
        made.pragma_update(None, "application_id", form.application_id)?;
        made.pragma_update(None, "user_version", form.format)?;
    }
    let format = number(&made, "user_version")?;
    made.commit()?;
    if format != form.format {
        return Err(Unusable::Newer(format));
    }
    Ok(())
}

/// SQLite's own words where it has some; rusqlite repeats the path, which our message has already.
pub(crate) fn plain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            rusqlite::ErrorCode::CannotOpen => "it cannot be opened".to_owned(),
            rusqlite::ErrorCode::NotADatabase => "it is not an SQLite database".to_owned(),
            rusqlite::ErrorCode::DiskFull => "the disk is full".to_owned(),
            rusqlite::ErrorCode::ReadOnly => "it may not be written".to_owned(),
            rusqlite::ErrorCode::DatabaseBusy => "another program holds it locked".to_owned(),
            _ => failure.to_string(),
        },
        other => other.to_string(),
    }
}
