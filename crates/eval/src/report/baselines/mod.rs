//! Simple models on the same rows: a model that does not beat them should be seen not to. How they
//! are trained is in `train.rs`.

pub mod train;

use askama::Template;
use metrics::{Bootstrap, Evaluator, Measure};
use serde::Serialize;

use super::{
    comparison::{self, MetricPair, Outcome, reach},
    curves,
    near_training::{NearTraining, WithoutNear},
    sources::{self, Source},
    suite::{self, Case, PassRates},
};
use crate::{
    error::EvalError,
    figure::{Figure, Measures, get, measures},
    finding::{Finding, Kind},
    metric,
    number::{NONE, count, decimal, figure, interval, percent, signed, size, with_interval},
    page::{Block, Cell, Table},
    posts::{Scored, Text},
};
use train::TrainedBaseline;

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
    pub baselines: Vec<BaselineFigures>,
}

/// A baseline on the evaluated rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineFigures {
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
    pub model_minus_baseline: Vec<(&'static str, Option<MetricPair>)>,
    /// Its false-positive rates by source, as the model's.
    pub sources: Vec<Source>,
    /// Its results on the functional suite.
    pub suite: Option<PassRates>,
    /// Its ROC curve, as the model's.
    pub roc: Vec<[f64; 2]>,
}

/// Metrics that the model is compared on.
const COMPARED: [Measure; 3] = [Measure::RocAuc, Measure::F1, Measure::Accuracy];

/// The constant, which is far from everything: the scale of drawings is for the others.
const CONSTANT: &str = "majority";

/// Scores the model's rows with a baseline.
///
/// # Errors
/// A metric that refuses its input.
pub fn measure(
    baseline: &TrainedBaseline,
    scored: &Scored,
    model: &Evaluator,
    near: &NearTraining,
    cases: &[Case],
    least_rows: usize,
    bootstrap: &Bootstrap,
) -> Result<BaselineFigures, EvalError> {
    let classifier = &baseline.classifier;
    let texts: Vec<&Text> = scored.posts.iter().map(|post| &post.text).collect();
    let rows = Scored::pair(&scored.posts, &classifier.scores(&texts)?);
    let evaluator = Evaluator::new(&rows.scores, &rows.labels, classifier.threshold)?;
    let mut pairs = comparison::pair(model, &evaluator, bootstrap)?;
    let suite = if cases.is_empty() {
        None
    } else {
        let suite = suite::measure("suite".as_ref(), cases, classifier, bootstrap.confidence)?;
        Some(suite.pass_rates())
    };
    Ok(BaselineFigures {
        name: classifier.name.clone(),
        what: baseline.what.clone(),
        seconds: baseline.seconds,
        threshold: classifier.threshold,
        metrics: measures(&evaluator.intervals(bootstrap)?),
        without_near: near.measure_without(&rows, classifier.threshold)?,
        model_minus_baseline: COMPARED
            .map(|measure| (measure.key(), pairs.remove(measure.key()).flatten()))
            .to_vec(),
        sources: sources::measure(&rows, classifier.threshold, least_rows, bootstrap)?,
        suite,
        roc: curves::measure(evaluator.ranked()).roc,
    })
}

impl Baselines {
    /// All but the constant, with their figures by source.
    pub fn sources(&self) -> Vec<(&str, &[Source])> {
        let others = self.baselines.iter().filter(|baseline| baseline.name != CONSTANT);
        others.map(|baseline| (baseline.name.as_str(), &baseline.sources[..])).collect()
    }

    /// Name and ROC curve of the strongest.
    pub fn strongest_roc(&self) -> Option<(&str, &[[f64; 2]])> {
        let strongest = self.baselines.last()?;
        Some((&strongest.name, &strongest.roc))
    }
}

/// Figures of the model or of a baseline, to stand beside each other.
pub struct ModelFigures<'a> {
    /// Its name.
    pub name: &'a str,
    /// Every metric with its interval.
    pub metrics: &'a Measures,
    /// Its figures without the rows near a training row.
    pub without_near: Option<WithoutNear>,
    /// Its results on the functional suite.
    pub suite: Option<PassRates>,
    /// A baseline's own figures.
    pub baseline: Option<&'a BaselineFigures>,
}

/// The model, and the baselines below it.
fn with_model<'a>(model: ModelFigures<'a>, baselines: &'a Baselines) -> Vec<ModelFigures<'a>> {
    let mut all = vec![model];
    all.extend(baselines.baselines.iter().map(|baseline| ModelFigures {
        name: &baseline.name,
        metrics: &baseline.metrics,
        without_near: Some(baseline.without_near),
        suite: baseline.suite,
        baseline: Some(baseline),
    }));
    all
}

fn value(measure: Measure, form: fn(f64) -> String) -> impl Fn(&ModelFigures) -> String {
    move |figures| with_interval(get(figures.metrics, measure), form)
}

fn left_alone(figures: &ModelFigures) -> String {
    figure(figures.suite.and_then(|suite| suite.left_alone), percent)
}

fn flagged(figures: &ModelFigures) -> String {
    figure(figures.suite.and_then(|suite| suite.flagged), percent)
}

#[derive(Template)]
#[template(path = "baselines.html")]
struct Descriptions<'a> {
    baselines: &'a [BaselineFigures],
}

