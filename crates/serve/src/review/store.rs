//! The file of the queue: adding, the next post, verdicts, taking back, forgetting.
//!
//! A verdict is on the disk when its request is answered. Which post is before whom is in the file too, so that
//! a server that was killed goes on where it was; that alone is not waited for until the disk has it, since a
//! power cut sends all reviewers home anyway.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{SystemTime, UNIX_EPOCH};

use checkpoint::sha256;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};

use super::diversity::{CANDIDATES, Diversity, LATEST};
use super::durable::Durable;
use super::item::{
    Added, Answer, Drawn, NewItem, Outcome, Progress, Said, Shown, Similar, Verdict,
};
use super::order::doubt;
use super::schema::FORM;
use super::{Draws, Order, near};
use crate::clock;
use crate::error::ServeError;
use crate::sqlite;

/// An open review file, for any number of threads, one at a time.
#[derive(Debug)]
pub struct ReviewStore {
    path: PathBuf,
    draws: Draws,
    connection: Mutex<Connection>,
    durable: Durable,
    diversity: Mutex<Diversity>,
    /// Held by whoever embeds posts.
    embedding: Mutex<()>,
}

/// A reviewer's answer to a post.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The post's number.
    pub item: i64,
    /// Name of the reviewer.
    pub reviewer: &'a str,
    /// The answer.
    pub answer: Answer,
    /// Whatever he adds.
    pub note: Option<&'a str>,
    /// True if the score was hidden from the reviewer.
    pub blind: bool,
    /// The request that brought it.
    pub request_id: &'a str,
}

/// An answer that is on the disk.
#[derive(Debug, Clone)]
pub struct Taken {
    /// True if it took the place of another answer of the same reviewer.
    pub replaced: bool,
    /// The post's score, and others' verdicts on similar posts.
    pub said: Said,
    /// The verdict of its readers so far.
    pub verdict: Option<Verdict>,
}

/// Reason that a post cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There is none of that number.
    NoItem,
    /// One line for the log: the disk is full, or another server holds the file.
    File(String),
}

