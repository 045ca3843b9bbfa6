//! Values that can be derived on paper, and the errors of unfit input.
#![allow(clippy::unwrap_used)]

use metrics::{
    Binning, MetricError, average_precision, brier, confusion, ece, fit_temperature, log_loss,
    log_loss_of_logits, max_f1_threshold, operating_points, precision_at_prevalence, roc_auc,
    threshold_for_precision, tpr_at_fpr, wilson_interval,
};

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
}

#[test]
fn roc_auc_of_evenly_interleaved_rows_is_known() {
    // Scores 1..=2n, positives on the even ones: positive k beats k of the n negatives, so
    // AUC = (n + 1) / 2n.
    for n in [1_usize, 2, 10, 1_000] {
        let scores: Vec<f64> = (1..=2 * n).map(|score| score as f64).collect();
        let labels: Vec<bool> = (1..=2 * n).map(|score| score % 2 == 0).collect();
        close(roc_auc(&scores, &labels).unwrap(), (n + 1) as f64 / (2 * n) as f64);
    }
}

#[test]
fn average_precision_of_positives_below_all_negatives_is_a_harmonic_sum() {
    // n negatives above n positives: AP = 1/n Σ k / (n + k).
    let n = 50;
    let scores: Vec<f64> = (0..2 * n).map(f64::from).collect();
    let labels: Vec<bool> = (0..2 * n).map(|row| row < n).collect();
    let expected = (1..=n).map(|k| f64::from(k) / f64::from(n + k)).sum::<f64>() / f64::from(n);
    close(average_precision(&scores, &labels).unwrap(), expected);
}

#[test]
fn constant_scores_rank_like_a_coin() {
    let labels = [true, false, false, false];
    close(roc_auc(&[0.7; 4], &labels).unwrap(), 0.5);
    close(average_precision(&[0.7; 4], &labels).unwrap(), 0.25);
    close(tpr_at_fpr(&[0.7; 4], &labels, 0.05).unwrap(), 0.0);
}

#[test]
fn scores_may_be_infinite_and_signed_zeros_are_level() {
    let scores = [f64::INFINITY, 0.0, -0.0, f64::NEG_INFINITY];
    close(roc_auc(&scores, &[true, true, false, false]).unwrap(), 0.875);
    assert_eq!(operating_points(&scores, &[true; 4]).unwrap().len(), 3);
}

#[test]
fn a_constant_probability_has_the_entropy_of_its_guess() {
    let labels = [true, false, true, false];
    close(log_loss(&[0.5; 4], &labels).unwrap(), 2_f64.ln());
    close(brier(&[0.5; 4], &labels).unwrap(), 0.25);
    close(log_loss_of_logits(&[0.0; 4], &labels, 3.0).unwrap(), 2_f64.ln());
    // A certain mistake is finite, and exact from the logit.
    close(log_loss_of_logits(&[800.0], &[false], 1.0).unwrap(), 800.0);
    assert!(log_loss(&[1.0], &[false]).unwrap() < 37.0);
}

#[test]
fn calibration_error_is_the_gap_that_was_built_in() {
    // 10 rows at .9 of which 6 are positive, 10 at .2 of which 2 are.
    let scores = [[0.9; 10], [0.2; 10]].concat();
    let labels: Vec<bool> = (0..20).map(|row| !(6..18).contains(&row)).collect();
    for binning in [Binning::EqualWidth, Binning::EqualMass] {
        close(ece(&scores, &labels, 10, binning).unwrap(), 0.15);
    }
}

#[test]
fn temperature_of_two_level_logits_is_known() {
    // Logit ±z right with probability p: sigmoid(z / T) = p, so T = z / logit(p).
    let logits = [2.0, 2.0, 2.0, 2.0, -2.0, -2.0, -2.0, -2.0];
    let labels = [true, true, true, false, false, false, false, true];
    close(fit_temperature(&logits, &labels).unwrap(), 2.0 / 3_f64.ln());
}

#[test]
fn precision_at_prevalence_is_bayes_rule() {
    // Recall .9, false-positive rate .01, one in a hundred: 9 right in 18.9.
    close(precision_at_prevalence(0.9, 0.01, 0.01).unwrap().unwrap(), 0.009 / (0.009 + 0.0099));
    close(precision_at_prevalence(0.4, 0.4, 0.3).unwrap().unwrap(), 0.3);
    assert_eq!(precision_at_prevalence(0.0, 0.0, 0.3).unwrap(), None);
    assert!(precision_at_prevalence(0.9, 0.01, 1.5).is_err());
}

#[test]
fn precision_at_the_files_own_prevalence_is_the_files_precision() {
    let scores = [0.9, 0.8, 0.7, 0.6, 0.3, 0.2, 0.1];
    let labels = [true, false, true, true, false, true, false];
    let counts = confusion(&scores, &labels, 0.5).unwrap();
    let found = precision_at_prevalence(
        counts.recall().unwrap(),
        counts.false_positive_rate().unwrap(),
        4.0 / 7.0,
    );
    close(found.unwrap().unwrap(), counts.precision().unwrap());
}

#[test]
fn thresholds_are_scores_that_do_what_is_said() {
    let scores = [0.9, 0.8, 0.7, 0.6, 0.3, 0.2];
    let labels = [true, true, false, true, false, false];
    let best = max_f1_threshold(&scores, &labels).unwrap();
    close(best.threshold, 0.6);
    assert_eq!(best.confusion, confusion(&scores, &labels, 0.6).unwrap());
    let pure = threshold_for_precision(&scores, &labels, 1.0).unwrap().unwrap();
    close(pure.threshold, 0.8);
    // Nothing is that precise when the highest score is a negative's.
    let none = threshold_for_precision(&[0.9, 0.1], &[false, true], 0.9).unwrap();
    assert_eq!(none, None);
}

#[test]
fn wilson_interval_of_no_event_in_n_is_known() {
    // 0 of n: upper end z² / (n + z²).
    let found = wilson_interval(0, 100, 0.95).unwrap();
    let z = 1.959_963_984_540_054_f64;
    close(found.lower, 0.0);
    close(found.upper, z * z / (100.0 + z * z));
}

#[test]
fn unfit_input_is_named() {
    let two = [true, false];
    assert_eq!(roc_auc(&[], &[]), Err(MetricError::Empty));
    assert_eq!(roc_auc(&[0.1], &two), Err(MetricError::LengthMismatch { scores: 1, labels: 2 }));
    assert_eq!(roc_auc(&[0.1, f64::NAN], &two), Err(MetricError::NotANumber { row: 1 }));
    assert_eq!(brier(&[0.1, 1.5], &two), Err(MetricError::NotAProbability { row: 1, value: 1.5 }));
    assert_eq!(
        fit_temperature(&[f64::INFINITY, 0.0], &two),
        Err(MetricError::NotFinite { row: 0, value: f64::INFINITY })
    );
    assert!(confusion(&[0.1, 0.2], &two, f64::NAN).is_err());
    assert!(ece(&[0.1, 0.2], &two, 0, Binning::EqualWidth).is_err());
    assert!(tpr_at_fpr(&[0.1, 0.2], &two, 1.1).is_err());
    assert!(log_loss_of_logits(&[0.1, 0.2], &two, 0.0).is_err());
    assert!(wilson_interval(0, 0, 0.95).is_err());
    assert!(wilson_interval(3, 2, 0.95).is_err());
    let one_class = roc_auc(&[0.1, 0.2], &[false, false]).unwrap_err();
    assert_eq!(one_class.to_string(), "ROC AUC is undefined: none of the 2 rows is positive");
}
