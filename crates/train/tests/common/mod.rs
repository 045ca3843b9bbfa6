//! A tiny base, and running the program on it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file uses its part

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use model::Weights;
use model::electra::{ElectraConfig, Preset};
use model::weights::safetensors::{self, Storage};

/// The project's root, where a person runs the program.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A network that trains in milliseconds, as a Hugging Face folder.
pub fn tiny_base(folder: &Path) -> PathBuf {
    let config = ElectraConfig {
        embedding_size: 16,
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 64,
        max_position_embeddings: 128,
        ..ElectraConfig::preset(Preset::Small)
    };
    let base = folder.join("tiny-base");
    std::fs::create_dir_all(&base).unwrap();
    let body: Weights = Weights::random(&config, 3)
        .into_iter()
        .filter(|(name, _)| name.starts_with("electra."))
        .collect();
    safetensors::write(&body, Storage::F32, &base.join("model.safetensors")).unwrap();
    let json = serde_json::Value::Object(config.to_hugging_face()).to_string();
    std::fs::write(base.join("config.json"), json).unwrap();
    std::fs::copy(root().join("data/vocabulary/vocab.txt"), base.join("vocab.txt")).unwrap();
    base
}

/// `train --base BASE --output OUTPUT FLAGS…`, to be run in the project's root.
pub fn train(base: &Path, output: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    command.current_dir(root()).arg("--base").arg(base).arg("--output").arg(output).args(flags);
    command
}

/// Runs to the end and expects success.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The weights file of a checkpoint.
pub fn weights(checkpoint: &Path) -> Vec<u8> {
    std::fs::read(checkpoint.join("model.safetensors")).unwrap()
}

/// What a checkpoint says of its training, without how long it took.
pub fn record(checkpoint: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(checkpoint.join("training.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record.as_object_mut().unwrap().remove("seconds");
    record
}
