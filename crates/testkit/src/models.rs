//! Small untrained models.

use checkpoint::weights::HostTensor;
use checkpoint::{Base, Calibration, Checkpoint, CheckpointConfig};
use checkpoint::{ElectraConfig, Preset, Weights};
use serde_json::{Value, json};
use text::{Claims, TweetTokenizer};

use crate::root;

/// Words that [`small`] and [`lively`] models know.
pub const WORDS: [&str; 12] = [
    "good", "morning", "rain", "is", "coming", "to", "the", "city", "we", "play", "football",
    "today",
];

/// Sizes with which a text is scored in microseconds.
pub fn small_sizes() -> ElectraConfig {
    ElectraConfig {
        vocab_size: 40,
        embedding_size: 16,
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        intermediate_size: 48,
        max_position_embeddings: 64,
        ..ElectraConfig::preset(Preset::Small)
    }
}

/// Sizes that are no multiple of any vector.
pub fn odd_sizes() -> ElectraConfig {
    ElectraConfig {
        embedding_size: 24,
        hidden_size: 60,
        num_hidden_layers: 3,
        intermediate_size: 100,
        ..small_sizes()
    }
}

/// A checkpoint of small sizes.
pub fn small(seed: u64) -> Checkpoint {
    let sizes = small_sizes();
    let weights = Weights::random(&sizes, seed);
    of_words(sizes, weights)
}

/// A checkpoint of these sizes with weights so large that scores differ from text to text.
pub fn lively(sizes: ElectraConfig) -> Checkpoint {
    let random = Weights::random(&sizes, 5).into_iter().enumerate();
    let weights = random
        .map(|(index, (name, tensor))| {
            let bias = if name.ends_with("bias") { 0.1 * (index as f32).sin() } else { 0.0 };
            let factor = if name.contains("LayerNorm") { 1.0 } else { 4.0 };
            let values = tensor.values.iter().map(|value| value * factor + bias).collect();
            (name, HostTensor { values, ..tensor })
        })
        .collect();
    Checkpoint {
        calibration: Calibration { temperature: 1.5, ..Calibration::default() },
        training: json!({ "seed": 5 }),
        ..of_words(sizes, weights)
    }
}

fn of_words(sizes: ElectraConfig, weights: Weights) -> Checkpoint {
    let folder = tempfile::tempdir().unwrap();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let pieces: Vec<&str> = special.iter().chain(&WORDS).copied().collect();
    std::fs::write(folder.path().join("vocab.txt"), pieces.join("\n")).unwrap();
    let tokenizer = TweetTokenizer::open(folder.path()).unwrap();
    checkpoint(sizes, weights, tokenizer)
}

/// The tiny network whose outputs `transformers` has computed for the tests of `model`, with a head.
pub fn golden() -> Checkpoint {
    let base = Base::open(&root().join("crates/model/tests/golden/electra"), 7).unwrap();
    checkpoint(base.config, base.weights, base.tokenizer)
}

fn checkpoint(sizes: ElectraConfig, weights: Weights, tokenizer: TweetTokenizer) -> Checkpoint {
    let config = CheckpointConfig {
        electra: sizes,
        languages: Claims::english(),
        max_length: 48,
        name: "small".to_owned(),
        version: "1".to_owned(),
    };
    Checkpoint {
        config,
        calibration: Calibration::default(),
        training: Value::Null,
        weights,
        tokenizer,
        card: String::new(),
    }
}

/// Texts of 1 to `longest` words, the same each time.
pub fn texts(count: usize, longest: usize) -> Vec<String> {
    (0..count)
        .map(|i| {
            let length = 1 + i * 7 % longest;
            let words = (0..length).map(|j| WORDS[(i * i + j * (i + 3)) % WORDS.len()]);
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}
