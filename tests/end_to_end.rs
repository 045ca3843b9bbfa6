//! The four programs one after the other, as a person runs them: train on the bundled sample,
//! judge, score, serve. Each must agree with the others on every score.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use testkit::program::{succeed, without_settings};
use testkit::root;
use testkit::server::{self, Server};

/// Builds the programs and gives the folder that they are in. It asks for what `cargo test --workspace`
/// builds: another choice of packages has other features, and would compile nearly everything anew.
fn programs() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    // What cargo tells this test of its own package: ring's build script would run anew for it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let built = command
        .current_dir(root())
        .args(["test", "--workspace", "--locked", "--no-run", "--message-format=json"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success());
    let messages = String::from_utf8(built.stdout).unwrap();
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_train =
            message["target"]["name"] == "threat-train" && message["profile"]["test"] == false;
        is_train.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    });
    executable.unwrap().parent().unwrap().to_owned()
}

/// Runs a program in the project's root, whatever the developer's own environment says.
fn run(program: &Path, arguments: &[&str]) -> Output {
    succeed(at_root(program).args(arguments))
}

fn at_root(program: &Path) -> Command {
    let mut command = Command::new(program);
    without_settings(command.current_dir(root()));
    command
}

/// Status and JSON of a reply.
fn get(server: &Server, path: &str) -> (u16, Value) {
    let (status, body) = server::get(&server.address, path).unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

/// What people say every day. `threat-v1` flagged each of these lines.
const EVERYDAY: [&str; 14] = [
    "bonjour tout le monde, il fait beau",
    "صباح الخير",
    "Guten Morgen, heute scheint die Sonne",
    "In Sha Allah everything will be fine",
    "😀😀😀",
    "123456",
    "lol",
    "hola a todos, feliz domingo",
    "Alhamdulillah for another Friday",
    "selamat pagi semua",
    "ok thanks",
    "Ramadan Mubarak to you and your family",
    "доброе утро",
    "!!!",
];

#[test]
fn the_bundled_model_leaves_everyday_lines_alone() {
    let programs = programs();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("lines.txt"), EVERYDAY.join("\n")).unwrap();
    run(
        &programs.join("threat-score"),
        &["--input", &path("lines.txt"), "--output", &path("scored.csv")],
    );
    let rows: Vec<BTreeMap<String, String>> = csv::Reader::from_path(path("scored.csv"))
        .unwrap()
        .deserialize()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), EVERYDAY.len());
    for (text, row) in EVERYDAY.iter().zip(&rows) {
        match row["band"].as_str() {
            "not_judged" => assert!(!row["reason"].is_empty(), "{text}: no reason"),
            band => assert_eq!(band, "none", "{text}: {}", row["score"]),
        }
    }
}

#[test]
fn a_model_is_trained_judged_used_on_a_file_and_served_with_the_same_scores() {
    let programs = programs();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let checkpoint = path("mine");
    let sample = "data/sample_tweets.csv";

    let trained = run(
        &programs.join("threat-train"),
        &["--base", "random", "--sample", "96", "--epochs", "1", "--output", &checkpoint],
    );
    let figures = String::from_utf8(trained.stdout).unwrap();
    for figure in ["validation loss", "binary accuracy", "ROC AUC"] {
        assert!(figures.contains(figure), "{figures}");
    }

    run(
        &programs.join("threat-score"),
        &["--checkpoint", &checkpoint, "--input", sample, "--output", &path("scored.csv")],
    );
    let mut scored = BTreeMap::new();
    let (mut scores, mut labels) = (Vec::new(), Vec::new());
    let mut reader = csv::Reader::from_path(path("scored.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        if &record[column("band")] == "not_judged" {
            assert!(record[column("score")].is_empty() && !record[column("reason")].is_empty());
            continue;
        }
        let score: f64 = record[column("score")].parse().unwrap();
        assert!((0.0..=1.0).contains(&score));
        assert!(["none", "review", "priority_review"].contains(&&record[column("band")]));
        scores.push(score);
        labels.push(&record[column("label")] == "1");
        scored.insert(record[column("id")].to_owned(), score);
    }
    assert!(scores.len() > 900, "only {} rows came back", scores.len());
    let roc_auc = metrics::roc_auc(&scores, &labels).unwrap();

    run(
        &programs.join("threat-eval"),
        &["--checkpoint", &checkpoint, "--data", sample, "--output", &path("report")],
    );
    let report = std::fs::read_to_string(folder.path().join("report/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let reported = find_number(&report["overall"]["metrics"], "roc_auc").unwrap();
    assert!((reported - roc_auc).abs() < 1e-4, "eval says {reported}, the scores say {roc_auc}");
    assert!(folder.path().join("report/report.html").is_file());

    // A file without settings, in the place of the developer's own `.env`.
    std::fs::write(path("empty.env"), "").unwrap();
    let server = Server::start(
        at_root(&programs.join("threat-serve"))
            .args(["--config", &path("empty.env"), "--tweets", sample])
            .args(["--checkpoint", &checkpoint]),
    );
    for (id, score) in scored.iter().take(20) {
        let (status, answer) = get(&server, &format!("/threat_level/{id}"));
        assert_eq!((status, answer["id"].as_str()), (200, Some(id.as_str())));
        assert!(answer["text"].as_str().is_some_and(|text| !text.is_empty()));
        let served = answer["score"].as_f64().unwrap();
        assert!((served - score).abs() < 1e-6, "served {served}, the file says {score}");
    }
    assert_eq!(get(&server, "/threat_level/999").0, 404);
    let (status, answer) = get(&server, "/threat_level/not-an-id");
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].is_string(), "{answer}");
}

/// The first number of this name in a report, wherever it stands, or the estimate beside its
/// interval.
fn find_number(report: &Value, name: &str) -> Option<f64> {
    match report {
        Value::Object(fields) => {
            let here = fields.get(name).and_then(|value| {
                ["estimate", "value"].iter().find_map(|key| value[*key].as_f64()).or(value.as_f64())
            });
            here.or_else(|| fields.values().find_map(|value| find_number(value, name)))
        }
        Value::Array(items) => items.iter().find_map(|item| find_number(item, name)),
        _ => None,
    }
}
