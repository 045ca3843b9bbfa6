//! The audit log: one JSON line for each score given, and never a text.
//!
//! - [`entry`]: what a line holds
//! - [`mod@file`]: appending, rotating, syncing
//!
//! Lines go through a thread of their own, so that a slow disk slows no request. They reach the
//! operating system within moments and the disk within a second: a killed process loses what was
//! still in memory, a power cut at most the last second. Lines that the disk refuses are kept and
//! tried again every second, up to [`MOST_WAITING`]; beyond that they are lost and counted.

mod entry;
mod file;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::ServeError;
use crate::metrics::Metrics;
pub use entry::{Entry, sha256_hex};
use file::AuditFile;
pub use file::AuditSettings;

/// Lines kept in memory while the disk refuses them.
const MOST_WAITING: usize = 10_000;
/// Longest time between a line and its `fsync`.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Takes lines from any thread.
pub struct AuditLog {
    sender: Option<SyncSender<String>>,
    healthy: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
    writer: Option<JoinHandle<()>>,
}

impl AuditLog {
    /// Opens the file and starts the thread that writes it.
    ///
    /// # Errors
    /// [`ServeError::Audit`] if the file cannot be opened for appending.
    pub fn open(settings: &AuditSettings, metrics: &Arc<Metrics>) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Audit { path: settings.path.clone(), source };
        let file = AuditFile::open(settings).map_err(failed)?;
        let (sender, receiver) = sync_channel(MOST_WAITING);
        let healthy = Arc::new(AtomicBool::new(true));
        let (state, counts) = (Arc::clone(&healthy), Arc::clone(metrics));
        let writer = thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || Writer { file, healthy: state, metrics: counts }.run(&receiver))
            .map_err(failed)?;
        let sender = Some(sender);
        Ok(Self { sender, healthy, metrics: Arc::clone(metrics), writer: Some(writer) })
    }

    /// True if the last lines were written.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Writes a line soon. Never waits.
    pub fn record(&self, entry: &Entry<'_>) {
        let sent = serde_json::to_string(entry)
            .ok()
            .zip(self.sender.as_ref())
            .is_some_and(|(line, sender)| sender.try_send(line).is_ok());
        if !sent {
            self.metrics.audit_failures.add(1);
            self.healthy.store(false, Ordering::Relaxed);
        }
    }

    /// The file that a path would be rotated to, for tests and documentation.
    pub fn rotated(path: &Path, number: usize) -> std::path::PathBuf {
        file::rotated(path, number)
    }
}

