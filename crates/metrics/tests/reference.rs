//! Every metric against scikit-learn's values (`tests/reference/metrics.py` writes them).
#![allow(clippy::unwrap_used)]

use metrics::{
    Binning, MetricError, OperatingPoint, ReliabilityBin, average_precision, brier, confusion, ece,
    fit_temperature, log_loss, log_loss_of_logits, max_f1_threshold, pr_curve, reliability_bins,
    roc_auc, roc_curve, threshold_for_fpr, threshold_for_precision, tpr_at_fpr, wilson_interval,
};
use serde_json::Value;

const REFERENCE: &str = include_str!("../../../tests/reference/metrics.json");
const TOLERANCE: f64 = 1e-9;

struct Case {
    name: String,
    scores: Vec<f64>,
    labels: Vec<bool>,
    expected: Value,
}

fn document() -> Value {
    serde_json::from_str(REFERENCE).unwrap()
}

fn cases() -> Vec<Case> {
    let document = document();
    let cases: Vec<Case> = document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: case["name"].as_str().unwrap().to_owned(),
            scores: numbers(&case["scores"]),
            labels: case["labels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|label| label.as_bool().unwrap())
                .collect(),
            expected: case.clone(),
        })
        .collect();
    assert!(cases.len() >= 15, "the reference file lost cases");
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: found {found}, expected {expected}");
}

#[track_caller]
fn all_close(found: &[f64], expected: &Value, what: &str) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    for (found, expected) in found.iter().zip(expected) {
        close(*found, expected, what);
    }
}

/// A value where the reference has one, an error of one class where it has null.
#[track_caller]
fn defined_alike(found: Result<f64, MetricError>, expected: &Value, what: &str) {
    match expected.as_f64() {
        Some(expected) => close(found.unwrap(), expected, what),
        None => assert!(matches!(found, Err(MetricError::OneClass { .. })), "{what}: {found:?}"),
    }
}

#[test]
fn confusion_and_its_rates_equal_scikit_learn() {
    for case in cases() {
        for expected in case.expected["confusions"].as_array().unwrap() {
            let threshold = expected["threshold"].as_f64().unwrap();
            let found = confusion(&case.scores, &case.labels, threshold).unwrap();
            let what = format!("{} at {threshold}", case.name);
            let counts = [
                found.true_positives,
                found.false_positives,
                found.true_negatives,
                found.false_negatives,
            ];
            let expected_counts: Vec<u64> =
                serde_json::from_value(expected["counts"].clone()).unwrap();
            assert_eq!(counts.as_slice(), expected_counts, "{what}");
            for (rate, key) in [
                (found.accuracy(), "accuracy"),
                (found.balanced_accuracy(), "balanced_accuracy"),
                (found.precision(), "precision"),
                (found.recall(), "recall"),
                (found.specificity(), "specificity"),
                (found.f1(), "f1"),
                (found.mcc(), "mcc"),
            ] {
                match (rate, expected[key].as_f64()) {
                    (Some(rate), Some(expected)) => close(rate, expected, &what),
                    (rate, expected) => assert_eq!(rate, expected, "{what}: {key}"),
                }
            }
        }
    }
}

#[test]
fn roc_auc_and_average_precision_equal_scikit_learn() {
    for Case { name, scores, labels, expected } in cases() {
        defined_alike(roc_auc(&scores, &labels), &expected["roc_auc"], &name);
        defined_alike(average_precision(&scores, &labels), &expected["average_precision"], &name);
    }
}

#[test]
fn curves_equal_scikit_learn_point_by_point() {
    for Case { name, scores, labels, expected } in cases() {
        match roc_curve(&scores, &labels) {
            Ok(points) => {
                let [fpr, tpr, thresholds] = [0, 1, 2].map(|part| &expected["roc_curve"][part]);
                let column = |part: fn(&metrics::RocPoint) -> f64| -> Vec<f64> {
                    points.iter().map(part).collect()
                };
                all_close(&column(|point| point.false_positive_rate), fpr, &name);
                all_close(&column(|point| point.true_positive_rate), tpr, &name);
                assert!(points[0].threshold.is_infinite());
                all_close(&column(|point| point.threshold)[1..], thresholds, &name);
            }
            Err(_) => assert!(expected["roc_curve"].is_null(), "{name}"),
        }
        match pr_curve(&scores, &labels) {
            Ok(points) => {
                let [precision, recall, thresholds] =
                    [0, 1, 2].map(|part| &expected["pr_curve"][part]);
                let column = |part: fn(&metrics::PrPoint) -> f64| -> Vec<f64> {
                    points.iter().map(part).collect()
                };
                // scikit-learn stops at the first threshold that reaches full recall.
                let kept = numbers(precision).len();
                all_close(&column(|point| point.precision)[..kept], precision, &name);
                all_close(&column(|point| point.recall)[..kept], recall, &name);
                all_close(&column(|point| point.threshold)[..kept], thresholds, &name);
            }
            Err(_) => assert!(expected["pr_curve"].is_null(), "{name}"),
        }
    }
}

