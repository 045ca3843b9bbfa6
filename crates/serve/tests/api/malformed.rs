//! Whatever comes over the wire, the server neither breaks nor blames itself.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestServer;

const REQUESTS: usize = 10_000;

/// Requests that are right, to be made wrong.
fn seeds() -> Vec<Vec<u8>> {
    let post = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let verdict = json!({
        "tweet_id": "2", "score": 0.5, "band": "none", "model_sha256": "ab".repeat(32),
        "verdict": "unsure",
    })
    .to_string();
    let suggested =
        r#"{"comment":{"text":"bad"},"attributeScores":{"PRO_ISIS":{"summaryScore":{"value":1}}}}"#;
    [
        "HEAD /threat_level/2 HTTP/1.1\r\nhost: x\r\nforwarded: for=192.0.2.1\r\n\r\n".to_owned(),
        "GET /$discovery/rest?version=v1alpha1 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        post("/v1/score", r#"{"texts":["bad \ud83d",null,NaN,5],"lang":null}"#),
        post("/v1alpha1/comments:suggestscore", suggested),
        "GET /threat_level/2?explain=true HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /v1/tweets?ids=1,2,99&include_text=false HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "DELETE /v1/cache/2 HTTP/1.1\r\nhost: x\r\nx-request-id: a-1\r\n\r\n".to_owned(),
        post("/v1/score", r#"{"text":"a \u0062ad \ud83d\ude00 day"}"#),
        post("/v1/score?explain=true", r#"{"texts":["bad","","\\u0000","é"]}"#),
        post("/v1/feedback", &verdict),
        post(
            "/v1alpha1/comments:analyze?key=k",
            r#"{"comment":{"text":"bad"},"requestedAttributes":{"PRO_ISIS":{"scoreThreshold":0.1}}}"#,
        ),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// One to eight changes: a byte flipped, put in, taken out or repeated, or the end cut off. Half of
/// the time only behind the first line, so that more requests get past the parser.
fn spoil(random: &mut fastrand::Rng, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let first = if random.bool() { line } else { 0 };
    for _ in 0..random.usize(1..=8) {
        if bytes.len() <= first + 1 {
            break;
        }
        let at = random.usize(first..bytes.len());
        match random.u8(0..6) {
            0 => bytes[at] ^= 1 << random.u8(0..8),
            1 => bytes.insert(at, random.u8(..)),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, bytes[at]),
            4 => bytes[at] = *random.choice(b"\0\r\n\"\\{}[],:%/?#0\xff").unwrap_or(&0),
            _ if random.u8(0..8) == 0 => bytes.truncate(at),
            _ => bytes[at] = random.u8(b'0'..=b'9'),
        }
    }
    bytes
}

async fn status_of(address: &str, request: &[u8], patience: Duration) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let mut reply = [0; 64];
    let read = tokio::time::timeout(patience, stream.read(&mut reply)).await;
    let text = String::from_utf8_lossy(&reply[..read.ok()?.ok()?]).into_owned();
    text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

#[tokio::test]
async fn ten_thousand_malformed_requests_leave_no_mark() {
    let folder = tempfile::tempdir().unwrap();
    let verdicts = folder.path().join("verdicts.sqlite");
    let server = TestServer::start(&[
        "--feedback-db",
        verdicts.to_str().unwrap(),
        "--trusted-proxy",
        "127.0.0.1",
    ])
    .await;
    let address: Arc<str> = server.url.trim_start_matches("http://").into();
    let seeds = Arc::new(seeds());
    for seed in seeds.iter() {
        let status = status_of(&address, seed, Duration::from_secs(5)).await;
        assert!(
            matches!(status, Some(200 | 201)),
            "{status:?} to {}",
            String::from_utf8_lossy(seed)
        );
    }
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let (address, seeds) = (Arc::clone(&address), Arc::clone(&seeds));
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(task);
                let mut seen = Vec::new();
                for _ in 0..REQUESTS / 50 {
                    let seed = &seeds[random.usize(..seeds.len())];
                    let request = spoil(&mut random, seed);
                    let status = status_of(&address, &request, Duration::from_millis(100)).await;
                    assert!(
                        status.is_none_or(|status| status < 500),
                        "{status:?} to {}",
                        String::from_utf8_lossy(&request)
                    );
                    seen.extend(status);
                }
                seen
            })
        })
        .collect();
    let mut seen = Vec::new();
    for task in tasks {
        seen.extend(task.await.unwrap());
    }
    assert!(seen.contains(&200) && seen.contains(&400), "some pass the parser, some do not");
    assert_eq!(server.post("/v1/score", &json!({ "text": "bad" })).await.json()["score"], 0.5);
    assert!(!server.get("/metrics").await.text.contains("scoring_failed"));
    assert_eq!(server.metric("threat_queued_texts").await, 0);
}
