//! The curves of the model's training, out of the `trainer_state.json` that `train` leaves in its folder.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::page::{Axis, Block, Plot};

/// Points of a curve: epoch and value.
pub type Curve = Vec<[f64; 2]>;

/// What was measured while the model learned.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TrainingCurves {
    /// Loss of the training posts, means over some steps.
    pub loss: Curve,
    /// Learning rate, likewise.
    pub learning_rate: Curve,
    /// Loss of the validation posts.
    pub validation_loss: Curve,
    /// ROC AUC of the validation posts.
    pub validation_roc_auc: Curve,
}

impl TrainingCurves {
    /// The curves of the model in a folder; none if there is no such file, or another program's.
    pub fn open(folder: &Path) -> Option<Self> {
        let text = std::fs::read(folder.join("trainer_state.json")).ok()?;
        let state: Value = serde_json::from_slice(&text).ok()?;
        let log = state["log_history"].as_array()?;
        let curve = |name: &str| -> Curve {
            let point = |entry: &Value| Some([entry["epoch"].as_f64()?, entry[name].as_f64()?]);
            log.iter().filter_map(point).collect()
        };
        let curves = Self {
            loss: curve("loss"),
            learning_rate: curve("learning_rate"),
            validation_loss: curve("eval_loss"),
            validation_roc_auc: curve("eval_roc_auc"),
        };
        (curves != Self::default()).then_some(curves)
    }
}

/// Losses, ROC AUC and learning rate over epochs.
pub fn charts(curves: &TrainingCurves) -> Vec<Block> {
    let all = [&curves.loss, &curves.validation_loss, &curves.validation_roc_auc];
    let end = all.into_iter().flatten().map(|[epoch, _]| *epoch).fold(1.0, f64::max);
    let mut losses = Plot::new(
        "training-loss",
        "Loss while it learned",
        last("training loss", &curves.loss) + &last(", validation loss", &curves.validation_loss),
        epochs(end),
        upto("loss", &[&curves.loss, &curves.validation_loss]),
    );
    losses.line("model", &curves.loss);
    losses.line("rival", &curves.validation_loss);
    let key = [("model", "training posts"), ("rival", "validation posts")];
    let mut auc = Plot::new(
        "training-auc",
        "ROC AUC of the validation posts",
        last("ROC AUC", &curves.validation_roc_auc),
        epochs(end),
        Axis::score("ROC AUC"),
    );
    auc.line("model", &curves.validation_roc_auc);
    let mut rate = Plot::new(
        "training-rate",
        "Learning rate",
        last("learning rate", &curves.learning_rate),
        epochs(end),
        upto("learning rate", &[&curves.learning_rate]),
    );
    rate.line("model", &curves.learning_rate);
    vec![losses.key(&key).block(Vec::new()), auc.block(Vec::new()), rate.block(Vec::new())]
}

/// The horizontal axis of curves over epochs.
fn epochs(end: f64) -> Axis {
    let step = (end / 6.0).ceil().max(1.0);
    let ticks = (0..=6).map(|tick| f64::from(tick) * step).filter(|at| *at <= end);
    Axis {
        label: "epochs",
        from: 0.0,
        to: end,
        ticks: ticks.map(|at| (at, format!("{at:.0}"))).collect(),
    }
}

/// An axis from 0 to the highest value.
fn upto(label: &'static str, curves: &[&Curve]) -> Axis {
    let values = curves.iter().flat_map(|curve| curve.iter()).map(|[_, value]| *value);
    let highest = values.fold(0.0, f64::max);
    let to = if highest > 0.0 { highest } else { 1.0 };
    let ticks = (0..=4).map(|quarter| {
        let at = to * f64::from(quarter) / 4.0;
        (at, if to < 0.01 && at > 0.0 { format!("{at:.1e}") } else { format!("{at:.2}") })
    });
    Axis { label, from: 0.0, to, ticks: ticks.collect() }
}

/// The last value of a curve in words.
fn last(name: &str, curve: &Curve) -> String {
    curve.last().map_or_else(String::new, |[_, value]| format!("{name} {value:.4} at the end"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn curves_are_read_from_the_log_and_nothing_from_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let curves = |text: &str| {
            std::fs::write(folder.path().join("trainer_state.json"), text).unwrap();
            TrainingCurves::open(folder.path())
        };
        assert_eq!(TrainingCurves::open(folder.path()), None);
        let found = curves(
            r#"{"log_history": [{"epoch": 0.5, "loss": 0.7, "learning_rate": 0.001, "step": 5},
                {"epoch": 1.0, "eval_loss": 0.6, "eval_roc_auc": 0.9, "step": 10}]}"#,
        );
        let found = found.unwrap();
        assert_eq!((found.loss, found.learning_rate), (vec![[0.5, 0.7]], vec![[0.5, 0.001]]));
        assert_eq!(found.validation_loss, [[1.0, 0.6]]);
        assert_eq!(found.validation_roc_auc, [[1.0, 0.9]]);
        for text in ["", "{}", r#"{"log_history": [{"epoch": 1}]}"#] {
            assert_eq!(curves(text), None, "{text}");
        }
    }
}
