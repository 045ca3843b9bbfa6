//! Waits for the disk, once for many writes.
//!
//! With `synchronous = FULL` SQLite waits within every transaction, and everybody else waits behind it. Here a
//! transaction ends as soon as the operating system has it in the write-ahead log, and whoever must know it safe
//! then waits outside of the lock, with all those whose writes came meanwhile. What is on the disk is the
//! same: the log up to and with the write, from which SQLite recovers. With `NORMAL` SQLite itself syncs log and
//! database where it copies the one into the other.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The write-ahead log of a database that stays open.
#[derive(Debug)]
pub(super) struct Durable {
    log: File,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Writes that the operating system has.
    written: u64,
    /// Those that the disk has.
    safe: u64,
    /// True while somebody is waiting for the disk.
    syncing: bool,
}

impl Durable {
    /// Of a database that is open in WAL mode.
    ///
    /// # Errors
    /// The log cannot be opened, or the folder's entry for it cannot be made safe.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let log = File::options().write(true).open(log)?;
        if let Some(folder) = database.parent().filter(|_| cfg!(unix)) {
            let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(here)?.sync_all()?;
        }
        Ok(Self { log, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Notes a write that has been committed; gives its number.
    pub(super) fn written(&self) -> u64 {
        let mut state = self.lock();
        state.written += 1;
        state.written
    }

    /// Returns when the write of this number is on the disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub(super) fn wait(&self, number: u64) -> io::Result<()> {
        let mut state = self.lock();
        while state.safe < number {
            if state.syncing {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.syncing = true;
            let written = state.written;
            drop(state);
            let done = self.log.sync_data();
            state = self.lock();
            state.syncing = false;
            if done.is_ok() {
                state.safe = state.safe.max(written);
            }
            self.changed.notify_all();
            done?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn all_who_wait_are_answered_whatever_number_is_safe_first() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("queue");
        File::create(folder.path().join("queue-wal")).unwrap();
        let durable = Arc::new(Durable::open(&database).unwrap());
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let durable = Arc::clone(&durable);
                std::thread::spawn(move || durable.wait(durable.written()))
            })
            .collect();
        waiting.into_iter().for_each(|it| it.join().unwrap().unwrap());
        let state = durable.lock();
        assert_eq!((state.written, state.safe, state.syncing), (50, 50, false));
    }
}
