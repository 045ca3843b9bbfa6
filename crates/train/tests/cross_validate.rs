//! Cross-validation: nobody judged is known, and the report says what was found.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use clap::Parser;
use common::{root, succeed, tiny_base, train};
use serde_json::Value;
use text::TweetTokenizer;
use train::cross_validate::{self, Plan, report_file};
use train::outcome::{Outcome, Stopped};
use train::{FinetuneArgs, Stop};

/// 240 posts of 40 authors in two files' worth of sources; every eighth post has no author.
fn posts(folder: &Path) -> PathBuf {
    let mut csv = "text,label,author,source\n".to_owned();
    for number in 0..240 {
        let label = number % 2;
        let fruit = ["pear", "apple"][label];
        let author = if number % 8 == 0 { String::new() } else { format!("a{}", number % 40) };
        let source = ["news", "forum", ""][number % 3];
        writeln!(csv, "a {fruit} and {fruit} again {number},{label},{author},{source}").unwrap();
    }
    let path = folder.join("posts.csv");
    std::fs::write(&path, csv).unwrap();
    path
}

fn flags(data: &Path) -> Vec<&str> {
    let data = data.to_str().unwrap();
    vec!["--data", data, "--folds", "3", "--epochs", "2", "--learning-rate", "1e-3"]
}

/// The report, without how long it took.
fn report(output: &Path) -> Value {
    let text = std::fs::read_to_string(report_file(output)).unwrap();
    let mut report: Value = serde_json::from_str(&text).unwrap();
    for fold in report["folds"].as_array_mut().unwrap() {
        assert!(fold.as_object_mut().unwrap().remove("seconds").unwrap().as_f64().unwrap() > 0.0);
    }
    report
}

/// Runs with these flags, expects failure, and gives the line that says why.
fn refusal(base: &Path, folder: &Path, flags: &[&str]) -> String {
    let output = folder.join("refused");
    let run = train(base, &output, flags).output().unwrap();
    assert!(!report_file(&output).exists(), "a refused run wrote a report");
    testkit::program::one_line(&run, "error: ")
}

#[test]
fn no_author_is_judged_who_was_learned_from_or_chosen_by() {
    let folder = tempfile::tempdir().unwrap();
    let data = posts(folder.path());
    let tokenizer = TweetTokenizer::open(&root().join("data/vocabulary")).unwrap();
    let args = FinetuneArgs::try_parse_from([&["train"], &flags(&data)[..]].concat()).unwrap();
    let rows = train::data::read(&args, &tokenizer).unwrap().training;
    let Plan { folds, grouping } = cross_validate::plan(&args, &rows).unwrap();
    assert_eq!((folds.len(), grouping.groups, grouping.without), (3, 35 + 30, 30));
    let mut judged_rows: Vec<usize> = Vec::new();
    for fold in &folds {
        let authors = |part: &[usize]| -> HashSet<&str> {
            part.iter().filter_map(|&row| rows[row].author.as_deref()).collect()
        };
        let judged = authors(&fold.test);
        assert!(judged.len() > 5);
        assert!(judged.is_disjoint(&authors(&fold.training)));
        assert!(judged.is_disjoint(&authors(&fold.validation)));
        judged_rows.extend(&fold.test);
    }
    judged_rows.sort_unstable();
    assert_eq!(judged_rows, (0..rows.len()).collect::<Vec<_>>());
}

