//! Texts that are nearly the same.
//!
//! Two texts are compared by the sets of their word triples ("shingles"): their similarity is the
//! share of triples that both have among those that either has (Jaccard). Which texts to compare at
//! all is found by `MinHash` with banding (Broder 1997; Leskovec, Rajaraman and Ullman, *Mining of
//! Massive Datasets*, ch. 3): 60 minima in bands of *r*. A pair of similarity *s* meets in some band
//! with probability 1 - (1 - sʳ)^(60/r). Bands are of 3 minima where texts are near from .6 on (.992
//! there, .9998 at .7, 1 - 6·10⁻⁷ at .8), of 2 from .4 on (.995 there), of 1 below (.998 at .1).
//! Every pair that meets is then compared exactly, so that none is reported by mistake.
//!
//! Pass normalised texts: words are compared without case and punctuation, nothing else is undone
//! here.

use std::collections::HashMap;

use crate::{Groups, Random};

/// Minima of a text.
const MINIMA: usize = 60;
/// The most minima in a band.
const MOST_IN_A_BAND: usize = 3;

/// Minima in a band: the fewer, the less similar are the texts that meet.
fn in_a_band(threshold: f64) -> usize {
    match threshold {
        0.6.. => MOST_IN_A_BAND,
        0.4.. => 2,
        _ => 1,
    }
}

/// An index of texts that finds those nearly the same as another.
#[derive(Debug, Clone)]
pub struct NearTexts {
    threshold: f64,
    hashes: [u64; MINIMA],
    /// The distinct sets of shingles, with the first text of each.
    sets: Vec<(Box<[u64]>, usize)>,
    set_of: HashMap<Box<[u64]>, usize>,
    /// Of each band, the sets of the same minima.
    bands: Vec<HashMap<[u64; MOST_IN_A_BAND], Vec<usize>>>,
    texts: usize,
}

impl NearTexts {
    /// An empty index; texts are near from this similarity on, 1 being the same words in the same
    /// order.
    ///
    /// # Panics
    /// If the threshold is not above 0 and at most 1.
    pub fn new(threshold: f64) -> Self {
        assert!(threshold > 0.0 && threshold <= 1.0, "a similarity above 0 and at most 1");
        // Always the same hash functions: the answer must not depend on a seed.
        let mut random = Random::new(0x6E65_6172);
        Self {
            threshold,
            hashes: std::array::from_fn(|_| random.next_u64() | 1),
            sets: Vec::new(),
            set_of: HashMap::new(),
            bands: vec![HashMap::new(); MINIMA / in_a_band(threshold)],
            texts: 0,
        }
    }

    /// Adds a text; texts are numbered from 0 in the order in which they are added. An empty one is
    /// numbered too, and near none.
    pub fn add(&mut self, text: &str) {
        self.add_set(shingles(text));
    }

    fn add_set(&mut self, set: Box<[u64]>) {
        let text = self.texts;
        self.texts += 1;
        if set.is_empty() || self.set_of.contains_key(&set) {
            return;
        }
        let number = self.sets.len();
        let keys = self.band_keys(&set);
        for (band, key) in self.bands.iter_mut().zip(keys) {
            band.entry(key).or_default().push(number);
        }
        self.set_of.insert(set.clone(), number);
        self.sets.push((set, text));
    }

