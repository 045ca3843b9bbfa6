//! `GET /threat_level/{tweet_id}` from a file.

use crate::support::TestServer;

#[tokio::test]
async fn a_tweet_of_the_file_gets_its_score_and_what_belongs_to_it() {
    let server = TestServer::start(&[]).await;
    let answer = server.get("/threat_level/2").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = answer.json();
    assert_eq!(json["id"], "2");
    assert_eq!(json["text"], "bad bad bad");
    // Logit 4 at temperature 2.
    assert!((json["score"].as_f64().unwrap() - 0.880_797).abs() < 1e-5, "{json}");
    assert!((json["raw_score"].as_f64().unwrap() - 0.982_013).abs() < 1e-5, "{json}");
    assert_eq!(json["logit"], 4.0);
    assert_eq!(json["label"], "pro_isis");
    assert_eq!(json["band"], "review");
    assert!((json["threshold"].as_f64().unwrap() - 0.6).abs() < 1e-6);
    assert_eq!((json["tokens"].as_u64(), json["truncated"].as_bool()), (Some(5), Some(false)));
    assert_eq!(json["model"]["name"], "known");
    assert_eq!(json["model"]["sha256"], "ab".repeat(32));
    assert_eq!(json["request_id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn a_long_id_stays_a_string_and_a_text_keeps_its_newline() {
    let server = TestServer::start(&[]).await;
    let json = server.get("/threat_level/1346889436626259968").await.json();
    assert_eq!(json["id"], "1346889436626259968");
    assert_eq!(json["text"], "two\nlines, \"quoted\"");
}

#[tokio::test]
async fn an_unknown_id_is_404_and_what_is_no_id_400() {
    let server = TestServer::start(&[]).await;
    let answer = server.get("/threat_level/99").await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "tweet_not_found"));
    for bad in ["abc", "12345678901234567890", "-1", "1.5", "%20", "1%2F2", "%D9%A1"] {
        let answer = server.get(&format!("/threat_level/{bad}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_tweet_id"), "{bad}");
    }
}

#[tokio::test]
async fn a_tweet_with_nothing_to_read_is_422() {
    let server = TestServer::start(&[]).await;
    let answer = server.get("/threat_level/3").await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "no_text"));
}

#[tokio::test]
async fn the_text_is_left_out_on_request_and_the_words_explained() {
    let server = TestServer::start(&[]).await;
    let json = server.get("/threat_level/2?include_text=false").await.json();
    assert!(json.get("text").is_none() && json.get("explanation").is_none());
    // The words are the text.
    let both = server.get("/threat_level/2?include_text=false&explain=true").await;
    assert_eq!((both.status, both.code().as_str()), (400, "bad_request"));
    let json = server.get("/threat_level/2?explain=true").await.json();
    let words = json["explanation"].as_array().unwrap();
    assert_eq!(words.len(), 3);
    assert!(words.iter().all(|word| word["word"] == "bad" && word["contribution"] == 2.0));
    assert_eq!(server.get("/threat_level/2?explain=maybe").await.code(), "bad_request");
}

#[tokio::test]
async fn other_addresses_and_methods_answer_in_the_same_form() {
    let server = TestServer::start(&[]).await;
    for path in ["/threat_level", "/threat_level/", "/nothing", "/v1/nothing", "/assets/../x"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "route_not_found"), "{path}");
    }
    let request = server.client.put(format!("{}/threat_level/1", server.url));
    let answer = server.send(request).await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "GET, HEAD");
}
