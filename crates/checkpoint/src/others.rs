//! Other models of a checkpoint, each for languages of its own.
//!
//! Each lies in a folder within the checkpoint's, is a whole checkpoint by itself, and is listed in the
//! `config.json` of the main model, the one that lies in the checkpoint's own folder:
//!
//! ```json
//! "others": [{"folder": "many-languages", "weights_sha256": "..."}]
//! ```
//!
//! No two claim the same language, and [one scale](crate::scale) of scores holds for all: threshold and bands
//! are the same. None holds models itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use text::language::Code;

use crate::{CheckpointError, Manifest};

/// A model beside the main one.
#[derive(Debug, Clone)]
pub struct Other {
    /// The name of its folder within the checkpoint's.
    pub folder: String,
    /// Its description of itself.
    pub manifest: Manifest,
}

/// Its entry in the main model's `config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    folder: String,
    weights_sha256: String,
}

impl From<&Other> for Listed {
    fn from(other: &Other) -> Self {
        let weights_sha256 = other.manifest.weights_sha256.clone();
        Self { folder: other.folder.clone(), weights_sha256 }
    }
}

/// Reads those that the main model of a folder lists, and holds them to it.
pub(crate) fn open(
    folder: &Path,
    main: &mut Manifest,
    listed: Vec<Listed>,
) -> Result<(), CheckpointError> {
    let config = folder.join("config.json");
    for Listed { folder: name, weights_sha256 } in listed {
        if !is_plain(&name) {
            let reason =
                format!("others has the folder {name:?}, expected letters, digits, - _ and . only");
            return Err(CheckpointError::damaged(&config, reason));
        }
        let place = folder.join(&name);
        if !place.is_dir() {
            let reason = format!(
                "it lists the model {name}, whose folder is missing: copy the checkpoint again, with its folders"
            );
            return Err(CheckpointError::damaged(&config, reason));
        }
        let (manifest, nested) = Manifest::open_one(&place)?;
        let refuse =
            |reason: &str| Err(CheckpointError::damaged(&place.join("config.json"), reason));
        if !nested.is_empty() {
            return refuse("it lists others itself, and only the main model may");
        }
        if manifest.weights_sha256 != weights_sha256 {
            return refuse(
                "its weights_sha256 is not the one that the main model lists: it is another model; \
                 put them together again with train combine",
            );
        }
        main.others.push(Other { folder: name, manifest });
    }
    check(&main.folders(folder), main)
}

/// Holds the models of a checkpoint, which lie in these folders, to each other.
///
/// # Errors
/// [`CheckpointError::Damaged`] for the first that claims another's language, or has another threshold or
/// other bands than the main one.
pub(crate) fn check(folders: &[PathBuf], main: &Manifest) -> Result<(), CheckpointError> {
    let models: Vec<&Manifest> = main.models().collect();
    for (at, (model, folder)) in models.iter().zip(folders).enumerate() {
        let refuse =
            |file: &str, reason: &str| Err(CheckpointError::damaged(&folder.join(file), reason));
        if let Some(code) = common_language(&models[..at], model) {
            let reason = format!(
                "languages has \"{code}\", which another of the checkpoint's models has, too"
            );
            return refuse("config.json", &reason);
        }
        let (own, mains) = (&model.calibration, &main.calibration);
        if (own.threshold, &own.bands) != (mains.threshold, &mains.bands) {
            let reason = "threshold and bands are not those of the main model: put the models \
                          together again with train combine";
            return refuse("calibration.json", reason);
        }
    }
    Ok(())
}

/// A language that a model and one of some others claim.
fn common_language(others: &[&Manifest], model: &Manifest) -> Option<Code> {
    let claims = &model.config.languages;
    let mut theirs = others.iter().flat_map(|other| other.config.languages.codes());
    theirs.find(|code| claims.has(code)).copied()
}

/// True for a name that is a folder's on every system, and no path.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_plain)
        && !name.ends_with('.')
}
