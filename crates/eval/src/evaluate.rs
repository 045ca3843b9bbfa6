//! From posts and a judge to a report.

use std::path::PathBuf;

use crate::{
    baseline::{Rows, train},
    clock,
    error::EvalError,
    findings,
    judge::{Answer, Judge},
    posts::{Post, Scored},
    report::{DataFacts, ModelFacts, Report, SCHEMA},
    section::{
        apart::Apart,
        baselines::{self, Baselines},
        calibration,
        comparison::{self, Comparison},
        curves, errors, invariance, leaks, mentions, not_judged, operating,
        overall::{self, BandStart},
        prevalence,
        slices::{self, Limits, Slices},
        sources,
        suite::{self, Case},
    },
    settings::Settings,
    text::twin::{NEAR, normalised},
    watch::Watch,
};

/// Texts handed to the scorer at once, between two signs of progress.
const CHUNK: usize = 2_048;
/// Parts of a slice that are listed.
const MOST_PARTS: usize = 40;

/// Everything a report is made of.
pub struct Inputs<'a> {
    /// The evaluated model.
    pub model: ModelFacts,
    /// The judge that scores; absent where the scores came with the data.
    pub judge: Option<Judge<'a>>,
    /// Scores that came with the data, one for each post.
    pub scores: Option<Vec<Option<f64>>>,
    /// The review bands of the checkpoint, by rising score.
    pub bands: Vec<BandStart>,
    /// A second model.
    pub against: Option<(ModelFacts, Judge<'a>)>,
    /// The rows to judge by.
    pub posts: Vec<Post>,
    /// The files they came from.
    pub data: DataFacts,
    /// Rows that the baselines are trained on and that are compared with the judged ones.
    pub train: Vec<Post>,
    /// Files that the training rows came from.
    pub train_files: Vec<String>,
    /// Training rows dropped because their source is held out.
    pub held_out_rows: usize,
    /// The functional suite.
    pub suite: Option<(PathBuf, Vec<Case>)>,
    /// The settings of the report.
    pub settings: Settings,
}

/// Told what is being done: a stage, and how many of how many texts are scored.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + 'a;

/// Makes the report.
///
/// # Errors
/// Rows of one label (unless the settings allow it), no row with a score, or what scoring and
/// metrics refuse.
pub fn evaluate(inputs: Inputs, progress: &Progress) -> Result<Report, EvalError> {
    let mut watch = Watch::new();
    let Inputs {
        model,
        judge,
        scores,
        bands,
        against,
        posts,
        mut data,
        train: train_posts,
        train_files,
        held_out_rows,
        suite,
        settings,
    } = inputs;
    check_labels(&posts, &settings)?;
    let all: Vec<&Post> = posts.iter().collect();
    let scores = match (&judge, scores) {
        (_, Some(scores)) => scores,
        (Some(judge), None) => {
            let answers = answer_all(&all, judge, "scoring", progress)?;
            data.in_windows = answers.iter().flatten().filter(|it| it.in_windows).count();
            data.truncated = answers.iter().flatten().filter(|it| it.truncated).count();
            only_scores(answers)
        }
        (None, None) => vec![None; all.len()],
    };
    let scored = Scored::pair(&all, &scores);
    if scored.is_empty() {
        return Err(EvalError::NothingScored { rows: posts.len() });
    }
    data.not_scored = posts.len() - scored.len();
    let not_judged = judge.as_ref().and_then(|judge| {
        not_judged::measure(&scored, judge, settings.threshold, settings.confidence)
    });
    watch.lap("scoring");

    progress("measuring", 0, 0);
    let threshold = settings.threshold;
    let (bootstrap, part_bootstrap) = (settings.bootstrap(), settings.part_bootstrap());
    let confidence = settings.confidence;
    let (overall, evaluator) = overall::measure(&scored, threshold, &bootstrap)?;
    let prevalence = prevalence::measure(evaluator.confusion(), confidence)?;
    let operating_points = operating::measure(&scored, threshold, model.threshold)?;
    let curves = curves::measure(evaluator.ranked());
    let calibration = calibration::measure(&scored, confidence)?;
    watch.lap("metrics");
    let slices = all_slices(&scored, judge.as_ref(), data.files.len(), &settings)?;
    let sources = sources::measure(&scored, threshold, settings.slice_min_rows, &part_bootstrap)?;
    let mentions = mentions::measure(&scored, threshold, &part_bootstrap)?;
    watch.lap("slices");

    let measured_suite = match (&judge, &suite) {
        (Some(judge), Some((file, cases))) => {
            progress("functional suite", 0, 0);
            Some(suite::measure(file, cases, judge, confidence)?)
        }
        _ => None,
    };
    watch.lap("functional suite");
    let invariance = match &judge {
        Some(judge) if settings.invariance_posts > 0 => {
            progress("invariance", 0, 0);
            Some(invariance::measure(&scored.posts, judge, settings.invariance_posts)?)
        }
        _ => None,
    };
    watch.lap("invariance");

    progress("leak audit", 0, 0);
    let apart = Apart::new(&scored, &train_posts, part_bootstrap);
    let leaks = leaks::measure(&posts, &train_posts, &scored, &apart, threshold, &part_bootstrap)?;
    watch.lap("leak audit");

    let cases = suite.map(|(_, cases)| cases).unwrap_or_default();
    let baselines = if train_posts.is_empty() {
        None
    } else {
        progress("baselines", 0, 0);
        let rows = unseen(&train_posts, &all);
        let rivals = train(&rows.rows)?;
        let measure = |rival| {
            baselines::measure(
                rival,
                &scored,
                &evaluator,
                &apart,
                &cases,
                settings.slice_min_rows,
                &bootstrap,
            )
        };
        Some(Baselines {
            files: train_files,
            rows: rows.rows.texts.len(),
            shared_rows_dropped: rows.dropped,
            held_out_rows_dropped: held_out_rows,
            baselines: rivals.iter().map(measure).collect::<Result<_, _>>()?,
        })
    };
    watch.lap("baselines");
    let comparison = match against {
        Some((facts, judge)) => {
            let stage = "scoring with the other model";
            let other = only_scores(answer_all(&scored.posts, &judge, stage, progress)?);
            Some(compare(&scored, &other, threshold, facts, &judge, &settings)?)
        }
        None => None,
    };
    watch.lap("comparison");

    let mut report = Report {
        schema: SCHEMA,
        made_by: format!("eval {}", env!("CARGO_PKG_VERSION")),
        made_at: clock::now(),
        model,
        data,
        findings: Vec::new(),
        bands: if bands.is_empty() {
            Vec::new()
        } else {
            overall::bands(&scored, &bands, confidence)
        },
        not_judged,
        mistakes: errors::worst(&scored, threshold, settings.show_errors),
        settings,
        overall,
        prevalence,
        operating_points,
        curves,
        calibration,
        slices,
        sources,
        mentions,
        suite: measured_suite,
        invariance,
        leaks,
        baselines,
        comparison,
        seconds: watch.stages,
    };
    report.findings = findings::read(&report);
    Ok(report)
}

