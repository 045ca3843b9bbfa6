//! A tiny base, and running the program on it, to the end or until it has saved its state.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // each test file uses its part

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use checkpoint::Weights;
use checkpoint::weights::HostTensor;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{ElectraConfig, Preset};
use serde_json::{Map, Value};
pub use testkit::program::succeed;
pub use testkit::root;

/// A network that trains in milliseconds.
pub fn tiny_config() -> ElectraConfig {
    ElectraConfig {
        embedding_size: 16,
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 64,
        max_position_embeddings: 128,
        ..ElectraConfig::preset(Preset::Small)
    }
}

/// Such a network as a Hugging Face folder.
pub fn tiny_base(folder: &Path) -> PathBuf {
    let config = tiny_config();
    let weights = body(&config).into_iter().collect();
    hugging_face(&folder.join("tiny-base"), config.to_hugging_face(None), &weights)
}

/// A network as small in BERT's shape, without a projection, under BERT's names.
pub fn tiny_bert(folder: &Path) -> PathBuf {
    let config = ElectraConfig { embedding_size: 32, ..tiny_config() };
    let mut json = config.to_hugging_face(None);
    json.insert("model_type".to_owned(), "bert".into());
    json.remove("embedding_size");
    let renamed = body(&config)
        .into_iter()
        .map(|(name, tensor)| (name.replacen("electra.", "bert.", 1), tensor));
    hugging_face(&folder.join("tiny-bert"), json, &renamed.collect())
}

fn body(config: &ElectraConfig) -> Vec<(String, HostTensor)> {
    let weights = Weights::random(config, 3).into_iter();
    weights.filter(|(name, _)| name.starts_with("electra.")).collect()
}

fn hugging_face(folder: &Path, config: Map<String, Value>, weights: &Weights) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    safetensors::write(weights, Storage::F32, &folder.join("model.safetensors")).unwrap();
    std::fs::write(folder.join("config.json"), Value::Object(config).to_string()).unwrap();
    std::fs::copy(root().join("data/vocabulary/vocab.txt"), folder.join("vocab.txt")).unwrap();
    folder.to_owned()
}

/// `train --base BASE --output OUTPUT FLAGS…`, to be run in the project's root.
pub fn train(base: &Path, output: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threat-train"));
    command.current_dir(root()).arg("--base").arg(base).arg("--output").arg(output).args(flags);
    command
}

/// The weights file of a checkpoint.
pub fn weights(checkpoint: &Path) -> Vec<u8> {
    std::fs::read(checkpoint.join("model.safetensors")).unwrap()
}

/// A checkpoint's record of its training, without the time it took.
pub fn record(checkpoint: &Path) -> Value {
    let text = std::fs::read_to_string(checkpoint.join("training.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The lines of `training.json` without the time it took: compared as text, to the last digit.
pub fn record_lines(checkpoint: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(checkpoint.join("training.json")).unwrap();
    text.lines().filter(|line| !line.contains("\"seconds\"")).map(str::to_owned).collect()
}

/// The step of the saved state, if there is one.
pub fn saved_step(output: &Path) -> Option<u64> {
    let state = train::learning::state::state_folder(output).join("state.json");
    let text = std::fs::read_to_string(state).ok()?;
    serde_json::from_str::<Value>(&text).ok()?["step"].as_u64()
}

/// Starts a training and waits until it has saved a step beyond `step`. `None` if it ended before.
pub fn start_and_wait_for_a_save_beyond(
    command: &mut Command,
    output: &Path,
    step: u64,
) -> Option<Child> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while saved_step(output).is_none_or(|saved| saved <= step) {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(started.elapsed() < Duration::from_mins(2), "nothing was saved");
        std::thread::sleep(Duration::from_millis(2));
    }
    Some(child)
}
