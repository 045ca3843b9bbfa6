//! Several checkpoints as one: the first is the main model, the others judge other languages.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::others::{check, is_plain};
use crate::scale::onto;
use crate::{Calibration, CheckpointError, Manifest, Other};

/// The field of another model's `training.json` with the calibration that it was fitted with, on its own
/// scale.
const OWN: &str = "own_calibration";

/// A checkpoint of several models before it is written.
#[derive(Debug, Clone)]
pub struct Combined {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The folders that its models come from, the main one's first.
    pub sources: Vec<PathBuf>,
}

/// Puts a main model and others together. Those that the main one's checkpoint holds already stay; one in
/// a folder of the same name takes the place of such a one.
///
/// # Errors
/// A [`CheckpointError`] of a model that cannot be read, holds models itself, claims a language of
/// another's, or has a calibration that the main one's scale does not fit.
pub fn combine(main: &Path, others: &[PathBuf]) -> Result<Combined, CheckpointError> {
    let mut manifest = Manifest::open(main)?;
    let mut found: Vec<(String, PathBuf, Manifest)> = Vec::new();
    for other in std::mem::take(&mut manifest.others) {
        let place = main.join(&other.folder);
        found.push((other.folder, place, other.manifest));
    }
    let kept = found.len();
    for folder in others {
        let refuse = |reason: &str| CheckpointError::damaged(folder, reason);
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !is_plain(&name) {
            return Err(refuse(
                "the name of its folder must be of letters, digits, - _ and . only: rename it",
            ));
        }
        let other = Manifest::open(folder)?;
        if !other.others.is_empty() {
            return Err(refuse("it holds other models itself: name one of them"));
        }
        match found.iter().position(|(known, ..)| *known == name) {
            Some(place) if place < kept => found[place] = (name, folder.clone(), other),
            Some(_) => return Err(refuse("another folder has the same name: rename one of them")),
            None => found.push((name, folder.clone(), other)),
        }
    }
    if !found.is_empty() {
        without_reference(&mut manifest.training);
    }
    let mut sources = vec![main.to_owned()];
    for (folder, source, other) in found {
        manifest.others.push(Other { folder, manifest: other });
        sources.push(source);
    }
    let own: Vec<Calibration> = std::iter::once(manifest.calibration.clone())
        .chain(manifest.others.iter().map(|other| own_calibration(&other.manifest)))
        .collect();
    lay_on_one_scale(&mut manifest, &own, &sources)?;
    check(&sources, &manifest)?;
    Ok(Combined { manifest, sources })
}

/// Gives the models of a checkpoint calibrations of their own, the main one's first, and lays the others on the
/// scale of the main one. `folders` are for messages.
///
/// # Errors
/// [`CheckpointError::Damaged`] for one whose scale the main one's does not fit.
pub fn lay_on_one_scale(
    manifest: &mut Manifest,
    own: &[Calibration],
    folders: &[PathBuf],
) -> Result<(), CheckpointError> {
    for (at, (own, folder)) in own.iter().zip(folders).enumerate() {
        let main = manifest.calibration.clone();
        let model = manifest.model_mut(at);
        if at == 0 {
            model.calibration = own.clone();
            if let Some(training) = model.training.as_object_mut() {
                training.remove(OWN);
            }
            continue;
        }
        model.calibration = onto(&main, own).map_err(|reason| {
            let reason = format!("{reason}; choose another with train calibrate");
            CheckpointError::damaged(&folder.join("calibration.json"), reason)
        })?;
        if let Some(training) = model.training.as_object_mut() {
            training.insert(OWN.to_owned(), json!(own));
        }
    }
    Ok(())
}

/// The calibration that a model was fitted with, wherever its scores lie now.
pub fn own_calibration(model: &Manifest) -> Calibration {
    Calibration::deserialize(&model.training[OWN]).unwrap_or_else(|_| model.calibration.clone())
}

/// Takes the counts of the main model's posts away: those of all models together are others.
fn without_reference(training: &mut Value) {
    let Some(training) = training.as_object_mut() else { return };
    training.remove("reference");
    if let Some(calibration) = training.get_mut("calibration").and_then(Value::as_object_mut) {
        calibration.remove("reference");
    }
}
