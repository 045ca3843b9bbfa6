//! `train combine` puts trained models together, and what follows keeps them together.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checkpoint::{Checkpoint, Manifest, Reference};
use common::{succeed, weights};
use scorer::{Options, Scorer, Verdict};
use serde_json::Value;
use tempfile::TempDir;
use testkit::models;
use testkit::program::one_error;

/// A checkpoint of two models in `both`, and each by itself in `main` and `foreign`.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        models::combined(&folder.path().join("both"));
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn train(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-train"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn refusal(&self, arguments: &[&str]) -> String {
        one_error(&self.train(arguments).output().unwrap(), 1)
    }

    fn card(&self, folder: &str) -> String {
        fs::read_to_string(self.path(folder).join("README.md")).unwrap()
    }

    /// Texts of both models, of which those of one half are labelled 1: by the number of their words.
    fn posts(&self, name: &str, foreign: bool) -> PathBuf {
        let mut csv = "text,label\n".to_owned();
        for at in 0..120_usize {
            let english = models::WORDS[..4 + at % 8].join(" ");
            let words = models::FOREIGN_WORDS[..3 + at % 4].join(" ");
            let text = if foreign && at % 2 == 1 { words } else { english };
            writeln!(csv, "{text} {at},{}", at / 4 % 2).unwrap();
        }
        let path = self.path(name);
        fs::write(&path, csv).unwrap();
        path
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_models_are_together_and_the_cards_say_which_judges_what() {
    let bench = Bench::new();
    for (name, card) in [
        (
            "main",
            "---\nlanguage:\n- \"en\"\nlicense: unknown\n---\n# main, version 1\n\nIt scores.\n\n## Training\nMuch.\n",
        ),
        ("foreign", "---\nlanguage:\n- \"ar\"\n---\n# foreign, version 1\n\nIt scores, too.\n"),
    ] {
        fs::write(bench.path(name).join("README.md"), card).unwrap();
    }
    let arguments = ["combine", "--checkpoint", "main", "--with", "foreign", "--output", "mine"];
    let said = stdout(&succeed(&mut bench.train(&arguments)));
    assert!(said.contains("foreign               0.6000    ar, fr"), "{said}");
    assert!(said.contains("threshold of all      0.5000"), "{said}");
    let manifest = Manifest::open(&bench.path("mine")).unwrap();
    assert_eq!(manifest.sha256(), Manifest::open(&bench.path("both")).unwrap().sha256());
    assert_eq!((&*manifest.config.name, &*manifest.config.version), ("mine", "1"));
    let card = bench.card("mine");
    let header = "---\nlanguage:\n- \"en\"\n- \"ar\"\n- \"fr\"\nlicense: unknown\n---\n# mine, version 1\n\nIt scores.\n\n## Models\n";
    assert!(card.starts_with(header), "{card}");
    assert!(
        card.contains("\n| foreign 1 | ar, fr | [foreign/README.md](foreign/README.md) |\n"),
        "{card}"
    );
    assert!(card.ends_with("\n\n## Training\nMuch.\n"), "{card}");
    let other = bench.card("mine/foreign");
    assert!(other.contains("# foreign, version 1\n\n> One of several models"), "{other}");
    assert!(other.contains("0.6000") && other.contains("0.5000"), "{other}");
    assert!(other.ends_with("\n\nIt scores, too.\n"), "{other}");

    // Again, in its own place: nothing is there twice.
    let arguments = [
        "combine",
        "--checkpoint",
        "mine",
        "--with",
        "mine/foreign",
        "--output",
        "mine",
        "--model-version",
        "2",
    ];
    succeed(&mut bench.train(&arguments));
    assert_eq!(bench.card("mine"), card.replace("mine, version 1", "mine, version 2"));
    assert_eq!(bench.card("mine/foreign"), other);
}

#[test]
fn what_does_not_go_together_is_refused_and_writes_nothing() {
    let bench = Bench::new();
    let combine = |with: &str, output: &str| {
        bench.refusal(&["combine", "--checkpoint", "main", "--with", with, "--output", output])
    };
    assert!(combine("main", "mine").contains("\"en\""));
    assert!(combine("both", "mine").contains("holds other models"));
    assert!(combine("no-such-model", "mine").contains("no-such-model"));
    assert!(!bench.path("mine").exists());
    fs::create_dir(bench.path("notes")).unwrap();
    fs::write(bench.path("notes/thesis.txt"), "years of work").unwrap();
    assert!(combine("foreign", "notes").contains("thesis.txt"));
    // What would take the other model away.
    let posts = bench.posts("posts.csv", false);
    let arguments = ["--base", "main", "--data", posts.to_str().unwrap(), "--output", "both"];
    assert!(bench.refusal(&arguments).contains("it holds foreign"));
}

#[test]
fn a_training_from_several_models_starts_from_the_main_one_and_says_what_stays_behind() {
    let bench = Bench::new();
    let posts = bench.posts("posts.csv", false);
    let learn = |base: &str, output: &str| {
        let arguments = [
            "--base",
            base,
            "--data",
            posts.to_str().unwrap(),
            "--output",
            output,
            "--epochs",
            "1",
            "--max-length",
            "32",
            "--batch-size",
            "32",
        ];
        String::from_utf8(succeed(&mut bench.train(&arguments)).stderr).unwrap()
    };
    let said = learn("both", "from-both");
    assert!(said.contains("foreign stays behind"), "{said}");
    assert!(!learn("main", "from-main").contains("stays behind"));
    assert!(weights(&bench.path("from-both")) == weights(&bench.path("from-main")));
    assert!(Manifest::open(&bench.path("from-both")).unwrap().others.is_empty());
    // Curves are of a checkpoint: it may be replaced.
    assert!(bench.path("from-both/trainer_state.json").is_file());
    learn("main", "from-both");
}

#[test]
fn each_model_is_calibrated_on_the_posts_that_it_judges() {
    let bench = Bench::new();
    let posts = bench.posts("posts.csv", true);
    let calibrate = |checkpoint: &str, data: &Path, output: &str| {
        let data = data.to_str().unwrap();
        let arguments = [
            "calibrate",
            "--checkpoint",
            checkpoint,
            "--data",
            data,
            "--output",
            output,
            "--threshold",
            "recall=0.5",
        ];
        succeed(&mut bench.train(&arguments))
    };
    // In its own place.
    fs::rename(bench.path("both"), bench.path("mine")).unwrap();
    let said = stdout(&calibrate("mine", &posts, "mine"));
    assert_eq!(said.matches("flagged of label 1").count(), 2, "{said}");
    for file in ["model.safetensors", "foreign/model.safetensors"] {
        assert!(bench.path("mine").join(file).is_file(), "{file}");
    }
    let mine = Manifest::open(&bench.path("mine")).unwrap();
    let foreign = &mine.others[0].manifest;
    assert_eq!(foreign.training["calibration"]["posts"], serde_json::json!([30, 30]));
    assert_eq!(mine.training["calibration"]["posts"], serde_json::json!([30, 30]));

    // By itself, on the same posts, it is calibrated likewise.
    calibrate("foreign", &posts, "alone");
    let alone = Manifest::open(&bench.path("alone")).unwrap();
    assert_eq!(foreign.training["own_calibration"], serde_json::json!(alone.calibration));
    let texts: Vec<String> = fs::read_to_string(&posts)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    let labels = |folder: &str, lang: &[&str]| -> Vec<_> {
        let scorer = Scorer::open(bench.path(folder), &Options::default()).unwrap();
        let verdicts = scorer.score(&texts).unwrap().into_iter();
        let judged = verdicts.filter(|it| it.lang().is_some_and(|code| lang.contains(&code)));
        judged.map(|verdict: Verdict| (verdict.label(), verdict.band())).collect()
    };
    let found = labels("mine", &["ar", "fr"]);
    assert_eq!((found.len(), &found), (60, &labels("alone", &["ar", "fr"])));
    // All posts are counted, to tell drift by.
    let reference = Reference::of(&mine.training).unwrap();
    assert_eq!(reference.scores.iter().sum::<u64>(), 120);
    assert_eq!(reference.languages["en"], 60);
    let card = bench.card("mine/foreign");
    assert!(
        card.contains("## Calibrated anew") && card.contains("> One of several models"),
        "{card}"
    );

    // Of a language without posts the model keeps what it has, on the new scale.
    let english = bench.posts("english.csv", false);
    let output = calibrate("mine", &english, "english");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("mine/foreign keeps its calibration"), "{said}");
    let after = Manifest::open(&bench.path("english")).unwrap();
    let own = |manifest: &Manifest| manifest.others[0].manifest.training["own_calibration"].clone();
    assert_eq!(own(&after), own(&mine));
    assert_eq!(labels("english", &["ar", "fr"]), found);

    // One that is calibrated by itself has no other scale any more.
    calibrate("mine/foreign", &posts, "again");
    let again = read_json(&bench.path("again/training.json"));
    assert!(again.get("own_calibration").is_none());
    assert_eq!(Checkpoint::open(&bench.path("again")).unwrap().calibration, alone.calibration);
    assert!(!bench.card("again").contains("> One of several models"));
}

/// Files that any of the models has learned from are known too well.
#[test]
fn a_training_file_of_another_model_is_refused() {
    let bench = Bench::new();
    let posts = bench.posts("posts.csv", true);
    let path = bench.path("both/foreign/training.json");
    let mut training = read_json(&path);
    let sha256 = checkpoint::sha256(&fs::read(&posts).unwrap());
    training["data"] = serde_json::json!({ "training_files": [{ "sha256": sha256 }] });
    fs::write(&path, training.to_string()).unwrap();
    let data = posts.to_str().unwrap();
    let refusal =
        bench.refusal(&["calibrate", "--checkpoint", "both", "--data", data, "--output", "mine"]);
    assert!(refusal.contains("posts.csv") && refusal.contains("training files"), "{refusal}");
}
