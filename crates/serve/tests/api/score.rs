//! `POST /v1/score`.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::TestServer;

#[tokio::test]
async fn one_text_has_one_score() {
    let server = TestServer::start(&[]).await;
    let json = server.post("/v1/score", &json!({ "text": "bad" })).await.json();
    assert_eq!(json["score"], 0.5);
    assert_eq!(json["label"], "not_pro_isis");
    assert_eq!(json["model"]["version"], "1");
}

#[tokio::test]
async fn in_a_batch_each_text_has_its_own_result_or_error() {
    let server = TestServer::start(&["--max-text-chars", "20"]).await;
    let texts = json!({ "texts": ["bad bad bad", " ", "x".repeat(21), "é".repeat(20), "bad"] });
    let answer = server.post("/v1/score", &texts).await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    let results = json["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    assert_eq!(results[0]["label"], "pro_isis");
    assert_eq!(results[1]["error"]["code"], "no_text");
    assert_eq!(results[2]["error"]["code"], "text_too_long");
    assert!(results[3]["score"].is_number(), "twenty characters are not too many");
    assert_eq!(results[4]["score"], 0.5);
}

#[tokio::test]
async fn an_explanation_gives_each_word_what_it_adds() {
    let server = TestServer::start(&[]).await;
    let json = server.post("/v1/score?explain=true", &json!({ "text": "a bad day" })).await.json();
    let words = json["explanation"].as_array().unwrap();
    let given: Vec<_> = words
        .iter()
        .map(|word| (word["word"].as_str().unwrap(), word["contribution"].as_f64().unwrap()))
        .collect();
    assert_eq!(given, [("a", 0.0), ("bad", 2.0), ("day", 0.0)]);
    assert_eq!((&words[1]["begin"], &words[1]["end"]), (&json!(2), &json!(5)));
    let texts = json!({ "texts": ["bad", " ", "a bad"] });
    let json = server.post("/v1/score?explain=true", &texts).await.json();
    assert_eq!(json["results"][1]["error"]["code"], "no_text");
    assert_eq!(json["results"][2]["explanation"][1]["contribution"], 2.0);
}

#[tokio::test]
async fn an_explanation_of_a_long_text_has_the_words_of_the_window_that_counts_and_their_places() {
    let server = TestServer::start(&[]).await;
    let text = format!("{}a bad übel day{}", "så fine ".repeat(50), " or not".repeat(20));
    let json = server.post("/v1/score?explain=true", &json!({ "text": text })).await.json();
    assert_eq!((&json["logit"], &json["truncated"]), (&json!(0.0), &json!(false)));
    let read: Vec<char> = json["read_text"].as_str().unwrap().chars().collect();
    assert!(read.iter().copied().eq(text.chars()), "the whole text, in its plain form");
    let words = json["explanation"].as_array().unwrap();
    assert_eq!(words.len(), 62, "those of the second window");
    for word in words {
        let [begin, end] = ["begin", "end"].map(|end| word[end].as_u64().unwrap() as usize);
        assert!(begin >= 62 * 4, "{word}");
        assert_eq!(word["word"], String::from_iter(&read[begin..end]), "{word}");
        let bad = word["word"] == "bad";
        assert_eq!(word["contribution"], if bad { 2.0 } else { 0.0 }, "{word}");
    }
}

#[tokio::test]
async fn a_text_beyond_the_windows_of_the_model_is_marked_on_every_route() {
    let server = TestServer::start(&[]).await;
    let long = |words: usize| "fine ".repeat(words);
    let texts = json!({ "texts": [long(10), long(150), long(300)] });
    let json = server.post("/v1/score", &texts).await.json();
    let marks: Vec<_> = (0..3).map(|at| json["results"][at]["truncated"].clone()).collect();
    assert_eq!(marks, [false, false, true]);
    let json = server.post("/v1/score?explain=true", &json!({ "text": long(300) })).await.json();
    assert_eq!(json["truncated"], true);
    let json = server.get("/threat_level/2?explain=true").await.json();
    assert_eq!((&json["truncated"], &json["read_text"]), (&json!(false), &json!("bad bad bad")));
}

#[tokio::test]
async fn malformed_requests_are_refused_without_their_text() {
    let server = TestServer::start(&["--max-items", "3", "--max-body-bytes", "1000"]).await;
    let send = |kind: &'static str, body: String| {
        let request = server.client.post(format!("{}/v1/score", server.url));
        server.send(request.header("content-type", kind).body(body))
    };
    let json = "application/json";
    for (kind, body, status, code) in [
        (json, "{\"text\": \"secret words\"", 400, "bad_request"),
        (json, "{\"text\": [\"secret words\"]}", 400, "bad_request"),
        (json, "{\"txt\": \"secret words\"}", 400, "bad_request"),
        (json, "{}", 400, "bad_request"),
        (json, "{\"text\": \"secret words\", \"texts\": []}", 400, "bad_request"),
        (json, "{\"texts\": []}", 400, "bad_request"),
        (json, "", 400, "bad_request"),
        (json, "{\"text\": \"\\ud800 secret words\"}", 400, "bad_request"),
        (json, "{\"texts\": [\"a\", \"b\", \"c\", \"d\"]}", 413, "too_many_items"),
        ("text/plain", "secret words", 415, "unsupported_media_type"),
    ] {
        let answer = send(kind, body.to_owned()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
        assert!(!answer.text.contains("secret"), "{}", answer.text);
    }
    let long = send(json, format!("{{\"text\": \"{}\"}}", "x".repeat(2000))).await;
    assert_eq!((long.status, long.code().as_str()), (413, "body_too_large"));
    let fine = send("Application/JSON; charset=utf-8", "{\"text\": \"a\"}".to_owned()).await;
    assert_eq!(fine.status, 200);
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_body_is_turned_away() {
    let server = TestServer::start(&["--client-timeout-ms", "200"]).await;
    let mut stream =
        tokio::net::TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{\"text\"";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut reply)).await;
    let reply = String::from_utf8_lossy(&reply[..read.unwrap().unwrap()]).into_owned();
    assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("body_timeout"), "{reply}");
}
