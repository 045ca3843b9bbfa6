//! Writing a folder whole or not at all.

use std::fs::{self, File};
use std::io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory, NotFound};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::CheckpointError;

/// Writes the folder `target` from `files` (name, contents; the name may be `folder/name`): into a folder
/// beside it first, synced to disk, then renamed into place. Whoever opens `target` meanwhile sees the old one or
/// the new one.
///
/// # Errors
/// [`CheckpointError::Io`]; the old folder is then still there.
pub fn write(target: &Path, files: &[(&str, &[u8])]) -> Result<(), CheckpointError> {
    let partial = beside(target, "partial");
    recover(target)?;
    remove(&partial)?;
    let written = fill(&partial, target, files).and_then(|()| put(&partial, target));
    if written.is_err() {
        // Of no use to anybody, and a disk that is full needs the room.
        let _ = remove(&partial);
    }
    written
}

/// Writes the files into the folder `partial`; errors name them as they are to be in `target`.
fn fill(partial: &Path, target: &Path, files: &[(&str, &[u8])]) -> Result<(), CheckpointError> {
    fs::create_dir_all(partial).map_err(CheckpointError::io("create", target))?;
    for (name, contents) in files {
        let path = partial.join(name);
        let folder = path.parent().unwrap_or(partial);
        fs::create_dir_all(folder)
            .and_then(|()| File::create(&path))
            .and_then(|mut file| file.write_all(contents).and_then(|()| file.sync_all()))
            .map_err(CheckpointError::io("write", &target.join(name)))?;
        // The folder itself is synced once, below.
        if folder != partial {
            sync_folder(folder)?;
        }
    }
    sync_folder(partial)
}

/// Puts the folder `partial` in the place of `target`.
fn put(partial: &Path, target: &Path) -> Result<(), CheckpointError> {
    let previous = beside(target, "previous");
    while let Err(error) = fs::rename(partial, target) {
        // A folder that holds something is not replaced by a rename: it steps aside first. A
        // reader that comes between the two renames may put it back; then it steps aside again.
        if !target.exists() {
            recover(target)?;
            return Err(CheckpointError::io("rename", partial)(error));
        }
        remove(&previous)?;
        rename(target, &previous)?;
    }
    if let Some(parent) = target.parent() {
        sync_folder(parent)?;
    }
    remove(&previous)
}

/// The file of a training's curves, which some checkpoints have.
pub(crate) const CURVES: &str = "trainer_state.json";

/// The files that a checkpoint or a base consists of.
const FILES: [&str; 7] = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "calibration.json",
    "training.json",
    "README.md",
    CURVES,
];

/// Checks that a checkpoint may be written to `target`: [`write()`] removes everything that was
/// there, so `target` must have a name, and be free or a folder that holds only a checkpoint's
/// files. Call it before the work begins: a slip in a path should cost neither hours nor somebody's
/// files.
///
/// # Errors
/// [`CheckpointError::Place`] with what is in the way; [`CheckpointError::Io`] if the folder cannot be looked at.
pub fn check_place(target: &Path) -> Result<(), CheckpointError> {
    check_place_of(target, &[])
}

/// The same for a checkpoint with other models in folders of these names: models of the same names
/// may be there.
///
/// # Errors
/// As [`check_place`].
pub fn check_place_of(target: &Path, others: &[&str]) -> Result<(), CheckpointError> {
    let refuse = |reason: String| Err(CheckpointError::Place { path: target.to_owned(), reason });
    if target.file_name().is_none() {
        return refuse(
            "it names no folder of its own: give one, such as checkpoints/mine".to_owned(),
        );
    }
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == NotFound => return Ok(()),
        Err(error) if error.kind() == NotADirectory => {
            return refuse("a file is in the way: give a folder".to_owned());
        }
        Err(error) => return Err(CheckpointError::io("read", target)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(CheckpointError::io("read", target))?;
        let (name, path) = (entry.file_name(), entry.path());
        if path.is_file() && FILES.iter().any(|&file| name == file) {
            continue;
        }
        let is_model = path.join("calibration.json").is_file();
        if is_model && others.iter().any(|&other| name == other) {
            check_place(&path)?;
        } else {
            let what =
                if is_model { "another model of a checkpoint" } else { "no part of a checkpoint" };
            return refuse(format!(
                "it holds {}, which is {what} and would be lost: give another folder, or move what \
                 is in it",
                name.display()
            ));
        }
    }
    Ok(())
}

