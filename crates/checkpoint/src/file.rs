//! Writing a file whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Files begun by this process: of two for one place each has a name of its own.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// A file that is written under another name beside its place, and put there when it is finished.
/// Dropped before that, for whatever reason, it leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    place: PathBuf,
    file: File,
    /// Its name until it is finished; `None` for a pipe or a device, which nothing can replace.
    partial: Option<PathBuf>,
}

impl WholeFile {
    /// Begins a file. What is in its place stays until it is [finished](Self::finish).
    ///
    /// # Errors
    /// If the folder is not there or may not be written to.
    pub fn create(place: &Path) -> io::Result<Self> {
        // A link stays a link: what it points to is replaced.
        let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
        if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
            let file = File::options().write(true).open(&place)?;
            return Ok(Self { place, file, partial: None });
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let (process, number) = (std::process::id(), BEGUN.fetch_add(1, Ordering::Relaxed));
        let partial = place.with_file_name(format!(".{name}.{process}.{number}.partial"));
        Ok(Self { file: File::create(&partial)?, partial: Some(partial), place })
    }

    /// Waits until all of it is on the disk and puts it in its place.
    ///
    /// # Errors
    /// If the disk refuses; then nothing is left of it, and what was there stays.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(partial) = &self.partial {
            self.file.sync_all()?;
            fs::rename(partial, &self.place)?;
            self.partial = None;
        }
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            let _ = fs::remove_file(partial);
        }
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// If the disk refuses; then nothing is left of it, and what was there stays.
pub fn write(place: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(place)?;
    file.write_all(contents)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_appears_when_it_is_finished_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report.json");
        for contents in ["earlier", "new"] {
            write(&place, contents.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), contents);
            assert_eq!(entries(folder.path()), 1);
        }
    }

    #[test]
    fn what_was_there_stays_and_nothing_is_left_of_a_file_that_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report.json");
        write(&place, b"earlier").unwrap();
        let mut file = WholeFile::create(&place).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&place).unwrap(), b"earlier");
        assert_eq!(entries(folder.path()), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_a_device_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report.json");
        std::os::unix::fs::symlink("/dev/full", &place).unwrap();
        assert_eq!(write(&place, b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
        assert_eq!(entries(folder.path()), 1);
    }
}
