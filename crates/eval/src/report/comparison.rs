//! A second checkpoint on the same rows.

use std::collections::BTreeMap;

use metrics::{Bootstrap, Evaluator, Measure, paired_difference};
use serde::Serialize;

use super::model::ModelFacts;
use crate::{
    error::EvalError,
    figure::Figure,
    metric,
    number::{decimal, interval, signed, size},
    page::{Block, Cell, Table},
    posts::Scored,
    settings::Settings,
};

/// Differences between the evaluated model and another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The other one's name.
    pub against: String,
    /// Its folder, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Its threshold.
    pub threshold: f64,
    /// Rows that both scored.
    pub rows: usize,
    /// Every metric of both and their difference, `null` where it is undefined.
    pub metrics: BTreeMap<&'static str, Option<MetricPair>>,
}

/// One metric of two models on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MetricPair {
    /// Of the evaluated model.
    pub this: f64,
    /// Of the other.
    pub other: f64,
    /// The evaluated model's minus the other's, with the paired bootstrap's interval.
    pub difference: Figure,
    /// What the interval says; a smaller error counts as better.
    #[serde(rename = "verdict")]
    pub outcome: Outcome,
}

/// What the interval of a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All of it is on the good side of 0.
    Better,
    /// All of it is on the bad side of 0.
    Worse,
    /// It holds 0.
    NoClearDifference,
}

impl Outcome {
    /// Of the interval of a difference.
    fn of(difference: &Figure, measure: Measure) -> Self {
        let sign = if measure.lower_is_better() { -1.0 } else { 1.0 };
        let ends = [difference.lower, difference.upper].map(|end| end.map(|end| sign * end));
        match ends {
            [Some(a), Some(b)] if a > 0.0 && b > 0.0 => Self::Better,
            [Some(a), Some(b)] if a < 0.0 && b < 0.0 => Self::Worse,
            _ => Self::NoClearDifference,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoClearDifference => "no clear difference",
        }
    }
}

/// Compares the model with another one, by the scores that this gave the same posts.
///
/// # Errors
/// No post that both scored, or a score that is no probability.
pub fn measure(
    scored: &Scored,
    other: ModelFacts,
    other_threshold: f64,
    other_scores: &[Option<f64>],
    settings: &Settings,
) -> Result<Comparison, EvalError> {
    let (mut ours, mut theirs) = (Scored::default(), Scored::default());
    for ((&post, &score), &other) in scored.posts.iter().zip(&scored.scores).zip(other_scores) {
        if other.is_some() {
            ours.push(post, Some(score));
            theirs.push(post, other);
        }
    }
    if ours.is_empty() {
        return Err(EvalError::NothingScored { rows: scored.len() });
    }
    let evaluator =
        |rows: &Scored, threshold| Evaluator::new(&rows.scores, &rows.labels, threshold);
    let this = evaluator(&ours, settings.threshold)?;
    let that = evaluator(&theirs, other_threshold)?;
    Ok(Comparison {
        against: other.name,
        folder: Some(other.folder).filter(|folder| !folder.is_empty()),
        threshold: other_threshold,
        rows: ours.len(),
        metrics: pair(&this, &that, &settings.bootstrap())?,
    })
}

/// Every metric of two evaluators of the same rows.
///
/// # Errors
/// Sides of different rows.
pub fn pair(
    this: &Evaluator,
    other: &Evaluator,
    bootstrap: &Bootstrap,
) -> Result<BTreeMap<&'static str, Option<MetricPair>>, EvalError> {
    let differences = paired_difference(other, this, bootstrap)?;
    let (of_this, of_other) = (this.summary(), other.summary());
    let pair = |measure| {
        let difference = Figure::from(differences.get(measure)?);
        Some(MetricPair {
            this: of_this.get(measure)?,
            other: of_other.get(measure)?,
            difference,
            outcome: Outcome::of(&difference, measure),
        })
    };
    Ok(Measure::ALL.into_iter().map(|measure| (measure.key(), pair(measure))).collect())
}

/// The scale of drawn differences: the smallest of a few that holds them all.
pub fn reach<'a>(all: impl Iterator<Item = &'a MetricPair>) -> f64 {
    let greatest = all
        .flat_map(|pair| {
            let difference = pair.difference;
            [Some(difference.value), difference.lower, difference.upper]
        })
        .flatten()
        .fold(0.0_f64, |greatest, end| greatest.max(end.abs()));
    [0.02, 0.05, 0.1, 0.2, 0.5].into_iter().find(|&scale| scale >= greatest).unwrap_or(1.0)
}

/// Every metric of both models. `name` is the evaluated one's.
pub fn show(comparison: &Comparison, name: &str) -> Vec<Block> {
    let pairs: Vec<(Measure, MetricPair)> = Measure::ALL
        .into_iter()
        .filter_map(|measure| Some((measure, (*comparison.metrics.get(measure.key())?)?)))
        .collect();
    let reach = reach(pairs.iter().map(|(_, pair)| pair));
    let form = |measure: Measure, value| metric::words(measure).1(value);
    let lead = format!(
        "Against {}{}, on {} rows, each model at its own threshold (the other's is {}).",
        comparison.against,
        comparison.folder.as_ref().map_or_else(String::new, |folder| format!(" in {folder}")),
        size(comparison.rows),
        decimal(comparison.threshold)
    );
    let table = Table::of("Both models on the same rows", &pairs)
        .text("Metric", |(measure, _)| metric::words(*measure).0)
        .number(name, |(measure, pair)| form(*measure, pair.this))
        .number(&comparison.against, |(measure, pair)| form(*measure, pair.other))
        .number("Difference", |(_, pair)| signed(pair.difference.value))
        .number("Interval", |(_, pair)| interval(Some(pair.difference), signed))
        .drawing(&format!("−{reach} to +{reach}"), |(_, pair)| {
            Cell::difference(pair.difference, reach)
        })
        .text("This one is", |(_, pair)| pair.outcome.words());
    let note =
        "Intervals of the difference by paired bootstrap: every sample is given to both models.";
    vec![Block::paragraph(lead), table.block(), Block::note(note)]
}
