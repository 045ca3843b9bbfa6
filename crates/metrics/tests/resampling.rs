//! The bootstrap: what it holds, and that it does not depend on threads.
#![allow(clippy::unwrap_used)]

use metrics::{
    Bootstrap, Evaluator, Measure, MetricError, average_precision, bootstrap, brier, confusion,
    ece, log_loss, paired_difference, roc_auc, tpr_at_fpr,
};

/// A plain linear congruential generator, so that the rows are the same everywhere.
fn rows(count: usize, shift: f64, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut state = seed;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|row| {
            let label = row % 3 == 0;
            let noise: f64 = (0..4).map(|_| uniform()).sum::<f64>() / 4.0;
            let score = (noise + if label { shift } else { 0.0 }).clamp(0.0, 1.0);
            ((score * 200.0).round() / 200.0, label)
        })
        .unzip()
}

#[test]
fn the_summary_is_the_single_metrics() {
    let (scores, labels) = rows(900, 0.15, 1);
    let summary = Evaluator::new(&scores, &labels, 0.5).unwrap().summary();
    let counts = confusion(&scores, &labels, 0.5).unwrap();
    for (measure, expected) in [
        (Measure::Accuracy, counts.accuracy().unwrap()),
        (Measure::F1, counts.f1().unwrap()),
        (Measure::Mcc, counts.mcc().unwrap()),
        (Measure::RocAuc, roc_auc(&scores, &labels).unwrap()),
        (Measure::AveragePrecision, average_precision(&scores, &labels).unwrap()),
        (Measure::TprAtFpr1, tpr_at_fpr(&scores, &labels, 0.01).unwrap()),
        (Measure::Brier, brier(&scores, &labels).unwrap()),
        (Measure::LogLoss, log_loss(&scores, &labels).unwrap()),
        (
            Measure::Ece,
            ece(&scores, &labels, Measure::ECE_BINS, metrics::Binning::EqualWidth).unwrap(),
        ),
    ] {
        let found = summary.get(measure).unwrap();
        assert!((found - expected).abs() < 1e-12, "{}", measure.key());
    }
}

#[test]
fn weights_are_repeated_rows() {
    let (scores, labels) = rows(200, 0.1, 2);
    let weights: Vec<u32> = (0..200).map(|row| row % 4).collect();
    let repeat = |row: usize| weights[row] as usize;
    let repeated_scores: Vec<f64> =
        (0..200).flat_map(|row| vec![scores[row]; repeat(row)]).collect();
    let repeated_labels: Vec<bool> =
        (0..200).flat_map(|row| vec![labels[row]; repeat(row)]).collect();
    let weighted = Evaluator::new(&scores, &labels, 0.5).unwrap().weighted(&weights);
    let repeated = Evaluator::new(&repeated_scores, &repeated_labels, 0.5).unwrap().summary();
    for (measure, value) in repeated.iter() {
        let found = weighted.get(measure).unwrap();
        assert!((found - value.unwrap()).abs() < 1e-12, "{}", measure.key());
    }
}

#[test]
fn every_sample_keeps_the_number_of_each_class() {
    let (_, labels) = rows(100, 0.1, 3);
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    let [drawn, flagged] = bootstrap(&labels, &Bootstrap::default(), |weights| {
        let total: u32 = weights.iter().sum();
        let of_positives: u32 = weights
            .iter()
            .zip(&labels)
            .filter(|&(_, &label)| label)
            .map(|(weight, _)| weight)
            .sum();
        [Some(f64::from(total)), Some(f64::from(of_positives))]
    })
    .unwrap();
    assert!(drawn.values.iter().all(|&total| total as u64 == 100));
    assert!(flagged.values.iter().all(|&total| total as u64 == positives));
}

#[test]
fn intervals_do_not_depend_on_the_number_of_threads() {
    let (scores, labels) = rows(500, 0.12, 4);
    let evaluator = Evaluator::new(&scores, &labels, 0.5).unwrap();
    let options = Bootstrap { replicates: 200, seed: 11, ..Bootstrap::default() };
    let with_threads = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| evaluator.intervals(&options).unwrap())
    };
    let alone = with_threads(1);
    assert_eq!(alone, with_threads(2));
    assert_eq!(alone, with_threads(5));
    let other_seed = evaluator.intervals(&Bootstrap { seed: 12, ..options }).unwrap();
    assert_ne!(alone, other_seed);
}

