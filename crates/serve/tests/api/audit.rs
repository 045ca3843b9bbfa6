//! Every score given leaves a line, and no text.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{TestServer, within_five_seconds};

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn scores_are_recorded_wherever_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let server = TestServer::start(&["--audit-log", path.to_str().unwrap()]).await;
    let reply = server.get("/threat_level/2").await.json();
    server.get("/v1/tweets?ids=1,99,3,2").await;
    server.post("/v1/score", &json!({ "text": "bad words" })).await;
    server.post("/v1/score", &json!({ "texts": ["a", " ", "b"] })).await;
    let analyze =
        json!({ "comment": { "text": "fine" }, "requestedAttributes": { "PRO_ISIS": {} } });
    server.post("/v1alpha1/comments:analyze", &analyze).await;
    server.get("/threat_level/99").await;
    within_five_seconds(async || lines(&path).len() >= 7).await;
    let lines = lines(&path);
    assert_eq!(lines.len(), 7, "what was not scored is not recorded");
    assert_eq!(lines[0]["request_id"], reply["request_id"]);
    assert_eq!(lines[0]["tweet_id"], "2");
    assert_eq!(lines[0]["score"], reply["score"]);
    assert_eq!(lines[0]["model_sha256"], reply["model"]["sha256"]);
    assert_eq!(lines[0]["text_sha256"], lines[2]["text_sha256"], "the same tweet again");
    assert_eq!(lines[3]["tweet_id"], Value::Null);
    let text = std::fs::read_to_string(&path).unwrap();
    // No word that the hexadecimal ids beside it could spell.
    for word in ["bad bad", "words", "quiet", "fine"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_stops_scores_only_where_a_record_is_required() {
    let lenient = TestServer::start(&["--audit-log", "/dev/full"]).await;
    let strict = TestServer::start(&["--audit-log", "/dev/full", "--audit-required"]).await;
    for server in [&lenient, &strict] {
        assert_eq!(server.get("/threat_level/1").await.status, 200, "not known to be full yet");
    }
    within_five_seconds(async || strict.get("/threat_level/1").await.status == 503).await;
    let answer = strict.get("/threat_level/1").await;
    assert_eq!(answer.code(), "audit_unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(lenient.get("/threat_level/1").await.status, 200);
}