fn check_labels(posts: &[Post], settings: &Settings) -> Result<(), EvalError> {
    let positives = posts.iter().filter(|post| post.label).count();
    if settings.one_label || (positives > 0 && positives < posts.len()) {
        return Ok(());
    }
    Err(EvalError::OneLabel {
        what: "the evaluated rows".to_owned(),
        rows: posts.len(),
        missing: u8::from(positives == 0),
    })
}

fn answer_all(
    posts: &[&Post],
    judge: &Judge,
    stage: &str,
    progress: &Progress,
) -> Result<Vec<Option<Answer>>, EvalError> {
    let mut answers = Vec::with_capacity(posts.len());
    for chunk in posts.chunks(CHUNK) {
        progress(stage, answers.len(), posts.len());
        let texts: Vec<&str> = chunk.iter().map(|post| post.text.as_str()).collect();
        answers.extend(judge.answer(&texts)?);
    }
    progress(stage, answers.len(), posts.len());
    Ok(answers)
}

fn only_scores(answers: Vec<Option<Answer>>) -> Vec<Option<f64>> {
    answers.into_iter().map(|answer| Some(answer?.score)).collect()
}

fn all_slices(
    scored: &Scored,
    judge: Option<&Judge>,
    files: usize,
    settings: &Settings,
) -> Result<Vec<Slices>, EvalError> {
    let limits = Limits {
        least_rows: settings.slice_min_rows,
        most_parts: MOST_PARTS,
        bootstrap: settings.part_bootstrap(),
    };
    let threshold = settings.threshold;
    let mut found = Vec::new();
    if files > 1 {
        found.push(slices::by_file(scored, threshold, &limits)?);
    }
    for column in &settings.slices {
        found.push(slices::by_column(scored, threshold, column, &limits)?);
    }
    found.push(slices::by_length(scored, threshold, &limits)?);
    found.push(slices::by_language(scored, judge, threshold, &limits)?);
    Ok(found)
}

/// Training rows whose text is not nearly that of an evaluated row, and how many are dropped.
struct Unseen {
    rows: Rows,
    dropped: usize,
}

fn unseen(train: &[Post], evaluated: &[&Post]) -> Unseen {
    let train: Vec<&Post> = train.iter().collect();
    let near = dataset::near_shared(&normalised(&train), &normalised(evaluated), NEAR);
    let kept: Vec<&Post> =
        train.iter().zip(&near).filter(|(_, near)| near.is_none()).map(|(&post, _)| post).collect();
    Unseen { rows: Rows::of(&kept), dropped: train.len() - kept.len() }
}

fn compare(
    scored: &Scored,
    other_scores: &[Option<f64>],
    threshold: f64,
    facts: ModelFacts,
    judge: &Judge,
    settings: &Settings,
) -> Result<Comparison, EvalError> {
    let (mut this, mut other) = (Scored::default(), Scored::default());
    for ((&post, &score), other_score) in scored.posts.iter().zip(&scored.scores).zip(other_scores)
    {
        if let Some(other_score) = other_score {
            this.push(post, score);
            other.push(post, *other_score);
        }
    }
    if this.is_empty() {
        return Err(EvalError::NothingScored { rows: scored.len() });
    }
    let evaluator =
        |rows: &Scored, threshold| metrics::Evaluator::new(&rows.scores, &rows.labels, threshold);
    let (a, b) = (evaluator(&this, threshold)?, evaluator(&other, judge.threshold)?);
    Ok(Comparison {
        against: facts.name,
        folder: (!facts.folder.is_empty()).then_some(facts.folder),
        threshold: judge.threshold,
        rows: this.len(),
        metrics: comparison::measure(&a, &b, &settings.bootstrap())?,
    })
}
