//! Queue, batches, back-pressure, deadlines, and a model that misbehaves.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn requests_that_wait_together_are_scored_together() {
    let server = Arc::new(TestServer::start(&[]).await);
    server.gate.close();
    let mut requests = Vec::new();
    for n in 0..20 {
        let asker = Arc::clone(&server);
        requests.push(tokio::spawn(async move {
            let text = if n % 2 == 0 { "bad bad bad" } else { "fine" };
            (n, asker.post("/v1/score", &json!({ "text": text })).await)
        }));
        server.gate.holds_a_batch().await;
    }
    server.queue_holds(19).await;
    server.gate.open();
    for request in requests {
        let (n, answer) = request.await.unwrap();
        let expected = if n % 2 == 0 { "pro_isis" } else { "not_pro_isis" };
        assert_eq!(answer.json()["label"], expected, "each answer goes to its own question");
    }
    // The warm-up does not come through the queue.
    assert_eq!(server.metric("threat_batch_texts_count").await, 2, "one, then the rest");
}

#[tokio::test]
async fn a_full_queue_answers_429_with_retry_after_and_recovers() {
    let server = Arc::new(TestServer::start(&["--max-queue", "4"]).await);
    server.gate.close();
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let inner = Arc::clone(&server);
        waiting.push(tokio::spawn(async move {
            inner.post("/v1/score", &json!({ "text": "a" })).await.status
        }));
        // One is in the model, four wait.
        server.gate.holds_a_batch().await;
        server.queue_holds(waiting.len() - 1).await;
    }
    let start = Instant::now();
    let refused = server.post("/v1/score", &json!({ "text": "a" })).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "overloaded"));
    assert_eq!(refused.header("retry-after"), "1");
    assert!(start.elapsed() < Duration::from_secs(1), "a refusal must not wait");
    server.gate.open();
    for request in waiting {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(server.post("/v1/score", &json!({ "text": "a" })).await.status, 200);
}

#[tokio::test]
async fn a_request_past_its_deadline_is_answered_and_its_work_dropped() {
    let server = Arc::new(TestServer::start(&["--deadline-ms", "300"]).await);
    server.gate.close();
    let first = Arc::clone(&server);
    let first =
        tokio::spawn(async move { first.post("/v1/score", &json!({ "text": "first" })).await });
    server.gate.holds_a_batch().await;
    let late = server.post("/v1/score", &json!({ "text": "late" })).await;
    assert_eq!((late.status, late.code().as_str()), (504, "deadline_exceeded"));
    assert_eq!(first.await.unwrap().status, 504);
    server.gate.open();
    assert_eq!(server.post("/v1/score", &json!({ "text": "next" })).await.status, 200);
    assert_eq!(server.texts_seen.load(Ordering::Relaxed), 2, "`late` never reached the model");
    assert!(server.metric("threat_dropped_texts_total").await >= 1);
}

#[tokio::test]
async fn the_work_of_a_client_that_went_away_is_dropped() {
    let server = Arc::new(TestServer::start(&[]).await);
    server.gate.close();
    let first = Arc::clone(&server);
    let first =
        tokio::spawn(async move { first.post("/v1/score", &json!({ "text": "first" })).await });
    server.gate.holds_a_batch().await;
    let impatient = server
        .client
        .post(format!("{}/v1/score", server.url))
        .json(&json!({ "texts": ["gone", "gone", "gone"] }))
        .timeout(Duration::from_millis(100));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.gate.open();
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(server.post("/v1/score", &json!({ "text": "next" })).await.status, 200);
    assert_eq!(server.texts_seen.load(Ordering::Relaxed), 2);
    assert!(server.metric("threat_dropped_texts_total").await >= 3);
}

#[tokio::test]
async fn a_model_that_fails_panics_or_says_nan_is_a_500_and_the_server_goes_on() {
    let server = TestServer::start(&[]).await;
    for text in ["FAIL", "PANIC", "NAN"] {
        let answer = server.post("/v1/score", &json!({ "text": text })).await;
        assert_eq!((answer.status, answer.code().as_str()), (500, "scoring_failed"), "{text}");
    }
    assert_eq!(server.post("/v1/score", &json!({ "text": "a" })).await.status, 200);
}

#[tokio::test]
async fn probes_answer_while_the_model_is_busy() {
    let server = Arc::new(TestServer::start(&[]).await);
    server.gate.close();
    let busy = Arc::clone(&server);
    let busy = tokio::spawn(async move { busy.post("/v1/score", &json!({ "text": "a" })).await });
    server.gate.holds_a_batch().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = tokio::time::timeout(Duration::from_secs(1), server.get(path)).await;
        assert_eq!(answer.unwrap().status, 200, "{path}");
    }
    server.gate.open();
    assert_eq!(busy.await.unwrap().status, 200);
}
