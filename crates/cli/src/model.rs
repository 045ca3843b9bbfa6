//! The checkpoint to use.

use std::path::{Path, PathBuf};

use checkpoint::{CHECKPOINTS, default_folder};
use clap::Args;

/// The checkpoints of the project that this program was built from: what `cargo install` leaves where it is.
const BUILT_BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../checkpoints");

/// The folder of a model.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelFolder {
    /// Checkpoint folder, as train writes it.
    /// [default: checkpoints/threat-v2, or else the newest folder under checkpoints, or else that of the
    /// project's folder that the program was built in]
    #[arg(long, env = "THREAT_CHECKPOINT", value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
}

impl ModelFolder {
    /// The folder given, or the usual one; `None` if there is none.
    pub fn find(&self) -> Option<PathBuf> {
        self.checkpoint.clone().or_else(usual_model)
    }
}

/// The folder of the model to use where none is named; `None` if there is none.
pub fn usual_model() -> Option<PathBuf> {
    first_of(&[CHECKPOINTS, BUILT_BESIDE])
}

fn first_of(roots: &[&str]) -> Option<PathBuf> {
    roots.iter().find_map(|root| default_folder(Path::new(root)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_model_here_goes_before_that_of_the_projects_folder_and_none_is_none() {
        let [here, project] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let roots = [&here, &project].map(|folder| folder.path().to_str().unwrap());
        assert_eq!(first_of(&roots), None);
        let put = |root: &tempfile::TempDir| {
            let folder = root.path().join("mine");
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("calibration.json"), "{}").unwrap();
            folder
        };
        let built_beside = put(&project);
        assert_eq!(first_of(&roots), Some(built_beside));
        let mine = put(&here);
        assert_eq!(first_of(&roots), Some(mine));
    }
}
