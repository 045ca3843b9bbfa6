//! The posts that a model was calibrated on, in counts, so that the posts it meets later can be held against
//! them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Band;

/// Inner edges of the bins of scores: narrow where most scores lie.
pub const SCORE_EDGES: [f32; 9] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

/// Counts of posts by score, by band and by language (`reference` in `training.json`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reference {
    /// Judged posts in each bin of [`SCORE_EDGES`], the lowest scores first.
    pub scores: [u64; SCORE_EDGES.len() + 1],
    /// Posts by the name of their band, those not judged among them.
    pub bands: BTreeMap<String, u64>,
    /// Posts by language; `none` without one.
    pub languages: BTreeMap<String, u64>,
}

impl Reference {
    /// Counts a post.
    pub fn count(&mut self, band: Band, score: Option<f32>, lang: Option<&str>) {
        if let Some(score) = score {
            self.scores[score_bin(score)] += 1;
        }
        *self.bands.entry(band.as_str().to_owned()).or_default() += 1;
        *self.languages.entry(lang.unwrap_or("none").to_owned()).or_default() += 1;
    }

    /// The one in a training record: of its last calibration, or else of the training itself. None in
    /// records of versions that kept none.
    pub fn of(training: &Value) -> Option<Self> {
        let found = [&training["calibration"]["reference"], &training["reference"]];
        found.into_iter().find_map(|found| Self::deserialize(found).ok())
    }
}

/// The bin of a score among [`SCORE_EDGES`].
pub fn score_bin(score: f32) -> usize {
    SCORE_EDGES.partition_point(|edge| *edge <= score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_counted_by_score_band_and_language() {
        let mut reference = Reference::default();
        reference.count(Band::None, Some(0.0), Some("en"));
        reference.count(Band::PriorityReview, Some(0.9), Some("en"));
        reference.count(Band::NotJudged, None, None);
        assert_eq!((reference.scores[0], reference.scores[9]), (1, 1));
        assert_eq!(reference.scores.iter().sum::<u64>(), 2);
        assert_eq!(reference.bands["not_judged"], 1);
        assert_eq!((reference.languages["en"], reference.languages["none"]), (2, 1));
    }

    #[test]
    fn the_last_calibrations_counts_go_before_the_trainings() {
        let counts = |posts: u64| {
            let mut reference = Reference::default();
            reference.scores[3] = posts;
            reference
        };
        let both = serde_json::json!({
            "reference": counts(1), "calibration": {"reference": counts(2)},
        });
        assert_eq!(Reference::of(&both), Some(counts(2)));
        assert_eq!(Reference::of(&serde_json::json!({"reference": counts(1)})), Some(counts(1)));
        assert_eq!(Reference::of(&serde_json::json!({"calibration": {"files": []}})), None);
    }
}
