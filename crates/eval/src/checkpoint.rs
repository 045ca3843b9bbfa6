//! A checkpoint as a judge.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use checkpoint::CHECKPOINTS;
use scorer::{Scorer, Verdict};

use crate::{
    args::Args,
    error::EvalError,
    judge::{Answer, Judge},
    report::ModelFacts,
    section::overall::BandStart,
    training_curves::TrainingCurves,
};

/// An opened checkpoint.
pub struct Opened {
    /// Facts about the model, for the report.
    pub facts: ModelFacts,
    /// It, ready to score.
    pub judge: Judge<'static>,
    /// Its review bands.
    pub bands: Vec<BandStart>,
}

/// The folder to judge: the one given, or the usual one.
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
    let scorer = Arc::new(Scorer::open(folder, &args.compute.options())?);
    let info = scorer.checkpoint();
    let calibration = &info.calibration;
    let band = |name, from: f32| BandStart { name, from: f64::from(from) };
    let bands = vec![
        band("review", calibration.bands.review),
        band("priority_review", calibration.bands.priority_review),
    ];
    let threshold = f64::from(calibration.threshold);
    let facts = ModelFacts {
        name: info.config.name.clone(),
        version: info.config.version.clone(),
        folder: folder.display().to_string(),
        sha256: info.sha256.clone(),
        temperature: Some(f64::from(calibration.temperature)),
        threshold: Some(threshold),
        max_length: Some(info.config.max_length),
        languages: info.config.languages.codes().iter().map(ToString::to_string).collect(),
        engine: format!("{}, {}", args.compute.device, args.compute.precision),
        training: info.training.clone(),
        training_curves: TrainingCurves::open(folder),
    };
    let reader = Arc::clone(&scorer);
    let answer = |verdict: &Verdict| {
        let score = verdict.score()?;
        Some(Answer {
            score: f64::from(score.score),
            in_windows: score.window.is_some(),
            truncated: score.truncated,
        })
    };
    let judge = Judge::answering(facts.name.clone(), threshold, move |texts| {
        Ok(scorer.score(texts)?.iter().map(answer).collect())
    });
    let judge = judge.reading(move |text| reader.readable(text));
    Ok(Opened { facts, judge, bands })
}
