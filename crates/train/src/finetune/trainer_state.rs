//! The curves of a training as Hugging Face's `Trainer` keeps them (`trainer_state.json`), for the tools that
//! plot these.

use std::io::{self, Write};
use std::path::Path;

use checkpoint::CheckpointError;
use checkpoint::file::WholeFile;
use serde_json::{Value, json};

use super::settings::Hyperparameters;
use crate::learning::state::StateRecord;

/// The name of the file.
pub const FILE: &str = "trainer_state.json";

/// Loss and learning rate of the steps and figures of the evaluations, in their order.
/// `steps_per_epoch` is of one network; where several are averaged, epochs and steps run on.
pub fn trainer_state(
    hyperparameters: &Hyperparameters,
    steps_per_epoch: usize,
    record: &StateRecord,
) -> Value {
    let epoch = |step: usize| step as f64 / steps_per_epoch as f64;
    let steps = record.reports.iter().map(|report| {
        let mut entry = json!(report.figures);
        entry["epoch"] = json!(epoch(report.step));
        entry["step"] = json!(report.step);
        (report.step, entry)
    });
    let evaluations = record.evaluations.iter().map(|found| {
        let entry = json!({
            "epoch": epoch(found.step),
            "eval_loss": found.loss,
            "eval_accuracy": found.accuracy,
            "eval_roc_auc": found.roc_auc,
            "eval_pr_auc": found.pr_auc,
            "step": found.step,
        });
        (found.step, entry)
    });
    let mut log: Vec<(usize, Value)> = steps.chain(evaluations).collect();
    log.sort_by_key(|(step, _)| *step);
    let log: Vec<Value> = log.into_iter().map(|(_, entry)| entry).collect();
    let best = record.evaluations.iter().max_by(|a, b| a.roc_auc.total_cmp(&b.roc_auc));
    let global_step = record.steps_taken();
    json!({
        "best_metric": best.map(|found| found.roc_auc),
        "best_global_step": best.map(|found| found.step),
        "best_model_checkpoint": null,
        "epoch": epoch(global_step),
        "global_step": global_step,
        "is_hyper_param_search": false,
        "is_local_process_zero": true,
        "is_world_process_zero": true,
        "log_history": log,
        "max_steps": hyperparameters.models * hyperparameters.epochs * steps_per_epoch,
        "num_train_epochs": hyperparameters.models * hyperparameters.epochs,
        "save_steps": hyperparameters.save_every,
        "train_batch_size": hyperparameters.batch_size,
        "trial_name": null,
        "trial_params": null,
    })
}

/// Writes it into the checkpoint's folder.
///
/// # Errors
/// If the disk refuses.
pub fn write(folder: &Path, state: &Value) -> Result<(), CheckpointError> {
    let path = folder.join(FILE);
    let write = || -> io::Result<()> {
        let mut file = WholeFile::create(&path)?;
        serde_json::to_writer_pretty(&mut file, state)?;
        file.write_all(b"\n")?;
        file.finish()
    };
    write().map_err(CheckpointError::io("write", &path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use clap::Parser;

    use super::*;
    use crate::finetune::args::FinetuneArgs;
    use crate::finetune::settings::{Circumstances, hyperparameters};
    use crate::learning::evaluation::Evaluation;
    use crate::learning::state::Report;

    #[test]
    fn steps_and_evaluations_stand_in_the_order_in_which_they_came() {
        let args = FinetuneArgs::try_parse_from(["train", "--epochs", "2"]).unwrap();
        let now = Circumstances {
            positives: 40,
            negatives: 40,
            hidden_size: 256,
            pretrained: true,
            mask_id: None,
        };
        let mut record = StateRecord::fresh(BTreeMap::new());
        record.step = 20;
        record.reports = [5, 15]
            .map(|step| Report { step, figures: [("loss".to_owned(), 0.5)].into() })
            .to_vec();
        record.evaluations = [(10, 0.8), (20, 0.7)]
            .map(|(step, roc_auc)| Evaluation {
                step,
                loss: 0.4,
                accuracy: 0.9,
                roc_auc,
                pr_auc: 0.6,
                lowest: 0.1,
                highest: 0.9,
            })
            .to_vec();
        let state = trainer_state(&hyperparameters(&args, now).unwrap(), 10, &record);
        let log = state["log_history"].as_array().unwrap();
        let steps: Vec<u64> = log.iter().filter_map(|entry| entry["step"].as_u64()).collect();
        assert_eq!(steps, [5, 10, 15, 20]);
        assert_eq!((&log[0]["loss"], &log[0]["epoch"]), (&json!(0.5), &json!(0.5)));
        assert_eq!(log[1]["eval_roc_auc"], 0.8);
        assert_eq!((&state["best_metric"], &state["global_step"]), (&json!(0.8), &json!(20)));
        assert_eq!((&state["epoch"], &state["max_steps"]), (&json!(2.0), &json!(20)));
    }
}
