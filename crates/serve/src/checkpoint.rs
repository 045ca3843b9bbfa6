//! The model of a checkpoint folder.

use std::path::Path;
use std::sync::Arc;

use checkpoint::{Calibration, Reference};
use scorer::{Options, Scorer, ScorerError};
use text::NORMALISER_VERSION;
use text::language::Code;

use crate::ServeError;
use crate::model::{CalibrationInfo, Model, ModelInfo, OpenModel, OtherModel};
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
    let others = manifest.others.iter().map(|other| OtherModel {
        name: other.manifest.config.name.clone(),
        version: other.manifest.config.version.clone(),
        sha256: other.manifest.weights_sha256.clone(),
        max_length: other.manifest.config.max_length,
        languages: names(other.manifest.config.languages.codes()),
        calibration: calibration(&other.manifest.calibration),
        training: other.manifest.training.clone(),
        card: card(&folder.join(&other.folder)),
    });
    let info = ModelInfo {
        name: manifest.config.name.clone(),
        version: manifest.config.version.clone(),
        sha256: manifest.sha256(),
        max_length: manifest.config.max_length,
        languages: names(&manifest.languages()),
        normaliser_version: NORMALISER_VERSION,
        calibration: calibration(&manifest.calibration),
        reference: Reference::of(&manifest.training),
        training: manifest.training.clone(),
        card: card(folder),
        others: others.collect(),
    };
    Ok(Model { scorer: Arc::new(scorer), info: Arc::new(info) })
}

fn names(languages: &[Code]) -> Vec<String> {
    languages.iter().map(ToString::to_string).collect()
}

fn calibration(of: &Calibration) -> CalibrationInfo {
    CalibrationInfo {
        temperature: of.temperature,
        shift: of.shift,
        threshold: of.threshold,
        review: of.bands.review,
        priority_review: of.bands.priority_review,
    }
}

fn card(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("README.md")).ok()
}
