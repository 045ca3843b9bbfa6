//! Output of rows: a file that appears whole or not at all, or a pipe.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ScoreError;

/// Files of the open outputs, under the names that they have until they are finished.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is half-written, for a program that ends without dropping its [`Sink`].
pub fn remove_unfinished() {
    for partial in &*unfinished() {
        let _ = fs::remove_file(partial);
    }
}

/// An open output.
#[derive(Debug)]
pub struct Sink {
    /// For messages.
    name: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Stdout(Stdout),
    /// A named pipe, a terminal, `/dev/null`: things that cannot be put in place at the end.
    Special(File),
    /// Written beside its place under another name.
    Whole {
        file: File,
        partial: PathBuf,
        placed: bool,
    },
}

impl Sink {
    /// Standard output.
    pub fn stdout() -> Self {
        Self { name: "standard output".into(), kind: Kind::Stdout(io::stdout()) }
    }

    /// A file. Its place stays as it is until [`Sink::finish`].
    ///
    /// # Errors
    /// [`ScoreError::NoFolder`], [`ScoreError::IsFolder`], [`ScoreError::Write`].
    pub fn file(path: &Path) -> Result<Self, ScoreError> {
        // A link stays a link: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let kind = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(ScoreError::IsFolder { path }),
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(&path);
                Kind::Special(file.map_err(ScoreError::write(&path))?)
            }
            _ => {
                let folder = match path.parent() {
                    Some(folder) if !folder.as_os_str().is_empty() => folder,
                    _ => Path::new("."),
                };
                if !folder.is_dir() {
                    return Err(ScoreError::NoFolder { folder: folder.to_owned() });
                }
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let partial = folder.join(format!(".{name}.{}.partial", std::process::id()));
                unfinished().insert(partial.clone());
                let file = File::create(&partial).map_err(ScoreError::write(&path))?;
                Kind::Whole { file, partial, placed: false }
            }
        };
        Ok(Self { name: path, kind })
    }

    /// Writes bytes, and to a pipe at once.
    ///
    /// # Errors
    /// [`ScoreError::Write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ScoreError> {
        let written = match &mut self.kind {
            Kind::Stdout(stdout) => stdout.write_all(bytes).and_then(|()| stdout.flush()),
            Kind::Special(file) | Kind::Whole { file, .. } => file.write_all(bytes),
        };
        written.map_err(ScoreError::write(&self.name))
    }

    /// Puts a file in its place.
    ///
    /// # Errors
    /// [`ScoreError::Write`].
    pub fn finish(mut self) -> Result<(), ScoreError> {
        if let Kind::Whole { file, partial, placed } = &mut self.kind {
            file.sync_all()
                .and_then(|()| fs::rename(partial, &self.name))
                .map_err(ScoreError::write(&self.name))?;
            *placed = true;
        }
        Ok(())
    }
}

impl Drop for Sink {
    /// Leaves nothing half-written behind.
    fn drop(&mut self) {
        if let Kind::Whole { partial, placed, .. } = &self.kind {
            if !placed {
                let _ = fs::remove_file(partial);
            }
            unfinished().remove(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut sink = Sink::file(&path).unwrap();
        sink.write(b"whole").unwrap();
        assert!(!path.exists());
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_there_stays_when_it_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "earlier").unwrap();
        let mut sink = Sink::file(&path).unwrap();
        sink.write(b"half").unwrap();
        drop(sink);
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let mut sink = Sink::file(Path::new("/dev/null")).unwrap();
        sink.write(b"gone").unwrap();
        sink.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "earlier").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut sink = Sink::file(&link).unwrap();
        sink.write(b"new").unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
