//! `--feedback-export`: labelled ids out of the verdicts.

use serde_json::json;

use testkit::program::limited;

use crate::support::{Bench, post};

#[test]
fn verdicts_become_labelled_ids_while_the_server_runs() {
    let bench = Bench::new();
    let server = bench.serve(&["--feedback-db", "verdicts"]);
    for (id, verdict) in [("1", "pro_isis"), ("2", "not_pro_isis"), ("3", "unsure")] {
        let body = json!({
            "tweet_id": id, "score": 0.5, "band": "review", "model_sha256": "ab".repeat(32),
            "verdict": verdict,
        });
        let (status, reply) = post(&server.address, "/v1/feedback", &body).unwrap();
        assert_eq!(status, 201, "{reply}");
    }
    let to_file = bench.run(&["--feedback-db", "verdicts", "--feedback-export", "labels.csv"]);
    let said = String::from_utf8(to_file.stderr).unwrap();
    assert!(to_file.status.success() && said.contains("2 labelled posts"), "{said}");
    let rows = std::fs::read_to_string(bench.path("labels.csv")).unwrap();
    let labels: Vec<(&str, &str)> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').collect::<Vec<_>>())
        .map(|fields| (fields[0], fields[2]))
        .collect();
    assert_eq!(labels, [("1", "1"), ("2", "0")]);
    let to_output = bench.run(&["--feedback-db", "verdicts", "--feedback-export", "-"]);
    assert_eq!(String::from_utf8(to_output.stdout).unwrap(), rows);
}

#[test]
fn what_cannot_be_exported_is_one_line() {
    let bench = Bench::new();
    let missing = bench.refusal(&["--feedback-db", "nowhere", "--feedback-export", "-"]);
    assert!(missing.contains("nowhere") && missing.contains("--feedback-db"), "{missing}");
    assert!(!bench.path("nowhere").exists());
    drop(bench.serve(&["--feedback-db", "verdicts"]));
    let target = ["--feedback-db", "verdicts", "--feedback-export", "no/folder/labels.csv"];
    let line = bench.refusal(&target);
    assert!(line.contains("no/folder/labels.csv") && line.contains("--feedback-export"), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_half_an_export() {
    let bench = Bench::new();
    drop(bench.serve(&["--feedback-db", "verdicts"]));
    std::os::unix::fs::symlink("/dev/full", bench.path("labels.csv")).unwrap();
    let line = bench.refusal(&["--feedback-db", "verdicts", "--feedback-export", "labels.csv"]);
    assert!(line.contains("labels.csv"), "{line}");
    assert!(bench.path("labels.csv").is_symlink());
}

#[test]
fn a_limit_on_the_size_of_files_leaves_no_half_an_export_and_says_so() {
    let bench = Bench::new();
    let verdicts = serve::feedback::FeedbackStore::open(&bench.path("verdicts")).unwrap();
    for id in 0..600 {
        let finding = serve::feedback::Finding {
            time: "2026-01-01T00:00:00Z".to_owned(),
            request_id: "request".to_owned(),
            key: None,
            post: serve::feedback::Post::Tweet(serve::TweetId::parse(&id.to_string()).unwrap()),
            score: 0.5,
            band: serve::feedback::Band::Review,
            model_sha256: "ab".repeat(32),
            verdict: serve::feedback::Verdict::ProIsis,
        };
        verdicts.record(&finding).unwrap();
    }
    drop(verdicts);
    let before = std::fs::read_dir(bench.folder.path()).unwrap().count();
    let program = bench.program(&[]);
    // Blocks of 512 or 1024 bytes: room for what SQLite needs beside its file, and for no more.
    let output = limited(64, program.get_program())
        .args(["--feedback-db", "verdicts", "--feedback-export", "labels.csv"])
        .current_dir(bench.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("labels.csv") && said.contains("File too large"), "{said}");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), before);
}
