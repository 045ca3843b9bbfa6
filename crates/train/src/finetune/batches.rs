//! The division of examples into batches: a pure function of seed and step, so that a resumed
//! training goes on exactly where it stopped.

/// If batches are rectangles, those of similar length are formed within this many batches' worth of
/// shuffled examples.
const BATCHES_PER_SORT: usize = 50;

/// The order of a training: every example once an epoch.
///
/// If a batch is a rectangle, its examples are of similar length, so that little padding is needed.
/// If it is packed, there is nothing to save, and they are drawn at random.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    lengths: Vec<usize>,
    batch_size: usize,
    padded: bool,
    seed: u64,
}

impl BatchPlan {
    /// A plan over examples of these lengths in word pieces; `padded` where batches are rectangles.
    ///
    /// # Panics
    /// If there are no examples or `batch_size` is 0.
    pub fn new(lengths: Vec<usize>, batch_size: usize, padded: bool, seed: u64) -> Self {
        assert!(!lengths.is_empty() && batch_size > 0, "a plan needs examples and a batch size");
        Self { lengths, batch_size, padded, seed }
    }

    /// Batches in an epoch; the last one may be smaller.
    pub fn batches_per_epoch(&self) -> usize {
        self.lengths.len().div_ceil(self.batch_size)
    }

    /// All batches of an epoch, each a list of example indices.
    ///
    /// Examples are shuffled and cut into batches; if these are padded, stretches of the shuffled
    /// order are sorted by length before, and the batches shuffled after.
    pub fn epoch(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut random = dataset::Random::new(self.seed ^ (epoch as u64).wrapping_mul(0x9E37_79B9));
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        random.shuffle(&mut order);
        if self.padded {
            for stretch in order.chunks_mut(self.batch_size * BATCHES_PER_SORT) {
                stretch.sort_by_key(|&example| self.lengths[example]);
            }
        }
        let mut batches: Vec<Vec<usize>> =
            order.chunks(self.batch_size).map(<[usize]>::to_vec).collect();
        random.shuffle(&mut batches);
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> BatchPlan {
        BatchPlan::new((0..1_000).map(|example| 3 + example * 7 % 50).collect(), 32, true, 5)
    }

    #[test]
    fn an_epoch_holds_every_example_once() {
        let mut seen = plan().epoch(0).concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
        assert_eq!(plan().epoch(0).len(), plan().batches_per_epoch());
    }

    #[test]
    fn an_epoch_is_the_same_whenever_it_is_asked_for_and_differs_from_the_next() {
        assert_eq!(plan().epoch(3), plan().epoch(3));
        assert_ne!(plan().epoch(3), plan().epoch(4));
    }

    #[test]
    fn packed_batches_are_of_all_lengths() {
        let plan = BatchPlan { padded: false, ..plan() };
        let spread = |batch: &Vec<usize>| {
            let lengths = batch.iter().map(|&example| plan.lengths[example]);
            lengths.clone().max().unwrap_or(0) - lengths.min().unwrap_or(0)
        };
        let batches = plan.epoch(0);
        assert!(batches.iter().filter(|batch| batch.len() == 32).map(spread).min() >= Some(20));
        let mut seen = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_padded_batch_holds_similar_lengths() {
        let plan = plan();
        let spread = |batch: &Vec<usize>| {
            let lengths = batch.iter().map(|&example| plan.lengths[example]);
            lengths.clone().max().unwrap_or(0) - lengths.min().unwrap_or(0)
        };
        assert!(plan.epoch(0).iter().map(spread).max().is_some_and(|widest| widest <= 3));
    }
}
