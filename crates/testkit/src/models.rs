//! Small untrained models.

use std::path::Path;

use checkpoint::weights::HostTensor;
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Bands, Base, Calibration, Checkpoint, CheckpointConfig, combine};
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
    let weights = lively_weights(&sizes, 5);
    Checkpoint {
        calibration: Calibration { temperature: 1.5, ..Calibration::default() },
        training: json!({ "seed": 5 }),
        ..of_words(sizes, weights)
    }
}

fn lively_weights(sizes: &ElectraConfig, seed: u64) -> Weights {
    let random = Weights::random(sizes, seed).into_iter().enumerate();
    random
        .map(|(index, (name, tensor))| {
            let bias = if name.ends_with("bias") { 0.1 * (index as f32).sin() } else { 0.0 };
            let factor = if name.contains("LayerNorm") { 1.0 } else { 4.0 };
            let values = tensor.values.iter().map(|value| value * factor + bias).collect();
            (name, HostTensor { values, ..tensor })
        })
        .collect()
}

/// Words of Arabic and French that a [`unigram`] model knows.
pub const FOREIGN_WORDS: [&str; 14] = [
    "صباح",
    "الخير",
    "يا",
    "أصدقاء",
    "كيف",
    "حالكم",
    "اليوم",
    "bonjour",
    "les",
    "amis",
    "il",
    "fait",
    "très",
    "beau",
];

/// A checkpoint for Arabic and French with pieces of Unigram's kind, lively too, on a scale of its own.
pub fn unigram() -> Checkpoint {
    let sizes = ElectraConfig { hidden_size: 48, vocab_size: 64, ..odd_sizes() };
    let weights = lively_weights(&sizes, 9);
    let special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "\u{2581}"].map(str::to_owned);
    let words = FOREIGN_WORDS.map(|word| format!("\u{2581}{word}"));
    let pieces: Vec<Value> =
        special.iter().chain(&words).map(|piece| json!([piece, -2.0])).collect();
    let space = json!({
        "type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true,
    });
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "NFKC" }, "pre_tokenizer": space, "post_processor": null,
        "decoder": space,
        "model": { "type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": false },
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let made = checkpoint(sizes, weights, TweetTokenizer::open(folder.path()).unwrap());
    Checkpoint {
        config: CheckpointConfig {
            languages: Claims::new(&["ar", "fr"]).unwrap(),
            name: "foreign".to_owned(),
            ..made.config
        },
        calibration: Calibration {
            temperature: 0.2,
            threshold: 0.6,
            bands: Bands { review: 0.6, priority_review: 0.75 },
            ..Calibration::default()
        },
        training: json!({ "seed": 9 }),
        card: "# foreign\n".to_owned(),
        ..made
    }
}

/// Writes a checkpoint of two models: [`lively`] of odd sizes, and [`unigram`] in the folder `foreign`. Each is
/// also written by itself, into `main` and `foreign` beside it.
pub fn combined(folder: &Path) {
    let beside = |name: &str| folder.with_file_name(name);
    lively(odd_sizes()).write(&beside("main"), Storage::F32).unwrap();
    unigram().write(&beside("foreign"), Storage::F32).unwrap();
    let together = combine(&beside("main"), &[beside("foreign")]).unwrap();
    together.manifest.write(&together.sources, folder, &["", ""].map(str::to_owned)).unwrap();
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