impl ReviewStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`ServeError::Review`]: it cannot be opened or written, or is not a review file.
    pub fn open(path: &Path, draws: Draws) -> Result<Self, ServeError> {
        let failed = |reason: String| ServeError::Review { path: path.to_owned(), reason };
        let connection =
            sqlite::open(path, OpenFlags::SQLITE_OPEN_CREATE, &FORM).map_err(failed)?;
        // Of what is deleted no trace stays in the file; what must be safe is waited for by `Durable`.
        connection
            .pragma_update(None, "secure_delete", true)
            .and_then(|()| connection.pragma_update(None, "synchronous", "NORMAL"))
            .map_err(|error| failed(sqlite::plain(&error)))?;
        let durable = Durable::open(path).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            draws,
            connection: Mutex::new(connection),
            durable,
            diversity: Mutex::default(),
            embedding: Mutex::default(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts posts into the queue, all or none; they are on the disk when this returns. A post that is there
    /// already, with the same text and id, stays as it is.
    ///
    /// # Errors
    /// One line for the log.
    pub fn add(&self, items: &[NewItem]) -> Result<Vec<Added>, Trouble> {
        self.write(|made| {
            items.iter().map(|item| add(made, item, self.draws.second_reader)).collect()
        })
    }

    /// For each of these posts, true if it is in the queue already.
    ///
    /// # Errors
    /// One line for the log.
    pub fn known<'a>(
        &self,
        posts: impl IntoIterator<Item = (Option<&'a str>, &'a str)>,
    ) -> Result<Vec<bool>, Trouble> {
        self.read(|connection| {
            let mut find =
                connection.prepare_cached("SELECT 1 FROM items WHERE fingerprint = ?1")?;
            posts.into_iter().map(|(id, text)| find.exists([fingerprint(id, text)])).collect()
        })
    }

    /// The id of the first post with this text, if it has one; `otherwise`, if there is no such post.
    ///
    /// # Errors
    /// One line for the log.
    pub(super) fn id_of(
        &self,
        text: &str,
        otherwise: Option<String>,
    ) -> Result<Option<String>, Trouble> {
        let query =
            "SELECT id FROM items WHERE near = ?1 AND text_sha256 = ?2 ORDER BY number LIMIT 1";
        self.read(|connection| {
            let mut find = connection.prepare_cached(query)?;
            let keys = [near::key(text), sha256(text.as_bytes())];
            let found = find.query_row(keys, |row| row.get(0)).optional()?;
            Ok(found.unwrap_or(otherwise))
        })
    }

    /// The post to put before a reviewer, which is held for him. Asked again, it is the same one until he has
    /// said something of it.
    ///
    /// # Errors
    /// One line for the log.
    pub fn next(
        &self,
        reviewer: &str,
        order: Order,
        hidden: bool,
    ) -> Result<Option<Shown>, Trouble> {
        let random = fastrand::f64() < self.draws.random_share;
        let lease = self.draws.lease.as_millis() as i64;
        let (found, _) = self.commit(|made| {
            let now = milliseconds();
            let held: Option<(i64, Drawn)> = made
                .prepare_cached(
                    "SELECT item, drawn FROM leases WHERE reviewer = ?1 AND until > ?2",
                )?
                .query_row(params![reviewer, now], |row| Ok((row.get(0)?, drawn(row, 1)?)))
                .optional()?;
            let found = if held.is_some() {
                held
            } else {
                let order = if random { Order::Random } else { order };
                self.first_open(made, reviewer, order, now)?.map(|item| (item, order.drawn()))
            };
            let Some((item, drawn)) = found else {
                return Ok(None);
            };
            hold(made, reviewer, item, drawn, now + lease)?;
            show(made, item, drawn, hidden)
        })?;
        Ok(found)
    }

    /// Makes ready the next choice in [`Order::Learn`]: `embeddings` are asked of the posts that it is
    /// among and of those read last, unless this model was asked before. Does nothing while somebody else is
    /// at it.
    ///
    /// # Errors
    /// One line for the log.
    pub fn embed(
        &self,
        reviewer: &str,
        model: &str,
        embeddings: impl FnOnce(&[(String, Option<String>)]) -> Vec<Option<Vec<f32>>>,
    ) -> Result<(), Trouble> {
        let _turn = match self.embedding.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let posts = self.read(|connection| {
            let open = open_posts(connection, reviewer, Order::Learn, milliseconds(), CANDIDATES)?;
            let mut posts: Vec<i64> = open.into_iter().map(|(post, _)| post).collect();
            posts.extend(latest(connection, milliseconds())?);
            Ok(posts)
        })?;
        let unknown = self.diversity().keep(model, &posts);
        let texts = self.read(|connection| {
            let query = "SELECT text, lang FROM items WHERE number = ?1";
            let mut find = connection.prepare_cached(query)?;
            let texts = unknown
                .iter()
                .map(|post| find.query_row([post], |row| Ok((row.get(0)?, row.get(1)?))));
            texts.collect::<Result<Vec<_>, _>>()
        })?;
        if texts.is_empty() {
            return Ok(());
        }
        // Nobody waits for the lock while the model computes.
        let found = embeddings(&texts);
        let mut diversity = self.diversity();
        for (post, embedding) in unknown.into_iter().zip(found) {
            diversity.insert(model, post, embedding);
        }
        Ok(())
    }

    /// The first open post in this order that the reviewer may be shown; in [`Order::Learn`] that of the
    /// first which is least like those read last.
    fn first_open(
        &self,
        made: &Transaction<'_>,
        reviewer: &str,
        order: Order,
        now: i64,
    ) -> Result<Option<i64>, rusqlite::Error> {
        let most = if order == Order::Learn { CANDIDATES } else { 1 };
        let open = open_posts(made, reviewer, order, now, most)?;
        if let (Some((_, dice)), Order::Random) = (open.first(), order) {
            // Drawn are all posts up to this one: those that were read already, for whatever reason, would
            // have been drawn as well.
            made.prepare_cached("UPDATE items SET random = 1 WHERE random = 0 AND dice <= ?1")?
                .execute([dice])?;
        }
        let open: Vec<i64> = open.into_iter().map(|(post, _)| post).collect();
        Ok(match order {
            Order::Learn => self.diversity().farthest(&open, &latest(made, now)?),
            Order::Score | Order::Random => open.first().copied(),
        })
    }

    fn diversity(&self) -> MutexGuard<'_, Diversity> {
        self.diversity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a reviewer's answer; it is on the disk when this returns. The same answer again changes nothing,
    /// and another one takes its place.
    ///
    /// # Errors
    /// [`Trouble::NoItem`], or one line for the log.
    pub fn answer(&self, given: &Given<'_>) -> Result<Taken, Trouble> {
        let taken = self.write(|made| answer(made, given))?;
        taken.ok_or(Trouble::NoItem)
    }

    /// Takes back a reviewer's last answer and puts the post before him again; none, if there is no answer.
    ///
    /// # Errors
    /// One line for the log.
    pub fn undo(
        &self,
        reviewer: &str,
        request_id: &str,
        hidden: bool,
    ) -> Result<Option<Shown>, Trouble> {
        let lease = self.draws.lease.as_millis() as i64;
        self.write(|made| {
            let last = made
                .prepare_cached(
                    "SELECT item, drawn FROM verdicts WHERE reviewer = ?1 \
                     ORDER BY place DESC LIMIT 1",
                )?
                .query_row([reviewer], |row| Ok((row.get::<_, i64>(0)?, drawn(row, 1)?)))
                .optional()?;
            let Some((item, drawn)) = last else {
                return Ok(None);
            };
            made.execute(
                "DELETE FROM verdicts WHERE item = ?1 AND reviewer = ?2",
                params![item, reviewer],
            )?;
            remember(made, item, reviewer, "undone", None, request_id)?;
            settle(made, item)?;
            hold(made, reviewer, item, drawn, milliseconds() + lease)?;
            show(made, item, drawn, hidden)
        })
    }

    /// Progress of a reviewer and of the queue.
    ///
    /// # Errors
    /// One line for the log.
    pub fn progress(&self, reviewer: &str) -> Result<Progress, Trouble> {
        let today = clock::now().get(..10).unwrap_or_default().to_owned();
        self.read(|connection| {
            let count = |query: &str, given: &[&dyn rusqlite::ToSql]| {
                let mut statement = connection.prepare_cached(query)?;
                statement.query_row(given, |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
            };
            let yours = "SELECT COUNT(*) FROM verdicts WHERE reviewer = ?1 AND verdict <> 'skip'";
            Ok(Progress {
                posts: count("SELECT COUNT(*) FROM items", &[])?,
                open: count("SELECT COUNT(*) FROM items WHERE open > 0", &[])?,
                yours: count(yours, &[&reviewer])?,
                yours_today: count(&format!("{yours} AND time >= ?2"), &[&reviewer, &today])?,
            })
        })
    }

    /// The text of a post, its language, and whether this reviewer has answered it.
    ///
    /// # Errors
    /// [`Trouble::NoItem`], or one line for the log.
    pub fn text(
        &self,
        item: i64,
        reviewer: &str,
    ) -> Result<(String, Option<String>, bool), Trouble> {
        let query = "SELECT text, lang, EXISTS \
            (SELECT 1 FROM verdicts WHERE item = number AND reviewer = ?2) \
            FROM items WHERE number = ?1 AND text <> ''";
        let found = self.read(|connection| {
            let mut statement = connection.prepare_cached(query)?;
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_row(params![item, reviewer], row).optional()
        })?;
        found.ok_or(Trouble::NoItem)
    }

    /// Deletes the text of a post; what was found of it stays, and nobody is asked to read it any more.
    ///
    /// # Errors
    /// [`Trouble::NoItem`], or one line for the log.
    pub fn forget(&self, item: i64) -> Result<(), Trouble> {
        let forgotten = self.write(|made| forget(made, "number = ?1", &item))?;
        self.leave_no_trace();
        if forgotten == 0 { Err(Trouble::NoItem) } else { Ok(()) }
    }

    /// Deletes the texts of posts that came before a time (RFC 3339, UTC); tells how many.
    ///
    /// # Errors
    /// One line for the log.
    pub fn forget_before(&self, time: &str) -> Result<usize, Trouble> {
        let forgotten = self.write(|made| forget(made, "created < ?1 AND text <> ''", &time))?;
        if forgotten > 0 {
            self.leave_no_trace();
        }
        Ok(forgotten)
    }

    /// Takes what was deleted out of the log of writes as well. While somebody reads a long time it cannot be
    /// done, and the next such deletion does it.
    fn leave_no_trace(&self) {
        let connection = self.lock();
        let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = done {
            tracing::warn!(%error, "the write-ahead log still holds what was deleted");
        }
    }

    /// A connection for long readings, which neither wait for the writer nor keep it waiting.
    pub(super) fn reader(&self) -> Result<Connection, Trouble> {
        sqlite::open_to_read(&self.path).map_err(|error| self.trouble(&error))
    }

    /// A transaction that is on the disk when this returns.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Trouble> {
        let (done, number) = self.commit(work)?;
        self.durable.wait(number).map_err(|error| {
            Trouble::File(format!("{}: the disk refuses: {error}", self.path.display()))
        })?;
        Ok(done)
    }

    /// A transaction that others see when this returns, and its number for [`Durable::wait`].
    fn commit<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<(T, u64), Trouble> {
        let mut connection = self.lock();
        let done =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|made| {
                let done = work(&made)?;
                made.commit()?;
                Ok(done)
            });
        // Before the lock is given up: whoever syncs from now on syncs this as well.
        done.map(|done| (done, self.durable.written())).map_err(|error| self.trouble(&error))
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Trouble> {
        work(&self.lock()).map_err(|error| self.trouble(&error))
    }

    /// A panic elsewhere leaves nothing half-written: SQLite rolls it back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn trouble(&self, error: &rusqlite::Error) -> Trouble {
        Trouble::File(format!("{}: {}", self.path.display(), sqlite::plain(error)))
    }
}

