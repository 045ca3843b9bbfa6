//! `POST /v1/score`.

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Answer, TestServer, within_five_seconds};

/// Sends a body as it is, with further headers.
async fn send(server: &TestServer, body: &[u8], headers: &[(&str, &str)]) -> Answer {
    let mut request = server.client.post(format!("{}/v1/score", server.url));
    request = request.header("content-type", "application/json").body(body.to_vec());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

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

#[tokio::test]
async fn what_is_no_text_among_texts_fails_alone() {
    let server = TestServer::start(&[]).await;
    for (item, found) in [
        ("null", "null"),
        ("5", "a number"),
        ("1e999", "a number"),
        ("-0.5", "a number"),
        ("true", "a boolean"),
        ("[\"bad\"]", "a list"),
        ("{\"text\": \"bad\"}", "an object"),
        ("NaN", "null"),
        ("-Infinity", "null"),
    ] {
        let body = format!("{{\"texts\": [\"bad\", {item}, \"a bad bad\"]}}");
        let answer = send(&server, body.as_bytes(), &[]).await;
        assert_eq!(answer.status, 200, "{item}: {}", answer.text);
        let json = answer.json();
        let results = json["results"].as_array().unwrap();
        assert_eq!((&results[0]["score"], &results[2]["label"]), (&json!(0.5), &json!("pro_isis")));
        let error = &results[1]["error"];
        assert_eq!(error["code"], "bad_request", "{item}: {json}");
        let message = error["message"].as_str().unwrap();
        let says = format!("`texts[1]` must be a string; it is {found}.");
        assert!(message.ends_with(&says), "{item}: {message}");
    }
    let none = send(&server, b"{\"texts\": [null, NaN]}", &[]).await.json();
    assert_eq!(none["results"][1]["error"]["code"], "bad_request", "{none}");
}

#[tokio::test]
async fn half_a_surrogate_pair_reads_as_a_replacement_character() {
    let server = TestServer::start(&[]).await;
    for half in ["\\ud83d", "\\uDE00", "\\ud83d\\ud83d", "\\ud83d bad\\u0021"] {
        let body = format!("{{\"text\": \"bad {half}\", \"lang\": \"en{half}\"}}");
        assert_eq!(send(&server, body.as_bytes(), &[]).await.status, 200, "{half}");
        let body = format!("{{\"texts\": [\"bad\", \"bad {half}\"]}}");
        let json = send(&server, body.as_bytes(), &[]).await.json();
        assert!(json["results"][1]["score"].is_number(), "{half}: {json}");
    }
    let log = tempfile::NamedTempFile::new().unwrap();
    let logged = TestServer::start(&["--audit-log", log.path().to_str().unwrap()]).await;
    send(&logged, b"{\"text\": \"bad \\ud83d day\"}", &[]).await;
    let hash = serve::audit::sha256_hex("bad \u{fffd} day");
    within_five_seconds(async || std::fs::read_to_string(log.path()).unwrap().contains(&hash))
        .await;
    let raw = b"{\"text\": \"bad \xed\xa0\xbd\"}";
    assert_eq!(send(&server, raw, &[]).await.status, 200, "in bytes as in escapes");
}

#[tokio::test]
async fn not_a_number_anywhere_else_is_refused_by_the_name_of_its_field() {
    let server = TestServer::start(&[]).await;
    assert_eq!(send(&server, b"{\"text\": \"bad\", \"lang\": NaN}", &[]).await.status, 200);
    for (body, words) in [
        (
            "{\"text\": \"bad\", \"score\": NaN}",
            "no field `score` here, only `text`, `texts`, `lang`",
        ),
        ("{\"text\": NaN}", "either `text` or `texts`"),
    ] {
        let answer = send(&server, body.as_bytes(), &[]).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"));
        assert!(answer.text.contains(words), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_named_with_what_may_stand_there() {
    let server = TestServer::start(&[]).await;
    for (body, words) in [
        ("{\"text\": 5}", "line 1, column 10: `text` must be a string."),
        ("{\"text\": [\"hidden\"]}", "`text` must be a string."),
        ("{\"texts\": \"hidden\"}", "`texts` must be a list."),
        ("{\"text\": \"hidden\", \"lang\": {}}", "`lang` must be a string."),
        ("{\"txt\": \"hidden\"}", "no field `txt` here, only `text`, `texts`, `lang`."),
        ("[\"hidden\"]", "must be"),
        ("\"hidden\"", "must be an object."),
        ("{\"text\": \"hidden\"", "it ends too early."),
        ("{\"text\": \"hidden\",}", "trailing comma."),
        ("{'text': 'hidden'}", "key must be a string."),
    ] {
        let answer = send(&server, body.as_bytes(), &[]).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{body}");
        assert!(answer.text.contains(words) && !answer.text.contains("hidden"), "{}", answer.text);
    }
    for body in [&b"{\"text\": \"\xff\"}"[..], b"\xff\xfe{\0\"\0"] {
        let answer = send(&server, body, &[]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("it is not UTF-8"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_skipped() {
    let server = TestServer::start(&[]).await;
    let marked = "\u{feff}{\"text\": \"bad\"}";
    assert_eq!(send(&server, marked.as_bytes(), &[]).await.json()["score"], 0.5);
    assert_eq!(send(&server, &gzip(marked.as_bytes()), &[]).await.json()["score"], 0.5);
}

#[tokio::test]
async fn a_body_in_gzip_is_read_within_the_limit_and_other_encodings_are_refused() {
    let server = TestServer::start(&["--max-body-bytes", "2000"]).await;
    let body = b"{\"text\": \"bad\"}";
    for name in ["gzip", "x-gzip", "GZIP"] {
        let answer = send(&server, &gzip(body), &[("content-encoding", name)]).await;
        assert_eq!((answer.status, &answer.json()["score"]), (200, &json!(0.5)), "{name}");
    }
    assert_eq!(send(&server, &gzip(body), &[]).await.status, 200, "a sender that forgot to say so");
    let plain = send(&server, body, &[("content-encoding", "identity")]).await;
    assert_eq!(plain.status, 200);
    let bomb = gzip(format!("{{\"text\": \"{}\"}}", "x".repeat(1_000_000)).as_bytes());
    assert!(bomb.len() < 2000);
    let answer = send(&server, &bomb, &[("content-encoding", "gzip")]).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    for name in ["br", "deflate", "zstd", "gzip, gzip"] {
        let answer = send(&server, body, &[("content-encoding", name)]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media_type"),
            "{name}"
        );
        assert!(answer.text.contains("only gzip"), "{}", answer.text);
    }
    let cut = &gzip(body)[..20];
    for broken in [&body[..], cut] {
        let answer = send(&server, broken, &[("content-encoding", "gzip")]).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"));
        assert!(answer.text.contains("gzip"), "{}", answer.text);
    }
}