    /// The added text that is most similar to this one, if any is near, and how similar it is; of
    /// equally similar ones the first.
    pub fn nearest(&self, text: &str) -> Option<(usize, f64)> {
        let set = shingles(text);
        if let Some(&same) = self.set_of.get(&set) {
            return Some((self.sets[same].1, 1.0));
        }
        let similar = self.candidates(&set).into_iter().map(|number| {
            let (other, text) = &self.sets[number];
            (*text, similarity(&set, other))
        });
        similar
            .filter(|(_, similarity)| *similarity >= self.threshold)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// The sets that share a band with this one, each once.
    fn candidates(&self, set: &[u64]) -> Vec<usize> {
        if set.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<usize> = self
            .bands
            .iter()
            .zip(self.band_keys(set))
            .filter_map(|(band, key)| band.get(&key))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Of each band, its minima over the set.
    fn band_keys(&self, set: &[u64]) -> Vec<[u64; MOST_IN_A_BAND]> {
        let minimum = |multiplier: u64| {
            // The upper bits of an odd multiple are a random function of the shingle.
            let hashes = set.iter().map(|&shingle| mix(shingle.wrapping_mul(multiplier)));
            hashes.min().unwrap_or(u64::MAX)
        };
        let bands = self.hashes.chunks(in_a_band(self.threshold));
        let key = |band: &[u64]| {
            let mut key = [0; MOST_IN_A_BAND];
            key.iter_mut().zip(band).for_each(|(key, &hash)| *key = minimum(hash));
            key
        };
        bands.map(key).collect()
    }
}

/// Joins the rows of texts that are near each other, directly or through others: text *i* is that of
/// row *i*. Empty texts are left alone.
///
/// # Panics
/// If there are more texts than rows, or the threshold is not above 0 and at most 1.
pub fn join_near<S: AsRef<str>>(groups: &mut Groups, texts: &[S], threshold: f64) {
    let mut index = NearTexts::new(threshold);
    for (row, text) in texts.iter().enumerate() {
        let set = shingles(text.as_ref());
        if let Some(&same) = index.set_of.get(&set) {
            groups.link(index.sets[same].1, row);
        } else {
            for number in index.candidates(&set) {
                let (other, first) = &index.sets[number];
                // Rows that are joined already need no comparison.
                if groups.of(*first) != groups.of(row) && similarity(&set, other) >= threshold {
                    groups.link(*first, row);
                }
            }
        }
        index.add_set(set);
    }
}

/// For each text the most similar one among `others`, if any is near: its place there. Empty texts
/// have none.
///
/// # Panics
/// If the threshold is not above 0 and at most 1.
pub fn near_shared<S: AsRef<str>, T: AsRef<str>>(
    texts: &[S],
    others: &[T],
    threshold: f64,
) -> Vec<Option<usize>> {
    let mut index = NearTexts::new(threshold);
    for text in others {
        index.add(text.as_ref());
    }
    texts.iter().map(|text| index.nearest(text.as_ref()).map(|(other, _)| other)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Hashes of the word triples of a text, sorted, each once. A text of one or two words is one
/// shingle; a text of marks or emoji only is the hash of its characters.
fn shingles(text: &str) -> Box<[u64]> {
    let words: Vec<u64> =
        words(text).map(|word| hash(word.chars().flat_map(char::to_lowercase))).collect();
    let mut set: Vec<u64> = match words.len() {
        0 => {
            let marks = text.chars().filter(|c| !c.is_whitespace());
            marks.clone().next().map(|_| hash(marks)).into_iter().collect()
        }
        1 | 2 => vec![words.iter().fold(0, |sum, &word| mix(sum ^ word))],
        _ => words.windows(3).map(|w| w.iter().fold(0, |sum, &word| mix(sum ^ word))).collect(),
    };
    set.sort_unstable();
    set.dedup();
    set.into_boxed_slice()
}

/// FNV-1a over characters, then mixed.
fn hash(characters: impl Iterator<Item = char>) -> u64 {
    mix(characters.fold(0xCBF2_9CE4_8422_2325, |hash, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01B3)
    }))
}

/// Spreads every bit over all (the finaliser of `SplitMix64`).
fn mix(value: u64) -> u64 {
    Random::new(value).next_u64()
}

/// The share of shingles that both sets have among those that either has.
fn similarity(a: &[u64], b: &[u64]) -> f64 {
    let (mut at, mut shared) = (0, 0);
    for shingle in a {
        at += b[at..].iter().take_while(|&other| other < shingle).count();
        shared += usize::from(b.get(at) == Some(shingle));
    }
    let either = a.len() + b.len() - shared;
    if either == 0 { 1.0 } else { shared as f64 / either as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: &str =
        "the match was moved to sunday because of the heavy rain in the city tonight";

    #[test]
    fn case_and_marks_do_not_part_texts() {
        let mut index = NearTexts::new(1.0);
        index.add("Something else entirely");
        index.add("Good morning, dear all!");
        assert_eq!(index.nearest("good  MORNING dear all"), Some((1, 1.0)));
        assert_eq!(index.nearest("good morning dear"), None);
        assert_eq!(index.nearest("morning good dear all"), None);
    }

    #[test]
    fn a_text_with_a_few_words_changed_is_near_and_another_is_not() {
        let mut index = NearTexts::new(0.5);
        index.add(LONG);
        // 13 triples, of which the last is another: 12 of 14 are shared.
        let (found, similarity) =
            index.nearest(&LONG.replace("tonight", "today")).unwrap_or((9, 0.0));
        assert_eq!(found, 0);
        assert!((similarity - 12.0 / 14.0).abs() < 1e-12);
        assert_eq!(index.nearest("a wholly different sentence about the heavy traffic"), None);
    }

    #[test]
    fn texts_without_three_words_are_near_only_when_equal_and_empty_ones_never() {
        let texts = ["hello you", "Hello, you!", "hello", "", " ", "🎉", "🎉 🎉", "🎉"];
        let found = near_shared(&texts, &texts, 0.5);
        let places = [Some(0), Some(0), Some(2), None, None, Some(5), Some(6), Some(5)];
        assert_eq!(found, places);
    }

    #[test]
    fn nearly_all_pairs_are_found_also_where_little_similarity_is_asked_for() {
        let word = |number: usize| format!("word{number}");
        // 25 words, of which the first 4 to 16 are those of another text: similarities from .04 on.
        for (threshold, shared) in [(0.1, 8), (0.25, 12), (0.45, 18), (0.65, 22)] {
            let texts = |other: usize| -> Vec<String> {
                let text = |pair: usize| {
                    let own =
                        |at: usize| word(pair * 1_000 + at + if at < shared { 0 } else { other });
                    (0..25).map(own).collect::<Vec<_>>().join(" ")
                };
                (0..300).map(text).collect()
            };
            let (some, others) = (texts(100), texts(500));
            let similar = similarity(&shingles(&some[0]), &shingles(&others[0]));
            assert!(similar >= threshold && similar < threshold + 0.15, "{similar}");
            let found = near_shared(&some, &others, threshold);
            let right = found.iter().enumerate().filter(|(pair, near)| **near == Some(*pair));
            assert!(right.count() >= 294, "at {threshold}");
        }
    }

    #[test]
    fn rows_near_each_other_are_joined_also_through_a_third() {
        let second = LONG.replace("tonight", "today");
        let third = second.replace("the match", "our match");
        let mut groups = Groups::new(4);
        join_near(&mut groups, &[LONG, &third, "nothing like it at all", &second], 0.8);
        assert_eq!([0, 1, 2, 3].map(|row| groups.of(row)), [0, 0, 2, 0]);
    }

    proptest! {
        #[test]
        fn near_texts_are_found_and_others_are_not(
            words in prop::collection::vec("[a-z]{3,6}", 12..30),
            other in prop::collection::vec("[A-Z]{7,9}", 3..30),
            at in 0_usize..12,
        ) {
            let mut changed = words.clone();
            changed[at] = "CHANGED".to_owned();
            let texts = [words.join(" "), other.join(" ")];
            let near = shingles(&texts[0]);
            let expected = similarity(&near, &shingles(&changed.join(" ")));
            // A changed word touches at most three triples on either side.
            prop_assert!(expected >= (near.len() as f64 - 3.0) / (near.len() as f64 + 3.0) - 1e-9);
            let mut index = NearTexts::new(0.7);
            for text in &texts {
                index.add(text);
            }
            prop_assert_eq!(index.nearest(&texts[0]), Some((0, 1.0)));
            if let Some((found, similarity)) = index.nearest(&changed.join(" ")) {
                prop_assert!(found == 0 && (similarity - expected).abs() < 1e-12);
            } else {
                // Missed by bad luck alone, which has no room at high similarity.
                prop_assert!(expected < 0.75);
            }
        }
    }
}
