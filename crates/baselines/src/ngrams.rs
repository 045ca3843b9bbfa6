//! Word and character n-grams of a text, as columns of a TF-IDF matrix.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use rayon::{iter::ParallelIterator, slice::ParallelSlice};

use crate::{sparse::Sparse, words};

/// Words taken together.
const WORDS: std::ops::RangeInclusive<usize> = 1..=2;
/// Characters taken together.
const CHARACTERS: std::ops::RangeInclusive<usize> = 2..=5;
/// An n-gram must stand in this many training texts.
const MIN_TEXTS: u32 = 2;

/// The n-grams of the training texts, with their weights.
///
/// An n-gram is known by a 64-bit hash of its characters: among a million of them the chance
/// that any two share one is below 1 in 10 million.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    columns: HashMap<u64, Column, BuildHasherDefault<Keep>>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    index: u32,
    /// `ln((1 + texts) / (1 + texts with it)) + 1`.
    idf: f32,
}

impl Vocabulary {
    /// Collects the n-grams of normalised texts.
    pub fn of<S: AsRef<str> + Sync>(texts: &[S]) -> Self {
        let mut found: HashMap<u64, u32, BuildHasherDefault<Keep>> = HashMap::default();
        for chunk in texts.chunks(4_096) {
            let lists: Vec<Vec<(u64, u32)>> = chunk
                .par_chunks(64)
                .flat_map_iter(|texts| texts.iter().map(|text| counted(text.as_ref())))
                .collect();
            for (gram, _) in lists.into_iter().flatten() {
                *found.entry(gram).or_default() += 1;
            }
        }
        let mut kept: Vec<(u64, u32)> =
            found.into_iter().filter(|&(_, count)| count >= MIN_TEXTS).collect();
        // The order of a hash map is none: sorted, the columns are the same every time.
        kept.sort_unstable();
        let total = 1.0 + texts.len() as f64;
        let columns = kept
            .into_iter()
            .zip(0..)
            .map(|((gram, count), index)| {
                let idf = (total / (1.0 + f64::from(count))).ln() + 1.0;
                (gram, Column { index, idf: idf as f32 })
            })
            .collect();
        Self { columns }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// True if no n-gram stands in two texts.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The matrix of normalised texts, `[texts, columns]`.
    pub fn matrix<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Sparse {
        let rows = texts
            .par_chunks(64)
            .flat_map_iter(|texts| texts.iter().map(|text| self.row(text.as_ref())))
            .collect();
        Sparse::from_rows(rows, self.len())
    }

    /// One text: `(1 + ln count) · idf`, words and characters each scaled to length 1
    /// (sublinear TF-IDF as scikit-learn's `TfidfVectorizer` has it).
    fn row(&self, text: &str) -> Vec<(u32, f32)> {
        let mut row: Vec<(u32, f32)> = Vec::new();
        let mut squares = [0.0_f32; 2];
        let mut halves: Vec<usize> = Vec::new();
        for (gram, count) in counted(text) {
            if let Some(column) = self.columns.get(&gram) {
                let value = (1.0 + (count as f32).ln()) * column.idf;
                let half = half(gram);
                squares[half] += value * value;
                halves.push(half);
                row.push((column.index, value));
            }
        }
        let scale = squares.map(|sum| sum.sqrt().max(f32::MIN_POSITIVE).recip());
        for ((_, value), half) in row.iter_mut().zip(halves) {
            *value *= scale[half];
        }
        row
    }
}

/// The lowest bit of a hash says whether it is of words or of characters.
fn half(gram: u64) -> usize {
    (gram & 1) as usize
}

/// The distinct n-grams of a text and how often each occurs, by rising hash.
fn counted(text: &str) -> Vec<(u64, u32)> {
    let mut grams = Vec::with_capacity(6 * text.len());
    let words: Vec<String> = words(text).collect();
    for size in WORDS {
        for window in words.windows(size) {
            let mut hash = OFFSET;
            for word in window {
                for byte in word.bytes() {
                    hash = fnv(hash, byte);
                }
                hash = fnv(hash, b' ');
            }
            grams.push(mixed(hash) & !1);
        }
    }
    let characters: Vec<char> = std::iter::once(' ')
        .chain(text.chars().flat_map(char::to_lowercase))
        .chain(std::iter::once(' '))
        .collect();
    for start in 0..characters.len() {
        let mut hash = OFFSET;
        for (size, &character) in (1..).zip(&characters[start..]) {
            if size > *CHARACTERS.end() {
                break;
            }
            for byte in (character as u32).to_le_bytes() {
                hash = fnv(hash, byte);
            }
            if CHARACTERS.contains(&size) {
                grams.push(mixed(hash) | 1);
            }
        }
    }
    grams.sort_unstable();
    let mut counts: Vec<(u64, u32)> = Vec::with_capacity(grams.len());
    for gram in grams {
        match counts.last_mut() {
            Some((last, count)) if *last == gram => *count += 1,
            _ => counts.push((gram, 1)),
        }
    }
    counts
}

/// The start value of FNV-1a (Fowler, Noll & Vo).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Spreads a hash over all 64 bits (the finaliser of `MurmurHash3`).
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// A hasher for keys that are hashes already.
#[derive(Default, Clone, Copy)]
pub struct Keep(u64);

impl Hasher for Keep {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = fnv(self.0, byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_n_grams_that_can_be_counted_by_hand() {
        // " ab ": words {ab}; characters: 3 of 2, 2 of 3, 1 of 4.
        assert_eq!(counted("ab").len(), 1 + 6);
        // " aaa ": " a" "aa"×2 "a ", " aa" "aaa" "aa ", " aaa" "aaa ", " aaa ", and one word.
        let counts = counted("aaa");
        assert_eq!(counts.len(), 3 + 3 + 2 + 1 + 1);
        assert_eq!(counts.iter().map(|&(_, count)| count).max(), Some(2));
    }

    #[test]
    fn rows_have_length_one_in_words_and_in_characters() {
        let texts = ["good morning all", "good evening all", "good night"];
        let vocabulary = Vocabulary::of(&texts);
        for text in texts {
            let mut squares = [0.0_f32; 2];
            let by_index: HashMap<u32, u64> =
                vocabulary.columns.iter().map(|(&gram, column)| (column.index, gram)).collect();
            for (index, value) in vocabulary.row(text) {
                squares[half(by_index[&index])] += value * value;
            }
            assert!(squares.iter().all(|square| (square - 1.0).abs() < 1e-5), "{text}");
        }
        assert!(vocabulary.row("xyzzy").is_empty());
    }

    /// By hand, as scikit-learn's `TfidfVectorizer(sublinear_tf=True, min_df=2)` has it: rain stands in
    /// 2 of 4 texts and twice in this one, sun in 3 and once; all other words and pairs in one text only.
    #[test]
    fn words_weigh_by_their_count_and_their_rarity() {
        let texts = ["rain rain sun", "rain cloud", "sun sun moon", "sun"];
        let vocabulary = Vocabulary::of(&texts);
        let halves: HashMap<u32, usize> =
            vocabulary.columns.iter().map(|(&gram, column)| (column.index, half(gram))).collect();
        let mut words = [Vec::new(), Vec::new()];
        for (index, value) in vocabulary.row(texts[0]) {
            words[halves[&index]].push(value);
        }
        let words = words.into_iter().min_by_key(Vec::len).unwrap_or_default();
        let [low, high] = words[..] else { panic!("{words:?}") };
        let (low, high) = (low.min(high), low.max(high));
        assert!((high - 0.902_172).abs() < 1e-5 && (low - 0.431_378).abs() < 1e-5, "{high}, {low}");
    }
}
