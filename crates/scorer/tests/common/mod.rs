//! A small checkpoint to open.
#![allow(dead_code)] // each file uses its part

use std::path::Path;

use checkpoint::weights::HostTensor;
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Calibration, Checkpoint, CheckpointConfig, Weights};
use checkpoint::{ElectraConfig, Preset};
use text::{Claims, TweetTokenizer};

/// Words that the small vocabulary has.
pub(crate) const WORDS: [&str; 12] = [
    "good", "morning", "rain", "is", "coming", "to", "the", "city", "we", "play", "football",
    "today",
];

/// Sizes that are no multiple of any vector.
pub(crate) fn config() -> ElectraConfig {
    ElectraConfig {
        vocab_size: 40,
        embedding_size: 24,
        hidden_size: 60,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        intermediate_size: 100,
        max_position_embeddings: 64,
        ..ElectraConfig::preset(Preset::Small)
    }
}

/// Random weights, large enough that scores differ from text to text.
pub(crate) fn weights(config: &ElectraConfig) -> Weights {
    let random = Weights::random(config, 5).into_iter().enumerate();
    random
        .map(|(index, (name, tensor))| {
            let bias = if name.ends_with("bias") { 0.1 * (index as f32).sin() } else { 0.0 };
            let factor = if name.contains("LayerNorm") { 1.0 } else { 4.0 };
            let values = tensor.values.iter().map(|value| value * factor + bias).collect();
            (name, HostTensor { values, ..tensor })
        })
        .collect()
}

/// Writes a checkpoint with these weights into `folder`.
pub(crate) fn write(folder: &Path, electra: ElectraConfig, weights: Weights, storage: Storage) {
    let vocabulary = folder.with_extension("vocabulary");
    std::fs::create_dir_all(&vocabulary).unwrap();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let pieces: Vec<&str> = special.iter().chain(&WORDS).copied().collect();
    std::fs::write(vocabulary.join("vocab.txt"), pieces.join("\n")).unwrap();
    let checkpoint = Checkpoint {
        config: CheckpointConfig {
            electra,
            languages: Claims::english(),
            max_length: 48,
            name: "small".to_owned(),
            version: "1".to_owned(),
        },
        calibration: Calibration { temperature: 1.5, ..Calibration::default() },
        training: serde_json::json!({ "seed": 5 }),
        weights,
        tokenizer: TweetTokenizer::open(&vocabulary).unwrap(),
        card: String::new(),
    };
    checkpoint.write(folder, storage).unwrap();
}

/// Texts of 1 to `longest` words, the same each time.
pub(crate) fn texts(count: usize, longest: usize) -> Vec<String> {
    (0..count)
        .map(|i| {
            let length = 1 + i * 7 % longest;
            let words = (0..length).map(|j| WORDS[(i * i + j * (i + 3)) % WORDS.len()]);
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}
