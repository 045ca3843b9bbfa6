//! Killed under load, the checkpoint swapped under load, stopped under load.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::program::limited;

use crate::support::{Bench, Load, Reply, audit_lines, get, post, score, within_ten_seconds};

/// Replies that came whole.
fn whole(replies: &[Reply]) -> Vec<(u16, Value)> {
    let json = |(status, body): &(u16, String)| (*status, serde_json::from_str(body).unwrap());
    replies.iter().flatten().map(json).collect()
}

#[test]
fn killed_under_load_it_starts_again_with_a_readable_audit_log_and_every_verdict() {
    let bench = Bench::new();
    let audit = bench.path("audit");
    let flags = ["--audit-log", "audit", "--feedback-db", "verdicts"];
    let mut server = bench.serve(&flags);
    let load = Load::on(&server.address, 8);
    within_ten_seconds(|| audit_lines(&audit).len() > 200);
    let mut verdicts = 0;
    for id in 0..20 {
        let body = json!({
            "tweet_id": id.to_string(), "score": 0.5, "band": "review", "verdict": "pro_isis",
            "model_sha256": "ab".repeat(32),
        });
        let (status, _) = post(&server.address, "/v1/feedback", &body).unwrap();
        verdicts += u32::from(status == 201);
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let replies = load.end();
    let answered = whole(&replies);
    assert!(answered.iter().all(|(status, _)| *status == 200));

    // A line reaches the operating system within moments: what is missing was in flight.
    let written = audit_lines(&audit);
    let recorded: HashSet<&str> =
        written.iter().filter_map(|line| line["request_id"].as_str()).collect();
    let lost = answered
        .iter()
        .filter(|(_, body)| !recorded.contains(body["request_id"].as_str().unwrap()))
        .count();
    assert!(lost <= 100, "{lost} of {} answers have no line", answered.len());

    let again = bench.serve(&flags);
    assert_eq!(score(&again.address, "good morning").unwrap().0, 200);
    within_ten_seconds(|| audit_lines(&audit).len() > written.len());
    let text = std::fs::read_to_string(&audit).unwrap();
    let torn = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    assert!(torn <= 1, "{torn} lines are torn");

    let path = format!("/v1/feedback/summary?model_sha256={}", "ab".repeat(32));
    let summary = get(&again.address, &path).unwrap().1;
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(verdicts, 20);
    assert_eq!(summary["bands"][1]["pro_isis"], verdicts, "what was confirmed is there");
}

#[test]
fn a_checkpoint_swapped_under_load_costs_no_request_and_a_broken_one_changes_nothing() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let load = Load::on(&server.address, 8);
    let version = || {
        let body = score(&server.address, "rain is coming").unwrap().1;
        serde_json::from_str::<Value>(&body).unwrap()["model"]["version"].clone()
    };
    let metric = |name: &str| {
        let text = get(&server.address, "/metrics").unwrap().1;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().parse::<u64>().unwrap()
    };
    for (seed, name) in [(6, "6"), (7, "7"), (8, "8")] {
        bench.checkpoint("model", seed);
        server.signal("HUP");
        within_ten_seconds(|| version() == name);
    }
    // Cut short, as by a copy that broke off.
    let weights = bench.path("model/model.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    server.signal("HUP");
    within_ten_seconds(|| metric("threat_reload_failures_total") == 1);
    assert_eq!(version(), "8", "the old model stays");
    assert!(server.log().contains("reload refused"), "{}", server.log());

    let replies = load.end();
    assert!(replies.iter().all(Option::is_some), "no connection broke");
    let replies = whole(&replies);
    let seen: HashSet<&str> =
        replies.iter().map(|(_, body)| body["model"]["version"].as_str().unwrap()).collect();
    assert!(replies.iter().all(|(status, _)| *status == 200));
    assert!(seen.len() > 1 && seen.is_subset(&HashSet::from(["5", "6", "7", "8"])), "{seen:?}");
    // A text has one score under each model, whoever else was in the batch.
    let mut scores: HashSet<(String, String)> = HashSet::new();
    for _ in 0..5 {
        let body: Value =
            serde_json::from_str(&score(&server.address, "the city").unwrap().1).unwrap();
        scores.insert((body["model"]["sha256"].to_string(), body["score"].to_string()));
    }
    assert_eq!(scores.len(), 1);
}

#[test]
fn terminated_under_load_it_answers_what_it_began_and_exits_with_0() {
    let bench = Bench::new();
    let mut server = bench.serve(&["--lame-duck-ms", "500"]);
    let load = Load::on(&server.address, 8);
    thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    within_ten_seconds(|| server.status("/readyz") != Some(200));
    let ended = server.child.wait().unwrap();
    assert_eq!(ended.code(), Some(0), "{}", server.log());
    let replies = load.end();
    // Refused connections after the end are the load balancer's to avoid; before it none breaks.
    let first_broken = replies.iter().flatten().all(|(status, _)| *status == 200);
    assert!(first_broken, "every request that got a reply got a score");
    assert!(whole(&replies).len() > 8);
}

#[test]
fn a_limit_on_the_size_of_files_stops_the_audit_log_and_not_the_server() {
    let bench = Bench::new();
    let program = bench.program(&[]);
    let mut command = limited(2, program.get_program());
    command.args(["--checkpoint", "model", "--tweets", "tweets.csv", "--lame-duck-ms", "0"]);
    command.args(["--audit-log", "audit", "--audit-required"]).current_dir(bench.folder.path());
    let server = crate::support::Server::start(&mut command);
    within_ten_seconds(|| server.status("/threat_level/1") == Some(503));
    assert!(server.log().contains("the audit log cannot be written"), "{}", server.log());
    assert_eq!(server.status("/healthz"), Some(200), "it goes on");
}
