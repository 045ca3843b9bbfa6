//! The meaning of `--base`.

use std::path::{Path, PathBuf};

use checkpoint::Preset;

use crate::error::TrainError;

/// The base that comes with the project, used where it is there and none is given.
const BUNDLED_BASE: &str = "checkpoints/electra-small-tweets";

/// The start of the training.
#[derive(Debug, Clone, PartialEq)]
pub enum BaseSource {
    /// Untrained weights.
    Random(Preset),
    /// A folder on this machine.
    Folder(PathBuf),
    /// `owner/name` on a hub.
    Hub(String),
}

/// Resolves `--base`.
///
/// # Errors
/// [`TrainError::Flag`] if it is neither a folder nor looks like a hub id.
pub fn base_source(base: Option<&str>) -> Result<BaseSource, TrainError> {
    let Some(base) = base else {
        let bundled = Path::new(BUNDLED_BASE);
        return Ok(if bundled.is_dir() {
            BaseSource::Folder(bundled.to_owned())
        } else {
            BaseSource::Random(Preset::Small)
        });
    };
    match base {
        "random" | "random-small" => return Ok(BaseSource::Random(Preset::Small)),
        "random-base" => return Ok(BaseSource::Random(Preset::Base)),
        "random-large" => return Ok(BaseSource::Random(Preset::Large)),
        _ => {}
    }
    let folder = Path::new(base);
    // After a crash while it was replaced, a checkpoint's folder is there under another name.
    let _ = checkpoint::folder::recover(folder);
    let parts: Vec<&str> = base.split('/').collect();
    let looks_like_hub_id = parts.len() == 2
        && parts.iter().all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        });
    if folder.is_dir() {
        Ok(BaseSource::Folder(folder.to_owned()))
    } else if looks_like_hub_id && !folder.exists() {
        Ok(BaseSource::Hub(base.to_owned()))
    } else {
        Err(TrainError::Flag {
            flag: "--base",
            reason: format!(
                "{base} is neither a folder, nor a hub id (owner/name), nor random: check the path"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_base_is_a_folder_a_hub_id_or_random() {
        let source = |base| base_source(Some(base));
        assert_eq!(source("random").unwrap(), BaseSource::Random(Preset::Small));
        assert_eq!(source("src").unwrap(), BaseSource::Folder("src".into()));
        let hub = "google/electra-small-discriminator";
        assert_eq!(source(hub).unwrap(), BaseSource::Hub(hub.to_owned()));
        for nonsense in ["no-such-folder", "./gone/away", "a/b/c"] {
            assert!(source(nonsense).is_err(), "{nonsense}");
        }
    }
}
