//! `--feedback-export`: labelled ids out of the verdicts.

use serde_json::json;

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
    std::os::unix::fs::symlink("/dev/full", bench.path("labels.csv.part")).unwrap();
    let line = bench.refusal(&["--feedback-db", "verdicts", "--feedback-export", "labels.csv"]);
    assert!(line.contains("labels.csv"), "{line}");
    assert!(!bench.path("labels.csv").exists());
}