/// The model beside the baselines.
pub fn show(baselines: &Baselines, model: ModelFigures) -> Vec<Block> {
    let held_out = match baselines.held_out_rows_dropped {
        0 => String::new(),
        rows => format!(" {} rows of held-out sources were left out.", size(rows)),
    };
    let lead = format!(
        "Trained on {} rows of {}; {} rows whose text is nearly that of an evaluated one were dropped.\
         {held_out} The regression's threshold is that of best F1 on a tenth held out.",
        size(baselines.rows),
        baselines.files.join(", "),
        size(baselines.shared_rows_dropped)
    );
    let all = with_model(model, baselines);
    let table = Table::of("The model and the baselines on the same rows", &all)
        .text("Model", |figures| figures.name)
        .number("ROC AUC", value(Measure::RocAuc, decimal))
        .number("F1", value(Measure::F1, decimal))
        .number("Accuracy", value(Measure::Accuracy, percent))
        .number("Negatives flagged", |figures| {
            figure(get(figures.metrics, Measure::FalsePositiveRate), percent)
        })
        .number("Suite: rightly left alone", left_alone)
        .number("Suite: rightly flagged", flagged)
        .number("Seconds to train", |figures| match figures.baseline {
            Some(baseline) => format!("{:.1}", baseline.seconds),
            None => NONE.to_owned(),
        })
        .strong(1);
    let note =
        "A model that does not clearly beat the regression is not worth its cost on such data.";
    vec![
        Block::paragraph(lead),
        table.block(),
        without_near(&all),
        differences(baselines),
        Block::own(&Descriptions { baselines: &baselines.baselines }),
        Block::note(note),
    ]
}

fn without_near(all: &[ModelFigures]) -> Block {
    let measured: Vec<(&ModelFigures, WithoutNear)> =
        all.iter().filter_map(|figures| Some((figures, figures.without_near?))).collect();
    let models = measured.iter().filter(|(figures, _)| figures.baseline.is_none()).count();
    Table::of("The same without the rows that are near a training row", &measured)
        .text("Model", |(figures, _)| figures.name)
        .number("ROC AUC", |(_, without)| with_interval(without.roc_auc, decimal))
        .number("F1", |(_, without)| with_interval(without.f1, decimal))
        .strong(models)
        .block()
}

fn differences(baselines: &Baselines) -> Block {
    let pairs: Vec<(&BaselineFigures, &str, MetricPair)> = baselines
        .baselines
        .iter()
        .flat_map(|baseline| {
            let pairs = baseline.model_minus_baseline.iter();
            pairs.filter_map(move |&(key, pair)| Some((baseline, key, pair?)))
        })
        .collect();
    let drawn = pairs.iter().filter(|(baseline, ..)| baseline.name != CONSTANT);
    let reach = reach(drawn.map(|(.., pair)| pair));
    Table::of("The model minus each baseline, paired", &pairs)
        .text("Baseline", |(baseline, ..)| &baseline.name)
        .text("Metric", |(_, key, _)| {
            let measure = COMPARED.into_iter().find(|measure| measure.key() == *key);
            measure.map_or(*key, |measure| metric::words(measure).0)
        })
        .number("Difference", |(.., pair)| signed(pair.difference.value))
        .number("Interval", |(.., pair)| interval(Some(pair.difference), signed))
        .drawing(&format!("−{reach} to +{reach}"), |(.., pair)| {
            Cell::difference(pair.difference, reach)
        })
        .text("The model is", |(.., pair)| pair.outcome.words())
        .block()
}

/// The model beside the baselines, in a document.
pub fn markdown(baselines: &Baselines, model: ModelFigures) -> String {
    let all = with_model(model, baselines);
    let without_near = |figures: &ModelFigures| figures.without_near.unwrap_or_default();
    let table = Table::of("", &all)
        .text("model", |figures| figures.name)
        .number("accuracy", value(Measure::Accuracy, percent))
        .number("F1", value(Measure::F1, decimal))
        .number("ROC AUC", value(Measure::RocAuc, decimal))
        .number("F1 without rows near a training row", |figures| {
            figure(without_near(figures).f1, decimal)
        })
        .number("ROC AUC without them", |figures| figure(without_near(figures).roc_auc, decimal))
        .number("suite: rightly left alone", left_alone)
        .number("suite: rightly flagged", flagged)
        .number("model's AUC minus its", |figures| match figures.baseline {
            Some(baseline) => with_interval(auc_difference(baseline), signed),
            None => String::new(),
        });
    format!("Baselines trained on {} rows.\n\n{}", count(baselines.rows as u64), table.markdown())
}

/// The two areas under the ROC curve.
fn auc_pair(baseline: &BaselineFigures) -> Option<MetricPair> {
    let mut pairs = baseline.model_minus_baseline.iter();
    pairs.find(|(key, _)| *key == Measure::RocAuc.key())?.1
}

fn auc_difference(baseline: &BaselineFigures) -> Option<Figure> {
    auc_pair(baseline).map(|pair| pair.difference)
}

/// Whether the model beats the strongest baseline.
pub fn finding(baselines: &Baselines) -> Option<Finding> {
    let strongest = baselines.baselines.last()?;
    let pair = auc_pair(strongest)?;
    let (kind, verb) = match pair.outcome {
        Outcome::Better => (Kind::Good, "beats"),
        Outcome::Worse => (Kind::Bad, "is beaten by"),
        Outcome::NoClearDifference => (Kind::Caution, "does not clearly beat"),
    };
    Some(Finding::new(
        kind,
        format!(
            "By ROC AUC it {verb} the {} trained on {} rows: {} against {}, a difference of {}.",
            strongest.name,
            size(baselines.rows),
            decimal(pair.this),
            decimal(pair.other),
            with_interval(Some(pair.difference), signed)
        ),
    ))
}
