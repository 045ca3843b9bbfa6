//! What a base may say of itself, and what is refused: one line, before anything is computed.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use model::base::Base;
use model::weights::safetensors::{self, Storage};
use model::{Checkpoint, ModelError, TweetTokenizer};
use serde_json::{Value, json};

/// A copy of the small base, in `base`, to be spoiled.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/electra");
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("base");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(golden).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    (parent, folder)
}

fn change(path: &Path, key: &str, value: Value) {
    let mut json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    json[key] = value;
    fs::write(path, json.to_string()).unwrap();
}

fn refusal(folder: &Path) -> String {
    let message = Base::open(folder, 1).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn numbers_that_no_network_has_are_refused_by_name() {
    for (key, value) in [
        ("hidden_size", json!(1_u64 << 40)),
        ("intermediate_size", json!(0)),
        ("embedding_size", json!("128")),
        ("num_hidden_layers", json!(100_000)),
        ("hidden_dropout_prob", json!(1.0)),
        ("attention_probs_dropout_prob", json!(-0.1)),
        ("layer_norm_eps", json!(-1.0)),
        ("layer_norm_eps", json!("1e-12")),
    ] {
        let (_parent, folder) = copy();
        change(&folder.join("config.json"), key, value.clone());
        let message = refusal(&folder);
        assert!(message.contains("config.json") && message.contains(key), "{value}: {message}");
    }
}

/// Nothing of that size is asked of the memory before the file was held to it.
#[test]
fn sizes_that_the_weights_do_not_bear_out_are_refused() {
    let (_parent, folder) = copy();
    change(&folder.join("config.json"), "hidden_size", json!(16_000_000));
    let message = refusal(&folder);
    assert!(message.contains("expected") && message.contains("16000000"), "{message}");
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let (_parent, folder) = copy();
    let path = folder.join("model.safetensors");
    let mut weights = safetensors::parse(&fs::read(&path).unwrap(), &path).unwrap();
    let (name, mut tensor) = weights.clone().into_iter().next().unwrap();
    tensor.values[0] = f32::INFINITY;
    weights.insert(name, tensor);
    safetensors::write(&weights, Storage::F32, &path).unwrap();
    let message = refusal(&folder);
    assert!(message.contains("NaN or infinite"), "{message}");
}

#[test]
fn a_checkpoint_that_was_changed_is_no_base() {
    let (parent, folder) = copy();
    let base = Base::open(&folder, 1).unwrap();
    let checkpoint = Checkpoint {
        config: model::CheckpointConfig {
            electra: base.config,
            max_length: 48,
            name: "tiny".to_owned(),
            version: "1".to_owned(),
        },
        calibration: model::Calibration::default(),
        training: json!({}),
        weights: base.weights,
        tokenizer: base.tokenizer,
        card: String::new(),
    };
    let mine = parent.path().join("mine");
    checkpoint.write(&mine, Storage::F32).unwrap();
    assert!(Base::open(&mine, 1).unwrap().trained_head);
    let path = mine.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 4;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(refusal(&mine).contains("SHA-256"), "{}", refusal(&mine));
}

/// A folder with a vocabulary of these pieces and, if any, these settings.
fn vocabulary(pieces: &[&str], settings: Option<Value>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocab.txt");
    fs::write(&path, pieces.join("\n")).unwrap();
    if let Some(settings) = settings {
        let settings_path = folder.path().join("tokenizer_config.json");
        fs::write(settings_path, settings.to_string()).unwrap();
    }
    (folder, path)
}

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

#[test]
fn case_and_accents_are_kept_where_the_settings_say_so() {
    let pieces = [&SPECIAL[..], &["Über", "uber"]].concat();
    let ids = |settings| {
        let (_folder, path) = vocabulary(&pieces, settings);
        TweetTokenizer::from_vocabulary(&path).unwrap().encode("Über", 8).unwrap().ids
    };
    assert_eq!(ids(None), [2, 6, 3]);
    assert_eq!(ids(Some(json!({ "do_lower_case": true }))), [2, 6, 3]);
    assert_eq!(ids(Some(json!({ "do_lower_case": false }))), [2, 5, 3]);
    let accents = json!({ "do_lower_case": true, "strip_accents": false });
    assert_eq!(ids(Some(accents)), [2, 1, 3]); // "über" is in neither form
}

#[test]
fn a_vocabulary_that_skips_an_id_needs_a_row_for_the_last() {
    // A piece that stands twice has the id of its last line.
    let (_folder, path) = vocabulary(&[&SPECIAL[..], &["rain", "sun", "rain"]].concat(), None);
    let tokenizer = TweetTokenizer::from_vocabulary(&path).unwrap();
    assert_eq!(tokenizer.vocab_size(), 8);
    assert_eq!(tokenizer.pieces().len(), 7);
}

/// Such a tokenizer reads known words only: other texts would pass for empty ones.
#[test]
fn a_tokenizer_without_its_own_unknown_piece_is_refused() {
    let (folder, path) = vocabulary(&SPECIAL, None);
    let json = folder.path().join("tokenizer.json");
    let text = TweetTokenizer::from_vocabulary(&path).unwrap().to_json(&json).unwrap();
    let mut changed: Value = serde_json::from_str(&text).unwrap();
    changed["model"]["unk_token"] = "<unk>".into();
    fs::write(&json, changed.to_string()).unwrap();
    let error = TweetTokenizer::open(folder.path()).unwrap_err();
    assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("a word that it does not know"), "{error}");
}

#[test]
fn a_vocabulary_that_is_not_utf_8_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocab.txt");
    fs::write(&path, b"[PAD]\n\xff\xfe\n").unwrap();
    let message = TweetTokenizer::from_vocabulary(&path).unwrap_err().to_string();
    assert!(message.contains("vocab.txt"), "{message}");
}
