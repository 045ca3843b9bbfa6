//! Sampling, holding out and folds that keep groups on one side.

use std::collections::HashMap;

use crate::Random;

/// Rows that belong together and must not be parted: those that share any key, directly or through
/// others.
///
/// Remove repeated texts before joining by text *and* author: one slogan that many copy joins
/// them all to a group too large for any fold.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Of each row, the lowest row of its group.
    parent: Vec<usize>,
    first_with: HashMap<String, usize>,
}

impl Groups {
    /// Every row by itself.
    pub fn new(rows: usize) -> Self {
        Self { parent: (0..rows).collect(), first_with: HashMap::new() }
    }

    /// Joins `row` with all rows of the same key. Keys of different kinds, authors and texts, say,
    /// must not look alike: prefix them.
    pub fn join(&mut self, row: usize, key: impl Into<String>) {
        let first = *self.first_with.entry(key.into()).or_insert(row);
        self.link(first, row);
    }

    /// Joins two rows.
    pub fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The group of a row, named after its first row.
    pub fn of(&mut self, row: usize) -> usize {
        let mut root = row;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        let mut at = row;
        while self.parent[at] != root {
            at = std::mem::replace(&mut self.parent[at], root);
        }
        root
    }

    /// The rows of every group, in the order of their first rows.
    fn members(mut self) -> Vec<Vec<usize>> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.parent.len()];
        for row in 0..self.parent.len() {
            members[self.of(row)].push(row);
        }
        members.retain(|rows| !rows.is_empty());
        members
    }
}

/// Takes `count` rows at random, with the labels in proportion, in the order of the rows.
pub fn sample(labels: &[bool], count: usize, seed: u64) -> Vec<usize> {
    let count = count.min(labels.len());
    let mut random = Random::new(seed);
    let mut rows_of = [false, true].map(|label| {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == label).collect();
        random.shuffle(&mut rows);
        rows
    });
    let share = count as f64 / labels.len().max(1) as f64;
    let positives = (rows_of[1].len() as f64 * share).round() as usize;
    let positives = positives.clamp(count.saturating_sub(rows_of[0].len()), rows_of[1].len());
    rows_of[1].truncate(positives);
    rows_of[0].truncate(count - positives);
    let mut taken = rows_of.concat();
    taken.sort_unstable();
    taken
}

/// Deals whole groups into parts of sizes in proportion to `shares`, each label by itself as evenly
/// as whole groups allow. Returns the part of each row.
///
/// Large groups go first, in random order among those within a factor of four. Each goes where it raises
/// least the sum over parts and labels of (rows - target)² / target, as a share of the label's rows,
/// and not to a part that it would fill too much of ([`largest_fitting`]).
fn deal(labels: &[bool], groups: Groups, shares: &[f64], seed: u64) -> Vec<usize> {
    let total = [false, true].map(|label| labels.iter().filter(|&&l| l == label).count());
    let total = total.map(|count| count.max(1) as f64);
    let mut groups: Vec<Group> = groups
        .members()
        .into_iter()
        .map(|rows| {
            let positives = rows.iter().filter(|&&row| labels[row]).count();
            let adds = [(rows.len() - positives) as f64 / total[0], positives as f64 / total[1]];
            Group { rows, adds }
        })
        .collect();
    Random::new(seed).shuffle(&mut groups);
    let largest: Vec<usize> = shares.iter().map(|&share| largest_fitting(&groups, share)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows.len().ilog2() / 2));
    // Of each part, the share that it has of each label's rows.
    let mut has = vec![[0.0; 2]; shares.len()];
    let mut part_of = vec![0; labels.len()];
    for Group { rows, adds } in groups {
        let rise = |part: usize| -> f64 {
            let target = shares[part].max(1e-9);
            let rise = |label: usize| adds[label] * (adds[label] + 2.0 * has[part][label]) / target;
            rise(0) + rise(1)
        };
        let all = 0..shares.len();
        let best = |fitting: bool| {
            let fits = |part: &usize| !fitting || rows.len() <= largest[*part];
            all.clone().filter(fits).min_by(|&a, &b| rise(a).total_cmp(&rise(b)))
        };
        let best = best(true).or_else(|| best(false)).unwrap_or(0);
        (0..2).for_each(|label| has[best][label] += adds[label]);
        for row in rows {
            part_of[row] = best;
        }
    }
    part_of
}

struct Group {
    rows: Vec<usize>,
    /// Its share of each label's rows.
    adds: [f64; 2],
}

/// The size of the largest group that should go to a part of this share: so small that the groups
/// up to it could fill the part three times over. Ten posters who wrote half of all positives would
/// otherwise be most of what a tenth is judged by; the many who wrote a few posts each say more
/// about posters to come.
fn largest_fitting(groups: &[Group], share: f64) -> usize {
    let mut by_size: Vec<&Group> = groups.iter().collect();
    by_size.sort_by_key(|group| group.rows.len());
    let wanted = [0, 1].map(|label| {
        let all: f64 = groups.iter().map(|group| group.adds[label]).sum();
        (3.0 * share).min(all - 1e-9)
    });
    let mut held = [0.0; 2];
    for group in by_size {
        (0..2).for_each(|label| held[label] += group.adds[label]);
        if (0..2).all(|label| held[label] >= wanted[label]) {
            return group.rows.len();
        }
    }
    usize::MAX
}

/// Holds out about `share` of the rows, whole groups only: (kept, held out), each in order.
pub fn hold_out(
    labels: &[bool],
    groups: Groups,
    share: f64,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let part_of = deal(labels, groups, &[1.0 - share, share], seed);
    (0..labels.len()).partition(|&row| part_of[row] == 0)
}

