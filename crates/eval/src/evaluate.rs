//! From posts and a classifier to a report: the order in which its sections are measured.

use crate::{
    classifier::{Classifier, Prediction},
    clock,
    error::EvalError,
    inputs::Inputs,
    posts::{Scored, Text},
    progress::Progress,
    report::{
        Report, SCHEMA, bands,
        baselines::{self, Baselines, train::TrainingSet},
        calibration, comparison, curves, findings, invariance, leaks, mentions, mistakes,
        near_training::NearTraining,
        not_judged, operating, overall, prevalence, slices, sources, suite,
    },
    stopwatch::Stopwatch,
};

/// Texts handed to the classifier at once, between two signs of progress.
const CHUNK: usize = 2_048;

/// Makes the report.
///
/// # Errors
/// Rows of one label (unless the settings allow it), no row with a score, or what scoring and
/// metrics refuse.
pub fn evaluate(inputs: Inputs, progress: &Progress) -> Result<Report, EvalError> {
    let mut stopwatch = Stopwatch::new();
    let Inputs { model, classifier, mut posts, mut data, train, settings, .. } = inputs;
    if !settings.one_label {
        let labels: Vec<bool> = posts.iter().map(|post| post.label).collect();
        EvalError::check_labels("the evaluated rows", &labels)?;
    }
    let scores = match (&classifier, inputs.scores) {
        (_, Some(scores)) => scores,
        (Some(classifier), None) => {
            let texts: Vec<&Text> = posts.iter().map(|post| &post.text).collect();
            let predictions = predict(&texts, classifier, "scoring", progress)?;
            data.in_windows = predictions.iter().filter(|found| found.in_windows).count();
            data.truncated = predictions.iter().filter(|found| found.truncated).count();
            for (post, prediction) in posts.iter_mut().zip(&predictions) {
                post.language = prediction.language;
            }
            predictions.into_iter().map(|prediction| prediction.score).collect()
        }
        (None, None) => vec![None; posts.len()],
    };
    let scored = Scored::pair(&posts.iter().collect::<Vec<_>>(), &scores);
    if scored.is_empty() {
        return Err(EvalError::NothingScored { rows: posts.len() });
    }
    data.not_scored = posts.len() - scored.len();
    let (threshold, confidence) = (settings.threshold, settings.confidence);
    let (bootstrap, part_bootstrap) = (settings.bootstrap(), settings.part_bootstrap());
    let not_judged = not_judged::measure(&scored, threshold, confidence);
    stopwatch.lap("scoring");

    progress("measuring", 0, 0);
    let (overall, evaluator) = overall::measure(&scored, threshold, &bootstrap)?;
    let prevalence = prevalence::measure(evaluator.confusion(), confidence)?;
    let operating_points = operating::measure(&scored, threshold, model.threshold)?;
    let curves = curves::measure(evaluator.ranked());
    let calibration = calibration::measure(&scored, confidence)?;
    stopwatch.lap("metrics");
    let slices = slices::measure(&scored, data.files.len(), &settings)?;
    let sources = sources::measure(&scored, threshold, settings.slice_min_rows, &part_bootstrap)?;
    let mentions = mentions::measure(&scored, threshold, &part_bootstrap)?;
    stopwatch.lap("slices");

    let suite = match (&classifier, &inputs.suite) {
        (Some(classifier), Some((file, cases))) => {
            progress("functional suite", 0, 0);
            Some(suite::measure(file, cases, classifier, confidence)?)
        }
        _ => None,
    };
    stopwatch.lap("functional suite");
    let invariance = match &classifier {
        Some(classifier) if settings.invariance_posts > 0 => {
            progress("invariance", 0, 0);
            Some(invariance::measure(&scored.posts, classifier, settings.invariance_posts)?)
        }
        _ => None,
    };
    stopwatch.lap("invariance");

    progress("leak audit", 0, 0);
    let near = NearTraining::find(&scored, &train, part_bootstrap);
    let leaks = leaks::measure(&posts, &train, &scored, &near, threshold, &part_bootstrap)?;
    stopwatch.lap("leak audit");

    let baselines = if train.is_empty() {
        None
    } else {
        progress("baselines", 0, 0);
        let set = TrainingSet::unseen(&train, &posts);
        let cases = inputs.suite.map(|(_, cases)| cases).unwrap_or_default();
        let least_rows = settings.slice_min_rows;
        let trained = baselines::train::train(&set)?;
        let figures = trained.iter().map(|baseline| {
            baselines::measure(baseline, &scored, &evaluator, &near, &cases, least_rows, &bootstrap)
        });
        Some(Baselines {
            files: inputs.train_files,
            rows: set.texts.len(),
            shared_rows_dropped: set.dropped,
            held_out_rows_dropped: inputs.held_out_rows,
            baselines: figures.collect::<Result<_, _>>()?,
        })
    };
    stopwatch.lap("baselines");
    let comparison = match inputs.against {
        Some((other, classifier)) => {
            let texts: Vec<&Text> = scored.posts.iter().map(|post| &post.text).collect();
            let stage = "scoring with the other model";
            let predictions = predict(&texts, &classifier, stage, progress)?;
            let scores: Vec<_> = predictions.into_iter().map(|found| found.score).collect();
            let threshold = classifier.threshold;
            Some(comparison::measure(&scored, other, threshold, &scores, &settings)?)
        }
        None => None,
    };
    stopwatch.lap("comparison");

    let mut report = Report {
        schema: SCHEMA,
        made_by: format!("eval {}", env!("CARGO_PKG_VERSION")),
        made_at: clock::now(),
        model,
        data,
        findings: Vec::new(),
        bands: bands::measure(&scored, &inputs.bands, confidence),
        not_judged,
        mistakes: mistakes::worst(&scored, threshold, settings.show_errors),
        settings,
        overall,
        prevalence,
        operating_points,
        curves,
        calibration,
        slices,
        sources,
        mentions,
        suite,
        invariance,
        leaks,
        baselines,
        comparison,
        seconds: stopwatch.stages,
    };
    report.findings = findings::read(&report);
    Ok(report)
}

fn predict(
    texts: &[&Text],
    classifier: &Classifier,
    stage: &str,
    progress: &Progress,
) -> Result<Vec<Prediction>, EvalError> {
    let mut predictions = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(CHUNK) {
        progress(stage, predictions.len(), texts.len());
        predictions.extend(classifier.predict(chunk)?);
    }
    progress(stage, predictions.len(), texts.len());
    Ok(predictions)
}
