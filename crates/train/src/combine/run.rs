//! From the command line of `train combine` to a checkpoint.

use checkpoint::combine::{combine, own_calibration};
use checkpoint::{Manifest, folder};

use super::args::CombineArgs;
use super::card;
use crate::calibrate::run::source;
use crate::error::TrainError;
use crate::model_card::{self, model_name};

/// Puts the models together and writes the checkpoint.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &CombineArgs) -> Result<Manifest, TrainError> {
    let mut combined = combine(&source(&args.model)?, &args.with)?;
    let manifest = &mut combined.manifest;
    let names: Vec<&str> = manifest.others.iter().map(|other| other.folder.as_str()).collect();
    folder::check_place_of(&args.output, &names)?;
    manifest.config.name = model_name(&args.output);
    if let Some(version) = &args.model_version {
        manifest.config.version.clone_from(version);
    }
    let cards = cards(manifest, &combined.sources)?;
    manifest.write(&combined.sources, &args.output, &cards)?;
    Ok(combined.manifest)
}

/// The cards of all models by those in the folders that they come from.
///
/// # Errors
/// [`TrainError::Checkpoint`] if one cannot be read.
fn cards(manifest: &Manifest, sources: &[std::path::PathBuf]) -> Result<Vec<String>, TrainError> {
    let models = std::iter::zip(manifest.models(), sources).enumerate();
    models
        .map(|(at, (model, source))| {
            let former = model_card::read(source)?;
            Ok(if at == 0 {
                card::main(&former, manifest)
            } else {
                card::other(&former, &manifest.calibration, &own_calibration(model))
            })
        })
        .collect()
}