#[test]
fn the_report_has_every_fold_and_the_same_seed_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let data = posts(folder.path());
    let [first, second, other] = ["first", "second", "other"].map(|name| folder.path().join(name));
    let run = succeed(&mut train(&base, &first, &flags(&data)));
    let stdout = String::from_utf8(run.stdout).unwrap();
    for expected in [
        "fold 1 of 3",
        "fold 3 of 3",
        "mean ±",
        "all 240 rows",
        "\nTF-IDF regression     1.0000 ± 0.0000   ",
        "forum",
        "no checkpoint",
    ] {
        assert!(stdout.contains(expected), "{stdout}");
    }
    assert!(!first.exists(), "a cross-validation wrote a checkpoint");
    assert!(
        !train::learning::state::state_folder(&first).exists(),
        "a cross-validation kept a state"
    );

    let found = report(&first);
    assert_eq!(found["complete"], true);
    let folds = found["folds"].as_array().unwrap();
    assert_eq!(folds.len(), 3);
    let rows: u64 = folds.iter().map(|fold| fold["judged"]["rows"].as_u64().unwrap()).sum();
    assert_eq!((rows, found["pooled"]["rows"].as_u64()), (240, Some(240)));
    for fold in folds {
        assert_eq!(fold["shared_authors"], 0);
        assert_eq!(fold["hyperparameters"]["epochs"], 2);
        for figure in ["roc_auc", "pr_auc", "f1", "recall"] {
            assert!((0.0..=1.0).contains(&fold["judged"][figure].as_f64().unwrap()), "{figure}");
        }
    }
    let aucs: Vec<f64> =
        folds.iter().map(|fold| fold["judged"]["roc_auc"].as_f64().unwrap()).collect();
    let mean = found["spread"]["roc_auc"]["mean"].as_f64().unwrap();
    assert!((mean - aucs.iter().sum::<f64>() / 3.0).abs() < 1e-12);
    assert!(found["pooled"]["pr_auc"].as_f64().unwrap() > 0.0);
    assert_eq!(found["data"]["training_files"][0]["sha256"].as_str().unwrap().len(), 64);
    let sources = found["false_positives_by_source"].as_object().unwrap();
    assert_eq!(sources.keys().collect::<Vec<_>>(), ["forum", "news"]);
    assert_eq!(sources["news"]["negatives"], 40);

    // The fruit says the label, and no keyword is among the words.
    for (name, auc) in [("majority", 0.5), ("keyword list", 0.5), ("TF-IDF regression", 1.0)] {
        let rival = &found["rivals"][name];
        let judged = rival["folds"].as_array().unwrap().iter().map(|fold| &fold["judged"]);
        let judged: Vec<&Value> = judged.collect();
        assert!(judged.iter().all(|figures| figures["roc_auc"] == auc), "{name}: {judged:?}");
        let counts = |figures: &Value| [figures["rows"].clone(), figures["positives"].clone()];
        let models: Vec<_> = folds.iter().map(|fold| counts(&fold["judged"])).collect();
        assert_eq!(judged.into_iter().map(counts).collect::<Vec<_>>(), models);
        assert_eq!(rival["spread"]["roc_auc"]["mean"], auc, "{name}");
        assert_eq!(rival["pooled"]["rows"], 240);
    }

    succeed(&mut train(&base, &second, &flags(&data)));
    assert_eq!(report(&second), found);
    succeed(&mut train(&base, &other, &[&flags(&data)[..], &["--seed", "7"]].concat()));
    assert_ne!(report(&other)["pooled"], found["pooled"]);
}

#[test]
fn stopping_between_folds_leaves_those_that_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let data = posts(folder.path());
    let output = folder.path().join("stopped");
    let places = ["--base", base.to_str().unwrap(), "--output", output.to_str().unwrap()];
    let args = [&["train"], &places[..], &flags(&data)].concat();
    let args = FinetuneArgs::try_parse_from(args).unwrap();
    let stop = Stop::default();
    let outcome = cross_validate::run(&args, &stop, |_| stop.request()).unwrap();
    let Outcome::Stopped(Stopped::Folds { done: 1, count: 3, file: Some(_) }) = outcome else {
        panic!("{outcome:?}")
    };
    let found = report(&output);
    assert_eq!((&found["complete"], found["folds"].as_array().unwrap().len()), (&false.into(), 1));
    assert_eq!(found["pooled"]["rows"], found["folds"][0]["judged"]["rows"]);
    assert_eq!(found["rivals"]["keyword list"]["folds"].as_array().unwrap().len(), 1);
    assert_eq!(found["spread"]["roc_auc"]["standard_deviation"], Value::Null);
}

#[test]
fn a_signal_within_a_fold_ends_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let data = posts(folder.path());
    let output = folder.path().join("stopped");
    let long = [&flags(&data)[..2], &["--folds", "2", "--epochs", "5000", "--patience", "0"]];
    let mut child = train(&base, &output, &long.concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(stderr.any(|line| line.starts_with("step ")), "the training did not begin");
    testkit::program::signal(child.id(), "TERM");
    let last = stderr.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(last.starts_with("stopped with 0 of 2 folds done: nothing is written"), "{last}");
    assert!(!report_file(&output).exists() && !output.exists());
}

#[test]
fn each_mistake_gets_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let data = posts(folder.path());
    let data = data.to_str().unwrap();
    for (flags, expected) in [
        (&["--data", data, "--folds", "1"][..], "'1' for '--folds <N>': must be at least 2"),
        (&["--data", data, "--hold-out-source", "gossip"], "the sources are forum, news"),
        (
            &["--data", data, "--folds", "3", "--hold-out-source", "x"],
            "the sources are forum, news",
        ),
        (&["--folds", "3", "--group", "source"], "--group: no row has a source"),
        (&["--folds", "3", "--validation", data], "'--validation <FILE>'"),
        (&["--folds", "3", "--resume"], "'--resume'"),
        (&["--group", "none"], "required arguments were not provided"),
        (
            &["--near-duplicates", "2"],
            "'--near-duplicates <SIMILARITY>': must be above 0 and at most 1",
        ),
    ] {
        let message = refusal(&base, folder.path(), flags);
        assert!(message.contains(expected), "{message}");
    }
}
