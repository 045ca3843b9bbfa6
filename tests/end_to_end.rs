//! The four programs one after the other, as a person runs them: train on the bundled sample,
//! judge, score, serve. Each must agree with the others on every score.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

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

fn run(program: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program).current_dir(root()).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{} {arguments:?}: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A server that ends with its owner.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Serves the sample, whatever the developer's own `.env` and environment say.
    fn start(program: &Path, checkpoint: &str, empty_file: &str) -> Self {
        std::fs::write(empty_file, "").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(program)
            .current_dir(root())
            .env_remove("BEARER_TOKEN")
            .env_remove("API_KEY")
            .env_remove("API_SECRET_KEY")
            .args(["--config", empty_file, "--tweets", "data/sample_tweets.csv"])
            .args(["--checkpoint", checkpoint, "--port", &port.to_string()])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Its log is read to the end, so that the pipe never fills.
        let log = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || log.lines().for_each(drop));
        let server = Self { child, address: format!("http://127.0.0.1:{port}") };
        let ready = (0..300).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            server.get("/readyz").is_some_and(|(status, _)| status == 200)
        });
        assert!(ready, "the server did not come up");
        server
    }

    fn get(&self, path: &str) -> Option<(u16, Value)> {
        let answer = reqwest::blocking::get(format!("{}{path}", self.address)).ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().unwrap_or(Value::Null)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
    let _ = rustls::crypto::ring::default_provider().install_default();
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

    let server = Server::start(&programs.join("threat-serve"), &checkpoint, &path("empty.env"));
    for (id, score) in scored.iter().take(20) {
        let (status, answer) = server.get(&format!("/threat_level/{id}")).unwrap();
        assert_eq!((status, answer["id"].as_str()), (200, Some(id.as_str())));
        assert!(answer["text"].as_str().is_some_and(|text| !text.is_empty()));
        let served = answer["score"].as_f64().unwrap();
        assert!((served - score).abs() < 1e-6, "served {served}, the file says {score}");
    }
    assert_eq!(server.get("/threat_level/999").unwrap().0, 404);
    let (status, answer) = server.get("/threat_level/not-an-id").unwrap();
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
