//! The file of the audit log: appended to, put aside when large, repaired after a torn line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Settings of the audit log.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// The file.
    pub path: PathBuf,
    /// A file larger than this is put aside.
    pub rotate_bytes: u64,
    /// Files put aside that are kept.
    pub keep: usize,
}

/// An open log file.
pub(super) struct AuditFile {
    settings: AuditSettings,
    file: File,
    bytes: u64,
    /// The last write broke off: the next line must not continue it.
    torn: bool,
}

impl AuditFile {
    /// Opens the file for appending, or makes it.
    pub(super) fn open(settings: &AuditSettings) -> io::Result<Self> {
        let file = open(&settings.path)?;
        let bytes = file.metadata()?.len();
        let torn = bytes > 0 && last_byte(&settings.path)? != b'\n';
        Ok(Self { settings: settings.clone(), file, bytes, torn })
    }

    /// Appends lines; all of them or, after an error, perhaps a part that the next call sets
    /// apart with a line break of its own.
    pub(super) fn append(&mut self, lines: &[String]) -> io::Result<()> {
        if self.bytes >= self.settings.rotate_bytes {
            self.rotate()?;
        }
        let mut block = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
        if self.torn {
            block.push('\n');
        }
        for line in lines {
            block.push_str(line);
            block.push('\n');
        }
        self.torn = true;
        self.file.write_all(block.as_bytes())?;
        self.torn = false;
        self.bytes += block.len() as u64;
        Ok(())
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.sync_data() {
            // A pipe or device has nothing to sync.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            result => result,
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        // Not there if somebody took it away, or if only opening the next one failed before: then
        // there is nothing to put aside, and no older file has to make room.
        if self.settings.path.exists() {
            self.put_aside()?;
        }
        self.file = open(&self.settings.path)?;
        self.bytes = 0;
        self.torn = false;
        Ok(())
    }

    fn put_aside(&self) -> io::Result<()> {
        let path = &self.settings.path;
        for number in (1..self.settings.keep).rev() {
            let from = rotated(path, number);
            if from.exists() {
                std::fs::rename(&from, rotated(path, number + 1))?;
            }
        }
        if self.settings.keep > 0 {
            std::fs::rename(path, rotated(path, 1))
        } else {
            std::fs::remove_file(path)
        }
    }
}

/// `audit.jsonl.1` is the newest of the files put aside.
pub(super) fn rotated(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn last_byte(path: &Path) -> io::Result<u8> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}
