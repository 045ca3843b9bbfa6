//! A checkpoint as a classifier.

use std::path::{Path, PathBuf};

use checkpoint::{CHECKPOINTS, Other};
use scorer::{Scorer, Verdict};

use crate::{
    args::Args,
    classifier::{Classifier, Prediction},
    error::EvalError,
    posts::{Language, Text},
    report::{
        bands::BandStart,
        model::{ModelFacts, OtherModel},
        training_curves::TrainingCurves,
    },
};

/// An opened checkpoint.
pub struct Opened {
    /// Facts about the model, for the report.
    pub facts: ModelFacts,
    /// It, ready to score.
    pub classifier: Classifier<'static>,
    /// Its review bands.
    pub bands: Vec<BandStart>,
}

/// The folder to evaluate: the one given, or the usual one.
///
/// # Errors
/// [`EvalError::NoCheckpoint`].
pub fn folder(args: &Args) -> Result<PathBuf, EvalError> {
    args.model.find().ok_or_else(|| EvalError::NoCheckpoint { folder: CHECKPOINTS.into() })
}

/// Opens a checkpoint for scoring.
///
/// # Errors
/// A folder that is no checkpoint, or a device that cannot be had.
pub fn open(folder: &Path, args: &Args) -> Result<Opened, EvalError> {
    let scorer = Scorer::open(folder, &args.compute.options())?;
    let info = scorer.checkpoint();
    let calibration = &info.calibration;
    let band = |name, from: f32| BandStart { name, from: f64::from(from) };
    let bands = vec![
        band("review", calibration.bands.review),
        band("priority_review", calibration.bands.priority_review),
    ];
    let threshold = f64::from(calibration.threshold);
    let others = info.others.iter().map(|Other { folder, manifest }| OtherModel {
        folder: folder.clone(),
        version: manifest.config.version.clone(),
        sha256: manifest.weights_sha256.clone(),
        languages: manifest.config.languages.codes().iter().map(ToString::to_string).collect(),
        training: manifest.training.clone(),
    });
    let facts = ModelFacts {
        name: info.config.name.clone(),
        version: info.config.version.clone(),
        folder: folder.display().to_string(),
        sha256: info.sha256(),
        temperature: Some(f64::from(calibration.temperature)),
        threshold: Some(threshold),
        max_length: Some(info.config.max_length),
        languages: info.languages().iter().map(ToString::to_string).collect(),
        engine: format!("{}, {}", args.compute.device, args.compute.precision),
        training: info.training.clone(),
        training_curves: TrainingCurves::open(folder),
        others: others.collect(),
    };
    let classifier = Classifier::new(facts.name.clone(), threshold, move |texts| {
        // As they are in the file: the scorer normalises them itself.
        let texts: Vec<&str> = texts.iter().map(|text| Text::raw(text)).collect();
        Ok(scorer.score(&texts)?.iter().map(prediction).collect())
    });
    Ok(Opened { facts, classifier, bands })
}

fn prediction(verdict: &Verdict) -> Prediction {
    let score = verdict.score();
    Prediction {
        score: score.map(|score| f64::from(score.score)),
        in_windows: score.is_some_and(|score| score.window.is_some()),
        truncated: score.is_some_and(|score| score.truncated),
        language: Some(Language { code: verdict.lang(), not_judged: verdict.reason() }),
    }
}
