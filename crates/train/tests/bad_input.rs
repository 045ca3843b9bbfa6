//! Each mistake gets one clear line, a non-zero exit status, and leaves nothing behind.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{succeed, tiny_base, train};

/// The exit status of a mistake in files, and that of one in the command line.
const FAILED: i32 = 1;
const USAGE: i32 = 2;

/// Runs with these flags, expects failure, and gives the line on standard error that says why.
fn refusal(base: &Path, folder: &Path, flags: &[&str]) -> String {
    refusal_with(FAILED, base, folder, flags)
}

fn refusal_with(status: i32, base: &Path, folder: &Path, flags: &[&str]) -> String {
    let output = folder.join("refused");
    let run = train(base, &output, flags).output().unwrap();
    assert!(!output.exists(), "a refused training wrote a checkpoint");
    testkit::program::one_error(&run, status)
}

fn file(folder: &Path, name: &str, contents: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, contents).unwrap();
    path
}

#[test]
fn files_that_cannot_be_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    for (contents, expected) in [
        (&b""[..], "is empty"),
        (b"text,label\n", "no rows"),
        (b"message,label\na,1\n", "no column \"text\""),
        (b"text,class\na,1\n", "no column \"label\""),
        (b"text,label\na,1\nb,maybe\n", "line 3: label \"maybe\""),
        (b"text,label\na,1\nb\xFF,0\n", "line 3"),
        (b"text,label\na,1\nb,1\n", "0 of label 0"),
        (b"text,label\nhttps://t.co/a,1\n@user,0\n", "both are needed"),
    ] {
        let data = file(folder.path(), "bad.csv", contents);
        let message = refusal(&base, folder.path(), &["--data", data.to_str().unwrap()]);
        assert!(message.contains(expected), "{message}");
    }
    let message = refusal(&base, folder.path(), &["--data", "no/such.csv"]);
    assert!(message.contains("no/such.csv"), "{message}");
    assert_eq!(message.matches("No such file").count(), 1, "{message}");
    let message = refusal(&base, folder.path(), &["--exclude", "no/such.txt"]);
    assert!(message.contains("no/such.txt"), "{message}");
    assert_eq!(message.matches("No such file").count(), 1, "{message}");
}

#[test]
fn flags_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    // Before the base is looked at: there is none.
    for (flag, value) in [
        ("--epochs", "0"),
        ("--batch-size", "0"),
        ("--learning-rate", "0"),
        ("--warmup", "1"),
        ("--layerwise-decay", "2"),
        ("--weight-decay", "-1"),
        ("--dropout", "1"),
        ("--word-dropout", "1"),
        ("--average", "0"),
        ("--base-share", "1"),
        ("--evaluations", "0"),
        ("--sample", "1.5"),
        ("--pos-weight", "heavy"),
        ("--weight", "posts.csv"),
        ("--max-length", "2"),
        ("--folds", "1"),
        ("--near-duplicates", "2"),
        ("--validation-share", "1"),
    ] {
        let flag_and_value = format!("{flag}={value}");
        let nowhere = Path::new("no/such/folder");
        let message = refusal_with(USAGE, nowhere, folder.path(), &[&flag_and_value]);
        assert!(message.contains(flag), "{message}");
    }
    let message = refusal(Path::new("no/such/folder"), folder.path(), &[]);
    assert!(message.contains("--base"), "{message}");
    let message = refusal(&base, folder.path(), &["--max-length", "4000"]);
    assert!(message.contains("--max-length"), "{message}");
    let message = refusal(&base, folder.path(), &["--base-share", "0.5"]);
    assert!(message.contains("--base-share: the base cannot score yet"), "{message}");
    let message = refusal(&base, folder.path(), &["--resume"]);
    assert!(message.contains("no unfinished training"), "{message}");
}

#[test]
fn bases_that_are_damaged_or_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let weights = std::fs::read(base.join("model.safetensors")).unwrap();
    std::fs::write(base.join("model.safetensors"), &weights[..weights.len() / 2]).unwrap();
    let message = refusal(&base, folder.path(), &[]);
    assert!(message.contains("model.safetensors") && message.contains("cut short"), "{message}");

    std::fs::write(base.join("model.safetensors"), &weights).unwrap();
    let config = std::fs::read_to_string(base.join("config.json")).unwrap();
    std::fs::write(
        base.join("config.json"),
        config.replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":3"),
    )
    .unwrap();
    let message = refusal(&base, folder.path(), &[]);
    assert!(
        message.contains("electra.encoder.layer.2.output.dense.weight is missing"),
        "{message}"
    );

    std::fs::remove_file(base.join("vocab.txt")).unwrap();
    let message = refusal(&base, folder.path(), &[]);
    assert!(message.contains("tokenizer.json or vocab.txt"), "{message}");
}

#[test]
fn a_learning_rate_far_too_high_stops_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let flags = ["--learning-rate", "1e30", "--warmup", "0", "--epochs", "2"];
    let message = refusal(&base, folder.path(), &flags);
    assert!(message.contains("--learning-rate"), "{message}");
}

#[test]
fn files_of_one_label_each_can_be_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let rows = |word: &str| {
        let rows: Vec<String> = (0..60).map(|row| format!("{word} number {row}")).collect();
        format!("name,tweets\nx,{}\n", rows.join("\nx,"))
    };
    let positives = file(folder.path(), "p.csv", rows("apples").as_bytes());
    let negatives = file(folder.path(), "n.csv", rows("pears").as_bytes());
    let output = folder.path().join("mine");
    let flags = [
        "--positives",
        positives.to_str().unwrap(),
        "--negatives",
        negatives.to_str().unwrap(),
        "--epochs",
        "1",
    ];
    let run = succeed(&mut train(&base, &output, &flags));
    let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(stderr.contains("text from column \"tweets\""), "{stderr}");
    let stdout = String::from_utf8_lossy(&run.stdout).into_owned();
    for figure in ["validation loss", "binary accuracy", "ROC AUC"] {
        assert!(stdout.contains(figure), "{stdout}");
    }
    checkpoint::Checkpoint::open(&output).unwrap();
}

/// A checkpoint replaces what is at `--output` whole, so anything else there is refused, at once.
#[test]
fn an_output_that_would_destroy_something_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let models = folder.path().join("models");
    std::fs::create_dir_all(models.join("other")).unwrap();
    let notes = file(folder.path(), "notes.txt", b"mine");
    let data = file(folder.path(), "d.csv", b"text,label\na,1\nb,0\nc,1\nd,0\n");
    for (output, expected) in [(&models, "it holds other"), (&notes, "a file is in the way")] {
        let flags = ["--data", data.to_str().unwrap(), "--epochs", "1"];
        let run = train(&base, output, &flags).output().unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("is no place for a checkpoint"), "{stderr}");
        assert!(stderr.contains(expected) && !stderr.contains("learning from"), "{stderr}");
    }
    assert!(models.join("other").is_dir());
    assert_eq!(std::fs::read(notes).unwrap(), b"mine");
}
