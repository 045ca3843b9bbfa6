//! Gradient-boosted trees on few numbers, for audits.
//!
//! Second-order boosting of the logistic loss with histogram splits (Chen & Guestrin, "`XGBoost`:
//! a scalable tree boosting system", KDD 2016), as small as it can be: dense features, at most
//! 64 bins each, trees of fixed depth grown level by level.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

const BINS: usize = 64;
const DEPTH: usize = 4;
const TREES: usize = 120;
const RATE: f64 = 0.15;
/// L2 penalty on leaves.
const PENALTY: f64 = 1.0;
/// A leaf must hold this much curvature, about four times as many rows at the start.
const LEAST: f64 = 5.0;

/// Trained trees over `N` features.
#[derive(Debug, Clone)]
pub struct Boosted<const N: usize> {
    trees: Vec<Tree>,
    start: f64,
}

/// A complete tree of [`DEPTH`] levels, nodes numbered as in a heap.
#[derive(Debug, Clone)]
struct Tree {
    /// Feature and threshold of each inner node; rows above the threshold go right.
    splits: [(usize, f32); (1 << DEPTH) - 1],
    leaves: [f64; 1 << DEPTH],
}

impl<const N: usize> Boosted<N> {
    /// Trains on rows of `N` numbers.
    pub fn train(rows: &[[f32; N]], labels: &[bool]) -> Self {
        let edges: Vec<Vec<f32>> = (0..N).map(|feature| edges(rows, feature)).collect();
        // Bins by feature, so that a histogram reads one list from front to end.
        let binned: Vec<Vec<u8>> = (0..N)
            .into_par_iter()
            .map(|feature| {
                rows.iter()
                    .map(|row| edges[feature].partition_point(|&edge| edge < row[feature]) as u8)
                    .collect()
            })
            .collect();
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        let start = ((positives + 1.0) / (labels.len() as f64 - positives + 1.0)).ln();
        let mut sums = vec![start; rows.len()];
        let mut trees = Vec::with_capacity(TREES);
        for _ in 0..TREES {
            let slopes: Vec<(f64, f64)> = sums
                .iter()
                .zip(labels)
                .map(|(&sum, &label)| {
                    let p = ((-sum).exp() + 1.0).recip();
                    (p - f64::from(u8::from(label)), p * (1.0 - p))
                })
                .collect();
            let (tree, leaf_of) = grow(&binned, &edges, &slopes);
            for (sum, leaf) in sums.iter_mut().zip(leaf_of) {
                *sum += tree.leaves[leaf];
            }
            trees.push(tree);
        }
        Self { trees, start }
    }

    /// The probability of the positive class.
    pub fn score(&self, row: &[f32; N]) -> f64 {
        let sum: f64 = self.trees.iter().map(|tree| tree.leaves[tree.leaf(row)]).sum();
        ((-(self.start + sum)).exp() + 1.0).recip()
    }
}

impl Tree {
    fn leaf(&self, row: &[f32]) -> usize {
        let mut node = 0;
        for _ in 0..DEPTH {
            let (feature, threshold) = self.splits[node];
            node = 2 * node + 1 + usize::from(row[feature] > threshold);
        }
        node - self.splits.len()
    }
}

/// Up to `BINS − 1` values of a feature that cut its rows into about equal parts.
fn edges<const N: usize>(rows: &[[f32; N]], feature: usize) -> Vec<f32> {
    let mut values: Vec<f32> = rows.iter().map(|row| row[feature]).collect();
    values.sort_unstable_by(f32::total_cmp);
    let mut found: Vec<f32> =
        (1..BINS).filter_map(|cut| values.get(cut * values.len() / BINS).copied()).collect();
    let mut distinct = values;
    distinct.dedup();
    if distinct.len() <= BINS {
        // Few values: each its own bin, the last needs no edge.
        distinct.pop();
        return distinct;
    }
    found.dedup();
    found
}

