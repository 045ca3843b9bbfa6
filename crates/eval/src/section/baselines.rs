//! Simple models on the same rows: a model that does not beat them should be seen not to.

use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use super::{
    apart::{Apart, WithoutNear},
    comparison::{Both, measure as compare},
    curves,
    sources::{self, Source},
    suite::{self, Case, Sides},
};
use crate::{
    baseline::Rival,
    error::EvalError,
    figure::{Measures, measures},
    posts::Scored,
};

/// The baselines and what they were trained on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baselines {
    /// The training files.
    pub files: Vec<String>,
    /// Training rows, after normalisation and without those that stand in the evaluated files.
    pub rows: usize,
    /// Training rows dropped because their text is nearly that of an evaluated row.
    pub shared_rows_dropped: usize,
    /// Training rows dropped because their source is held out.
    pub held_out_rows_dropped: usize,
    /// One by one.
    pub baselines: Vec<Baseline>,
}

/// A baseline on the evaluated rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Its description.
    pub what: String,
    /// Seconds of training.
    pub seconds: f64,
    /// Its threshold, chosen on training rows held out.
    pub threshold: f64,
    /// Every metric with its interval.
    pub metrics: Measures,
    /// The two figures that the leak audit has of the model, on the same rows.
    #[serde(flatten)]
    pub without_near: WithoutNear,
    /// The model minus the baseline, by paired bootstrap: ROC AUC, F1, accuracy.
    pub model_minus_baseline: Vec<(&'static str, Option<Both>)>,
    /// Its false-positive rates by source, as the model's.
    pub sources: Vec<Source>,
    /// Its results on the functional suite.
    pub suite: Option<Sides>,
    /// Its ROC curve, as the model's.
    pub roc: Vec<[f64; 2]>,
}

/// Metrics that the model is compared on.
const COMPARED: [Measure; 3] = [Measure::RocAuc, Measure::F1, Measure::Accuracy];

/// Scores the model's rows with a baseline.
///
/// # Errors
/// A metric that refuses its input.
pub fn measure(
    rival: &Rival,
    scored: &Scored,
    model: &Evaluator,
    apart: &Apart,
    cases: &[Case],
    least_rows: usize,
    bootstrap: &Bootstrap,
) -> Result<Baseline, EvalError> {
    let judge = &rival.judge;
    let texts: Vec<&str> = scored.posts.iter().map(|post| post.text.as_str()).collect();
    let rows = Scored::pair(&scored.posts, &judge.score(&texts)?);
    let evaluator = Evaluator::new(&rows.scores, &rows.labels, judge.threshold)?;
    let mut differences = compare(model, &evaluator, bootstrap)?;
    let suite = if cases.is_empty() {
        None
    } else {
        let suite = suite::measure("suite".as_ref(), cases, judge, bootstrap.confidence)?;
        Some(suite.sides())
    };
    Ok(Baseline {
        name: judge.name.clone(),
        what: rival.what.clone(),
        seconds: rival.seconds,
        threshold: judge.threshold,
        metrics: measures(&evaluator.intervals(bootstrap)?),
        without_near: apart.measure(&rows, judge.threshold)?,
        model_minus_baseline: COMPARED
            .into_iter()
            .map(|measure| {
                let key = measure.key();
                (key, differences.remove(key).flatten())
            })
            .collect(),
        sources: sources::measure(&rows, judge.threshold, least_rows, bootstrap)?,
        suite,
        roc: curves::measure(evaluator.ranked()).roc,
    })
}
