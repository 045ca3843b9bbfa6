//! Trainings on plain text: pretraining and distillation, from the command line to a folder.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use checkpoint::ElectraConfig;
use checkpoint::base::Base;
use common::{
    record, record_lines, root, start_and_wait_for_a_save_beyond, succeed, tiny_base, tiny_bert,
    tiny_config, train, weights,
};
use train::learning::state::{TrainingState, state_folder};

/// Short, with dropout; `--epochs` is left to its default of 1.
const FLAGS: [&str; 8] =
    ["--max-tokens", "256", "--max-length", "32", "--learning-rate", "2e-3", "--report-every", "4"];

/// 288 sentences, a line each.
fn sentences(folder: &Path) -> PathBuf {
    let mut lines = String::new();
    for who in ["the baker", "my neighbour", "an old sailor"] {
        for what in ["waters the roses", "reads a long letter", "waits for the train", "paints"] {
            for place in ["near the harbour", "behind the school", "on the hill", "in the garden"] {
                for day in ["monday", "tuesday", "friday", "saturday", "sunday", "every day"] {
                    lines.push_str(&format!("{who} {what} {place} on {day}\n"));
                }
            }
        }
    }
    let path = folder.join("sentences.txt");
    std::fs::write(&path, lines).unwrap();
    path
}

/// `train PROGRAM --base BASE --text TEXT --output OUTPUT FLAGS…`, to be run in the project's root.
fn learn(program: &str, base: &Path, text: &Path, output: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threat-train"));
    command.current_dir(root()).arg(program).args(FLAGS);
    command.arg("--base").arg(base).arg("--text").arg(text).arg("--output").arg(output).args(flags);
    command
}

/// A checkpoint of ours, fine-tuned for a moment.
fn tiny_checkpoint(base: &Path, output: &Path) {
    let flags = ["--sample", "200", "--epochs", "1", "--learning-rate", "1e-3"];
    succeed(&mut train(base, output, &flags));
}

/// A written base: it opens, says how it was learned, and can be fine-tuned.
fn assert_base(folder: &Path, config: &ElectraConfig, figures: &[&str]) {
    let base = Base::open(folder, 0).unwrap();
    assert_eq!(base.config, *config);
    assert!(!base.trained_head);
    assert!(!state_folder(folder).exists(), "the state outlived the training");
    let record = record(folder);
    let reports = record["reports"].as_array().unwrap();
    assert!(reports.len() > 3, "{record}");
    assert_eq!(reports.last().unwrap()["step"], record["steps"]);
    for report in reports {
        for figure in figures {
            let value = report["figures"][figure].as_f64();
            assert!(value.is_some_and(|value| value.is_finite() && value > 0.0), "{report}");
        }
    }
    let loss = |report: usize| reports[report]["figures"]["loss"].as_f64().unwrap();
    assert!(loss(reports.len() - 1) < loss(0), "nothing was learned: {record}");
    tiny_checkpoint(folder, &folder.with_extension("tuned"));
}

#[test]
fn pretraining_writes_a_base_to_fine_tune() {
    let folder = tempfile::tempdir().unwrap();
    let (base, text) = (tiny_base(folder.path()), sentences(folder.path()));
    let output = folder.path().join("mine");
    succeed(&mut learn("pretrain", &base, &text, &output, &["--epochs", "2"]));
    assert_base(&output, &tiny_config(), &["loss", "generator loss", "discriminator loss"]);
}

#[test]
fn a_pretraining_that_was_killed_ends_in_the_same_weights_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    let (base, text) = (tiny_base(folder.path()), sentences(folder.path()));
    let pretrain = |name: &str, flags: &[&str]| {
        let flags = [&["--steps", "60"], flags].concat();
        learn("pretrain", &base, &text, &folder.path().join(name), &flags)
    };
    succeed(&mut pretrain("whole", &["--save-every", "0"]));

    let broken = folder.path().join("broken");
    let mut command = pretrain("broken", &["--save-every", "7"]);
    let mut child = start_and_wait_for_a_save_beyond(&mut command, &broken, 5).unwrap();
    child.kill().unwrap(); // SIGKILL: nothing is saved on the way out
    child.wait().unwrap();
    // Read as the program does: the kill may have come while a state replaced the one before.
    let step = TrainingState::read(&state_folder(&broken)).unwrap().unwrap().record.step;
    assert!((6..60).contains(&step) && !broken.exists());
    let resumed = succeed(&mut pretrain("broken", &["--resume", "--save-every", "0"]));
    let stderr = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(stderr.contains(&format!("after step {step}")), "{stderr}");

    let whole = folder.path().join("whole");
    assert!(weights(&whole) == weights(&broken), "the weights differ");
    assert_eq!(record_lines(&whole), record_lines(&broken));
}

#[test]
fn hidden_states_are_distilled_into_a_base() {
    let folder = tempfile::tempdir().unwrap();
    let (base, text) = (tiny_base(folder.path()), sentences(folder.path()));
    let teacher = tiny_bert(folder.path());
    let teacher = ["--teacher", teacher.to_str().unwrap()];

    let output = folder.path().join("small");
    succeed(&mut learn("distill", &base, &text, &output, &teacher));
    assert_base(&output, &tiny_config(), &["loss", "words", "whole"]);

    let output = folder.path().join("narrowed");
    let flags = [&teacher[..], &["--embedding-size", "12"]].concat();
    succeed(&mut learn("distill", Path::new("teacher"), &text, &output, &flags));
    let narrowed = ElectraConfig { embedding_size: 12, ..tiny_config() };
    assert_base(&output, &narrowed, &["loss", "words", "whole"]);
}

#[test]
fn each_mistake_gets_one_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (base, text) = (tiny_base(folder.path()), sentences(folder.path()));
    let bert = tiny_bert(folder.path());
    let file = |name: &str, contents: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    };
    let (empty, unpacked) = (file("empty.txt", ""), file("plain.txt.zst", "not packed at all\n"));
    let bert = bert.to_str().unwrap();
    let from_teacher = Path::new("teacher");
    let narrow = ["--teacher", bert, "--embedding-size", "32"];

    for (program, base, text, flags, expected) in [
        ("pretrain", &*base, &*empty, &[][..], "empty.txt is empty"),
        ("pretrain", &base, &unpacked, &[], "plain.txt.zst is not packed by zstd"),
        ("pretrain", &base, Path::new("no/such.txt"), &[], "cannot read no/such.txt"),
        ("distill", from_teacher, &text, &narrow, "--embedding-size: give 2 or more, and less"),
        ("distill", &base, &text, &["--teacher", "no/such"], "no/such has no such folder"),
    ] {
        let output = folder.path().join("refused/mine");
        let run = learn(program, base, text, &output, flags).output().unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(errors.len() == 1 && errors[0].contains(expected), "{expected}: {stderr}");
        assert!(errors[0].matches("os error").count() <= 1, "{stderr}");
        assert!(!folder.path().join("refused").exists(), "a refused training wrote something");
    }
}