/// Milliseconds since 1970.
fn milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as i64
}

/// Hash of a post's id and text, which tells it from every other.
fn fingerprint(id: Option<&str>, text: &str) -> String {
    sha256(format!("{}\0{text}", id.unwrap_or_default()).as_bytes())
}

fn add(made: &Transaction<'_>, item: &NewItem, second: f64) -> Result<Added, rusqlite::Error> {
    let NewItem { id, text, source, scored } = item;
    let fingerprint = fingerprint(id.as_deref(), text);
    let known = made
        .prepare_cached("SELECT number FROM items WHERE fingerprint = ?1")?
        .query_row([&fingerprint], |row| row.get(0))
        .optional()?;
    if let Some(item) = known {
        return Ok(Added { item, known: true });
    }
    let near = near::key(text);
    let twin = made.prepare_cached("SELECT 1 FROM items WHERE near = ?1")?.exists([&near])?;
    let readers = if fastrand::f64() < second { 2 } else { 1 };
    made.prepare_cached(
        "INSERT INTO items (fingerprint, id, text, text_sha256, near, lang, score, band, reason, \
         threshold, model_version, model_sha256, source, created, urgency, doubt, twin, dice, \
         readers, open) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
         ?19, ?19)",
    )?
    .execute(params![
        fingerprint,
        id,
        text,
        sha256(text.as_bytes()),
        near,
        scored.lang,
        scored.score,
        scored.band,
        scored.reason,
        scored.threshold,
        scored.model.version,
        scored.model.sha256,
        source,
        clock::now(),
        scored.score.unwrap_or(-1.0),
        doubt(scored.score, scored.threshold),
        twin,
        fastrand::f64(),
        readers,
    ])?;
    Ok(Added { item: made.last_insert_rowid(), known: false })
}

