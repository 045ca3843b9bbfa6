//! A base as a folder that `train --base` and `transformers` read.

use std::path::Path;

use checkpoint::ElectraConfig;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{CheckpointError, Weights, folder};
use serde_json::{Value, json};
use text::TweetTokenizer;

use crate::error::TrainError;

/// A base and the files that describe it.
pub struct BaseFolder<'a> {
    /// Its architecture.
    pub config: &'a ElectraConfig,
    /// Its tensors, under Hugging Face's names.
    pub weights: &'a Weights,
    /// Its word pieces.
    pub tokenizer: &'a TweetTokenizer,
    /// `training.json`.
    pub training: &'a Value,
    /// `README.md`.
    pub card: &'a str,
}

impl BaseFolder<'_> {
    /// Writes the folder, whole or not at all.
    ///
    /// # Errors
    /// [`TrainError::Model`] if something else is there or the disk refuses; what was there before
    /// is then still there.
    pub fn write(&self, target: &Path, storage: Storage) -> Result<(), TrainError> {
        folder::check_place(target)?;
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(CheckpointError::io("create", parent))?;
        }
        let path = target.join("model.safetensors");
        let weights = safetensors::serialize(self.weights, storage, &path)?;
        let tokenizer = self.tokenizer.to_json(&target.join("tokenizer.json"))?;
        let config = Value::Object(self.config.to_hugging_face(self.tokenizer.padding_id()));
        let pretty = |json: &Value| format!("{json:#}\n").into_bytes();
        folder::write(
            target,
            &[
                ("config.json", &pretty(&config)),
                ("model.safetensors", &weights),
                ("tokenizer.json", tokenizer.as_bytes()),
                ("training.json", &pretty(self.training)),
                ("README.md", self.card.as_bytes()),
            ],
        )?;
        Ok(())
    }
}

/// The tensors of a network's body, without heads and whatever learned beside it.
pub fn body(weights: Weights) -> Weights {
    weights.into_iter().filter(|(name, _)| name.starts_with("electra.")).collect()
}

/// The numbers of a recipe, for `training.json`.
pub fn recipe(args: &super::LanguageArgs) -> Value {
    json!({
        "max_length": args.max_length,
        "max_tokens": args.max_tokens,
        "learning_rate": args.learning_rate,
        "warmup": args.warmup,
        "weight_decay": args.regularisation.weight_decay,
        "seed": args.seed,
        "epochs": args.epochs,
        "planned_steps": args.steps,
        "device": args.running.device.to_string(),
        "precision": args.running.precision,
    })
}
