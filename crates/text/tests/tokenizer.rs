//! Settings that a vocabulary may have, and those that are refused.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use text::{TextError, TweetTokenizer};

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
    assert!(matches!(error, TextError::Damaged { .. }), "{error}");
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
