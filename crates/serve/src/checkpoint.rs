//! The model of a checkpoint folder, behind [`ScoreTexts`].

use std::path::Path;
use std::sync::Arc;

use scorer::{Options, Scorer};
use text::NORMALISER_VERSION;

use crate::ServeError;
use crate::scorer::{
    Asked, CalibrationInfo, ModelInfo, OpenScorer, Prediction, ScoreTexts, Verdict,
};
use crate::settings::Settings;

/// A checkpoint's model and its description.
struct CheckpointScorer {
    scorer: Scorer,
    info: Arc<ModelInfo>,
}

/// Looks whether there is a checkpoint, before anything that takes time.
///
/// # Errors
/// [`ServeError::CheckpointMissing`], which says how to make one.
pub(crate) fn probe(folder: &Path) -> Result<(), ServeError> {
    // A replacement that broke off is finished first.
    let _ = checkpoint::folder::recover(folder);
    if folder.join("config.json").is_file() {
        return Ok(());
    }
    Err(ServeError::CheckpointMissing { path: folder.to_owned() })
}

/// How to open the checkpoint of the settings, now and at every reload.
pub fn opener(settings: &Settings) -> OpenScorer {
    let (folder, options) = (settings.checkpoint.clone(), settings.options);
    Arc::new(move || {
        let opened = CheckpointScorer::open(&folder, &options);
        opened.map(|scorer| Arc::new(scorer) as Arc<dyn ScoreTexts>).map_err(|e| e.to_string())
    })
}

impl CheckpointScorer {
    fn open(folder: &Path, options: &Options) -> Result<Self, scorer::ScorerError> {
        let scorer = Scorer::open(folder, options)?;
        let manifest = scorer.checkpoint();
        let calibration = &manifest.calibration;
        let info = ModelInfo {
            name: manifest.config.name.clone(),
            version: manifest.config.version.clone(),
            sha256: manifest.sha256.clone(),
            max_length: manifest.config.max_length,
            languages: manifest.config.languages.codes().iter().map(ToString::to_string).collect(),
            normaliser_version: NORMALISER_VERSION,
            calibration: CalibrationInfo {
                temperature: calibration.temperature,
                threshold: calibration.threshold,
                review: calibration.bands.review,
                priority_review: calibration.bands.priority_review,
            },
            training: manifest.training.clone(),
            card: std::fs::read_to_string(folder.join("README.md")).ok(),
        };
        Ok(Self { scorer, info: Arc::new(info) })
    }
}

impl ScoreTexts for CheckpointScorer {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, String> {
        let verdicts = self.scorer.score_asked(texts).map_err(|error| error.to_string())?;
        let prediction = |score: scorer::Score| Prediction {
            score: score.score,
            raw_score: score.raw_score,
            logit: score.logit,
            label: score.label.as_str(),
            band: score.band.as_str(),
            tokens: score.tokens,
            truncated: score.truncated,
            lang: score.lang,
            part: score.part.map(String::from),
        };
        let verdict = |verdict| match verdict {
            scorer::Verdict::Judged(score) => Verdict::Judged(prediction(score)),
            scorer::Verdict::NotJudged { reason, lang } => Verdict::NotJudged { reason, lang },
        };
        Ok(verdicts.into_iter().map(verdict).collect())
    }

    fn info(&self) -> &Arc<ModelInfo> {
        &self.info
    }
}
