//! Hides words from the network while it learns, so that no score comes to hang on a single one
//! (word dropout; Iyyer et al., 2015).

use dataset::Random;
use model::electra::TokenBatch;

/// The share of words to hide, and the piece that stands in their place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordDropout {
    /// The probability that a word piece is hidden.
    pub share: f64,
    /// The id of `[MASK]`.
    pub mask_id: u32,
}

impl WordDropout {
    /// The batch with some word pieces hidden, never `[CLS]` or `[SEP]`. `key` decides which.
    #[must_use]
    pub fn hide(&self, batch: &TokenBatch, key: u64) -> TokenBatch {
        let mut random = Random::new(key);
        let mut input_ids = batch.input_ids().to_vec();
        for words in batch.words() {
            for word in &mut input_ids[words] {
                if random.uniform() < self.share {
                    *word = self.mask_id;
                }
            }
        }
        batch.with_ids(input_ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: WordDropout = WordDropout { share: 0.5, mask_id: 103 };

    #[test]
    fn a_share_of_the_words_is_hidden_and_never_a_frame() {
        let texts: Vec<Vec<u32>> =
            (0..400).map(|text| (1_000..1_002 + text % 50).collect()).collect();
        let batch = TokenBatch::new(texts.iter().map(Vec::as_slice));
        let hidden = HALF.hide(&batch, 7);
        assert_eq!(hidden.starts(), batch.starts());
        let mut changed = 0;
        for frame in batch.starts().windows(2) {
            for place in frame[0]..frame[1] {
                let [now, before] = [&hidden, &batch].map(|batch| batch.input_ids()[place]);
                assert!(now == before || now == 103);
                let in_the_frame = place == frame[0] || place + 1 == frame[1];
                assert!(now == before || !in_the_frame);
                changed += usize::from(now != before);
            }
        }
        let words = batch.tokens() - 2 * batch.len();
        let share = changed as f64 / words as f64;
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    #[test]
    fn a_key_always_hides_the_same_words() {
        let text: Vec<u32> = (1_000..1_100).collect();
        let batch = TokenBatch::new([text.as_slice()]);
        assert_eq!(HALF.hide(&batch, 1), HALF.hide(&batch, 1));
        assert_ne!(HALF.hide(&batch, 1), HALF.hide(&batch, 2));
    }
}
