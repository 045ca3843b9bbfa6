//! The model of a checkpoint folder.

use std::path::Path;
use std::sync::Arc;

use checkpoint::Reference;
use scorer::{Options, Scorer, ScorerError};
use text::NORMALISER_VERSION;

use crate::ServeError;
use crate::model::{CalibrationInfo, Model, ModelInfo, OpenModel};
use crate::settings::Settings;

/// Looks whether there is a checkpoint, before anything that takes time.
///
/// # Errors
/// [`ServeError::CheckpointMissing`], which says how to make one.
pub(crate) fn probe(folder: &Path) -> Result<(), ServeError> {
    // A replacement that broke off is finished first.
    let _ = checkpoint::folder::recover(folder);
    if folder.join("config.json").is_file() {
        return Ok(());
    }
    Err(ServeError::CheckpointMissing { path: folder.to_owned() })
}

/// A function that opens the checkpoint of the settings, now and at every reload.
pub fn opener(settings: &Settings) -> OpenModel {
    let (folder, options) = (settings.checkpoint.clone(), settings.options);
    Arc::new(move || open(&folder, &options).map_err(|error| error.to_string()))
}

fn open(folder: &Path, options: &Options) -> Result<Model, ScorerError> {
    let scorer = Scorer::open(folder, options)?;
    let manifest = scorer.checkpoint();
    let calibration = &manifest.calibration;
    let info = ModelInfo {
        name: manifest.config.name.clone(),
        version: manifest.config.version.clone(),
        sha256: manifest.sha256.clone(),
        max_length: manifest.config.max_length,
        languages: manifest.config.languages.codes().iter().map(ToString::to_string).collect(),
        normaliser_version: NORMALISER_VERSION,
        calibration: CalibrationInfo {
            temperature: calibration.temperature,
            threshold: calibration.threshold,
            review: calibration.bands.review,
            priority_review: calibration.bands.priority_review,
        },
        reference: Reference::of(&manifest.training),
        training: manifest.training.clone(),
        card: std::fs::read_to_string(folder.join("README.md")).ok(),
    };
    Ok(Model { scorer: Arc::new(scorer), info: Arc::new(info) })
}
