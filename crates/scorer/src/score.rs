//! What comes out for a text.

use checkpoint::calibration::sigmoid;
use checkpoint::{Band, Calibration, Label};
use text::Encoding;

/// What the model makes of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Calibrated, from 0 to 1: what thresholds and bands are about.
    pub score: f32,
    /// The network's own probability, before calibration.
    pub raw_score: f32,
    /// The network's output, from minus to plus infinity.
    pub logit: f32,
    /// On which side of the threshold.
    pub label: Label,
    /// How soon a person should look.
    pub band: Band,
    /// Word pieces that were read, `[CLS]` and `[SEP]` included.
    pub tokens: usize,
    /// Whether the text was longer than the model reads.
    pub truncated: bool,
}

impl Score {
    pub(crate) fn new(logit: f32, encoding: &Encoding, calibration: &Calibration) -> Self {
        let score = calibration.score(logit);
        Self {
            score,
            raw_score: sigmoid(logit),
            logit,
            label: calibration.label(score),
            band: calibration.band(score),
            tokens: encoding.ids.len(),
            truncated: encoding.truncated,
        }
    }
}