#[test]
fn tpr_at_fpr_is_the_best_point_of_scikit_learns_curve() {
    let limits = numbers(&document()["limits"]);
    for Case { name, scores, labels, expected } in cases() {
        for (index, &limit) in limits.iter().enumerate() {
            defined_alike(
                tpr_at_fpr(&scores, &labels, limit),
                &expected["tpr_at_fpr"][index],
                &name,
            );
        }
    }
}

#[test]
fn brier_and_log_loss_equal_scikit_learn() {
    for Case { name, scores, labels, expected } in cases() {
        let found = brier(&scores, &labels).unwrap();
        close(found, expected["brier"].as_f64().unwrap(), &name);
        let found = log_loss(&scores, &labels).unwrap();
        close(found, expected["log_loss"].as_f64().unwrap(), &name);
    }
}

#[test]
fn reliability_bins_equal_scikit_learns_calibration_curve() {
    let bins = document()["bins"].as_u64().unwrap() as usize;
    for case in cases() {
        for (binning, key) in [(Binning::EqualWidth, "uniform"), (Binning::EqualMass, "quantile")] {
            let what = format!("{}, {key}", case.name);
            let expected = &case.expected[key];
            let found = reliability_bins(&case.scores, &case.labels, bins, binning).unwrap();
            let rows: Vec<u64> = found.iter().map(|bin| bin.rows).collect();
            let expected_rows: Vec<u64> = serde_json::from_value(expected["rows"].clone()).unwrap();
            assert_eq!(rows, expected_rows, "{what}");
            let rates: Vec<f64> = found.iter().map(ReliabilityBin::positive_rate).collect();
            all_close(&rates, &expected["positive_rate"], &what);
            let means: Vec<f64> = found.iter().map(|bin| bin.mean_score).collect();
            all_close(&means, &expected["mean_score"], &what);
            let error = ece(&case.scores, &case.labels, bins, binning).unwrap();
            close(error, expected["ece"].as_f64().unwrap(), &what);
        }
    }
}

#[test]
fn threshold_search_finds_what_trying_every_score_finds() {
    let threshold = |point: Option<OperatingPoint>| point.map(|point| point.threshold);
    for Case { name, scores, labels, expected } in cases() {
        let search = &expected["search"];
        defined_alike(
            max_f1_threshold(&scores, &labels).map(|point| point.threshold),
            &search["max_f1"],
            &name,
        );
        for pair in search["precision"].as_array().into_iter().flatten() {
            let least = pair[0].as_f64().unwrap();
            let found = threshold_for_precision(&scores, &labels, least).unwrap();
            assert_eq!(threshold(found), pair[1].as_f64(), "{name}");
        }
        for pair in search["fpr"].as_array().into_iter().flatten() {
            let limit = pair[0].as_f64().unwrap();
            let found = threshold_for_fpr(&scores, &labels, limit).unwrap();
            assert_eq!(threshold(found), pair[1].as_f64(), "{name}");
        }
    }
}

#[test]
fn temperature_is_the_root_that_scipy_finds() {
    let mut inside = 0;
    for Case { name, labels, expected, .. } in cases() {
        let expected = &expected["temperature"];
        if expected.is_null() {
            continue;
        }
        let logits = numbers(&expected["logits"]);
        let found = fit_temperature(&logits, &labels).unwrap();
        close(found, expected["temperature"].as_f64().unwrap(), &name);
        if let Some(loss) = expected["log_loss"].as_f64() {
            inside += 1;
            let found = log_loss_of_logits(&logits, &labels, found).unwrap();
            close(found, loss, &name);
        }
    }
    assert!(inside >= 4, "the reference file lost its temperatures");
}

#[test]
fn wilson_interval_equals_scipy() {
    for row in document()["wilson"].as_array().unwrap() {
        let (successes, trials) = (row[0].as_u64().unwrap(), row[1].as_u64().unwrap());
        let found = wilson_interval(successes, trials, row[2].as_f64().unwrap()).unwrap();
        close(found.lower, row[3].as_f64().unwrap(), "lower end");
        close(found.upper, row[4].as_f64().unwrap(), "upper end");
    }
}
