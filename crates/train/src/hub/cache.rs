//! One model's folder in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::HubError;

/// A model's folder, `models--OWNER--NAME`.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// The folder of the model `id` in this cache. Nothing is created.
    ///
    /// # Errors
    /// [`HubError::Id`] if `id` is not `owner/name` of letters, digits, `-`, `_` and `.`.
    pub fn new(cache: &Path, id: &str) -> Result<Self, HubError> {
        let is_name = |part: &&str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let parts: Vec<&str> = id.split('/').filter(is_name).collect();
        match parts[..] {
            [owner, name] if id.len() == owner.len() + 1 + name.len() => {
                Ok(Self { folder: cache.join(format!("models--{owner}--{name}")) })
            }
            _ => Err(HubError::Id { id: id.to_owned() }),
        }
    }

    /// The files of a commit.
    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// The contents of a file by its etag.
    pub fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    /// The folder of `revision`, if it was fetched and has one file of each group.
    pub fn complete(&self, revision: &str, needed: &[&[&str]]) -> Option<PathBuf> {
        let commit = fs::read_to_string(self.folder.join("refs").join(revision));
        let commit = commit.unwrap_or_else(|_| revision.to_owned());
        let snapshot = self.snapshot(commit.trim());
        let has = |file: &&str| snapshot.join(file).is_file();
        needed.iter().all(|group| group.iter().any(has)).then_some(snapshot)
    }

    /// Puts a blob under its name into a commit's folder.
    ///
    /// # Errors
    /// [`HubError::Io`].
    pub fn place(&self, blob: &str, commit: &str, file: &str) -> Result<(), HubError> {
        let path = self.snapshot(commit).join(file);
        create_parent(&path)?;
        let link = temporary(&path);
        // Two levels up from snapshots/COMMIT.
        let relative = Path::new("../../blobs").join(blob);
        symlink(&relative, &self.blob(blob), &link).map_err(HubError::io("create", &link))?;
        fs::rename(&link, &path).map_err(HubError::io("create", &path))
    }

    /// Notes the commit that a branch or tag stood at.
    ///
    /// # Errors
    /// [`HubError::Io`].
    pub fn remember(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if revision == commit {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        create_parent(&path)?;
        checkpoint::file::write(&path, commit.as_bytes()).map_err(HubError::io("write", &path))
    }
}

/// A name beside `path` that no other process or thread uses.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}.{count}", std::process::id()))
}

/// Creates the folder that is to hold `path`.
pub(super) fn create_parent(path: &Path) -> Result<(), HubError> {
    match path.parent() {
        Some(folder) => fs::create_dir_all(folder).map_err(HubError::io("create", folder)),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn symlink(relative: &Path, _blob: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(relative, link)
}

/// Copies the file: links need special rights on such systems.
#[cfg(not(unix))]
fn symlink(_relative: &Path, blob: &Path, link: &Path) -> std::io::Result<()> {
    fs::copy(blob, link).map(|_| ())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_owner_and_name_make_an_id() {
        let cache = Path::new("c");
        let folder = Repository::new(cache, "google/electra-small_1.0").unwrap().folder;
        assert_eq!(folder, Path::new("c/models--google--electra-small_1.0"));
        for id in ["", "a", "a/b/c", "/a/b", "a//b", "../b", "a/..", "a/b c", "a/b/", "ä/b"] {
            assert!(matches!(Repository::new(cache, id), Err(HubError::Id { .. })), "{id}");
        }
    }

    #[test]
    fn a_snapshot_is_complete_with_one_file_of_each_group() {
        let cache = tempfile::tempdir().unwrap();
        let repository = Repository::new(cache.path(), "a/b").unwrap();
        let needed: [&[&str]; 2] = [&["x"], &["y", "z"]];
        let folder = repository.snapshot("123");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("x"), "").unwrap();
        repository.remember("main", "123").unwrap();
        assert_eq!(repository.complete("main", &needed), None);
        fs::write(folder.join("z"), "").unwrap();
        assert_eq!(repository.complete("main", &needed), Some(folder.clone()));
        assert_eq!(repository.complete("123", &needed), Some(folder));
        assert_eq!(repository.complete("other", &needed), None);
    }

    #[test]
    fn a_placed_blob_is_read_under_its_name() {
        let cache = tempfile::tempdir().unwrap();
        let repository = Repository::new(cache.path(), "a/b").unwrap();
        for contents in ["one", "two"] {
            create_parent(&repository.blob(contents)).unwrap();
            fs::write(repository.blob(contents), contents).unwrap();
            repository.place(contents, "123", "config.json").unwrap();
            let path = repository.snapshot("123").join("config.json");
            assert_eq!(fs::read_to_string(path).unwrap(), contents);
        }
    }
}
