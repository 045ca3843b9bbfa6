//! Labelled ids for retraining, as CSV.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use checkpoint::file::WholeFile;

use super::FeedbackStore;
use crate::error::ServeError;

/// The columns. `id` and `label` are named as in the project's other files; `text` is not there,
/// because texts are not kept: whoever retrains joins the ids with texts that he may use.
const HEADER: &str = "id,text_sha256,label,score,band,model_sha256,time";

/// Writes the posts that reviewers decided, each with its last verdict, and tells how many. A
/// target of `-` is standard output. A file is there whole or not at all.
///
/// # Errors
/// [`ServeError::Feedback`] for the verdicts, [`ServeError::Export`] for the target.
pub fn export(verdicts: &Path, target: &Path) -> Result<u64, ServeError> {
    let store = FeedbackStore::open_existing(verdicts)?;
    if target == Path::new("-") {
        return write(&store, verdicts, target, io::stdout().lock());
    }
    let failed = |source| ServeError::Export { path: target.to_owned(), source };
    let mut file = WholeFile::create(target).map_err(failed)?;
    let rows = write(&store, verdicts, target, &mut file)?;
    file.finish().map_err(failed)?;
    Ok(rows)
}

/// Reason that a row was not written.
enum Failure {
    Store(String),
    Target(io::Error),
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Store(reason)
    }
}

fn write(
    store: &FeedbackStore,
    verdicts: &Path,
    target: &Path,
    out: impl Write,
) -> Result<u64, ServeError> {
    let mut out = BufWriter::new(out);
    let mut rows = 0;
    let written = writeln!(out, "{HEADER}").map_err(Failure::Target).and_then(|()| {
        store.labelled(|row| {
            rows += 1;
            // No field can hold a comma, a quote or a line break: ids, hashes, numbers, names.
            writeln!(
                out,
                "{},{},{},{},{},{},{}",
                row.tweet_id.unwrap_or_default(),
                row.text_sha256.unwrap_or_default(),
                u8::from(row.label),
                row.score,
                row.band,
                row.model_sha256,
                row.time
            )
            .map_err(Failure::Target)
        })
    });
    match written.and_then(|()| out.flush().map_err(Failure::Target)) {
        Ok(()) => Ok(rows),
        Err(Failure::Store(reason)) => {
            Err(ServeError::Feedback { path: verdicts.to_owned(), reason })
        }
        Err(Failure::Target(source)) => Err(ServeError::Export { path: target.to_owned(), source }),
    }
}
