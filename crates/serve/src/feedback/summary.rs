//! Precision of each band, by reviewers' verdicts.

use ::metrics::wilson_interval;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Band, Verdict};

/// Confidence of the intervals.
pub const CONFIDENCE: f64 = 0.95;

/// Posts of a band by their last verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Found to support ISIS.
    pub pro_isis: u64,
    /// Found not to.
    pub not_pro_isis: u64,
    /// Not decided.
    pub unsure: u64,
}

impl Counts {
    /// The count of a verdict.
    pub fn of(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::ProIsis => &mut self.pro_isis,
            Verdict::NotProIsis => &mut self.not_pro_isis,
            Verdict::Unsure => &mut self.unsure,
        }
    }
}

/// Interval of a share, with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Bounds {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// Reviewers' verdicts on the posts of a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct BandPrecision {
    /// The band.
    pub band: Band,
    /// Posts found to support ISIS.
    pub pro_isis: u64,
    /// Posts found not to.
    pub not_pro_isis: u64,
    /// Posts that reviewers could not decide; they count in no share.
    pub unsure: u64,
    /// Share of `pro_isis` among the decided; null where none is. In the band `none` it is the
    /// share that was missed, among those that somebody looked at.
    pub precision: Option<f64>,
    /// Wilson's interval of the share.
    pub interval: Option<Bounds>,
}

/// Turns counts into shares.
pub fn by_band(counts: [(Band, Counts); 3]) -> [BandPrecision; 3] {
    counts.map(|(band, Counts { pro_isis, not_pro_isis, unsure })| {
        let decided = pro_isis + not_pro_isis;
        // An error means that nothing is decided: then there is no share.
        let interval = wilson_interval(pro_isis, decided, CONFIDENCE).ok();
        BandPrecision {
            band,
            pro_isis,
            not_pro_isis,
            unsure,
            precision: (decided > 0).then(|| pro_isis as f64 / decided as f64),
            interval: interval.map(|range| Bounds { lower: range.lower, upper: range.upper }),
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_decided_and_have_wilsons_width() {
        let none = Counts { unsure: 3, ..Counts::default() };
        let review = Counts { pro_isis: 0, not_pro_isis: 10, unsure: 5 };
        let first = Counts { pro_isis: 8, not_pro_isis: 2, unsure: 90 };
        let [none, review, first] =
            by_band([(Band::None, none), (Band::Review, review), (Band::PriorityReview, first)]);
        assert_eq!((none.precision, none.interval), (None, None));
        assert_eq!(review.precision, Some(0.0));
        // statsmodels: proportion_confint(0, 10, method="wilson"), proportion_confint(8, 10, …)
        assert!((review.interval.unwrap().upper - 0.277_532_799_9).abs() < 1e-9);
        assert_eq!(first.precision, Some(0.8));
        let range = first.interval.unwrap();
        assert!((range.lower - 0.490_162_471_5).abs() < 1e-9, "{range:?}");
        assert!((range.upper - 0.943_317_848_5).abs() < 1e-9, "{range:?}");
    }
}
