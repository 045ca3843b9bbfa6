//! The curves of the model's training, out of the `trainer_state.json` that `train` leaves in its folder.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

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
