//! How many words of a fixed list a text holds: what filters by word lists do.

use crate::text::words;

/// Words that a moderator might put on a list after reading about the group.
const LIST: [&str; 28] = [
    "isis",
    "isil",
    "daesh",
    "dawla",
    "dawlah",
    "caliphate",
    "khilafah",
    "khilafa",
    "caliph",
    "baghdadi",
    "mujahid",
    "mujahideen",
    "mujahidin",
    "jihad",
    "jihadi",
    "kuffar",
    "kafir",
    "murtad",
    "murtadeen",
    "rafidi",
    "rafidah",
    "taghut",
    "tawaghit",
    "shaheed",
    "martyrdom",
    "ummah",
    "wilayat",
    "amaq",
];

/// Counts up to this many are told apart.
const MOST: usize = 4;

/// Answers, for the number of listed words in a text, the share of positives among training
/// texts with that number.
#[derive(Debug, Clone, PartialEq)]
pub struct Keywords {
    shares: [f64; MOST + 1],
}

impl Keywords {
    /// Learns the shares. Texts are normalised.
    pub fn train<S: AsRef<str>>(texts: &[S], labels: &[bool]) -> Self {
        // One row of each label is added to each number, so that no share is 0 or 1.
        let mut counts = [(1_u32, 2_u32); MOST + 1];
        for (text, &label) in texts.iter().zip(labels) {
            let (positives, rows) = &mut counts[hits(text.as_ref())];
            *positives += u32::from(label);
            *rows += 1;
        }
        let mut shares = counts.map(|(positives, rows)| f64::from(positives) / f64::from(rows));
        // More listed words never count for less, or the list would be none.
        for more in 1..shares.len() {
            shares[more] = shares[more].max(shares[more - 1].next_up());
        }
        Self { shares }
    }

    /// The threshold of a filter: one listed word.
    pub fn threshold(&self) -> f64 {
        self.shares[1]
    }

    /// The score of a normalised text.
    pub fn score(&self, text: &str) -> f64 {
        self.shares[hits(text)]
    }
}

fn hits(text: &str) -> usize {
    words(text).filter(|word| LIST.contains(&word.as_str())).count().min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_shares_of_the_training_rows() {
        let texts = ["isis news", "isis again", "dawlah and khilafah", "lunch", "rain", "bus"];
        let labels = [true, false, true, false, false, false];
        let trained = Keywords::train(&texts, &labels);
        assert!((trained.score("lovely weather") - 1.0 / 5.0).abs() < 1e-12);
        assert!((trained.score("#ISIS in the news") - 2.0 / 4.0).abs() < 1e-12);
        assert!((trained.score("khilafah dawlah") - 2.0 / 3.0).abs() < 1e-12);
        assert!(trained.score("jihad") >= trained.threshold());
        assert!(trained.score("breakfast") < trained.threshold());
    }
}
