//! A checkpoint's description of itself: `training.json` and its model card.

use checkpoint::{Calibration, CheckpointConfig, Reference};
use serde::Serialize;

use super::settings::Hyperparameters;
use crate::calibrate::fit::ValidationFigures;
use crate::calibrate::threshold::ThresholdRule;
use crate::data::Summary;
use crate::learning::args::Precision;
use crate::learning::evaluation::Evaluation;
use crate::learning::state::StateRecord;
use crate::model_card::{Kind, Metadata, file_list};

/// The record of a checkpoint's training (`training.json`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingRecord {
    /// The version of this program.
    pub program: &'static str,
    /// The model that the training started from.
    pub base: String,
    /// The random seed.
    pub seed: u64,
    /// The recipe.
    pub hyperparameters: Recipe,
    /// The files and what was found in them.
    pub data: Summary,
    /// Steps taken.
    pub steps: usize,
    /// The step whose weights were kept: the best by validation ROC AUC. One for each network that
    /// was averaged.
    pub kept_steps: Vec<usize>,
    /// Time spent, in seconds.
    pub seconds: f64,
    /// All evaluations.
    pub evaluations: Vec<Evaluation>,
    /// The kept weights on the validation posts.
    pub validation: ValidationFigures,
    /// These posts in counts, to hold others against.
    pub reference: Reference,
}

/// The numbers of the recipe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recipe {
    epochs: usize,
    batch_size: usize,
    learning_rate: f64,
    warmup: f64,
    layerwise_decay: f64,
    weight_decay: f64,
    pos_weight: f64,
    word_dropout: f64,
    models: usize,
    base_share: f64,
    threshold: ThresholdRule,
    evaluations_per_epoch: usize,
    patience: usize,
    device: String,
    precision: Precision,
}

impl Recipe {
    /// Those of a training.
    pub fn new(hyperparameters: &Hyperparameters) -> Self {
        // Taken apart, so that a new one cannot be forgotten here.
        let Hyperparameters {
            epochs,
            batch_size,
            learning_rate,
            warmup,
            optimizer,
            pos_weight,
            word_dropout,
            models,
            base_share,
            seed: _, // the record has it
            evaluations_per_epoch,
            patience,
            threshold,
            save_every: _, // changes nothing
            device,
            precision,
        } = *hyperparameters;
        Self {
            epochs,
            batch_size,
            learning_rate,
            warmup,
            layerwise_decay: optimizer.layerwise_decay,
            weight_decay: optimizer.weight_decay,
            pos_weight,
            word_dropout: word_dropout.map_or(0.0, |hidden| hidden.share),
            models,
            base_share,
            threshold,
            evaluations_per_epoch,
            patience,
            device: device.to_string(),
            precision,
        }
    }
}

impl TrainingRecord {
    /// Puts a finished training on record.
    pub fn new(
        base: String,
        hyperparameters: &Hyperparameters,
        data: Summary,
        state: &StateRecord,
        validation: ValidationFigures,
        reference: Reference,
    ) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION"),
            base,
            seed: hyperparameters.seed,
            hyperparameters: Recipe::new(hyperparameters),
            data,
            steps: state.steps_taken(),
            kept_steps: state.kept_steps(),
            seconds: state.seconds,
            evaluations: state.evaluations.clone(),
            validation,
            reference,
        }
    }
}

/// The model card, in Markdown. `base` is `--base`, as typed.
pub fn card(
    config: &CheckpointConfig,
    calibration: &Calibration,
    record: &TrainingRecord,
    base: Option<&str>,
) -> String {
    let header =
        Metadata { kind: Kind::Classifier, languages: config.languages.codes(), base }.header();
    let figures = &record.validation;
    let [positives, negatives] = record.data.training;
    let found = &record.data.found;
    let files = file_list(&found.training_files);
    let split = if found.validation_files.is_empty() && found.has_authors() {
        "held out of the same files, no author and no text on both sides"
    } else if found.validation_files.is_empty() {
        "held out of the same files, no text on both sides; none of them says who wrote a post, so \
         that authors may be on both"
    } else {
        "a file of its own; texts that it shares with the training data were not learned from"
    };
    let held_out = match found.held_out_sources.as_slice() {
        [] => String::new(),
        sources => {
            format!("\nNothing was learned from rows of these sources: {}.\n", sources.join(", "))
        }
    };
    let rule = record.hyperparameters.threshold;
    let kept =
        if figures.keep_to(rule) { "" } else { ", which none keeps to: the strictest was taken" };
    let averaged = match record.hyperparameters.models {
        1 => String::new(),
        models => format!(" in all, the weights being the mean of {models} networks'"),
    };
    format!(
        "{header}# {name}, version {version}

Gives a post a score from 0 to 1 of how much it resembles the posts labelled 1 in its training
data. Made to help people decide which posts to look at first.

## What a score means
A score is about the words of one post. It says nothing about the person who wrote it, and a high
score is no verdict: it resembles posts that were labelled as pro-ISIS, and news, condemnation,
prayer or satire can resemble them too.

## Languages
It judges posts in: {languages}. It learned from and was measured on enough posts of both labels in
these; a post in another language, or without words, gets no score and no label.

## Reading it
`train`, `eval`, `score` and `serve` of Threat Indicator read this folder. `transformers` reads its encoder
(`AutoModel`) but not the classifier: `pipeline(\"text-classification\")` would start with a random head.
For other programs `tools/export_onnx.py` writes the whole classifier as ONNX. Texts must be normalised
first, as `score` does it.

## Not to be used for
Acting on a post or an account without a person's judgement; deciding about a person; any language
or platform other than that of the training data without measuring it there first.

## Training
Started from {base}, {positives} posts of label 1 and {negatives} of label 0, {steps} steps{averaged},
seed {seed}. Files:

{files}{held_out}
## Measured on {posts} validation posts
The validation data is {split}. Threshold (by the rule `{rule}`{kept}) and temperature were chosen on it,
so that figures at the threshold are a little optimistic; measure on data of your own with `eval`.

| | |
|---|---|
| ROC AUC | {roc_auc:.4} |
| average precision | {pr_auc:.4} |
| loss (binary cross-entropy) | {loss:.4} |
| expected calibration error | {ece:.4} |
| threshold | {threshold:.4} |
| accuracy at the threshold | {accuracy:.4} |
| precision, recall, F1 | {precision:.4}, {recall:.4}, {f1:.4} |
| posts of label 0 flagged | {fpr:.4} |

Bands: `review` from {review:.4}, `priority_review` from {priority:.4}.
",
        name = config.name,
        languages = config.languages.codes().join(", "),
        version = config.version,
        base = record.base,
        steps = record.steps,
        seed = record.seed,
        posts = figures.posts,
        roc_auc = figures.roc_auc,
        pr_auc = figures.pr_auc,
        loss = figures.loss,
        ece = figures.ece,
        threshold = calibration.threshold,
        accuracy = figures.accuracy,
        precision = figures.precision,
        recall = figures.recall,
        f1 = figures.f1,
        fpr = figures.false_positive_rate,
        review = calibration.bands.review,
        priority = calibration.bands.priority_review,
    )
}
