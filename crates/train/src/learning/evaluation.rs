//! How good the model is on the validation posts, during and after training.

use burn::module::Module;
use checkpoint::calibration::sigmoid;
use metrics::{average_precision, confusion, log_loss_of_logits, roc_auc};
use model::electra::{ElectraClassifier, Pass, TokenBatch};
use serde::{Deserialize, Serialize};

use crate::data::TokenisedPost;
use crate::error::TrainError;

/// Word pieces in a batch of the evaluation: enough to keep all cores busy, little memory.
const TOKENS_PER_BATCH: usize = 2_048;

/// Validation figures after some step, at the neutral threshold of .5.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Steps taken.
    pub step: usize,
    /// Mean binary cross-entropy.
    pub loss: f64,
    /// Share of posts on the right side of .5.
    pub accuracy: f64,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub pr_auc: f64,
    /// Lowest score.
    pub lowest: f64,
    /// Highest score.
    pub highest: f64,
}

impl Evaluation {
    /// Judges logits.
    ///
    /// # Errors
    /// [`TrainError::Metric`] if a label is missing among the posts.
    pub fn new(step: usize, logits: &[f64], labels: &[bool]) -> Result<Self, TrainError> {
        let scores: Vec<f64> =
            logits.iter().map(|&logit| f64::from(sigmoid(logit as f32))).collect();
        Ok(Self {
            step,
            loss: log_loss_of_logits(logits, labels, 1.0)?,
            accuracy: confusion(&scores, labels, 0.5)?.accuracy().unwrap_or(0.0),
            // Of logits: scores near 1 lie so close together that they tie.
            roc_auc: roc_auc(logits, labels)?,
            pr_auc: average_precision(logits, labels)?,
            lowest: scores.iter().copied().fold(f64::INFINITY, f64::min),
            highest: scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Whether the scores are so close together that the model tells nothing apart.
    pub fn collapsed(&self) -> bool {
        self.highest - self.lowest < 1e-3
    }
}

/// The logits of posts, in their order: of a long one, that of its highest window. Dropout is off.
pub fn logits(model: &ElectraClassifier, posts: &[TokenisedPost]) -> Vec<f64> {
    let model = model.valid();
    // What is computed, each with its post, the shortest first.
    let mut sequences: Vec<(usize, &[u32])> = Vec::with_capacity(posts.len());
    for (index, post) in posts.iter().enumerate() {
        if post.windows.is_empty() {
            sequences.push((index, post.ids.as_slice()));
        }
        sequences.extend(post.windows.iter().map(|ids| (index, ids.as_slice())));
    }
    sequences.sort_by_key(|(_, ids)| ids.len());
    let mut logits = vec![f64::NEG_INFINITY; posts.len()];
    let mut rest = sequences.as_slice();
    while !rest.is_empty() {
        let mut tokens = 0;
        let fits = rest.iter().take_while(|(_, ids)| {
            tokens += ids.len();
            tokens <= TOKENS_PER_BATCH
        });
        let (batch, later) = rest.split_at(fits.count().max(1));
        rest = later;
        let packed = TokenBatch::new(batch.iter().map(|(_, ids)| *ids));
        let answers = model.forward(&packed, Pass::default()).into_data();
        for (&(post, _), logit) in batch.iter().zip(answers.iter::<f32>()) {
            let logit = f64::from(logit);
            // One that is no number stays: it must be seen that the network is broken.
            if logit.is_nan() || logit > logits[post] {
                logits[post] = logit;
            }
        }
    }
    logits
}
