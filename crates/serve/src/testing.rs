//! A model for unit tests.

use std::sync::Arc;

use scorer::{Band, Failure, Label, Score, ScoreTexts};

use crate::model::{CalibrationInfo, Model, ModelInfo};

/// Scores a text by its length; knows no network.
pub(crate) struct FakeScorer;

impl FakeScorer {
    pub(crate) fn shared() -> Arc<Model> {
        let calibration =
            CalibrationInfo { temperature: 1.0, threshold: 0.5, review: 0.5, priority_review: 0.9 };
        let info = ModelInfo {
            name: "fake".to_owned(),
            version: "1".to_owned(),
            sha256: "00".repeat(32),
            max_length: 32,
            normaliser_version: 1,
            calibration,
            training: serde_json::Value::Null,
            card: None,
        };
        Arc::new(Model { scorer: Arc::new(Self), info: Arc::new(info) })
    }
}

impl ScoreTexts for FakeScorer {
    fn score(&self, texts: &[&str]) -> Result<Vec<Option<Score>>, Failure> {
        let score = |text: &&str| {
            let score = 1.0 / (1.0 + text.len() as f32);
            Some(Score {
                score,
                raw_score: score,
                logit: 0.0,
                label: Label::NotProIsis,
                band: Band::None,
                tokens: text.len(),
                truncated: false,
            })
        };
        Ok(texts.iter().map(score).collect())
    }
}
