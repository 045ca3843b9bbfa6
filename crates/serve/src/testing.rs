//! A model for unit tests.

use std::sync::Arc;

use scorer::{Asked, Band, Failure, Label, Score, ScoreTexts, Verdict};

use crate::model::{CalibrationInfo, Model, ModelInfo};

/// Scores a text by its length; knows no network.
pub(crate) struct FakeScorer;

impl FakeScorer {
    pub(crate) fn shared() -> Arc<Model> {
        let calibration = CalibrationInfo {
            temperature: 1.0,
            shift: 0.0,
            threshold: 0.5,
            review: 0.5,
            priority_review: 0.9,
        };
        let info = ModelInfo {
            name: "fake".to_owned(),
            version: "1".to_owned(),
            sha256: "00".repeat(32),
            max_length: 32,
            languages: vec!["en".to_owned()],
            normaliser_version: 1,
            calibration,
            training: serde_json::Value::Null,
            others: Vec::new(),
            card: None,
            reference: None,
        };
        Arc::new(Model { scorer: Arc::new(Self), info: Arc::new(info) })
    }
}

impl ScoreTexts for FakeScorer {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        let score = |asked: &Asked<'_>| {
            let score = 1.0 / (1.0 + asked.text.len() as f32);
            Verdict::Judged(Score {
                score,
                raw_score: score,
                logit: 0.0,
                label: Label::NotProIsis,
                band: Band::None,
                tokens: asked.text.len(),
                truncated: false,
                window: None,
                lang: "en",
                part: None,
            })
        };
        Ok(texts.iter().map(score).collect())
    }
}
