//! The division of texts into batches: as many as a number of word pieces allows, of similar
//! length. A pure function of seed and step, so that a resumed training goes on exactly where it
//! stopped.

use dataset::Random;

/// Texts of similar length are looked for among this many batches' worth of shuffled ones.
const BATCHES_PER_SORT: usize = 50;

/// The order of a training: every text once an epoch.
#[derive(Debug, Clone)]
pub struct TokenPlan {
    lengths: Vec<u32>,
    max_tokens: usize,
    seed: u64,
}

impl TokenPlan {
    /// A plan over texts of these lengths in word pieces.
    pub fn new(lengths: Vec<u32>, max_tokens: usize, seed: u64) -> Self {
        Self { lengths, max_tokens, seed }
    }

    /// All batches of an epoch, each a list of indices, with at most `max_tokens` word pieces
    /// unless a single text has more.
    pub fn epoch(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut random = Random::new(self.seed ^ (epoch as u64).wrapping_mul(0x9E37_79B9));
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        random.shuffle(&mut order);
        let total: usize = self.lengths.iter().map(|&length| length as usize).sum();
        let mean = (total / self.lengths.len().max(1)).max(1);
        let stretch = (self.max_tokens / mean).max(1) * BATCHES_PER_SORT;
        for stretch in order.chunks_mut(stretch) {
            stretch.sort_by_key(|&text| self.lengths[text]);
        }
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut tokens = usize::MAX;
        for text in order {
            tokens = tokens.saturating_add(self.lengths[text] as usize);
            match batches.last_mut() {
                Some(batch) if tokens <= self.max_tokens => batch.push(text),
                _ => {
                    batches.push(vec![text]);
                    tokens = self.lengths[text] as usize;
                }
            }
        }
        random.shuffle(&mut batches);
        batches
    }

    /// The number of steps before each epoch, `epochs + 1` of them.
    pub fn boundaries(&self, epochs: usize) -> Vec<usize> {
        let mut boundaries = vec![0];
        for epoch in 0..epochs {
            boundaries.push(boundaries[epoch] + self.epoch(epoch).len());
        }
        boundaries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_holds_every_text_once_within_the_budget() {
        let lengths: Vec<u32> = (0..5_000).map(|text| 3 + text * 7 % 61).collect();
        let plan = TokenPlan::new(lengths.clone(), 300, 9);
        let batches = plan.epoch(1);
        let mut seen = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..5_000).collect::<Vec<_>>());
        let tokens = |batch: &Vec<usize>| batch.iter().map(|&text| lengths[text]).sum::<u32>();
        assert!(batches.iter().all(|batch| tokens(batch) <= 300));
        // Full but for what the next text would have needed, and the ends of the sorted stretches.
        assert!(batches.iter().filter(|batch| tokens(batch) < 300 - 63).count() < 5);
        assert_eq!(plan.epoch(1), batches);
        assert_ne!(plan.epoch(2), batches);
    }

    #[test]
    fn a_text_beyond_the_budget_is_a_batch_of_its_own() {
        let plan = TokenPlan::new(vec![5, 500, 5], 100, 1);
        assert!(plan.epoch(0).contains(&vec![1]));
        assert_eq!(plan.boundaries(2).len(), 3);
    }
}
