//! One file from the hub into the cache, however often the connection is cut.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread::sleep;

use checkpoint::reader_sha256;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};

use super::cache::{Repository, create_parent};
use super::client::{Client, Failure, FileInfo, RETRIES, innermost};
use super::{FileProgress, HubError};

/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

/// Puts a file into a commit's folder, fetching its contents if they are not among the blobs.
pub(super) fn fetch(
    client: &Client,
    repository: &Repository,
    commit: &str,
    info: &FileInfo,
    progress: &dyn Fn(FileProgress<'_>),
) -> Result<(), HubError> {
    let blob = repository.blob(&info.blob);
    if !blob.is_file() {
        create_parent(&blob)?;
        let partial = blob.with_file_name(format!("{}.incomplete", info.blob));
        let file = open_and_lock(&partial)?;
        // Another process may have fetched it while we waited for the lock.
        if blob.is_file() {
            let _ = fs::remove_file(&partial);
        } else {
            let mut transfer = Transfer { client, info, path: &partial, file, progress };
            transfer.run()?;
            // Still locked: whoever waits finds the blob in its place.
            fs::rename(&partial, &blob).map_err(HubError::io("write", &blob))?;
        }
    }
    repository.place(&info.blob, commit, &info.file)
}

/// Opens a partial file for one process at a time.
fn open_and_lock(path: &Path) -> Result<File, HubError> {
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).open(path);
    let file = file.map_err(HubError::io("write", path))?;
    match file.lock() {
        // Some network file systems have no locks; two at once then fetch twice.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => {
            Err(HubError::io("lock", path)(error))
        }
        _ => Ok(file),
    }
}

struct Transfer<'a> {
    client: &'a Client,
    info: &'a FileInfo,
    path: &'a Path,
    file: File,
    progress: &'a dyn Fn(FileProgress<'_>),
}

impl Transfer<'_> {
    /// Fetches and verifies; what came damaged is fetched anew, once.
    fn run(&mut self) -> Result<(), HubError> {
        self.complete()?;
        if self.verify().is_err() {
            self.restart()?;
            self.complete()?;
            if let Err(damaged) = self.verify() {
                self.restart()?;
                return Err(damaged);
            }
        }
        self.file.sync_all().map_err(HubError::io("write", self.path))
    }

    /// Attempts until the file is whole. Attempts are counted only as long as none gets further
    /// than all before it.
    fn complete(&mut self) -> Result<(), HubError> {
        let (mut furthest, mut failures) = (self.length()?, 0);
        loop {
            let reason = match self.attempt() {
                Ok(()) => return Ok(()),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(reason)) => reason,
            };
            let length = self.length()?;
            if length > furthest {
                (furthest, failures) = (length, 0);
            } else if failures == RETRIES {
                return Err(self.client.network(&self.info.file, reason));
            } else {
                failures += 1;
            }
            sleep(self.client.pause * 2_u32.pow(failures));
        }
    }

    /// One request, from where the file ends.
    fn attempt(&mut self) -> Result<(), Failure> {
        let mut done = self.length().map_err(Failure::Final)?;
        if self.info.size == Some(done) && done > 0 {
            return Ok(());
        }
        if self.info.size.is_some_and(|size| done > size) {
            self.restart().map_err(Failure::Final)?;
            done = 0;
        }
        let mut response = self.client.get(self.info, done)?;
        if response.status() != StatusCode::PARTIAL_CONTENT || range_start(&response) != Some(done)
        {
            // The hub starts anew, or cannot start where we ended.
            self.restart().map_err(Failure::Final)?;
            done = 0;
            if response.status() != StatusCode::OK {
                return Err(Failure::Passing("it cannot go on where it stopped".to_owned()));
            }
        }
        let total = self.info.size.or_else(|| {
            let length = response.headers().get(CONTENT_LENGTH)?.to_str().ok()?;
            Some(done + length.parse::<u64>().ok()?)
        });
        self.copy(&mut response, done, total)
    }

    fn copy(
        &mut self,
        response: &mut Response,
        mut done: u64,
        total: Option<u64>,
    ) -> Result<(), Failure> {
        let io = |error| Failure::Final(HubError::io("write", self.path)(error));
        self.file.seek(SeekFrom::Start(done)).map_err(io)?;
        let mut buffer = vec![0; BUFFER];
        loop {
            (self.progress)(FileProgress { file: &self.info.file, done, total });
            let count = match response.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Passing(innermost(&error))),
            };
            self.file.write_all(&buffer[..count]).map_err(io)?;
            done += count as u64;
            if total.is_some_and(|total| done > total) {
                break;
            }
        }
        match total {
            Some(total) if done < total => Err(Failure::Passing("the connection was cut".into())),
            _ => Ok(()),
        }
    }

    /// Holds the file to the hub's size and, for large files, its SHA-256.
    fn verify(&mut self) -> Result<(), HubError> {
        let (file, length) = (&self.info.file, self.length()?);
        if let Some(size) = self.info.size.filter(|&size| size != length) {
            return Err(self.client.damaged(file, "size", length.to_string(), size.to_string()));
        }
        let Some(expected) = &self.info.sha256 else { return Ok(()) };
        let found = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| reader_sha256(&mut self.file))
            .map_err(HubError::io("read", self.path))?;
        if found == *expected {
            Ok(())
        } else {
            Err(self.client.damaged(file, "SHA-256", found, expected.clone()))
        }
    }

    fn length(&self) -> Result<u64, HubError> {
        let found = self.file.metadata().map_err(HubError::io("read", self.path))?;
        Ok(found.len())
    }

    fn restart(&mut self) -> Result<(), HubError> {
        self.file.set_len(0).map_err(HubError::io("write", self.path))
    }
}

/// The first byte of a partial answer: `bytes 5-9/10` is 5.
fn range_start(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}