/// Grows one tree; answers it and the leaf of each row.
fn grow(binned: &[Vec<u8>], edges: &[Vec<f32>], slopes: &[(f64, f64)]) -> (Tree, Vec<usize>) {
    // A split that sends every row left, for nodes that gain nothing from any.
    let mut tree =
        Tree { splits: [(0, f32::INFINITY); (1 << DEPTH) - 1], leaves: [0.0; 1 << DEPTH] };
    let mut place = vec![0_usize; slopes.len()];
    for level in 0..DEPTH {
        let nodes = 1 << level;
        let best: Vec<Vec<(f64, u8)>> = (0..binned.len())
            .into_par_iter()
            .map(|feature| {
                best_splits(&binned[feature], edges[feature].len(), slopes, &place, nodes)
            })
            .collect();
        let mut chosen = vec![(0.0, 0, u8::MAX); nodes];
        for (feature, of_feature) in best.iter().enumerate() {
            for (chosen, &(gain, bin)) in chosen.iter_mut().zip(of_feature) {
                if gain > chosen.0 {
                    *chosen = (gain, feature, bin);
                }
            }
        }
        for (node, &(gain, feature, bin)) in chosen.iter().enumerate() {
            if gain > 0.0 {
                tree.splits[nodes - 1 + node] = (feature, edges[feature][usize::from(bin)]);
            }
        }
        for (row, node) in place.iter_mut().enumerate() {
            let (gain, feature, bin) = chosen[*node];
            *node = 2 * *node + usize::from(gain > 0.0 && binned[feature][row] > bin);
        }
    }
    let mut sums = [(0.0, 0.0); 1 << DEPTH];
    for (&leaf, &(slope, curvature)) in place.iter().zip(slopes) {
        sums[leaf].0 += slope;
        sums[leaf].1 += curvature;
    }
    tree.leaves = sums.map(|(slope, curvature)| -RATE * slope / (curvature + PENALTY));
    (tree, place)
}

/// For each node of a level, the best split on one feature: its gain and the last bin that
/// goes left.
fn best_splits(
    bins: &[u8],
    edges: usize,
    slopes: &[(f64, f64)],
    place: &[usize],
    nodes: usize,
) -> Vec<(f64, u8)> {
    let mut sums = vec![[(0.0_f64, 0.0_f64); BINS]; nodes];
    for ((&bin, &(slope, curvature)), &node) in bins.iter().zip(slopes).zip(place) {
        let sum = &mut sums[node][usize::from(bin)];
        sum.0 += slope;
        sum.1 += curvature;
    }
    let worth = |(slope, curvature): (f64, f64)| slope * slope / (curvature + PENALTY);
    sums.iter()
        .map(|sums| {
            let whole = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            let mut left = (0.0, 0.0);
            let mut best = (0.0, 0);
            for (bin, sum) in sums.iter().enumerate().take(edges) {
                left = (left.0 + sum.0, left.1 + sum.1);
                let right = (whole.0 - left.0, whole.1 - left.1);
                if left.1 < LEAST || right.1 < LEAST {
                    continue;
                }
                let gain = worth(left) + worth(right) - worth(whole);
                if gain > best.0 + 1e-9 {
                    best = (gain, bin as u8);
                }
            }
            best
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_learn_what_no_line_can() {
        // The label is whether two signs agree; a third number is noise.
        let rows: Vec<[f32; 3]> = (0..2_000_u32)
            .map(|row| {
                let x = (row * 7_919 % 2_000) as f32 / 1_000.0 - 1.0;
                let y = (row * 104_729 % 1_999) as f32 / 1_000.0 - 1.0;
                [x, y, (row % 13) as f32]
            })
            .collect();
        let labels: Vec<bool> = rows.iter().map(|row| (row[0] > 0.0) == (row[1] > 0.0)).collect();
        let trained = Boosted::train(&rows[..1_500], &labels[..1_500]);
        let scores: Vec<f64> = rows[1_500..].iter().map(|row| trained.score(row)).collect();
        let auc = metrics::roc_auc(&scores, &labels[1_500..]).expect("both classes");
        assert!(auc > 0.97, "{auc}");
    }

    #[test]
    fn features_that_say_nothing_give_about_a_coin() {
        let rows: Vec<[f32; 2]> = (0..2_000_u32).map(|row| [(row % 17) as f32, 1.0]).collect();
        let labels: Vec<bool> = (0..2_000_u32).map(|row| row * 7_919 % 2_003 < 1_000).collect();
        let trained = Boosted::train(&rows[..1_000], &labels[..1_000]);
        let scores: Vec<f64> = rows[1_000..].iter().map(|row| trained.score(row)).collect();
        let auc = metrics::roc_auc(&scores, &labels[1_000..]).expect("both classes");
        assert!((auc - 0.5).abs() < 0.06, "{auc}");
    }
}
