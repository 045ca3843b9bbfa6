//! Agreement of readers beyond chance: Cohen's kappa of two, Krippendorff's alpha of any number.
//!
//! Answers are categories without an order, numbered from 0. Both measures are 1 where readers always
//! agree, 0 where they agree as often as chance would have it, and below 0 where they agree less.

use crate::{Bootstrap, Interval, MetricError, bootstrap};

/// A measure of agreement and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The measure; `None` where it is undefined, because all answers are one and the same.
    pub value: Option<f64>,
    /// Percentile interval of a bootstrap over the texts. It has no width where readers never
    /// disagreed, however few texts there are.
    pub interval: Option<Interval>,
    /// Texts that count.
    pub texts: usize,
}

/// Cohen's kappa of two readers of the same texts, from each text's pair of answers (Cohen, "A
/// coefficient of agreement for nominal scales", 1960), with its interval.
///
/// # Errors
/// No texts, no replicates, or a confidence not strictly between 0 and 1.
pub fn cohens_kappa(pairs: &[[usize; 2]], options: &Bootstrap) -> Result<Agreement, MetricError> {
    let categories = pairs.iter().flatten().max().map_or(0, |most| most + 1);
    let kappa = |weights: &[u32]| {
        let mut shares = vec![[0.0_f64; 2]; categories];
        let (mut all, mut agreed) = (0.0, 0.0);
        for (pair, &weight) in pairs.iter().zip(weights) {
            let weight = f64::from(weight);
            all += weight;
            agreed += if pair[0] == pair[1] { weight } else { 0.0 };
            shares[pair[0]][0] += weight;
            shares[pair[1]][1] += weight;
        }
        let by_chance: f64 = shares.iter().map(|[a, b]| a * b).sum::<f64>() / (all * all);
        (by_chance < 1.0).then(|| (agreed / all - by_chance) / (1.0 - by_chance))
    };
    measured(pairs.len(), options, kappa)
}

/// Krippendorff's alpha for categories without an order, of any number of readers, each of whom may
/// have read some of the texts only (Krippendorff, "Computing Krippendorff's alpha-reliability", 2011),
/// with its interval. `texts` holds the answers that each text got; those with fewer than two say
/// nothing.
///
/// # Errors
/// No text with two answers, no replicates, or a confidence not strictly between 0 and 1.
pub fn krippendorffs_alpha(
    texts: &[Vec<usize>],
    options: &Bootstrap,
) -> Result<Agreement, MetricError> {
    let categories = texts.iter().flatten().max().map_or(0, |most| most + 1);
    // Of each text, how often it got each answer.
    let counts: Vec<Vec<f64>> = texts
        .iter()
        .filter(|answers| answers.len() > 1)
        .map(|answers| {
            let mut counts = vec![0.0; categories];
            answers.iter().for_each(|&answer| counts[answer] += 1.0);
            counts
        })
        .collect();
    let alpha = |weights: &[u32]| {
        let mut of_category = vec![0.0; categories];
        let mut differing = 0.0;
        for (counts, &weight) in counts.iter().zip(weights) {
            let weight = f64::from(weight);
            let answers: f64 = counts.iter().sum();
            let same: f64 = counts.iter().map(|count| count * count).sum();
            differing += weight * (answers * answers - same) / (answers - 1.0);
            for (sum, count) in of_category.iter_mut().zip(counts) {
                *sum += weight * count;
            }
        }
        let all: f64 = of_category.iter().sum();
        let same: f64 = of_category.iter().map(|count| count * count).sum();
        let by_chance = all * all - same;
        (by_chance > 0.0).then(|| 1.0 - (all - 1.0) * differing / by_chance)
    };
    measured(counts.len(), options, alpha)
}

/// A measure of all texts, and its interval over samples of them.
fn measured(
    texts: usize,
    options: &Bootstrap,
    measure: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<Agreement, MetricError> {
    // One stratum: texts are drawn, whatever was answered.
    let [resampled] = bootstrap(&vec![true; texts], options, |weights| [measure(weights)])?;
    let value = measure(&vec![1; texts]);
    let interval = value.and_then(|_| resampled.percentile_interval());
    Ok(Agreement { value, interval, texts })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn alpha(readers: &[&str]) -> f64 {
        let readers: Vec<Vec<char>> =
            readers.iter().map(|row| row.chars().filter(|c| *c != ' ').collect()).collect();
        let texts: Vec<Vec<usize>> = (0..readers[0].len())
            .map(|text| {
                let answers = readers.iter().map(|row| row[text]).filter(|c| *c != '.');
                answers.map(|answer| answer as usize - '0' as usize).collect()
            })
            .collect();
        krippendorffs_alpha(&texts, &Bootstrap::default()).unwrap().value.unwrap()
    }

    #[test]
    fn alpha_is_that_of_krippendorffs_own_examples() {
        // "Computing Krippendorff's alpha-reliability", sections A, B and C.
        assert!((alpha(&["0100000010", "1110010000"]) - 0.095).abs() < 5e-4);
        // 24 answers, the five categories 4, 6, 6, 6 and 2 of them; 3 of 12 texts read differently.
        let by_hand = 1.0 - 23.0 * 6.0 / (576.0 - 128.0);
        assert!((alpha(&["001132224330", "101112224333"]) - by_hand).abs() < 1e-12);
        let four = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."];
        assert!((alpha(&four) - 0.743).abs() < 5e-4, "{}", alpha(&four));
    }

    #[test]
    fn kappa_is_the_textbook_one() {
        // Both yes 20, first alone 5, second alone 10, both no 15: 0.7 agreed, 0.5 by chance.
        let pairs: Vec<[usize; 2]> = [([1, 1], 20), ([1, 0], 5), ([0, 1], 10), ([0, 0], 15)]
            .into_iter()
            .flat_map(|(pair, count)| vec![pair; count])
            .collect();
        let kappa = cohens_kappa(&pairs, &Bootstrap::default()).unwrap();
        assert!((kappa.value.unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(kappa.texts, 50);
        let interval = kappa.interval.unwrap();
        // The standard error by Cohen's formula is sqrt(0.7 · 0.3 / (50 · 0.5²)) = 0.13.
        assert!((interval.lower - (0.4 - 1.96 * 0.13)).abs() < 0.05, "{interval:?}");
        assert!((interval.upper - (0.4 + 1.96 * 0.13)).abs() < 0.05, "{interval:?}");
    }

    #[test]
    fn where_all_answers_are_one_there_is_nothing_to_agree_on() {
        let one = cohens_kappa(&[[1, 1]; 5], &Bootstrap::default()).unwrap();
        assert_eq!((one.value, one.interval, one.texts), (None, None, 5));
        let one = krippendorffs_alpha(&vec![vec![1, 1]; 5], &Bootstrap::default()).unwrap();
        assert_eq!((one.value, one.interval), (None, None));
        let alone = krippendorffs_alpha(&[vec![1], vec![]], &Bootstrap::default());
        assert_eq!(alone, Err(MetricError::Empty));
    }
}