/// The first open posts in this order, each with its dice, that the reviewer has said nothing of and that are
/// not before as many others as they still want.
fn open_posts(
    connection: &Connection,
    reviewer: &str,
    order: Order,
    now: i64,
    most: usize,
) -> Result<Vec<(i64, f64)>, rusqlite::Error> {
    let query = format!(
        "SELECT number, dice FROM items WHERE open > 0 \
         AND NOT EXISTS (SELECT 1 FROM verdicts WHERE item = number AND reviewer = ?1) \
         AND open > (SELECT COUNT(*) FROM leases \
             WHERE item = number AND until > ?2 AND reviewer <> ?1) \
         ORDER BY {} LIMIT ?3",
        order.by()
    );
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement
        .query_map(params![reviewer, now, most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The posts of the latest answers, and those before somebody now.
fn latest(connection: &Connection, now: i64) -> Result<Vec<i64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT item FROM leases WHERE until > ?2 UNION \
         SELECT item FROM (SELECT item FROM history ORDER BY place DESC LIMIT ?1)",
    )?;
    let rows = statement.query_map(params![LATEST as i64, now], |row| row.get(0))?;
    rows.collect()
}

fn hold(
    made: &Transaction<'_>,
    reviewer: &str,
    item: i64,
    drawn: Drawn,
    until: i64,
) -> Result<(), rusqlite::Error> {
    made.prepare_cached(
        "INSERT OR REPLACE INTO leases (reviewer, item, until, drawn) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![reviewer, item, until, drawn.as_str()])
    .map(drop)
}

fn answer(made: &Transaction<'_>, given: &Given<'_>) -> Result<Option<Taken>, rusqlite::Error> {
    let Given { item, reviewer, answer, note, blind, request_id } = *given;
    let held = made
        .prepare_cached("SELECT drawn FROM leases WHERE reviewer = ?1 AND item = ?2")?
        .query_row(params![reviewer, item], |row| drawn(row, 0))
        .optional()?;
    let before: Option<(String, Option<String>, Drawn)> = made
        .prepare_cached(
            "SELECT verdict, note, drawn FROM verdicts WHERE item = ?1 AND reviewer = ?2",
        )?
        .query_row(params![item, reviewer], |row| Ok((row.get(0)?, row.get(1)?, drawn(row, 2)?)))
        .optional()?;
    let shown_as = held.or(before.as_ref().map(|(.., drawn)| *drawn)).unwrap_or(Drawn::Score);
    let Some(said) = said(made, item, shown_as)? else {
        return Ok(None);
    };
    let same = before
        .as_ref()
        .is_some_and(|(verdict, noted, _)| verdict == answer.as_str() && noted.as_deref() == note);
    if !same {
        let place = remember(made, item, reviewer, answer.as_str(), note, request_id)?;
        made.prepare_cached(
            "INSERT OR REPLACE INTO verdicts \
             (item, reviewer, verdict, note, blind, drawn, time, place) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            item,
            reviewer,
            answer.as_str(),
            note,
            blind,
            shown_as.as_str(),
            clock::now(),
            place
        ])?;
        settle(made, item)?;
    }
    made.prepare_cached("DELETE FROM leases WHERE reviewer = ?1 AND item = ?2")?
        .execute(params![reviewer, item])?;
    let verdict: Option<String> =
        made.query_row("SELECT verdict FROM items WHERE number = ?1", [item], |row| row.get(0))?;
    let verdict = verdict.and_then(|name| Verdict::parse(&name));
    Ok(Some(Taken { replaced: before.is_some() && !same, said, verdict }))
}

/// Keeps what was done for good; gives its place.
fn remember(
    made: &Transaction<'_>,
    item: i64,
    reviewer: &str,
    verdict: &str,
    note: Option<&str>,
    request_id: &str,
) -> Result<i64, rusqlite::Error> {
    made.prepare_cached(
        "INSERT INTO history (time, request_id, item, reviewer, verdict, note) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![clock::now(), request_id, item, reviewer, verdict, note])?;
    Ok(made.last_insert_rowid())
}

/// Brings a post up to date with its verdicts.
fn settle(made: &Transaction<'_>, item: i64) -> Result<(), rusqlite::Error> {
    let (readers, gone): (i64, bool) =
        made.query_row("SELECT readers, text = '' FROM items WHERE number = ?1", [item], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut statement =
        made.prepare_cached("SELECT verdict FROM verdicts WHERE item = ?1 ORDER BY place")?;
    let names: Vec<String> =
        statement.query_map([item], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let readings: Vec<Verdict> = names.iter().filter_map(|name| Verdict::parse(name)).collect();
    let Outcome { open, verdict } = Outcome::of(readers, &readings);
    // Nobody can read a text that was deleted.
    let open = if gone { 0 } else { open };
    made.prepare_cached("UPDATE items SET open = ?2, verdict = ?3 WHERE number = ?1")?
        .execute(params![item, open, verdict.map(Verdict::as_str)])
        .map(drop)
}

fn forget(
    made: &Transaction<'_>,
    which: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<usize, rusqlite::Error> {
    made.execute(
        &format!("DELETE FROM leases WHERE item IN (SELECT number FROM items WHERE {which})"),
        [value],
    )?;
    made.execute(&format!("UPDATE items SET text = '', open = 0 WHERE {which}"), [value])
}

fn drawn(row: &Row<'_>, place: usize) -> Result<Drawn, rusqlite::Error> {
    let name: Option<String> = row.get(place)?;
    Ok(Drawn::parse(name.as_deref().unwrap_or_default()))
}

fn show(
    made: &Transaction<'_>,
    item: i64,
    drawn: Drawn,
    hidden: bool,
) -> Result<Option<Shown>, rusqlite::Error> {
    let shown = made
        .prepare_cached("SELECT id, text, lang, source, created FROM items WHERE number = ?1")?
        .query_row([item], |row| {
            Ok(Shown {
                item,
                id: row.get(0)?,
                text: row.get(1)?,
                lang: row.get(2)?,
                source: row.get(3)?,
                created: row.get(4)?,
                said: None,
            })
        })
        .optional()?;
    let Some(mut shown) = shown else {
        return Ok(None);
    };
    if !hidden {
        shown.said = said(made, item, drawn)?;
    }
    Ok(Some(shown))
}

fn said(made: &Transaction<'_>, item: i64, drawn: Drawn) -> Result<Option<Said>, rusqlite::Error> {
    let query = "SELECT score, band, reason, threshold, model_version, near FROM items \
        WHERE number = ?1";
    let found = made
        .prepare_cached(query)?
        .query_row([item], |row| {
            let said = Said {
                score: row.get(0)?,
                band: row.get(1)?,
                reason: row.get(2)?,
                threshold: row.get(3)?,
                model_version: row.get(4)?,
                drawn,
                similar: Similar::default(),
            };
            Ok((said, row.get::<_, String>(5)?))
        })
        .optional()?;
    let Some((mut said, near)) = found else {
        return Ok(None);
    };
    let mut statement = made.prepare_cached(
        "SELECT verdict, COUNT(*) FROM items \
         WHERE near = ?1 AND verdict IS NOT NULL AND number <> ?2 GROUP BY verdict",
    )?;
    let mut rows = statement.query(params![near, item])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(1)?.unsigned_abs();
        match Verdict::parse(&row.get::<_, String>(0)?) {
            Some(Verdict::Supports) => said.similar.supports = count,
            Some(Verdict::Not) => said.similar.not = count,
            Some(Verdict::Unsure) => said.similar.unsure = count,
            None => {}
        }
    }
    Ok(Some(said))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::super::item::Scored;
    use super::*;
    use crate::api::ModelRef;

    const DRAWS: Draws =
        Draws { random_share: 0.0, second_reader: 0.0, lease: Duration::from_mins(1) };

    fn post(text: &str, score: f64) -> NewItem {
        NewItem {
            id: None,
            text: text.to_owned(),
            source: "test".to_owned(),
            scored: Scored {
                score: Some(score),
                band: if score < 0.5 { "none" } else { "review" }.to_owned(),
                reason: None,
                lang: Some("en".to_owned()),
                threshold: 0.5,
                model: ModelRef {
                    name: "known".to_owned(),
                    version: "1".to_owned(),
                    sha256: "ab".repeat(32),
                },
            },
        }
    }

    fn posts(count: usize) -> Vec<NewItem> {
        let text = |n: usize| format!("post {}", "x".repeat(n + 1));
        (0..count).map(|n| post(&text(n), n as f64 / count as f64)).collect()
    }

    fn say(store: &ReviewStore, item: i64, reviewer: &str, answer: Answer) -> Taken {
        let given = Given { item, reviewer, answer, note: None, blind: false, request_id: "r" };
        store.answer(&given).unwrap()
    }

    fn ask<T: rusqlite::types::FromSql>(store: &ReviewStore, query: &str) -> Vec<T> {
        let connection = store.lock();
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_random_share_is_the_posts_of_the_smallest_dice_however_they_were_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = ReviewStore::open(&folder.path().join("queue"), DRAWS).unwrap();
        store.add(&posts(60)).unwrap();
        for turn in 0..30 {
            let order = if turn % 3 == 0 { Order::Random } else { Order::Score };
            let item = store.next("ann", order, false).unwrap().unwrap().item;
            say(&store, item, "ann", Answer::Not);
        }
        let drawn: Vec<i64> =
            ask(&store, "SELECT number FROM items WHERE random = 1 ORDER BY dice");
        let smallest: Vec<i64> = ask(&store, "SELECT number FROM items ORDER BY dice");
        assert_eq!(drawn, smallest[..drawn.len()]);
        assert!(drawn.len() >= 10, "ten were drawn, and some before them were read by score");
        let unread = "SELECT COUNT(*) FROM items WHERE random = 1 AND verdict IS NULL";
        assert_eq!(ask::<i64>(&store, unread), [0]);
    }

    #[test]
    fn to_learn_the_post_comes_first_that_is_least_like_those_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = ReviewStore::open(&folder.path().join("queue"), DRAWS).unwrap();
        let texts = ["a one", "a two", "a three", "b one", "b two"];
        let nearly = |n: usize| 0.5 + n as f64 / 1_000.0;
        let items: Vec<NewItem> =
            texts.iter().enumerate().map(|(n, text)| post(text, nearly(n))).collect();
        store.add(&items).unwrap();
        let asked = std::cell::Cell::new(0);
        let embed = |texts: &[(String, Option<String>)]| {
            asked.set(asked.get() + texts.len());
            let of = |(text, _): &(String, Option<String>)| {
                vec![f32::from(text.starts_with('a')), f32::from(text.starts_with('b'))]
            };
            texts.iter().map(|text| Some(of(text))).collect()
        };
        let mut shown = Vec::new();
        for _ in texts {
            store.embed("ann", "model", embed).unwrap();
            let next = store.next("ann", Order::Learn, false).unwrap().unwrap();
            say(&store, next.item, "ann", Answer::Not);
            shown.push(next.text);
        }
        assert_eq!(shown, ["a one", "b one", "a two", "a three", "b two"]);
        assert_eq!(asked.get(), texts.len(), "each was embedded once");
    }

    #[test]
    fn a_lease_and_a_verdict_outlive_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        let store = ReviewStore::open(&path, DRAWS).unwrap();
        store.add(&posts(3)).unwrap();
        let first = store.next("ann", Order::Score, false).unwrap().unwrap().item;
        say(&store, first, "ann", Answer::Supports);
        let held = store.next("ann", Order::Score, false).unwrap().unwrap().item;
        // Still open: what a second server sees is what is there after a kill.
        let second = ReviewStore::open(&path, DRAWS).unwrap();
        assert_eq!(second.next("ann", Order::Score, false).unwrap().unwrap().item, held);
        let other = second.next("bob", Order::Score, false).unwrap().unwrap().item;
        assert!(other != held && other != first);
        assert!(!say(&second, first, "ann", Answer::Supports).replaced);
        assert_eq!(second.progress("ann").unwrap().yours, 1);
    }

    #[test]
    fn old_texts_are_deleted_with_their_leases_and_nobody_waits_for_a_reader() {
        let folder = tempfile::tempdir().unwrap();
        let store = ReviewStore::open(&folder.path().join("queue"), DRAWS).unwrap();
        store.add(&posts(2)).unwrap();
        let item = store.next("ann", Order::Score, false).unwrap().unwrap().item;
        say(&store, item, "ann", Answer::Supports);
        store.next("ann", Order::Score, false).unwrap().unwrap();
        assert_eq!(store.forget_before("2000-01-01").unwrap(), 0);
        assert_eq!(store.forget_before("9999-01-01").unwrap(), 2);
        assert!(store.next("ann", Order::Score, false).unwrap().is_none());
        assert_eq!(store.progress("ann").unwrap().open, 0);
        assert_eq!(ask::<String>(&store, "SELECT text FROM items"), ["", ""]);
        assert_eq!(store.figures(None, None).unwrap().all.reviewed.supports, 1, "figures stay");
        assert_eq!(ask::<i64>(&store, "SELECT COUNT(*) FROM labelled_posts"), [0]);
        // A verdict that comes late does not open it again.
        say(&store, item, "bob", Answer::Not);
        assert_eq!(store.progress("ann").unwrap().open, 0);
    }

    #[test]
    fn a_training_reads_texts_and_labels_through_one_view() {
        let folder = tempfile::tempdir().unwrap();
        let store = ReviewStore::open(&folder.path().join("queue"), DRAWS).unwrap();
        let added =
            store.add(&[post("a", 0.9), post("b", 0.8), post("c", 0.7), post("d", 0.6)]).unwrap();
        for (added, answer) in
            added.iter().zip([Answer::Supports, Answer::Not, Answer::Unsure, Answer::Skip])
        {
            say(&store, added.item, "ann", answer);
        }
        let rows = "SELECT text || label || lang || (created LIKE '20__-%Z') FROM labelled_posts";
        assert_eq!(ask::<String>(&store, rows), ["a1en1", "b0en1"]);
    }

    #[test]
    fn a_file_of_another_kind_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verdicts");
        drop(crate::feedback::FeedbackStore::open(&path).unwrap());
        let line = ReviewStore::open(&path, DRAWS).unwrap_err().to_string();
        assert!(line.contains("verdicts") && line.contains("--review-db"), "{line}");
        assert!(line.contains("another program"), "{line}");
    }
}