#[test]
fn intervals_of_a_proportion_have_the_width_of_the_binomial() {
    // Recall .8 of 400 positives: standard error √(.8 · .2 / 400) = .02.
    let scores: Vec<f64> =
        (0..800).map(|row| if row < 400 && row % 5 != 0 { 0.9 } else { 0.1 }).collect();
    let labels: Vec<bool> = (0..800).map(|row| row < 400).collect();
    let estimates = Evaluator::new(&scores, &labels, 0.5)
        .unwrap()
        .intervals(&Bootstrap { replicates: 4_000, ..Bootstrap::default() })
        .unwrap();
    let recall = estimates.get(Measure::Recall).unwrap();
    assert!((recall.value - 0.8).abs() < 1e-12);
    let interval = recall.interval.unwrap();
    assert!((interval.lower - (0.8 - 1.96 * 0.02)).abs() < 0.004);
    assert!((interval.upper - (0.8 + 1.96 * 0.02)).abs() < 0.004);
}

#[test]
fn about_95_of_100_intervals_hold_the_true_auc() {
    // Positives uniform on (a, 1 + a), negatives on (0, 1), 0 < a < 1:
    // AUC = 1 − (1 − a)² / 2, exactly.
    let a = 0.4_f64;
    let truth = 1.0 - (1.0 - a).powi(2) / 2.0;
    let mut state = 99_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let held = (0..200)
        .filter(|&experiment| {
            let labels: Vec<bool> = (0..300).map(|row| row % 2 == 0).collect();
            let scores: Vec<f64> = labels
                .iter()
                .map(|&label| f64::midpoint(uniform(), if label { a } else { 0.0 }))
                .collect();
            let estimate = Evaluator::new(&scores, &labels, 0.5)
                .unwrap()
                .intervals(&Bootstrap { replicates: 400, seed: experiment, confidence: 0.95 })
                .unwrap()
                .get(Measure::RocAuc)
                .unwrap();
            let interval = estimate.interval.unwrap();
            (interval.lower..=interval.upper).contains(&truth)
        })
        .count();
    // Binomial(200, .95) lies in 179..=199 with probability above .998.
    assert!((179..=199).contains(&held), "{held} of 200 held the truth");
}

#[test]
fn a_paired_difference_is_sharper_than_the_two_intervals() {
    let (scores, labels) = rows(600, 0.1, 5);
    // The second model is the first with a little more separation on every third row.
    let better: Vec<f64> = scores
        .iter()
        .zip(&labels)
        .enumerate()
        .map(|(row, (&score, &label))| {
            let push = if row % 3 == 1 { 0.05 } else { 0.03 };
            (score + if label { push } else { -push }).clamp(0.0, 1.0)
        })
        .collect();
    let first = Evaluator::new(&scores, &labels, 0.5).unwrap();
    let second = Evaluator::new(&better, &labels, 0.5).unwrap();
    let options = Bootstrap::default();
    let difference =
        paired_difference(&first, &second, &options).unwrap().get(Measure::RocAuc).unwrap();
    let own = first.intervals(&options).unwrap().get(Measure::RocAuc).unwrap();
    let interval = difference.interval.unwrap();
    let own = own.interval.unwrap();
    assert!(difference.value > 0.0 && interval.lower > 0.0);
    assert_eq!(difference.share_above_zero, Some(1.0));
    assert!(interval.upper - interval.lower < (own.upper - own.lower) / 2.0);
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let (scores, labels) = rows(120, 0.1, 6);
    let evaluator = Evaluator::new(&scores, &labels, 0.5).unwrap();
    let differences = paired_difference(&evaluator, &evaluator, &Bootstrap::default()).unwrap();
    for (measure, difference) in differences.iter() {
        let difference = difference.unwrap();
        assert!(difference.value.abs() < 1e-15, "{}", measure.key());
        assert_eq!(difference.share_above_zero, Some(0.0));
    }
}

#[test]
fn undefined_measures_are_none_and_bad_options_are_named() {
    let evaluator = Evaluator::new(&[0.2, 0.4], &[false, false], 0.5).unwrap();
    let estimates = evaluator.intervals(&Bootstrap::default()).unwrap();
    assert_eq!(estimates.get(Measure::RocAuc), None);
    assert_eq!(estimates.get(Measure::Recall), None);
    assert!(estimates.get(Measure::Brier).is_some());

    let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
    assert!(matches!(evaluator.intervals(&none), Err(MetricError::BadParameter { .. })));
    let other = Evaluator::new(&[0.2, 0.4], &[false, true], 0.5).unwrap();
    assert_eq!(
        paired_difference(&evaluator, &other, &Bootstrap::default()),
        Err(MetricError::Unpaired { row: 1 })
    );
}
