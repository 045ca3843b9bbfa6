//! A limit on the size of files (`ulimit -f`) in the middle of a scoring.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use checkpoint::weights::safetensors::Storage;
use testkit::models;
use testkit::program::limited;

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing_half_written_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    models::golden().write(&folder.path().join("tiny"), Storage::F32).unwrap();
    let rows = "good morning to the city\n".repeat(2000);
    std::fs::write(folder.path().join("posts.txt"), rows).unwrap();
    std::fs::write(folder.path().join("scored.csv"), "earlier").unwrap();

    let ended = limited(8, env!("CARGO_BIN_EXE_threat-score"))
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
