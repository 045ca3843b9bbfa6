//! Times every metric on a million rows: `cargo run -p metrics --example million_rows`.

use std::time::Instant;

use metrics::{
    Binning, Bootstrap, Evaluator, MetricError, average_precision, brier, confusion, ece,
    fit_temperature, log_loss, max_f1_threshold, pr_curve, reliability_bins, roc_auc, roc_curve,
    threshold_for_fpr, threshold_for_precision, tpr_at_fpr,
};

const ROWS: usize = 1_000_000;

fn main() -> Result<(), MetricError> {
    // Logits of two overlapping bell-shaped classes, all different.
    let mut state = 2016_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let labels: Vec<bool> = (0..ROWS).map(|row| row % 2 == 0).collect();
    let logits: Vec<f64> = labels
        .iter()
        .map(|&label| {
            let bell: f64 = (0..6).map(|_| uniform() - 0.5).sum();
            4.0 * bell + if label { 2.0 } else { -2.0 }
        })
        .collect();
    let scores: Vec<f64> = logits.iter().map(|z| ((-z).exp() + 1.0).recip()).collect();
    let (scores, labels, logits) = (&scores[..], &labels[..], &logits[..]);

    println!("{ROWS} rows");
    time("roc_auc", || roc_auc(scores, labels))?;
    time("average_precision", || average_precision(scores, labels))?;
    time("roc_curve", || roc_curve(scores, labels))?;
    time("pr_curve", || pr_curve(scores, labels))?;
    time("tpr_at_fpr", || tpr_at_fpr(scores, labels, 0.01))?;
    time("confusion", || confusion(scores, labels, 0.5))?;
    time("max_f1_threshold", || max_f1_threshold(scores, labels))?;
    time("threshold_for_precision", || threshold_for_precision(scores, labels, 0.9))?;
    time("threshold_for_fpr", || threshold_for_fpr(scores, labels, 0.01))?;
    time("brier", || brier(scores, labels))?;
    time("log_loss", || log_loss(scores, labels))?;
    time("ece, equal width", || ece(scores, labels, 15, Binning::EqualWidth))?;
    time("ece, equal mass", || ece(scores, labels, 15, Binning::EqualMass))?;
    time("reliability_bins", || reliability_bins(scores, labels, 15, Binning::EqualWidth))?;
    time("fit_temperature", || fit_temperature(logits, labels))?;
    let evaluator = time("Evaluator::new", || Evaluator::new(scores, labels, 0.5))?;
    time("all 15 measures", || Ok(evaluator.summary()))?;
    time("all 15, 100 bootstrap samples", || {
        evaluator.intervals(&Bootstrap { replicates: 100, ..Bootstrap::default() })
    })?;
    let (scores, labels) = (&scores[..100_000], &labels[..100_000]);
    let evaluator = Evaluator::new(scores, labels, 0.5)?;
    time("100,000 rows, all 15, 1,000 samples", || evaluator.intervals(&Bootstrap::default()))?;
    Ok(())
}

fn time<T>(name: &str, metric: impl FnOnce() -> Result<T, MetricError>) -> Result<T, MetricError> {
    let start = Instant::now();
    let value = std::hint::black_box(metric()?);
    println!("{name:36} {:8.3} s", start.elapsed().as_secs_f64());
    Ok(value)
}
