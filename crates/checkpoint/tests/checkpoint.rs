//! The checkpoint folder: written whole, read whole, refused when anything in it is amiss.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use checkpoint::base::Base;
use checkpoint::calibration::Bands;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{Calibration, Checkpoint};
use checkpoint::{Manifest, OURS, default_folder};
use serde_json::{Value, json};

const FILES: [&str; 6] = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "calibration.json",
    "training.json",
    "README.md",
];

fn example() -> Checkpoint {
    Checkpoint {
        calibration: Calibration {
            temperature: 1.37,
            threshold: 0.42,
            bands: Bands { review: 0.42, priority_review: 0.93 },
            ..Calibration::default()
        },
        training: json!({"seed": 7, "metrics": {"roc_auc": 0.5}}),
        card: "# tiny\n".to_owned(),
        ..testkit::models::golden()
    }
}

/// A folder with the example in `mine`.
fn written() -> tempfile::TempDir {
    let parent = tempfile::tempdir().unwrap();
    example().write(&parent.path().join("mine"), Storage::F32).unwrap();
    parent
}

/// The refusal of the example after `spoil` had its way with the folder; always one line.
fn refusal(spoil: impl FnOnce(&Path)) -> String {
    let parent = written();
    let folder = parent.path().join("mine");
    spoil(&folder);
    let message = Checkpoint::open(&folder).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

fn change_json(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

/// The refusal after a change to `config.json`.
fn refusal_of_config(change: impl FnOnce(&mut Value)) -> String {
    let message = refusal(|folder| change_json(&folder.join("config.json"), change));
    assert!(message.contains("config.json"), "{message}");
    message
}

#[test]
fn what_is_written_opens_again_as_it_was() {
    let parent = written();
    let folder = parent.path().join("mine");
    let (opened, expected) = (Checkpoint::open(&folder).unwrap(), example());
    assert_eq!(opened.config, expected.config);
    assert_eq!(opened.calibration, expected.calibration);
    assert_eq!(opened.training, expected.training);
    assert_eq!(opened.weights, expected.weights);
    assert_eq!(opened.card, expected.card);
    let text = "Quality @someone zumblor Café 7";
    assert_eq!(opened.tokenizer.encode(text, 48), expected.tokenizer.encode(text, 48));
    for file in FILES {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), FILES.len());
}

#[test]
fn the_languages_must_be_there_and_be_ones_that_texts_are_told_by() {
    let missing = refusal_of_config(|json| {
        json["threat_indicator"].as_object_mut().unwrap().remove("languages");
    });
    assert!(missing.contains("languages"), "{missing}");
    for (codes, expected) in [(json!([]), "is empty"), (json!(["en", "xx"]), "\"xx\"")] {
        let refusal = refusal_of_config(|json| json["threat_indicator"]["languages"] = codes);
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn its_hash_is_that_of_the_weights_file() {
    let parent = written();
    let folder = parent.path().join("mine");
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let recorded = Manifest::open(&folder).unwrap().sha256();
    assert_eq!(recorded, checkpoint::sha256(&bytes));
    assert_eq!(recorded.len(), 64);
}

#[test]
fn a_checkpoint_is_a_base_with_a_trained_head() {
    let parent = written();
    let base = Base::open(&parent.path().join("mine"), 99).unwrap();
    assert!(base.trained_head);
    assert_eq!(base.weights, example().weights);
}

#[test]
fn half_precision_weights_open_too() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("half");
    example().write(&folder, Storage::F16).unwrap();
    let opened = Checkpoint::open(&folder).unwrap();
    for ((name, half), (_, full)) in opened.weights.iter().zip(example().weights.iter()) {
        for (half, full) in half.values.iter().zip(&full.values) {
            assert!((half - full).abs() <= 1e-3 * full.abs().max(1e-4), "{name}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    for file in FILES.iter().filter(|&&file| file != "README.md") {
        let message = refusal(|folder| fs::remove_file(folder.join(file)).unwrap());
        assert!(message.contains(file), "{message}");
    }
}

#[test]
fn a_file_cut_short_is_named_wherever_it_is_cut() {
    for file in FILES.iter().filter(|&&file| file != "README.md") {
        let parent = written();
        let folder = parent.path().join("mine");
        let whole = fs::read(folder.join(file)).unwrap();
        // The last byte of a JSON file may be a line break, whose loss loses nothing.
        let content = whole.trim_ascii_end().len();
        for length in [0, 1, content / 3, content / 2, content - 1] {
            fs::write(folder.join(file), &whole[..length]).unwrap();
            let message = Checkpoint::open(&folder).unwrap_err().to_string();
            assert!(message.contains(file), "{file} cut to {length}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}

#[test]
fn another_calibration_is_written_beside_the_same_network() {
    let parent = written();
    let (source, other) = (parent.path().join("mine"), parent.path().join("other"));
    let read = |folder: &Path, file: &str| fs::read(folder.join(file)).unwrap();
    let weights = read(&source, "model.safetensors");
    let mut manifest = Manifest::open(&source).unwrap();
    manifest.calibration.threshold = 0.9;
    // Beside it, and in its own place.
    for folder in [&other, &source] {
        manifest.write(&[&source], folder, &["# other\n".to_owned()]).unwrap();
        let opened = Checkpoint::open(folder).unwrap();
        assert_eq!(opened.calibration, manifest.calibration);
        assert_eq!(opened.card, "# other\n");
        assert!(read(folder, "model.safetensors") == weights);
        assert!(read(folder, "tokenizer.json") == read(&other, "tokenizer.json"));
    }
}

#[test]
fn another_calibration_is_not_written_beside_another_network() {
    let parent = written();
    let (source, other) = (parent.path().join("mine"), parent.path().join("other"));
    let manifest = Manifest::open(&source).unwrap();
    example().write(&source, Storage::F16).unwrap();
    let message = manifest.write(&[&source], &other, &[String::new()]).unwrap_err().to_string();
    assert!(message.contains("SHA-256"), "{message}");
    assert!(!other.exists());
}

#[test]
fn a_missing_folder_says_how_to_get_one() {
    let message = Checkpoint::open(Path::new("no/such/checkpoint")).unwrap_err().to_string();
    assert!(message.contains("no/such/checkpoint"), "{message}");
    assert!(message.contains("cargo run -p train"), "{message}");
}

#[test]
fn another_format_version_is_refused() {
    let message = refusal_of_config(|config| config[OURS]["format_version"] = 99.into());
    assert!(message.contains("format version 99"), "{message}");
}

#[test]
fn another_normaliser_version_is_refused() {
    let message = refusal_of_config(|config| config[OURS]["normaliser_version"] = 0.into());
    assert!(message.contains("normaliser version 0"), "{message}");
}

#[test]
fn another_version_is_refused_as_such_even_when_its_fields_differ() {
    let message = refusal_of_config(|config| config[OURS] = json!({"format_version": 2}));
    assert!(message.contains("format version 2"), "{message}");
}

#[test]
fn swapped_labels_are_refused() {
    let message = refusal_of_config(|config| {
        config["id2label"] = json!({"0": "pro_isis", "1": "not_pro_isis"});
    });
    assert!(message.contains("labels"), "{message}");
}

#[test]
fn a_folder_of_another_program_is_refused() {
    let message = refusal_of_config(|config| {
        config.as_object_mut().unwrap().remove(OURS);
    });
    assert!(message.contains("not a checkpoint of this program"), "{message}");
}

#[test]
fn a_length_that_the_positions_do_not_reach_is_refused() {
    let message = refusal_of_config(|config| config[OURS]["max_length"] = 65.into());
    assert!(message.contains("max_length is 65"), "{message}");
}

#[test]
fn changed_weights_are_refused() {
    let message = refusal(|folder| {
        let path = folder.join("model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
    });
    assert!(message.contains("model.safetensors"), "{message}");
    assert!(message.contains("SHA-256"), "{message}");
}

#[test]
fn weights_of_another_architecture_are_refused() {
    let message = refusal(|folder| {
        let path = folder.join("model.safetensors");
        let mut weights = safetensors::read(&path).unwrap();
        weights.remove("classifier.weight");
        safetensors::write(&weights, Storage::F32, &path).unwrap();
    });
    assert!(message.contains("model.safetensors"), "{message}");
    assert!(message.contains("classifier.weight is missing"), "{message}");
}

#[test]
fn a_tokenizer_with_more_pieces_than_the_model_is_refused() {
    let message = refusal(|folder| {
        change_json(&folder.join("tokenizer.json"), |tokenizer| {
            tokenizer["model"]["vocab"]["onemore"] = 120.into();
        });
    });
    assert!(message.contains("tokenizer.json"), "{message}");
    assert!(message.contains("121"), "{message}");
}

/// Whatever fields another version has.
#[test]
fn a_calibration_of_another_version_is_refused_as_such() {
    let message = refusal(|folder| {
        fs::write(
            folder.join("calibration.json"),
            json!({ "version": 3, "curve": [] }).to_string(),
        )
        .unwrap();
    });
    assert!(
        message.contains("calibration.json has version 3, this program reads 1 or 2"),
        "{message}"
    );
}

#[test]
fn a_calibration_that_makes_no_sense_is_refused() {
    for (key, value) in [("temperature", -1.0), ("threshold", 1.5)] {
        let message = refusal(|folder| {
            change_json(&folder.join("calibration.json"), |json| json[key] = value.into());
        });
        assert!(message.contains("calibration.json"), "{message}");
        assert!(message.contains(key), "{message}");
    }
}

#[test]
fn a_checkpoint_that_was_changed_is_no_base() {
    let parent = written();
    let folder = parent.path().join("mine");
    assert!(Base::open(&folder, 1).unwrap().trained_head);
    let path = folder.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 4;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let message = Base::open(&folder, 1).unwrap_err().to_string();
    assert!(message.contains("SHA-256") && !message.contains('\n'), "{message}");
}

#[test]
fn writing_over_a_checkpoint_replaces_it_whole() {
    let parent = written();
    let folder = parent.path().join("mine");
    let newer = Checkpoint { card: "# newer\n".to_owned(), ..example() };
    newer.write(&folder, Storage::F32).unwrap();
    assert_eq!(Checkpoint::open(&folder).unwrap().card, "# newer\n");
    fs::write(folder.join("notes.txt"), "x").unwrap();
    let refused = example().write(&folder, Storage::F32).unwrap_err().to_string();
    assert!(refused.contains("it holds notes.txt"), "{refused}");
    assert_eq!(Checkpoint::open(&folder).unwrap().card, "# newer\n");
    assert!(folder.join("notes.txt").exists());
}

#[test]
fn the_checkpoint_written_last_is_the_default_unless_the_shipped_one_is_there() {
    let root = tempfile::tempdir().unwrap();
    let put = |name: &str, file: &str, age: u64| {
        fs::create_dir_all(root.path().join(name)).unwrap();
        let file = fs::File::create(root.path().join(name).join(file)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    };
    let default = || {
        let folder = default_folder(root.path())?;
        Some(folder.file_name().unwrap().to_string_lossy().into_owned())
    };
    assert_eq!(default_folder(&root.path().join("missing")), None);
    assert_eq!(default(), None);
    put("a-base", "config.json", 0);
    put(".mine.partial", "calibration.json", 0);
    assert_eq!(default(), None);
    put("older", "calibration.json", 200);
    put("newer", "calibration.json", 100);
    put("ancient", "calibration.json", 300);
    assert_eq!(default().as_deref(), Some("newer"));
    put("threat-v2", "calibration.json", 400);
    assert_eq!(default().as_deref(), Some("threat-v2"));
}
