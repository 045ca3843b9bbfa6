//! API keys, rate limits and cross-origin requests.

use std::io::Write;

use reqwest::Method;

use crate::support::TestServer;

fn key_file() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // printf %s alpha | sha256sum
    writeln!(file, "console:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8")
        .unwrap();
    file
}

#[tokio::test]
async fn with_keys_only_those_who_have_one_are_scored() {
    let file = key_file();
    let server = TestServer::start(&["--api-keys", file.path().to_str().unwrap()]).await;
    let get = |header: &'static str, value: &'static str| {
        let request = server.client.get(format!("{}/threat_level/1", server.url));
        server.send(request.header(header, value))
    };
    let missing = server.get("/threat_level/1").await;
    assert_eq!((missing.status, missing.code().as_str()), (401, "missing_api_key"));
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"threat-indicator\"");
    let wrong = get("x-api-key", "alphb").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (401, "invalid_api_key"));
    assert_eq!(get("x-api-key", "alpha").await.status, 200);
    assert_eq!(get("authorization", "Bearer alpha").await.status, 200);
    assert_eq!(get("authorization", "bearer alpha").await.status, 200);
    assert_eq!(get("authorization", "Basic alpha").await.status, 401);
    for path in ["/v1/model", "/v1/tweets/1", "/v1/tweets?ids=1"] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    assert_eq!(server.get("/threat_level/1?key=alpha").await.status, 401, "keys in addresses leak");
}

#[tokio::test]
async fn probes_pages_and_the_description_need_no_key() {
    let file = key_file();
    let server = TestServer::start(&["--api-keys", file.path().to_str().unwrap()]).await;
    for path in ["/healthz", "/readyz", "/metrics", "/", "/docs", "/openapi.json"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_client_over_its_rate_is_told_when_to_come_back() {
    let server = TestServer::start(&["--rate-limit", "1", "--rate-burst", "2"]).await;
    assert_eq!(server.get("/threat_level/1").await.status, 200);
    assert_eq!(server.get("/threat_level/1").await.status, 200);
    let limited = server.get("/threat_level/1").await;
    assert_eq!((limited.status, limited.code().as_str()), (429, "rate_limited"));
    assert_eq!(limited.header("retry-after"), "1");
    assert_eq!(server.get("/readyz").await.status, 200, "probes are not limited");
}

#[tokio::test]
async fn pages_of_others_may_ask_only_if_their_origin_is_named() {
    let server = TestServer::start(&["--cors-origin", "https://console.example.org"]).await;
    let ask = |method: Method, origin: &'static str| {
        let request = server.client.request(method, format!("{}/threat_level/1", server.url));
        server.send(request.header("origin", origin).header("access-control-request-method", "GET"))
    };
    let named = ask(Method::OPTIONS, "https://console.example.org").await;
    assert_eq!(named.status, 204);
    assert_eq!(named.header("access-control-allow-origin"), "https://console.example.org");
    assert!(named.header("access-control-allow-headers").contains("authorization"));
    let simple = ask(Method::GET, "https://console.example.org").await;
    assert_eq!(simple.header("access-control-allow-origin"), "https://console.example.org");
    for method in [Method::OPTIONS, Method::GET] {
        let other = ask(method, "https://console.example.org.evil.test").await;
        assert_eq!(other.header("access-control-allow-origin"), "");
    }
}

/// True if a request with this header is let through.
async fn passes(server: &TestServer, name: &'static str, value: &str) -> bool {
    let request = server.client.get(format!("{}/threat_level/1", server.url));
    match server.send(request.header(name, value)).await.status {
        200 => true,
        429 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn behind_a_named_proxy_each_client_has_a_rate_of_its_own() {
    let limit = ["--rate-limit", "1", "--rate-burst", "1"];
    let named: Vec<&str> = limit.into_iter().chain(["--trusted-proxy", "127.0.0.0/8"]).collect();
    for (name, first, second) in [
        ("x-forwarded-for", "192.0.2.1", "192.0.2.2"),
        ("forwarded", "for=192.0.2.1", "for=192.0.2.2;proto=https"),
    ] {
        let server = TestServer::start(&named).await;
        assert!(passes(&server, name, first).await && passes(&server, name, second).await);
        assert!(!passes(&server, name, first).await, "{name}");
        let forged = format!("{}, {second}", first.replace('1', "3"));
        assert!(!passes(&server, name, &forged).await, "what the client wrote counts for nothing");
    }
}

#[tokio::test]
async fn an_unnamed_proxy_tells_nothing() {
    for flags in [&[][..], &["--trusted-proxy", "192.0.2.0/24,198.51.100.1"]] {
        let limit = ["--rate-limit", "1", "--rate-burst", "1"];
        let flags: Vec<&str> = limit.iter().chain(flags).copied().collect();
        let server = TestServer::start(&flags).await;
        assert!(passes(&server, "x-forwarded-for", "192.0.2.1").await);
        assert!(!passes(&server, "x-forwarded-for", "192.0.2.2").await);
        assert!(!passes(&server, "forwarded", "for=192.0.2.3").await);
    }
}
