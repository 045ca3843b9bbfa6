//! The number of words of a fixed list in a text, as filters by word lists count them.

use crate::words;

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

/// The least rise of a text's log-odds for one more listed word, used if the training texts show no
/// rise: enough to tell the two apart, in probabilities as well.
const LEAST_RISE: f64 = 1e-9;

/// Answers, for the number of listed words in a text, the share of positives among training
/// texts with that number, as log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Keywords {
    logits: [f64; MOST + 1],
}

impl Keywords {
    /// Number of words on the list.
    pub const LISTED: usize = LIST.len();

    /// Learns the shares. Texts are normalised.
    pub fn train<S: AsRef<str>>(texts: &[S], labels: &[bool]) -> Self {
        // One row of each label is added to each number, so that no share is 0 or 1.
        let mut counts = [[1_u32; 2]; MOST + 1];
        for (text, &label) in texts.iter().zip(labels) {
            counts[hits(text.as_ref())][usize::from(label)] += 1;
        }
        let mut logits =
            counts.map(|[negatives, positives]| (f64::from(positives) / f64::from(negatives)).ln());
        // More listed words never count for less, or the list would be none.
        for more in 1..logits.len() {
            logits[more] = logits[more].max(logits[more - 1] + LEAST_RISE);
        }
        Self { logits }
    }

    /// The threshold of a filter: the log-odds of one listed word.
    pub fn threshold(&self) -> f64 {
        self.logits[1]
    }

    /// The log-odds of a normalised text.
    pub fn logit(&self, text: &str) -> f64 {
        self.logits[hits(text)]
    }
}

fn hits(text: &str) -> usize {
    words(text).filter(|word| LIST.contains(&word.as_str())).count().min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logistic::sigmoid;

    #[test]
    fn scores_follow_the_shares_of_the_training_rows() {
        let texts = ["isis news", "isis again", "dawlah and khilafah", "lunch", "rain", "bus"];
        let labels = [true, false, true, false, false, false];
        let trained = Keywords::train(&texts, &labels);
        let score = |text| sigmoid(trained.logit(text));
        assert!((score("lovely weather") - 1.0 / 5.0).abs() < 1e-12);
        assert!((score("#ISIS in the news") - 2.0 / 4.0).abs() < 1e-12);
        assert!((score("khilafah dawlah") - 2.0 / 3.0).abs() < 1e-12);
        assert!(trained.logit("jihad") >= trained.threshold());
        assert!(trained.logit("breakfast") < trained.threshold());
    }

    #[test]
    fn a_listed_word_counts_for_more_even_where_the_rows_say_otherwise() {
        let trained =
            Keywords::train(&["lunch", "rain", "isis", "isis"], &[true, true, false, false]);
        let texts = ["breakfast", "isis", "isis jihad", "isis jihad caliph"];
        let scores = texts.map(|text| sigmoid(trained.logit(text)));
        assert!(scores.is_sorted_by(|a, b| a < b), "{scores:?}");
    }
}