impl Drop for AuditLog {
    /// Writes and syncs what is still waiting.
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

struct Writer {
    file: AuditFile,
    healthy: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
}

impl Writer {
    fn run(mut self, lines: &Receiver<String>) {
        let mut waiting: Vec<String> = Vec::new();
        let mut synced = Instant::now();
        loop {
            let ended = match lines.recv_timeout(SYNC_EVERY) {
                Ok(line) => {
                    waiting.push(line);
                    waiting.extend(lines.try_iter().take(MOST_WAITING));
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            self.write(&mut waiting);
            if ended || synced.elapsed() >= SYNC_EVERY {
                let result = self.file.sync();
                // That nothing is left to sync says nothing of lines that could not be written.
                if result.is_err() || waiting.is_empty() {
                    self.note(result);
                }
                synced = Instant::now();
            }
            if ended {
                self.metrics.audit_failures.add(waiting.len() as u64);
                return;
            }
            if !self.healthy.load(Ordering::Relaxed) {
                // The disk said no: give it a moment, so that retrying does not spin.
                thread::sleep(SYNC_EVERY / 4);
            }
        }
    }

    fn write(&mut self, waiting: &mut Vec<String>) {
        if waiting.is_empty() {
            return;
        }
        let result = self.file.append(waiting);
        if result.is_ok() {
            self.metrics.audit_lines.add(waiting.len() as u64);
            waiting.clear();
        } else if waiting.len() > MOST_WAITING {
            let lost = waiting.len() - MOST_WAITING;
            waiting.drain(..lost);
            self.metrics.audit_failures.add(lost as u64);
        }
        self.note(result);
    }

    fn note(&self, result: std::io::Result<()>) {
        let was_healthy = self.healthy.swap(result.is_ok(), Ordering::Relaxed);
        match result {
            Err(error) if was_healthy => {
                tracing::error!(%error, "the audit log cannot be written");
            }
            Ok(()) if !was_healthy => tracing::info!("the audit log is written again"),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(request_id: &str) -> Entry<'_> {
        Entry {
            time: crate::clock::now(),
            request_id,
            key: Some("console"),
            tweet_id: Some("20"),
            text_sha256: sha256_hex("a text"),
            model_sha256: "ab",
            model_version: "1",
            threshold: 0.5,
            score: Some(0.25),
            reason: None,
            lang: Some("en"),
            band: "none",
        }
    }

    fn settings(path: &Path, rotate_bytes: u64) -> AuditSettings {
        AuditSettings { path: path.to_owned(), rotate_bytes, keep: 2 }
    }

    fn lines(path: &Path) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_line_is_there_after_the_end_and_holds_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog::open(&settings(&path, u64::MAX), &Arc::default()).unwrap();
        for n in 0..1000 {
            log.record(&entry(&n.to_string()));
        }
        drop(log);
        let lines = lines(&path);
        assert_eq!(lines.len(), 1000);
        assert_eq!(lines[999]["request_id"], "999");
        // printf %s 'a text' | sha256sum
        assert_eq!(
            lines[0]["text_sha256"],
            "734194ede5b063e654d63cb95a682ca1551b45e3cc86e88f1a85c1286eedd4ac"
        );
        assert!(!std::fs::read_to_string(&path).unwrap().contains("a text"));
    }

    #[test]
    fn a_line_torn_by_a_crash_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "{\"request_id\":\"old\"}\n{\"request_id\":\"to").unwrap();
        let log = AuditLog::open(&settings(&path, u64::MAX), &Arc::default()).unwrap();
        log.record(&entry("new"));
        drop(log);
        let text = std::fs::read_to_string(&path).unwrap();
        let readable: Vec<_> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .collect();
        assert_eq!(readable.len(), 2);
        assert_eq!(readable[1]["request_id"], "new");
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        for n in 0..8 {
            let log = AuditLog::open(&settings(&path, 100), &Arc::default()).unwrap();
            log.record(&entry(&n.to_string()));
        }
        let newest = lines(&path);
        assert_eq!(newest.last().unwrap()["request_id"], "7");
        assert_eq!(lines(&AuditLog::rotated(&path, 1)).last().unwrap()["request_id"], "6");
        assert_eq!(lines(&AuditLog::rotated(&path, 2)).last().unwrap()["request_id"], "5");
        assert!(!AuditLog::rotated(&path, 3).exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_noticed_and_nothing_waits_for_it() {
        let settings = settings(Path::new("/dev/full"), u64::MAX);
        let log = AuditLog::open(&settings, &Arc::default()).unwrap();
        log.record(&entry("1"));
        for _ in 0..500 {
            if !log.is_healthy() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // Nor is it forgotten when there is nothing to sync.
        let since = Instant::now();
        while since.elapsed() < 5 * SYNC_EVERY / 2 {
            assert!(!log.is_healthy(), "the log says that it is healthy");
            thread::sleep(Duration::from_millis(1));
        }
        let metrics = Arc::clone(&log.metrics);
        drop(log);
        assert_eq!((metrics.audit_lines.get(), metrics.audit_failures.get()), (0, 1));
    }

    #[test]
    fn a_file_that_somebody_took_away_costs_no_file_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let settings = AuditSettings { keep: 3, ..settings(&path, 100) };
        let mut file = AuditFile::open(&settings).unwrap();
        let line = |n: usize| format!("{{\"request_id\":\"{n}\",\"pad\":\"{}\"}}", "-".repeat(99));
        for n in 0..3 {
            file.append(&[line(n)]).unwrap();
        }
        std::fs::remove_file(&path).unwrap();
        file.append(&[line(3)]).unwrap();
        let last = |path: &Path| lines(path).last().unwrap()["request_id"].clone();
        assert_eq!(last(&path), "3");
        assert_eq!(last(&AuditLog::rotated(&path, 1)), "1");
        assert_eq!(last(&AuditLog::rotated(&path, 2)), "0");
        file.append(&[line(4)]).unwrap();
        assert_eq!((last(&path), last(&AuditLog::rotated(&path, 1))), ("4".into(), "3".into()));
    }
}
