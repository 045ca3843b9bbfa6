//! `POST /v1alpha1/comments:analyze`.

use std::io::Write;

use serde_json::json;

use crate::support::TestServer;

const PATH: &str = "/v1alpha1/comments:analyze";

#[tokio::test]
async fn a_client_of_perspective_reads_the_score_where_it_expects_it() {
    let server = TestServer::start(&[]).await;
    let request = json!({
        "comment": { "text": "bad bad bad", "type": "PLAIN_TEXT" },
        "languages": ["en"],
        "requestedAttributes": { "PRO_ISIS": {} },
        "doNotStore": true,
        "clientToken": "mine",
    });
    let json = server.post(PATH, &request).await.json();
    let score = &json["attributeScores"]["PRO_ISIS"];
    assert!((score["summaryScore"]["value"].as_f64().unwrap() - 0.880_797).abs() < 1e-5);
    assert_eq!(score["summaryScore"]["type"], "PROBABILITY");
    assert_eq!(
        (score["spanScores"][0]["begin"].as_u64(), score["spanScores"][0]["end"].as_u64()),
        (Some(0), Some(11))
    );
    assert_eq!(json["clientToken"], "mine");
    assert_eq!(json["languages"], json!(["en"]));
}

#[tokio::test]
async fn a_score_below_the_wanted_threshold_is_left_out() {
    let server = TestServer::start(&[]).await;
    let request = json!({
        "comment": { "text": "fine" },
        "requestedAttributes": { "PRO_ISIS": { "scoreThreshold": 0.9 } },
    });
    let json = server.post(PATH, &request).await.json();
    assert_eq!(json["attributeScores"], json!({}));
}

#[tokio::test]
async fn errors_have_googles_shape() {
    let server = TestServer::start(&[]).await;
    for attributes in [json!({}), json!({ "TOXICITY": {} })] {
        let request = json!({ "comment": { "text": "a" }, "requestedAttributes": attributes });
        let answer = server.post(PATH, &request).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        assert_eq!(json["error"]["code"], 400);
        assert_eq!(json["error"]["status"], "INVALID_ARGUMENT");
        assert!(json["error"]["message"].as_str().unwrap().contains("PRO_ISIS"), "{json}");
    }
}

#[tokio::test]
async fn the_key_may_be_in_the_address_as_it_is_there() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "a:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8").unwrap();
    let server = TestServer::start(&["--api-keys", file.path().to_str().unwrap()]).await;
    let request =
        json!({ "comment": { "text": "fine" }, "requestedAttributes": { "PRO_ISIS": {} } });
    assert_eq!(server.post(&format!("{PATH}?key=alpha"), &request).await.status, 200);
    assert_eq!(server.post(&format!("{PATH}?key=other"), &request).await.status, 401);
    let refused = server.post(PATH, &request).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"]["status"], "UNAUTHENTICATED");
    assert_eq!(server.get("/v1/model").await.code(), "missing_api_key");
}

#[tokio::test]
async fn wrong_methods_and_addresses_below_it_have_that_shape_too() {
    let server = TestServer::start(&[]).await;
    let wrong = server.get(PATH).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
    assert_eq!(wrong.json()["error"]["code"], 405);
    let nowhere = server.get("/v1alpha1/comments:suggestscore").await;
    assert_eq!(nowhere.json()["error"]["status"], "NOT_FOUND");
}
