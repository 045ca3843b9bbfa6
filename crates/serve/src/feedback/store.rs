//! The file of verdicts: SQLite, so that a person can ask it anything and nothing need run.
//!
//! A verdict is on the disk when its request is answered: `synchronous = FULL` with a write-ahead
//! log, so that a crash or a power cut loses none that was confirmed, and an export can read while
//! a server writes. Several servers of one machine may share the file; a network disk may not.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Band, Counts, Finding, Post, Verdict};
use crate::error::ServeError;
use crate::sqlite::{self, Form};

/// `THRT` in ASCII marks a file as ours.
const FORM: Form = Form { application_id: 0x5448_5254, format: 1, tables: TABLE };

const TABLE: &str = "
    CREATE TABLE verdicts (
        number INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        request_id TEXT NOT NULL,
        key TEXT,
        tweet_id TEXT,
        text_sha256 TEXT,
        post TEXT NOT NULL GENERATED ALWAYS AS (coalesce(tweet_id, text_sha256)) STORED,
        score REAL NOT NULL,
        band TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        verdict TEXT NOT NULL
    ) STRICT;
    CREATE INDEX verdicts_by_model ON verdicts (model_sha256, post);
    CREATE INDEX verdicts_by_post ON verdicts (post);";

/// A model and the number of its posts that have a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelVerdicts {
    /// SHA-256 of the model's weights.
    pub sha256: String,
    /// Posts with a verdict.
    pub posts: u64,
    /// When the last verdict came.
    pub last: String,
}

/// A post and the label that its last verdict gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// Its id, where it has one.
    pub tweet_id: Option<String>,
    /// SHA-256 of its text, where it has no id.
    pub text_sha256: Option<String>,
    /// True if it was found to support ISIS.
    pub label: bool,
    /// The score that was reviewed.
    pub score: f64,
    /// The band that was reviewed.
    pub band: String,
    /// The weights that gave the score.
    pub model_sha256: String,
    /// When the verdict came.
    pub time: String,
}

