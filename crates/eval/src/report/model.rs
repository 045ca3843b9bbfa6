//! The evaluated model.

use serde::Serialize;
use serde_json::Value;

use super::training_curves::{self, TrainingCurves};
use crate::number::size;
use crate::page::{Block, Table};

/// Facts about the evaluated model.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The checkpoint's folder, where there is one.
    pub folder: String,
    /// SHA-256 of its weights; with other models of the SHA-256 of each, a line each.
    pub sha256: String,
    /// Temperature that logits are divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The threshold it ships with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Word pieces that it reads at once; longer texts it reads in windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Languages that it judges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Device and precision of the scoring.
    pub engine: String,
    /// Its training record.
    pub training: Value,
    /// How it learned, where its folder says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_curves: Option<TrainingCurves>,
    /// Other models of the same checkpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherModel>,
}

/// Another model of a checkpoint, for other languages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherModel {
    /// Its folder within the checkpoint's.
    pub folder: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Languages that it judges.
    pub languages: Vec<String>,
    /// Its training record.
    pub training: Value,
}

impl ModelFacts {
    /// The training records of all models.
    pub fn trainings(&self) -> impl Iterator<Item = &Value> + Clone {
        std::iter::once(&self.training).chain(self.others.iter().map(|other| &other.training))
    }
}

/// The model's facts. `made_by` is the program and its time.
pub fn show(model: &ModelFacts, made_by: String) -> Block {
    let optional =
        |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    let others = model.others.iter().map(|other| {
        format!("{} {} for {}", other.folder, other.version, other.languages.join(", "))
    });
    let others: Vec<String> = others.collect();
    let facts = [
        ("name and version", format!("{} {}", model.name, model.version)),
        ("folder", model.folder.clone()),
        ("SHA-256 of the weights", model.sha256.clone()),
        ("other models", others.join("; ")),
        ("threshold it ships with", optional(model.threshold)),
        ("temperature", optional(model.temperature)),
        ("word pieces read at once", model.max_length.map_or_else(String::new, size)),
        ("scored on", model.engine.clone()),
        ("made by", made_by),
    ];
    let known: Vec<_> = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    Table::of("Model", &known)
        .text("Fact", |(name, _)| *name)
        .text("Value", |(_, value)| value)
        .block()
}

/// How it was trained, folded away.
pub fn show_training(model: &ModelFacts) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !model.training.is_null() {
        let record = serde_json::to_string_pretty(&model.training).unwrap_or_default();
        blocks.push(Block::folded("Training record", vec![Block::Code(record)]));
    }
    for other in &model.others {
        let record = serde_json::to_string_pretty(&other.training).unwrap_or_default();
        let title = format!("Training record of {}", other.folder);
        blocks.push(Block::folded(title, vec![Block::Code(record)]));
    }
    if let Some(curves) = &model.training_curves {
        let charts = Block::Charts(training_curves::charts(curves));
        blocks.push(Block::folded("Training curves", vec![charts]));
    }
    blocks
}
