//! The choice of words to mask, and the words that the generator puts there.

use dataset::Random;
use model::electra::TokenBatch;
use rayon::prelude::*;

/// Of the chosen words, this share is replaced by `[MASK]`; the rest stay, so that the generator
/// also reads words as they are.
const SHOWN_AS_MASK: f64 = 0.85;

/// A batch with some of its words masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Masked {
    /// Word pieces with masks, packed like the batch's own.
    pub input_ids: Vec<u32>,
    /// The places of the chosen ones, ascending.
    pub places: Vec<usize>,
}

/// Chooses `share` of the words of each sequence, at least one, never `[CLS]` or `[SEP]`.
pub fn mask(batch: &TokenBatch, share: f64, mask_id: u32, random: &mut Random) -> Masked {
    let mut input_ids = batch.input_ids().to_vec();
    let mut places = Vec::new();
    for words in batch.words() {
        let mut words: Vec<usize> = words.collect();
        let wanted = ((words.len() as f64 * share).round() as usize).max(1).min(words.len());
        random.shuffle(&mut words);
        words.truncate(wanted);
        words.sort_unstable();
        for &place in &words {
            if random.uniform() < SHOWN_AS_MASK {
                input_ids[place] = mask_id;
            }
        }
        places.extend(words);
    }
    Masked { input_ids, places }
}

/// One word for each row of `logits` `[rows, words]`, drawn with the probability that the softmax
/// gives it, and whether the likeliest word is the one of `truth`.
pub fn draw(logits: &[f32], truth: &[u32], random: &mut Random) -> (Vec<u32>, usize) {
    let words = logits.len() / truth.len().max(1);
    let numbers: Vec<f64> = truth.iter().map(|_| random.uniform()).collect();
    let rows = logits.par_chunks_exact(words.max(1)).zip(numbers);
    let drawn: Vec<(u32, u32)> = rows
        .map(|(row, number)| {
            let (likeliest, largest) =
                row.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (word, &logit)| {
                    if logit > best.1 { (word, logit) } else { best }
                });
            let power = |logit: f32| f64::from((logit - largest).exp());
            let total: f64 = row.iter().map(|&logit| power(logit)).sum();
            let mut left = number * total;
            let word = row.iter().position(|&logit| {
                left -= power(logit);
                left < 0.0
            });
            // Rounding may leave a crumb beyond the last word.
            (word.unwrap_or(likeliest) as u32, likeliest as u32)
        })
        .collect();
    let right = drawn.iter().zip(truth).filter(|((_, likeliest), truth)| likeliest == *truth);
    let right = right.count();
    (drawn.into_iter().map(|(word, _)| word).collect(), right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_each_text_is_masked_and_never_its_frame() {
        let texts: Vec<Vec<u32>> =
            (3..60).map(|length| (0..length).map(|piece| 1_000 + piece).collect()).collect();
        let batch = TokenBatch::new(texts.iter().map(Vec::as_slice));
        let masked = mask(&batch, 0.15, 103, &mut Random::new(1));
        for pair in batch.starts().windows(2) {
            let here =
                masked.places.iter().filter(|&&place| pair[0] < place && place < pair[1] - 1);
            let words = pair[1] - pair[0] - 2;
            assert_eq!(here.count(), ((words as f64 * 0.15).round() as usize).max(1));
        }
        let changed = masked.input_ids.iter().zip(batch.input_ids()).filter(|(a, b)| a != b);
        let share = changed.count() as f64 / masked.places.len() as f64;
        assert!((share - SHOWN_AS_MASK).abs() < 0.06, "{share}");
        assert!(masked.input_ids.iter().zip(batch.input_ids()).all(|(a, b)| a == b || *a == 103));
    }

    #[test]
    fn words_are_drawn_as_often_as_the_softmax_says() {
        let row = [0.0_f32, 1.0, -1.0, 2.0];
        let rows = 20_000;
        let logits = row.repeat(rows);
        let (drawn, right) = draw(&logits, &vec![3; rows], &mut Random::new(2));
        assert_eq!(right, rows);
        let total: f32 = row.iter().map(|x| x.exp()).sum();
        for (word, logit) in row.iter().enumerate() {
            let count = drawn.iter().filter(|&&drawn| drawn as usize == word).count();
            let expected = logit.exp() / total;
            assert!((count as f32 / rows as f32 - expected).abs() < 0.01, "{word}: {count}");
        }
    }
}