/// An open file of verdicts, for any number of threads, one at a time.
#[derive(Debug)]
pub struct FeedbackStore {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl FeedbackStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`ServeError::Feedback`]: it cannot be opened or written, or is not a file of verdicts.
    pub fn open(path: &Path) -> Result<Self, ServeError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens a file that must be there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(path: &Path) -> Result<Self, ServeError> {
        Self::open_with(path, OpenFlags::empty())
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, ServeError> {
        let connection = sqlite::open(path, flags, &FORM)
            .map_err(|reason| ServeError::Feedback { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Adds a verdict; it is on the disk when this returns.
    ///
    /// # Errors
    /// One line for the log: the disk is full, or another server holds the file.
    pub fn record(&self, finding: &Finding) -> Result<(), String> {
        let (tweet_id, text_sha256) = match &finding.post {
            Post::Tweet(id) => (Some(id.as_str()), None),
            Post::Text(sha256) => (None, Some(sha256.as_str())),
        };
        let insert = "INSERT INTO verdicts \
            (time, request_id, key, tweet_id, text_sha256, score, band, model_sha256, verdict) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let connection = self.lock();
        let done = connection.prepare_cached(insert).and_then(|mut statement| {
            statement.execute(params![
                finding.time,
                finding.request_id,
                finding.key,
                tweet_id,
                text_sha256,
                finding.score,
                finding.band.as_str(),
                finding.model_sha256,
                finding.verdict.as_str(),
            ])
        });
        done.map(drop).map_err(|error| self.line(&error))
    }

    /// The posts of a model by band and last verdict.
    ///
    /// # Errors
    /// One line for the log.
    pub fn counts(&self, model_sha256: &str) -> Result<[(Band, Counts); 3], String> {
        // Beside MAX, SQLite takes the other columns from the row that has the maximum.
        let query = "SELECT band, verdict, COUNT(*) FROM ( \
                SELECT band, verdict, MAX(number) FROM verdicts \
                WHERE model_sha256 = ?1 GROUP BY post) \
            GROUP BY band, verdict";
        let mut counts = Band::ALL.map(|band| (band, Counts::default()));
        let connection = self.lock();
        let mut read = || {
            let mut statement = connection.prepare_cached(query)?;
            let mut rows = statement.query([model_sha256])?;
            while let Some(row) = rows.next()? {
                let (band, verdict): (String, String) = (row.get(0)?, row.get(1)?);
                let place = Band::parse(&band)
                    .and_then(|band| counts.iter_mut().find(|(other, _)| *other == band))
                    .zip(Verdict::parse(&verdict));
                if let Some(((_, counts), verdict)) = place {
                    *counts.of(verdict) = row.get::<_, i64>(2)?.unsigned_abs();
                }
            }
            Ok(())
        };
        read().map_err(|error| self.line(&error))?;
        Ok(counts)
    }

    /// The models that have verdicts, the one with the newest verdict first.
    ///
    /// # Errors
    /// One line for the log.
    pub fn models(&self) -> Result<Vec<ModelVerdicts>, String> {
        let query = "SELECT model_sha256, COUNT(DISTINCT post), MAX(time) FROM verdicts \
            GROUP BY model_sha256 ORDER BY MAX(number) DESC";
        let connection = self.lock();
        let read = || {
            let mut statement = connection.prepare_cached(query)?;
            let models = statement.query_map([], |row| {
                Ok(ModelVerdicts {
                    sha256: row.get(0)?,
                    posts: row.get::<_, i64>(1)?.unsigned_abs(),
                    last: row.get(2)?,
                })
            })?;
            models.collect::<Result<Vec<_>, rusqlite::Error>>()
        };
        read().map_err(|error| self.line(&error))
    }

    /// Calls `each` with every post whose last verdict, whichever model it was on, decides it, in
    /// the order of these verdicts.
    ///
    /// # Errors
    /// One line, or the error of `each`.
    pub fn labelled<E: From<String>>(
        &self,
        mut each: impl FnMut(Labelled) -> Result<(), E>,
    ) -> Result<(), E> {
        let query = "SELECT tweet_id, text_sha256, verdict, score, band, model_sha256, time FROM ( \
                SELECT *, MAX(number) AS last FROM verdicts GROUP BY post) \
            WHERE verdict IN ('pro_isis', 'not_pro_isis') ORDER BY last";
        let connection = self.lock();
        let line = |error: rusqlite::Error| E::from(self.line(&error));
        let mut statement = connection.prepare_cached(query).map_err(line)?;
        let rows = statement.query_map([], |row| {
            Ok(Labelled {
                tweet_id: row.get(0)?,
                text_sha256: row.get(1)?,
                label: row.get::<_, String>(2)? == Verdict::ProIsis.as_str(),
                score: row.get(3)?,
                band: row.get(4)?,
                model_sha256: row.get(5)?,
                time: row.get(6)?,
            })
        });
        for row in rows.map_err(line)? {
            each(row.map_err(line)?)?;
        }
        Ok(())
    }

    /// A panic elsewhere leaves no half-written row: SQLite rolls it back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, error: &rusqlite::Error) -> String {
        format!("{}: {}", self.path.display(), sqlite::plain(error))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn finding(post: Post, band: Band, verdict: Verdict) -> Finding {
        Finding {
            time: crate::clock::now(),
            request_id: "r".to_owned(),
            key: Some("console".to_owned()),
            post,
            score: 0.75,
            band,
            model_sha256: "ab".repeat(32),
            verdict,
        }
    }

    fn tweet(id: &str) -> Post {
        Post::Tweet(crate::TweetId::parse(id).unwrap())
    }

    fn labelled(store: &FeedbackStore) -> Vec<(Option<String>, bool)> {
        let mut found = Vec::new();
        let done = store.labelled(|row| {
            found.push((row.tweet_id.or(row.text_sha256), row.label));
            Ok::<_, String>(())
        });
        done.unwrap();
        found
    }

    #[test]
    fn the_last_verdict_on_a_post_counts_and_unsure_takes_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = FeedbackStore::open(&folder.path().join("verdicts")).unwrap();
        let text = Post::Text("cd".repeat(32));
        for (post, verdict) in [
            (tweet("1"), Verdict::ProIsis),
            (tweet("2"), Verdict::ProIsis),
            (text.clone(), Verdict::ProIsis),
            (tweet("1"), Verdict::NotProIsis),
            (tweet("2"), Verdict::Unsure),
        ] {
            store.record(&finding(post, Band::Review, verdict)).unwrap();
        }
        let [none, review, first] = store.counts(&"ab".repeat(32)).unwrap();
        assert_eq!((none.1, first.1), (Counts::default(), Counts::default()));
        assert_eq!(review.1, Counts { pro_isis: 1, not_pro_isis: 1, unsure: 1 });
        assert_eq!(
            labelled(&store),
            [(Some("cd".repeat(32)), true), (Some("1".to_owned()), false)],
            "in the order of the verdicts that count"
        );
        assert_eq!(store.counts(&"ef".repeat(32)).unwrap()[1].1, Counts::default());
        let models = store.models().unwrap();
        assert_eq!((models.len(), models[0].posts), (1, 3));
    }

    #[test]
    fn verdicts_are_there_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verdicts");
        let first = FeedbackStore::open(&path).unwrap();
        first.record(&finding(tweet("1"), Band::None, Verdict::ProIsis)).unwrap();
        // Still open: a second server of the same machine sees the same.
        let second = FeedbackStore::open(&path).unwrap();
        second.record(&finding(tweet("2"), Band::None, Verdict::ProIsis)).unwrap();
        drop((first, second));
        assert_eq!(labelled(&FeedbackStore::open_existing(&path).unwrap()).len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_the_reason_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let refusal = |path: &Path| FeedbackStore::open(path).unwrap_err().to_string();

        std::fs::write(&path, "id,text\n".repeat(1000)).unwrap();
        let message = refusal(&path);
        assert!(message.contains("not an SQLite database"), "{message}");
        assert!(message.contains("file") && message.contains("--feedback-db"), "{message}");
        std::fs::remove_file(&path).unwrap();

        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE mail (text TEXT)").unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        assert!(refusal(&path).contains("another program"));
        assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte of it is touched");

        let newer = folder.path().join("newer");
        drop(FeedbackStore::open(&newer).unwrap());
        Connection::open(&newer).unwrap().pragma_update(None, "user_version", 9).unwrap();
        assert!(refusal(&newer).contains("newer program"));

        assert!(refusal(&folder.path().join("no/folder/file")).contains("cannot be opened"));
        let missing = FeedbackStore::open_existing(&folder.path().join("missing")).unwrap_err();
        assert!(missing.to_string().contains("cannot be opened"), "{missing}");
        assert!(!folder.path().join("missing").exists());
    }
}