/// Deals rows into `count` folds of about equal size, whole groups only: the fold of each row.
pub fn folds(labels: &[bool], groups: Groups, count: usize, seed: u64) -> Vec<usize> {
    deal(labels, groups, &vec![1.0 / count as f64; count], seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups(authors: &[usize], texts: &[usize]) -> Groups {
        let mut groups = Groups::new(authors.len());
        for row in 0..authors.len() {
            groups.join(row, format!("author {}", authors[row]));
            groups.join(row, format!("text {}", texts[row]));
        }
        groups
    }

    proptest! {
        #[test]
        fn no_author_and_no_text_is_on_both_sides(
            rows in prop::collection::vec((0_usize..30, 0_usize..400, any::<bool>()), 1..300),
            seed: u64,
        ) {
            let authors: Vec<usize> = rows.iter().map(|row| row.0).collect();
            let texts: Vec<usize> = rows.iter().map(|row| row.1).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.2).collect();
            let (kept, held) = hold_out(&labels, groups(&authors, &texts), 0.3, seed);
            prop_assert_eq!(kept.len() + held.len(), rows.len());
            for &a in &kept {
                for &b in &held {
                    prop_assert!(authors[a] != authors[b] && texts[a] != texts[b]);
                }
            }
            prop_assert_eq!(hold_out(&labels, groups(&authors, &texts), 0.3, seed), (kept, held));
        }

        #[test]
        fn no_part_misses_its_size_by_more_than_the_largest_group(
            sizes in prop::collection::vec((1_usize..60, any::<bool>()), 20..120),
            share in 0.1..0.5_f64,
            count in 2_usize..6,
            seed: u64,
        ) {
            // Groups of one label each, as authors are.
            let rows = |(group, &(size, label)): (usize, &(usize, bool))| vec![(group, label); size];
            let rows: Vec<(usize, bool)> = sizes.iter().enumerate().flat_map(rows).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let grouped = || {
                let mut groups = Groups::new(rows.len());
                rows.iter().enumerate().for_each(|(row, (group, _))| groups.join(row, group.to_string()));
                groups
            };
            let largest = sizes.iter().map(|(size, _)| *size).max().unwrap_or(0) as f64;
            let of = |rows: &[usize], label| rows.iter().filter(|&&row| labels[row] == label).count();
            let total = |label| labels.iter().filter(|&&l| l == label).count() as f64;
            let (_, held) = hold_out(&labels, grouped(), share, seed);
            let folds = folds(&labels, grouped(), count, seed);
            for label in [false, true] {
                let missed = of(&held, label) as f64 - total(label) * share;
                prop_assert!(missed.abs() <= largest, "held out: {missed}, largest group {largest}");
                for fold in 0..count {
                    let rows: Vec<usize> = (0..labels.len()).filter(|&row| folds[row] == fold).collect();
                    let missed = of(&rows, label) as f64 - total(label) / count as f64;
                    prop_assert!(missed.abs() <= largest, "fold: {missed}, largest group {largest}");
                }
            }
        }

        #[test]
        fn folds_of_small_groups_are_of_even_size_and_label(seed: u64) {
            let labels: Vec<bool> = (0..1_000).map(|row| row % 3 == 0).collect();
            let authors: Vec<usize> = (0..1_000).map(|row| row / 4).collect();
            let texts: Vec<usize> = (0..1_000).collect();
            let folds = folds(&labels, groups(&authors, &texts), 5, seed);
            for fold in 0..5 {
                let rows: Vec<usize> = (0..1_000).filter(|&row| folds[row] == fold).collect();
                let positives = rows.iter().filter(|&&row| labels[row]).count();
                prop_assert!((180..=220).contains(&rows.len()), "{}", rows.len());
                prop_assert!((58..=76).contains(&positives), "{positives}");
            }
        }

        #[test]
        fn a_sample_keeps_the_labels_in_proportion(
            labels in prop::collection::vec(any::<bool>(), 1..200),
            share in 0.0..1.0_f64,
            seed: u64,
        ) {
            let count = (labels.len() as f64 * share) as usize;
            let taken = sample(&labels, count, seed);
            prop_assert_eq!(taken.len(), count);
            let positives = |rows: &[bool]| rows.iter().filter(|&&label| label).count() as f64;
            let expected = positives(&labels) * count as f64 / labels.len() as f64;
            let found = taken.iter().filter(|&&row| labels[row]).count() as f64;
            prop_assert!((found - expected).abs() <= 1.0);
        }
    }

    #[test]
    fn what_is_held_out_is_many_small_authors_rather_than_one_large_one() {
        // One author wrote 400 positives, a hundred authors wrote 10 each; negatives have none.
        let author = |row: usize| (row < 1_400).then_some(if row < 400 { 0 } else { row / 10 });
        let labels: Vec<bool> = (0..2_800).map(|row| row < 1_400).collect();
        for seed in 0..10 {
            let mut groups = Groups::new(labels.len());
            for (row, author) in (0..).map_while(|row| Some((row, author(row)?))) {
                groups.join(row, author.to_string());
            }
            let (_, held) = hold_out(&labels, groups, 0.1, seed);
            let positives = held.iter().filter(|&&row| labels[row]).count();
            assert!((130..=150).contains(&positives), "{positives}");
            assert!((138..=142).contains(&(held.len() - positives)), "{}", held.len());
            assert!(held.iter().all(|&row| row >= 400));
        }
    }

    #[test]
    fn rows_joined_through_others_are_one_group() {
        let mut groups = groups(&[1, 2, 2, 3], &[7, 7, 8, 9]);
        assert_eq!([0, 1, 2, 3].map(|row| groups.of(row)), [0, 0, 0, 3]);
    }
}
