//! What the server asks of a model: texts in, verdicts out, and a description of itself.

use std::sync::Arc;

pub use scorer::{Asked, Reason};
use serde::Serialize;
use utoipa::ToSchema;

/// What a model says of one text.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is in a language that the model claims.
    Judged(Prediction),
    /// It cannot be judged.
    NotJudged {
        /// Why.
        reason: Reason,
        /// The language it is in, if it is in one.
        lang: Option<&'static str>,
    },
}

impl Verdict {
    /// The band of a text that is not judged.
    pub const NOT_JUDGED: &str = "not_judged";

    /// What was predicted, where the text was judged.
    pub fn prediction(&self) -> Option<&Prediction> {
        match self {
            Self::Judged(prediction) => Some(prediction),
            Self::NotJudged { .. } => None,
        }
    }

    /// Why it is not judged, if so.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Judged(_) => None,
            Self::NotJudged { reason, .. } => Some(*reason),
        }
    }

    /// How soon a person should look, or [`NOT_JUDGED`](Self::NOT_JUDGED).
    pub fn band(&self) -> &'static str {
        self.prediction().map_or(Self::NOT_JUDGED, |prediction| prediction.band)
    }

    /// The language of the text, or of the part of it that was read.
    pub fn lang(&self) -> Option<&'static str> {
        match self {
            Self::Judged(prediction) => Some(prediction.lang),
            Self::NotJudged { lang, .. } => *lang,
        }
    }
}

/// What a model makes of a text that it can judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Calibrated score in (0, 1).
    pub score: f32,
    /// `sigmoid(logit)`, before calibration.
    pub raw_score: f32,
    /// The network's output.
    pub logit: f32,
    /// `pro_isis` or `not_pro_isis`: the score against the threshold.
    pub label: &'static str,
    /// `none`, `review` or `priority_review`.
    pub band: &'static str,
    /// Word pieces read, with the two special ones.
    pub tokens: usize,
    /// Whether the text went on beyond the model's maximal length.
    pub truncated: bool,
    /// The language of what was read.
    pub lang: &'static str,
    /// What was read, where that is a part of the text: the rest is in other languages.
    pub part: Option<String>,
}

/// A loaded model, as `GET /v1/model` shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelInfo {
    /// Name in the checkpoint's `config.json`.
    pub name: String,
    /// Version in the checkpoint's `config.json`.
    pub version: String,
    /// SHA-256 of `model.safetensors`, hexadecimal.
    pub sha256: String,
    /// Most word pieces of a text that are read.
    pub max_length: usize,
    /// Languages that the model judges (ISO 639-1): what it was trained and measured on.
    pub languages: Vec<String>,
    /// Version of the text normalisation that the model was trained with.
    pub normaliser_version: u32,
    /// How a logit becomes a score, a label and a band.
    pub calibration: CalibrationInfo,
    /// The training record: data hashes, seed, hyper-parameters, metrics.
    pub training: serde_json::Value,
    /// The model card (Markdown), where the checkpoint has one.
    pub card: Option<String>,
}

/// Calibration and thresholds of a model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalibrationInfo {
    /// `score = sigmoid(logit / temperature)`.
    pub temperature: f32,
    /// A score at or above this is labelled `pro_isis`.
    pub threshold: f32,
    /// A score at or above this is in band `review`.
    pub review: f32,
    /// A score at or above this is in band `priority_review`.
    pub priority_review: f32,
}

/// A model that scores texts. The server holds it behind this trait so that its tests can put a
/// known function in the place of a network.
pub trait ScoreTexts: Send + Sync {
    /// Judges any number of texts; answers in the order given.
    ///
    /// # Errors
    /// One line for the log when the whole batch failed.
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, String>;

    /// What the model is.
    fn info(&self) -> &Arc<ModelInfo>;
}

/// Opens the checkpoint; called at start and again at every reload.
pub type OpenScorer = Arc<dyn Fn() -> Result<Arc<dyn ScoreTexts>, String> + Send + Sync>;
