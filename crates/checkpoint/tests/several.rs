//! Checkpoints of several models: put together, written whole, and refused where one does not fit.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use checkpoint::weights::safetensors::Storage;
use checkpoint::{Base, Checkpoint, CheckpointError, Manifest, OURS, combine};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::models;
use text::Claims;

/// A checkpoint of two models in `both`, and each by itself in `main` and `foreign`.
fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    models::combined(&folder.path().join("both"));
    folder
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn change_json(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut json = read_json(path);
    change(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

fn one_line(refused: Result<impl Sized, CheckpointError>) -> String {
    let message = refused.err().expect("a refusal").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn each_model_is_a_whole_checkpoint_of_its_own() {
    let folder = written();
    let path = |name: &str| folder.path().join(name);
    let manifest = Manifest::open(&path("both")).unwrap();
    assert_eq!(manifest.others.len(), 1);
    assert_eq!(manifest.folders(&path("both")), [path("both"), path("both/foreign")]);
    for (within, alone) in [("both", "main"), ("both/foreign", "foreign")] {
        let (within, alone) = (path(within), path(alone));
        for file in ["model.safetensors", "tokenizer.json"] {
            assert!(fs::read(within.join(file)).unwrap() == fs::read(alone.join(file)).unwrap());
        }
        let (within, alone) =
            (Checkpoint::open(&within).unwrap(), Checkpoint::open(&alone).unwrap());
        assert_eq!((within.config, within.weights), (alone.config, alone.weights));
    }
    let base = Base::open(&path("both"), 1).unwrap();
    assert_eq!(base.weights, Base::open(&path("main"), 1).unwrap().weights);
    // Where there are no others, nothing of them is written.
    assert!(read_json(&path("main/config.json"))[OURS].get("others").is_none());
    assert_eq!(read_json(&path("main/calibration.json"))["version"], 1);
    assert!(read_json(&path("main/calibration.json")).get("shift").is_none());
    assert_eq!(read_json(&path("both/foreign/calibration.json"))["version"], 2);
}

#[test]
fn put_together_again_it_is_the_same_and_its_own_calibration_is_kept() {
    let folder = written();
    let path = |name: &str| folder.path().join(name);
    let own = Manifest::open(&path("foreign")).unwrap().calibration;
    let first = Manifest::open(&path("both")).unwrap();
    assert_eq!(first.others[0].manifest.training["own_calibration"], json!(own));
    assert_ne!(first.others[0].manifest.calibration, own);
    // By the checkpoint that has it, by its folder there, and by both.
    let within = path("both/foreign");
    for (main, with) in [("both", vec![]), ("main", vec![within.clone()]), ("both", vec![within])] {
        let again = combine(&path(main), &with).unwrap();
        assert_eq!(again.manifest.sha256(), first.sha256());
        let (again, first) = (&again.manifest.others[0], &first.others[0]);
        assert_eq!(again.folder, first.folder);
        assert_eq!(again.manifest.calibration, first.manifest.calibration);
        assert_eq!(again.manifest.training, first.manifest.training);
    }
}

#[test]
fn one_of_the_same_name_takes_the_place_of_the_one_there() {
    let folder = written();
    let parent = tempfile::tempdir().unwrap();
    let newer = parent.path().join("foreign");
    let mut model = models::unigram();
    model.config.languages = Claims::new(&["ru"]).unwrap();
    model.write(&newer, Storage::F16).unwrap();
    let found = combine(&folder.path().join("both"), std::slice::from_ref(&newer)).unwrap();
    assert_eq!(found.manifest.languages(), ["en", "ru"]);
    assert_eq!(found.sources[1], newer);
    let twice = combine(&folder.path().join("main"), &[newer.clone(), newer]);
    assert!(one_line(twice).contains("same name"));
}

#[test]
fn counts_of_the_main_models_posts_are_not_those_of_all() {
    let folder = written();
    let main = folder.path().join("main");
    let counts = json!({"scores": vec![0; 10], "bands": {}, "languages": {}});
    change_json(&main.join("training.json"), |json| {
        json["reference"] = counts.clone();
        json["calibration"] = json!({"reference": counts, "posts": [1, 2]});
    });
    let training = |with: &[PathBuf]| combine(&main, with).unwrap().manifest.training;
    assert!(checkpoint::Reference::of(&training(&[])).is_some());
    let together = training(&[folder.path().join("foreign")]);
    assert!(checkpoint::Reference::of(&together).is_none());
    assert_eq!(together["calibration"]["posts"], json!([1, 2]));
}

#[test]
fn models_that_do_not_go_together_are_refused() {
    let folder = written();
    let path = |name: &str| folder.path().join(name);
    let with = |name: &str| one_line(combine(&path("main"), &[path(name)]));
    assert!(with("both").contains("holds other models itself"));
    let english = models::small(1);
    english.write(&path("english"), Storage::F32).unwrap();
    let message = with("english");
    assert!(message.contains("english/config.json") && message.contains("\"en\""), "{message}");
    fs::rename(path("foreign"), path("so so")).unwrap();
    assert!(with("so so").contains("rename it"));
    let mut flat = models::unigram();
    flat.calibration.threshold = 0.0;
    flat.write(&path("flat"), Storage::F32).unwrap();
    let message = with("flat");
    assert!(
        message.contains("flat/calibration.json") && message.contains("train calibrate"),
        "{message}"
    );
    assert!(with("missing").contains("missing"));
}

#[test]
fn a_checkpoint_whose_models_do_not_go_together_is_refused_by_the_file() {
    type Spoil = fn(&Path);
    let cases: [(Spoil, &[&str]); 8] = [
        (
            |both| {
                change_json(&both.join("config.json"), |it| {
                    it[OURS]["others"][0]["folder"] = "../main".into();
                });
            },
            &["both/config.json", "letters"],
        ),
        (
            |both| {
                change_json(&both.join("config.json"), |it| {
                    it[OURS]["others"][0]["folder"] = "gone".into();
                });
            },
            &["both/config.json", "gone", "missing"],
        ),
        (
            |both| {
                change_json(&both.join("config.json"), |it| {
                    it[OURS]["others"] = json!([{"folder": "foreign"}]);
                });
            },
            &["both/config.json", "weights_sha256"],
        ),
        (
            |both| {
                change_json(&both.join("foreign/config.json"), |it| {
                    it[OURS]["others"] = json!([{"folder": "x", "weights_sha256": "y"}]);
                });
            },
            &["foreign/config.json", "lists others itself"],
        ),
        (
            |both| {
                change_json(&both.join("foreign/config.json"), |it| {
                    it[OURS]["weights_sha256"] = "ab".into();
                });
            },
            &["foreign/config.json", "weights_sha256", "train combine"],
        ),
        (
            |both| {
                change_json(&both.join("foreign/config.json"), |it| {
                    it[OURS]["languages"] = json!(["fr", "en"]);
                });
            },
            &["foreign/config.json", "\"en\""],
        ),
        (
            |both| {
                change_json(&both.join("foreign/calibration.json"), |it| {
                    it["threshold"] = 0.75.into();
                });
            },
            &["foreign/calibration.json", "train combine"],
        ),
        (
            |both| fs::remove_file(both.join("foreign/training.json")).unwrap(),
            &["foreign has no training.json"],
        ),
    ];
    for (spoil, expected) in cases {
        let folder = written();
        let both = folder.path().join("both");
        spoil(&both);
        let message = one_line(Manifest::open(&both));
        for expected in expected {
            assert!(message.contains(expected), "{expected}: {message}");
        }
    }
}

#[test]
fn it_is_written_whole_or_not_at_all_and_over_nothing_else() {
    let folder = written();
    let both = folder.path().join("both");
    let together = combine(&both, &[]).unwrap();
    let cards = ["# both\n", "# foreign\n"].map(str::to_owned);
    // In its own place, curves of a training included.
    fs::write(both.join("foreign/trainer_state.json"), "{}").unwrap();
    together.manifest.write(&together.sources, &both, &cards).unwrap();
    assert_eq!(fs::read_to_string(both.join("foreign/README.md")).unwrap(), "# foreign\n");
    assert_eq!(fs::read_to_string(both.join("foreign/trainer_state.json")).unwrap(), "{}");
    assert_eq!(Manifest::open(&both).unwrap().sha256(), together.manifest.sha256());
    // A model alone would take the other one's place.
    let message = one_line(models::small(1).write(&both, Storage::F32));
    assert!(message.contains("it holds foreign"), "{message}");
    assert_eq!(Manifest::open(&both).unwrap().others.len(), 1);
    let broken = both.join("foreign/model.safetensors");
    fs::write(&broken, "x").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let message = one_line(together.manifest.write(&together.sources, &elsewhere, &cards));
    assert!(message.contains("foreign/model.safetensors") && !elsewhere.exists(), "{message}");
}
