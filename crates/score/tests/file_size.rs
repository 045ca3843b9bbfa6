//! A limit on the size of files (`ulimit -f`) in the middle of a scoring.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use checkpoint::base::Base;
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Calibration, Checkpoint, CheckpointConfig};

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing_half_written_and_says_so() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/golden/electra");
    let base = Base::open(&golden, 7).unwrap();
    let checkpoint = Checkpoint {
        config: CheckpointConfig {
            electra: base.config,
            languages: text::Claims::english(),
            max_length: 32,
            name: "tiny".to_owned(),
            version: "1".to_owned(),
        },
        calibration: Calibration::default(),
        training: serde_json::json!({}),
        weights: base.weights,
        tokenizer: base.tokenizer,
        card: String::new(),
    };
    let folder = tempfile::tempdir().unwrap();
    checkpoint.write(&folder.path().join("tiny"), Storage::F32).unwrap();
    let rows = "good morning to the city\n".repeat(2000);
    std::fs::write(folder.path().join("posts.txt"), rows).unwrap();
    std::fs::write(folder.path().join("scored.csv"), "earlier").unwrap();

    let ended = Command::new("sh")
        .args(["-c", "ulimit -f 8 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_threat-score")])
        .args(["posts.txt", "--checkpoint", "tiny", "--output", "scored.csv"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("scored.csv") && said.contains("File too large"), "{said}");
    assert_eq!(std::fs::read(folder.path().join("scored.csv")).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "something was left");
}
