//! A model: something that scores, and its description.

use std::sync::Arc;

use checkpoint::Reference;
use scorer::ScoreTexts;
use serde::Serialize;
use utoipa::ToSchema;

/// Description of a model, as `GET /v1/model` shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelInfo {
    /// Name in the checkpoint's `config.json`.
    pub name: String,
    /// Version in the checkpoint's `config.json`.
    pub version: String,
    /// SHA-256 of `model.safetensors`, hexadecimal; with other models of the SHA-256 of each, a line each, the
    /// main one's first.
    pub sha256: String,
    /// Most word pieces that are read at once: a longer text is read in windows.
    pub max_length: usize,
    /// Languages that are judged (ISO 639-1): what the model, or another of its checkpoint, was trained and
    /// measured on.
    pub languages: Vec<String>,
    /// Version of the text normalisation that the model was trained with.
    pub normaliser_version: u32,
    /// Calibration from a logit to a score, a label and a band.
    pub calibration: CalibrationInfo,
    /// The training record: data hashes, seed, hyper-parameters, metrics.
    pub training: serde_json::Value,
    /// The model card (Markdown), where the checkpoint has one.
    pub card: Option<String>,
    /// Other models of the checkpoint, which judge other languages by the same threshold and bands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherModel>,
    /// The posts that it was calibrated on, in counts, where the training record has them.
    #[serde(skip)]
    pub reference: Option<Reference>,
}

/// Description of another model of a checkpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OtherModel {
    /// Name in its `config.json`.
    pub name: String,
    /// Version in its `config.json`.
    pub version: String,
    /// SHA-256 of its `model.safetensors`, hexadecimal.
    pub sha256: String,
    /// Most word pieces that it reads at once.
    pub max_length: usize,
    /// Languages that it judges (ISO 639-1).
    pub languages: Vec<String>,
    /// Calibration from its logits to scores on the scale of all.
    pub calibration: CalibrationInfo,
    /// Its training record.
    pub training: serde_json::Value,
    /// Its model card (Markdown), where it has one.
    pub card: Option<String>,
}

/// Calibration and thresholds of a model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalibrationInfo {
    /// `score = sigmoid((logit - shift) / temperature)`.
    pub temperature: f32,
    /// The logit whose score is .5: 0 unless the scores are laid on another model's scale.
    pub shift: f32,
    /// A score at or above this is labelled `pro_isis`.
    pub threshold: f32,
    /// A score at or above this is in band `review`.
    pub review: f32,
    /// A score at or above this is in band `priority_review`.
    pub priority_review: f32,
}

/// A loaded model.
pub struct Model {
    /// The scorer; a known function in tests.
    pub scorer: Arc<dyn ScoreTexts>,
    /// Its description.
    pub info: Arc<ModelInfo>,
}

/// Opens the checkpoint; called at start and again at every reload.
pub type OpenModel = Arc<dyn Fn() -> Result<Model, String> + Send + Sync>;
