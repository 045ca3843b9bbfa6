//! The program as it is run: on a small checkpoint, and on everything that can be wrong.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checkpoint::weights::safetensors::Storage;
use serde_json::Value;
use tempfile::TempDir;
use testkit::models::{self, WORDS};
use testkit::program::{one_error, without_settings};

/// A folder with a small untrained checkpoint and some labelled files.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.checkpoint("model", 5);
        bench.write("posts.csv", &rows(240));
        bench.write(
            "suite.csv",
            "function,text,expected,why\nweather,rain is coming,0,weather\ncity,the city,1,made up\n",
        );
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn checkpoint(&self, name: &str, seed: u64) {
        let mut checkpoint = models::small(seed);
        name.clone_into(&mut checkpoint.config.name);
        checkpoint.training = serde_json::json!({ "seed": seed });
        checkpoint.write(&self.path(name), Storage::F32).unwrap();
    }

    /// Runs the program in the folder.
    fn eval(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-eval"));
        without_settings(command.current_dir(self.folder.path()).args(arguments)).output().unwrap()
    }

    fn report(&self, folder: &str) -> Value {
        let file = self.path(folder).join("report.json");
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    /// The one line with which the program refuses.
    fn refusal(&self, arguments: &[&str]) -> String {
        self.refusal_with(1, arguments)
    }

    /// The same with an exit status: 1 for what files hold, 2 for what was typed.
    fn refusal_with(&self, status: i32, arguments: &[&str]) -> String {
        one_error(&self.eval(arguments), status)
    }
}

fn rows(count: usize) -> String {
    let mut csv = "text,label,author,topic,score\n".to_owned();
    for row in 0..count {
        let words: Vec<&str> =
            (0..3 + row % 5).map(|place| WORDS[(row * 7 + place * 3) % 8]).collect();
        let (label, score) = (row % 2, (row * 37 % 101) as f64 / 101.0);
        let _ =
            writeln!(csv, "{} {row},{label},a{},t{},{score}", words.join(" "), row % 9, row % 3);
    }
    csv
}