/// Puts things right after a crash between the two renames of [`write()`]: where `target` is gone
/// but the folder it replaced is still beside it, that one comes back. Readers call it, perhaps
/// while a writer is at work, so it removes nothing.
///
/// # Errors
/// [`CheckpointError::Io`] if the rename fails.
pub fn recover(target: &Path) -> Result<(), CheckpointError> {
    let previous = beside(target, "previous");
    while !target.exists() && previous.exists() {
        match fs::rename(&previous, target) {
            // There was no crash: a writer is at work, and one of the two folders came or went
            // since we looked. It may do so again before we look next.
            Err(error) if matches!(error.kind(), DirectoryNotEmpty | AlreadyExists | NotFound) => {}
            renamed => return renamed.map_err(CheckpointError::io("rename", &previous)),
        }
    }
    Ok(())
}

/// `.name.suffix` in the folder that holds `target`.
fn beside(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{suffix}"))
}

fn rename(from: &Path, to: &Path) -> Result<(), CheckpointError> {
    fs::rename(from, to).map_err(CheckpointError::io("rename", from))
}

fn remove(folder: &Path) -> Result<(), CheckpointError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != NotFound => Err(CheckpointError::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// Makes renames within a folder last through a power cut.
fn sync_folder(folder: &Path) -> Result<(), CheckpointError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(CheckpointError::io("sync", folder))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_replaced_whole() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        write(&target, &[("a", b"1"), ("b", b"2")]).unwrap();
        write(&target, &[("a", b"3"), ("within/a", b"4")]).unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"3");
        assert_eq!(fs::read(target.join("within/a")).unwrap(), b"4");
        assert!(!target.join("b").exists(), "a file of the old folder stayed");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "something was left beside it");
    }

    #[test]
    fn a_checkpoint_is_put_only_where_nothing_else_is() {
        let parent = tempfile::tempdir().unwrap();
        let refusal = |target: &Path| check_place(target).unwrap_err().to_string();
        let target = parent.path().join("mine");
        check_place(&target).unwrap();
        write(&target, &[("config.json", b"{}"), ("README.md", b"")]).unwrap();
        check_place(&target).unwrap();
        assert!(refusal(parent.path()).contains("it holds mine"), "{}", refusal(parent.path()));
        fs::write(target.join("notes.txt"), "mine").unwrap();
        assert!(refusal(&target).contains("it holds notes.txt"), "{}", refusal(&target));
        let file = target.join("notes.txt");
        assert!(refusal(&file).contains("a file is in the way"), "{}", refusal(&file));
        assert!(refusal(&file.join("mine")).contains("a file is in the way"));
        for nameless in [".", "..", "/", "mine/.."] {
            assert!(refusal(Path::new(nameless)).contains("names no folder"), "{nameless}");
        }
    }

    #[test]
    fn other_models_are_replaced_only_by_those_of_the_same_names() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        write(&target, &[("config.json", b"{}"), ("many/calibration.json", b"{}")]).unwrap();
        let refusal = check_place(&target).unwrap_err().to_string();
        assert!(refusal.contains("it holds many, which is another model"), "{refusal}");
        check_place_of(&target, &["many"]).unwrap();
        fs::write(target.join("many/notes.txt"), "mine").unwrap();
        let refusal = check_place_of(&target, &["many"]).unwrap_err().to_string();
        assert!(refusal.contains("it holds notes.txt"), "{refusal}");
    }

    #[test]
    fn a_crash_between_the_renames_loses_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        write(&target, &[("a", b"1")]).unwrap();
        fs::rename(&target, beside(&target, "previous")).unwrap();
        recover(&target).unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"1");
    }

    #[test]
    fn readers_and_a_writer_do_not_stop_each_other() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        write(&target, &[("a", b"0")]).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        recover(&target).unwrap();
                    }
                });
            }
            for round in 0..200_u32 {
                let round = round.to_string();
                write(&target, &[("a", round.as_bytes())]).unwrap();
                assert_eq!(fs::read(target.join("a")).unwrap(), round.as_bytes());
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    #[test]
    fn a_failed_write_keeps_the_old_folder_and_leaves_nothing_beside_it() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("mine");
        write(&target, &[("a", b"1")]).unwrap();
        // A file cannot be created in a file.
        let error = write(&target, &[("a", b"2"), ("a/such", b"3")]).unwrap_err().to_string();
        assert!(error.contains("mine/a/such"), "{error}");
        assert_eq!(fs::read(target.join("a")).unwrap(), b"1");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "something was left beside it");
    }
}
