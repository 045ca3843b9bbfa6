//! Grouping texts into batches.

/// Limits on a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// At most so many, unless a single sequence is longer.
    pub(crate) tokens: usize,
    /// True if every sequence counts as long as the batch's longest.
    pub(crate) padded: bool,
}

impl Budget {
    /// For one core of the CPU: the activations then stay in its second-level cache, and each
    /// weight that is read serves this many rows.
    pub(crate) const CORE: Self = Self { tokens: 192, padded: false };
    /// For devices that compute rectangles.
    #[cfg(feature = "burn")]
    pub(crate) const RECTANGLE: Self = Self { tokens: 2_048, padded: true };
}

/// Sorts sequences by length and cuts them into batches, the longest first, so that no core is
/// left with a long one at the end; each batch is a list of indices into `lengths`. Batches are
/// smaller where there would otherwise be fewer than `parts`.
pub(crate) fn plan(lengths: &[usize], budget: Budget, parts: usize) -> Vec<Vec<usize>> {
    let total: usize = lengths.iter().sum();
    let most = total.div_ceil(parts.max(1)).clamp(1, budget.tokens);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let (mut longest, mut tokens) = (0, usize::MAX);
    for index in order {
        let length = if budget.padded { longest } else { lengths[index] };
        tokens = tokens.saturating_add(length);
        match batches.last_mut() {
            Some(batch) if tokens <= most => batch.push(index),
            _ => {
                batches.push(vec![index]);
                (longest, tokens) = (lengths[index], lengths[index]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sequence_is_in_one_batch_within_the_budget(
            lengths in prop::collection::vec(1_usize..600, 0..400),
            padded: bool,
            most in 1_usize..3_000,
            parts in 1_usize..5,
        ) {
            let batches = plan(&lengths, Budget { tokens: most, padded }, parts);
            let mut seen = batches.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in batches {
                let longest = batch.iter().map(|&index| lengths[index]).max().unwrap_or(0);
                let sum: usize = batch.iter().map(|&index| lengths[index]).sum();
                let tokens = if padded { longest * batch.len() } else { sum };
                prop_assert!(tokens <= most || batch.len() == 1);
            }
        }
    }

    #[test]
    fn few_sequences_are_shared_out_over_the_parts() {
        assert_eq!(plan(&[20, 20], Budget::CORE, 2).len(), 2);
        assert_eq!(plan(&[20, 20], Budget::CORE, 1).len(), 1);
        assert!(plan(&[], Budget::CORE, 2).is_empty());
    }
}
