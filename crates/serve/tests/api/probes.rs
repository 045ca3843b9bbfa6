//! Liveness, readiness, counts, headers, model and pages.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use serde_json::json;
use serve::model::OpenModel;

use crate::support::{Gate, KnownModel, TestServer, settings};

#[tokio::test]
async fn alive_at_once_ready_when_the_model_is() {
    let gate = Arc::new(Gate::default());
    gate.close();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let receiver = std::sync::Mutex::new(receiver);
    let open: OpenModel = Arc::new(move || {
        let _ = receiver.lock().unwrap().recv();
        Ok(KnownModel::new("1").opened())
    });
    let mut tweets = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut tweets, b"id,text\n1,a\n").unwrap();
    let settings = settings(&["--tweets", tweets.path().to_str().unwrap()], None);
    let seen = Arc::new(AtomicUsize::new(0));
    let server = TestServer::launch_with(settings, tweets, open, gate, seen).await;
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 503);
    let early = server.get("/threat_level/1").await;
    assert_eq!((early.status, early.code().as_str()), (503, "not_ready"));
    assert_eq!(early.header("retry-after"), "1");
    sender.send(()).unwrap();
    server.wait_until_ready().await;
    assert_eq!(server.get("/threat_level/1").await.status, 200);
}

#[tokio::test]
async fn a_stopped_server_is_unready_first_and_finishes_what_it_began() {
    let server = Arc::new(TestServer::start(&["--lame-duck-ms", "600"]).await);
    server.gate.close();
    let begun = Arc::clone(&server);
    let begun = tokio::spawn(async move { begun.post("/v1/score", &json!({ "text": "a" })).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.get("/readyz").await.status, 503, "a load balancer must turn away");
    assert_eq!(server.get("/healthz").await.status, 200, "but it still serves");
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.gate.open();
    assert_eq!(begun.await.unwrap().status, 200, "what was begun is finished");
    let server = Arc::into_inner(server).unwrap();
    server.running.await.unwrap().unwrap();
    assert!(server.client.get(&server.url).send().await.is_err(), "the port is closed");
}

#[tokio::test]
async fn every_reply_has_an_id_and_the_security_headers() {
    let server = TestServer::start(&[]).await;
    for path in ["/", "/threat_level/2", "/threat_level/x", "/nothing", "/metrics"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    let request = server.client.get(format!("{}/threat_level/2", server.url));
    let answer = server.send(request.header("x-request-id", "mine-1")).await;
    assert_eq!(answer.header("x-request-id"), "mine-1");
    assert_eq!(answer.json()["request_id"], "mine-1");
}

#[tokio::test]
async fn metrics_count_by_pattern_and_hold_no_id() {
    let server = TestServer::start(&[]).await;
    server.get("/threat_level/1346889436626259968").await;
    server.get("/threat_level/99").await;
    server.get("/private-address").await;
    let text = server.get("/metrics").await.text;
    let ok =
        "threat_requests_total{route=\"/threat_level/{tweet_id}\",method=\"GET\",status=\"200\"} 1";
    assert!(text.contains(ok), "{text}");
    assert!(text.contains("threat_errors_total{code=\"tweet_not_found\"} 1"), "{text}");
    assert!(!text.contains("1346889436626259968") && !text.contains("private"), "{text}");
    assert!(text.contains("threat_inference_seconds_count 1"), "{text}");
}

#[tokio::test]
async fn methods_that_a_client_made_up_are_counted_together() {
    let server = TestServer::start(&[]).await;
    for method in ["MADEUPONE", "MADEUPTWO"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = server.client.request(method, format!("{}/healthz", server.url));
        assert_eq!(server.send(request).await.status, 405);
    }
    let text = server.get("/metrics").await.text;
    let both = "threat_requests_total{route=\"/healthz\",method=\"other\",status=\"405\"} 2";
    assert!(text.contains(both) && !text.contains("MADEUP"), "{text}");
}

#[tokio::test]
async fn the_model_describes_itself_and_its_limits() {
    let server = TestServer::start(&["--max-items", "7"]).await;
    let json = server.get("/v1/model").await.json();
    assert_eq!(json["name"], "known");
    assert_eq!(json["labels"], json!(["not_pro_isis", "pro_isis"]));
    assert_eq!(json["calibration"]["temperature"], 2.0);
    assert_eq!(json["training"]["seed"], 42);
    assert_eq!(json["limits"]["max_items"], 7);
    assert!(json["meaning"].as_str().unwrap().contains("never for automatic action"));
}

#[tokio::test]
async fn the_pages_and_all_they_need_come_from_this_server() {
    let server = TestServer::start(&[]).await;
    let page = server.get("/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(!page.text.contains("http:") && !page.text.contains("https:"));
    assert!(!page.text.contains("style=") && !page.text.contains("onclick"));
    let parts: Vec<&str> =
        page.text.split('"').filter(|part| part.starts_with("assets/")).collect();
    assert_eq!(parts.len(), 3);
    for part in parts {
        assert_eq!(server.get(&format!("/{part}")).await.status, 200, "{part}");
    }

    let page = server.get("/docs/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    let parts: Vec<&str> = page.text.split('"').filter(|part| part.starts_with("./")).collect();
    assert!(parts.len() > 4, "{parts:?}");
    for part in parts {
        assert_eq!(server.get(&format!("/docs/{part}")).await.status, 200, "{part}");
    }
    let settings = server.get("/docs/swagger-initializer.js").await.text;
    assert!(
        settings.contains("\"../openapi.json\"") && settings.contains("\"none\""),
        "{settings}"
    );
    let nothing = server.get("/docs/nothing.js").await;
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "route_not_found"));
}

#[tokio::test]
async fn the_pages_hold_no_address_that_a_path_prefix_would_break() {
    let server = TestServer::start(&[]).await;
    for path in ["/", "/docs/", "/assets/page.js", "/assets/page.css"] {
        let text = server.get(path).await.text;
        for absolute in ["href=\"/", "src=\"/", "action=\"/", "fetch(\"/", "= \"/", "url(/"] {
            assert!(!text.contains(absolute), "{absolute} in {path}");
        }
    }
    let client = reqwest::Client::builder().no_proxy();
    let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = server.send(client.get(format!("{}/docs", server.url))).await;
    assert_eq!((answer.status, answer.header("location")), (308, "docs/"));
    assert!(server.get("/docs").await.header("content-type").starts_with("text/html"));
    assert_eq!(server.get("/openapi.json").await.json()["servers"][0]["url"], ".");
}

#[tokio::test]
async fn head_works_wherever_get_does() {
    let server = TestServer::start(&[]).await;
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/",
        "/assets/page.js",
        "/threat_level/2",
        "/threat_level/99",
        "/threat_level/x",
        "/v1/tweets/2",
        "/v1/tweets?ids=1,2",
        "/v1/model",
        "/v1/feedback/summary",
        "/$discovery/rest",
        "/nothing",
        "/v1/nothing",
    ] {
        let get = server.get(path).await;
        let head = server.send(server.client.head(format!("{}{path}", server.url))).await;
        assert_eq!((head.status, &*head.text), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert!(head.header("content-length").parse::<u64>().unwrap() > 0, "{path}");
    }
    let wrong = server.send(server.client.head(format!("{}/v1/score", server.url))).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
    let wrong = server.post("/healthz", &json!({})).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_connection_goes_on_after_head() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = TestServer::start(&[]).await;
    let address = server.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let requests = "HEAD /readyz HTTP/1.1\r\nhost: x\r\n\r\n\
                    GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).await.unwrap();
    assert!(!replies.contains("ready\n") && replies.ends_with("\r\n\r\nalive\n"), "{replies}");
    assert_eq!(replies.matches("HTTP/1.1 200").count(), 2, "{replies}");
}
