//! Posts held against those that the model was calibrated on: by score, band and language.

use std::collections::{BTreeMap, BTreeSet};

use ::metrics::{Bootstrap, Estimate, population_stability};
use checkpoint::Reference;

/// With fewer posts, chance alone makes a large index.
pub(crate) const LEAST: u64 = 500;

/// Some tens of milliseconds: `/metrics`, which is asked often, keeps what comes of it for a while.
const BOOTSTRAP: Bootstrap = Bootstrap { replicates: 100, seed: 0, confidence: 0.95 };

/// The distributions that are compared.
pub(crate) const DISTRIBUTIONS: [&str; 3] = ["score", "band", "language"];

/// A distribution now against that of the calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drift {
    /// One of [`DISTRIBUTIONS`].
    pub(crate) of: &'static str,
    /// Posts compared.
    pub(crate) posts: u64,
    /// The population stability index.
    pub(crate) index: Estimate,
}

/// How far `now` has moved from the reference; a distribution of fewer than [`LEAST`] posts is left out.
pub(crate) fn drift(reference: &Reference, now: &Reference) -> Vec<Drift> {
    let [before, after] = [&reference.bands, &now.bands];
    let bands = by_name(before, after);
    let languages = by_name(&reference.languages, &now.languages);
    let scores = [reference.scores.to_vec(), now.scores.to_vec()];
    DISTRIBUTIONS
        .into_iter()
        .zip([scores, bands, languages])
        .filter_map(|(of, [before, now])| {
            let posts = now.iter().sum();
            if posts < LEAST {
                return None;
            }
            let index = population_stability(&before, &now, &BOOTSTRAP).ok()?;
            Some(Drift { of, posts, index })
        })
        .collect()
}

/// Counts of both sides in the same order, 0 for a name that a side lacks.
fn by_name(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> [Vec<u64>; 2] {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    [before, now]
        .map(|counts| names.iter().map(|name| counts.get(*name).copied().unwrap_or(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkpoint::Band;

    fn posts(counts: &[(u64, Band, Option<f32>, &str)]) -> Reference {
        let mut reference = Reference::default();
        for &(posts, band, score, lang) in counts {
            (0..posts).for_each(|_| reference.count(band, score, Some(lang)));
        }
        reference
    }

    #[test]
    fn what_has_moved_stands_out_and_what_has_not_does_not() {
        let before = [(900, Band::None, Some(0.001), "en"), (100, Band::NotJudged, None, "ar")];
        let now = [(900, Band::None, Some(0.001), "en"), (300, Band::NotJudged, None, "fr")];
        let found = drift(&posts(&before), &posts(&now));
        let of = |name: &str| found.iter().find(|drift| drift.of == name).map(|it| it.index.value);
        assert!(of("score").is_some_and(|index| index < 0.01), "{found:?}");
        assert!(of("band").is_some_and(|index| index > 0.1), "{found:?}");
        assert!(of("language").is_some_and(|index| index > 0.5), "{found:?}");
    }

    #[test]
    fn of_few_posts_nothing_is_said() {
        let before = posts(&[(900, Band::None, Some(0.001), "en")]);
        assert!(drift(&before, &posts(&[(499, Band::None, Some(0.8), "en")])).is_empty());
        assert_eq!(drift(&before, &posts(&[(500, Band::NotJudged, None, "fr")])).len(), 2);
        assert!(drift(&Reference::default(), &posts(&[(900, Band::None, None, "en")])).is_empty());
    }
}
