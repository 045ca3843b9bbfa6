//! Names, number formats and meanings of metrics.

use metrics::Measure;

use crate::number::{decimal, percent};

/// Name of a metric, its number format and its meaning.
pub fn words(measure: Measure) -> (&'static str, fn(f64) -> String, &'static str) {
    match measure {
        Measure::Accuracy => ("Accuracy", percent, "share of rows on the right side"),
        Measure::BalancedAccuracy => {
            ("Balanced accuracy", percent, "the same, as if both labels were equally common")
        }
        Measure::Precision => ("Precision", percent, "share of flagged rows that are positive"),
        Measure::Recall => ("Recall", percent, "share of positives flagged"),
        Measure::F1 => ("F1", decimal, "harmonic mean of precision and recall"),
        Measure::Mcc => ("Matthews correlation", decimal, "1 perfect, 0 chance"),
        Measure::FalsePositiveRate => {
            ("False-positive rate", percent, "share of negatives flagged")
        }
        Measure::RocAuc => ("ROC AUC", decimal, "chance that a positive outscores a negative"),
        Measure::AveragePrecision => {
            ("Average precision", decimal, "area under precision against recall")
        }
        Measure::TprAtFpr01 => {
            ("Recall at 0.1 % false positives", percent, "by the best threshold on these rows")
        }
        Measure::TprAtFpr1 => ("Recall at 1 % false positives", percent, "likewise"),
        Measure::TprAtFpr5 => ("Recall at 5 % false positives", percent, "likewise"),
        Measure::Brier => ("Brier score", decimal, "mean squared error of the score; 0 best"),
        Measure::LogLoss => ("Log loss", decimal, "in nats; 0 best"),
        Measure::Ece => ("Calibration error", decimal, "expected, 15 bins of equal width; 0 best"),
    }
}