#[test]
fn a_checkpoint_is_judged_and_both_reports_are_written() {
    let bench = Bench::new();
    let output = bench.eval(&[
        "--checkpoint",
        "model",
        "--data",
        "posts.csv",
        "--suite",
        "suite.csv",
        "--slice",
        "topic,author",
        "--output",
        "out",
        "--replicates",
        "100",
    ]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for part in ["accuracy", "precision", "recall", "F1", "ROC AUC", "PR AUC", "not flagged"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains(&Path::new("out").join("report.html").display().to_string()));
    let report = bench.report("out");
    assert_eq!(report["overall"]["rows"], 240);
    assert_eq!(report["model"]["name"], "model");
    assert_eq!(report["invariance"]["moved"], 0);
    assert_eq!(report["suite"]["cases"], 2);
    let sliced: Vec<&str> =
        report["slices"].as_array().unwrap().iter().map(|s| s["by"].as_str().unwrap()).collect();
    assert_eq!(sliced, ["topic", "author", "length", "language"]);
    assert!(bench.path("out").join("report.html").is_file());
}

#[test]
fn rows_without_a_label_are_counted_where_the_report_counts_its_rows() {
    let bench = Bench::new();
    let labels = ["[0]", "[1]", "[]", "[1]", "[0]", "[0,1]", "[]"];
    let rows = labels.iter().enumerate().map(|(row, label)| {
        format!("{{\"text\":\"rain is coming to the city {row}\",\"label\":{label}}}\n")
    });
    bench.write("posts.jsonl", &rows.collect::<String>());
    let arguments =
        ["posts.jsonl", "--checkpoint", "model", "--output", "out", "--replicates", "9"];
    let output = bench.eval(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let data = &bench.report("out")["data"];
    assert_eq!((&data["rows"], &data["unlabelled"]), (&4.into(), &3.into()));
    assert_eq!(data["files"][0]["unlabelled"], 3);
    let page = std::fs::read_to_string(bench.path("out").join("report.html")).unwrap();
    assert!(page.contains("4 posts") && page.contains("3 rows more have no label"), "{page}");
}

#[test]
fn a_file_that_the_model_was_trained_on_is_named_first() {
    let bench = Bench::new();
    let sha256 = checkpoint::sha256(&std::fs::read(bench.path("posts.csv")).unwrap());
    let record = bench.path("model").join("training.json");
    let files = serde_json::json!([{ "sha256": sha256 }]);
    for (training, kind) in [
        (serde_json::json!({ "data": { "training_files": files } }), "bad"),
        (serde_json::json!({ "data": { "validation_files": files } }), "caution"),
        (serde_json::json!({ "calibration": { "files": files } }), "caution"),
    ] {
        std::fs::write(&record, training.to_string()).unwrap();
        let output = bench.eval(&[
            "posts.csv",
            "--checkpoint",
            "model",
            "--output",
            "out",
            "--replicates",
            "9",
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let finding = &bench.report("out")["findings"][0];
        assert_eq!(finding["kind"], kind);
        assert!(finding["text"].as_str().unwrap().contains("posts.csv"), "{finding}");
    }
}

#[test]
fn a_document_gets_the_figures_of_the_report() {
    let bench = Bench::new();
    bench.write("card.md", "# Card\n<!-- eval metrics from out -->\n<!-- /eval -->\n");
    let output = bench.eval(&[
        "posts.csv",
        "--score-column",
        "score",
        "--output",
        "out",
        "--fill",
        "card.md",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let card = std::fs::read_to_string(bench.path("card.md")).unwrap();
    let auc = bench.report("out")["overall"]["metrics"]["roc_auc"]["value"].as_f64().unwrap();
    assert!(card.contains(&format!("| ROC AUC | {auc:.3} |")), "{card}");
}

#[test]
fn scores_in_a_column_are_judged_without_a_checkpoint() {
    let bench = Bench::new();
    let output = bench.eval(&["posts.csv", "--score-column", "score", "--threshold", "0.7"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = bench.report("reports/scores");
    let flagged = (0..240).filter(|row| f64::from(row * 37 % 101) / 101.0 >= 0.7).count();
    let counts = &report["overall"]["confusion"];
    let sum =
        counts["true_positives"].as_u64().unwrap() + counts["false_positives"].as_u64().unwrap();
    assert_eq!(sum, flagged as u64);
    // Nobody ships it.
    assert_eq!(report["operating_points"][0]["name"], "threshold used");
    assert_eq!(report["operating_points"][0]["shipped"], false);
    assert!(report.get("suite").is_none() && report.get("invariance").is_none());
}

#[test]
fn a_model_compared_with_itself_does_not_differ_and_with_another_does() {
    let bench = Bench::new();
    bench.checkpoint("other", 6);
    let compare = |against: &str| {
        let output = bench.eval(&[
            "--checkpoint",
            "model",
            "posts.csv",
            "--against",
            against,
            "--output",
            "out",
            "--replicates",
            "50",
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        bench.report("out")["comparison"]["metrics"]["log_loss"]["difference"]["value"]
            .as_f64()
            .unwrap()
    };
    assert!(compare("model").abs() < 1e-15);
    assert!(compare("other").abs() > 1e-9);
}

#[test]
fn held_out_sources_are_kept_from_the_baselines_and_judged_alone() {
    let bench = Bench::new();
    let mut csv = "text,label,source\n".to_owned();
    for row in 0..300 {
        let source = ["", "radio", "paper"][row % 3];
        let _ = writeln!(csv, "{} {} {row},{},{source}", WORDS[row % 8], WORDS[row % 5], row % 2);
    }
    bench.write("train.csv", &csv);
    bench.write("test.csv", &csv.replace(" 1", " x1"));
    let output = bench.eval(&[
        "test.csv",
        "--checkpoint",
        "model",
        "--baseline-train",
        "train.csv",
        "--hold-out-source",
        "radio",
        "--output",
        "out",
        "--replicates",
        "50",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = bench.report("out");
    assert_eq!(report["data"]["left_out"], 100);
    assert_eq!(report["overall"]["rows"], 200);
    assert_eq!(report["baselines"]["held_out_rows_dropped"], 100);
    let line = bench.refusal(&["test.csv", "--checkpoint", "model", "--hold-out-source", "tv"]);
    assert!(line.contains("--hold-out-source tv"), "{line}");
}

#[test]
fn everything_that_can_be_wrong_gets_one_line() {
    let bench = Bench::new();
    bench.write("no_label.csv", "text,class\na,1\n");
    bench.write("two.csv", "text,label\na,1\nb,2\n");
    bench.write("negative.csv", "text,label\ngood rain,0\nthe city,0\n");
    bench.write("links.csv", "text,label\nhttps://t.co/abcdefghij,0\nhttps://t.co/bbcdefghij,1\n");
    bench.write("bad_score.csv", "text,label,score\na,1,0.5\nb,0,1.5\n");
    bench.write("bad_suite.csv", "function,text,expected\na,b,maybe\n");
    let model = ["--checkpoint", "model"];
    for (arguments, parts) in [
        (&["missing.csv"][..], &["missing.csv"][..]),
        (&["no_label.csv"], &["no_label.csv", "label", "text, class"]),
        (&["two.csv"], &["two.csv", "line 3", "\"2\""]),
        (&["negative.csv"], &["label 1", "--data"]),
        (&["links.csv"], &["none of the 2 rows"]),
        (&["posts.csv", "--slice", "nosuch"], &["--slice nosuch", "topic"]),
        (&["posts.csv", "--suite", "bad_suite.csv"], &["bad_suite.csv, line 2", "maybe"]),
        (&["posts.csv", "--against", "nowhere"], &["nowhere"]),
    ] {
        let line = bench.refusal(&[arguments, &model[..]].concat());
        for part in parts {
            assert!(line.contains(part), "{arguments:?}: {line}");
        }
    }
    // As typed: before a file is looked for.
    for (flag, value) in [("--threshold", "1.5"), ("--confidence", "95"), ("--replicates", "0")] {
        let line = bench.refusal_with(2, &["missing.csv", flag, value]);
        assert!(line.contains(flag) && line.contains(&format!("'{value}'")), "{line}");
    }
    let line = bench.refusal(&["bad_score.csv", "--score-column", "score"]);
    assert!(line.contains("line 3") && line.contains("1.5"), "{line}");
    // In a folder without a model: that of the project it was built in.
    assert!(bench.eval(&["posts.csv", "--replicates", "20"]).status.success());
    let line = bench.refusal(&model);
    assert!(line.contains("--data"), "{line}");
    let line = bench.refusal(&["posts.csv", "--checkpoint", "nowhere"]);
    assert!(line.contains("nowhere"), "{line}");
}

#[test]
fn rows_of_one_label_are_judged_when_asked_for() {
    let bench = Bench::new();
    bench.write("negative.csv", "text\ngood rain\nthe city\nrain is coming\n");
    let output = bench.eval(&[
        "--checkpoint",
        "model",
        "--negatives",
        "negative.csv",
        "--one-label",
        "--output",
        "out",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = bench.report("out");
    assert!(report["overall"]["metrics"]["roc_auc"].is_null());
    assert!(!report["overall"]["metrics"]["false_positive_rate"].is_null());
}

#[test]
fn of_several_models_each_judges_its_posts_and_each_ones_training_files_are_known() {
    let bench = Bench::new();
    models::combined(&bench.path("both"));
    let rows = (0..80).map(|row| {
        let words =
            if row % 4 < 2 { &WORDS[..5 + row % 7] } else { &models::FOREIGN_WORDS[..3 + row % 4] };
        format!("{} {row},{}\n", words.join(" "), row % 2)
    });
    bench.write("mixed.csv", &format!("text,label\n{}", rows.collect::<String>()));
    let sha256 = checkpoint::sha256(&std::fs::read(bench.path("mixed.csv")).unwrap());
    let record = bench.path("both/foreign/training.json");
    let files = serde_json::json!([{ "sha256": sha256 }]);
    std::fs::write(&record, serde_json::json!({ "data": { "training_files": files } }).to_string())
        .unwrap();
    let arguments = ["mixed.csv", "--checkpoint", "both", "--output", "out", "--replicates", "9"];
    let output = bench.eval(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = bench.report("out");
    assert_eq!((&report["data"]["rows"], &report["data"]["not_scored"]), (&80.into(), &0.into()));
    assert_eq!(report["model"]["languages"], serde_json::json!(["en", "ar", "fr"]));
    assert_eq!(report["model"]["others"][0]["folder"], "foreign");
    assert_eq!(report["data"]["files"][0]["used_in_training"], "learnt_from");
    let page = std::fs::read_to_string(bench.path("out/report.html")).unwrap();
    assert!(page.contains("foreign 1 for ar, fr"), "{page}");
}
