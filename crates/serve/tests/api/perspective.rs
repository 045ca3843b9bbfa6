//! `POST /v1alpha1/comments:analyze`.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Answer, TestServer};

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
    for (key, status) in [("alpha", 200), ("other", 401)] {
        for query in ["", "?key=alpha"] {
            let post = server.client.post(format!("{}{PATH}{query}", server.url)).json(&request);
            assert_eq!(server.send(post.header("x-goog-api-key", key)).await.status, status);
        }
    }
    let elsewhere = server.client.get(format!("{}/v1/model", server.url));
    assert_eq!(server.send(elsewhere.header("x-goog-api-key", "alpha")).await.status, 401);
    assert_eq!(server.get("/$discovery/rest?key=other").await.status, 200, "as with Google");
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
    let nowhere = server.get("/v1alpha1/comments:list").await;
    assert_eq!(nowhere.json()["error"]["status"], "NOT_FOUND");
}

async fn analyze(server: &TestServer, more: Value) -> Answer {
    let mut request =
        json!({ "comment": { "text": "fine" }, "requestedAttributes": { "PRO_ISIS": {} } });
    request.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    server.post(PATH, &request).await
}

#[tokio::test]
async fn a_language_that_the_model_has_not_learned_is_googles_error() {
    let server = TestServer::start(&[]).await;
    for languages in [json!(["ar"]), json!(["ar-EG"]), json!(["en", "ar"]), json!(["english"])] {
        let answer = analyze(&server, json!({ "languages": languages })).await;
        assert_eq!(answer.status, 400, "{languages}");
        let error = &answer.json()["error"];
        let message = error["message"].as_str().unwrap();
        // Clients look for these words.
        let words = "Attribute PRO_ISIS does not support request languages: ";
        assert!(message.starts_with(words), "{message}");
        assert_eq!(error["status"], "INVALID_ARGUMENT");
        assert_eq!(error["details"][0]["errorType"], "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE");
        let detail = &error["details"][0]["languageNotSupportedByAttributeError"];
        assert_eq!(detail["requestedLanguages"], languages);
        let drop = json!({ "languages": languages, "dropUnsupportedAttributes": true });
        let answer = analyze(&server, drop).await;
        assert_eq!((answer.status, &answer.json()["attributeScores"]), (200, &json!({})));
    }
    for languages in [json!(["en"]), json!(["EN"]), json!(["en-GB"]), json!(["en", "en-US"])] {
        assert_eq!(
            analyze(&server, json!({ "languages": languages })).await.status,
            200,
            "{languages}"
        );
    }
}

#[tokio::test]
async fn null_is_as_good_as_absent() {
    let server = TestServer::start(&[]).await;
    for more in [
        json!({ "languages": null }),
        json!({ "languages": [] }),
        json!({ "languages": [null, ""] }),
        json!({ "requestedAttributes": { "PRO_ISIS": null } }),
        json!({ "requestedAttributes": { "PRO_ISIS": { "scoreThreshold": null, "scoreType": null } } }),
        json!({ "comment": { "text": "fine", "type": null }, "clientToken": null, "context": null }),
        json!({ "doNotStore": null, "dropUnsupportedAttributes": null, "sessionId": null }),
    ] {
        let answer = analyze(&server, more.clone()).await;
        assert_eq!(answer.status, 200, "{more}: {}", answer.text);
        let json = answer.json();
        assert!(json["attributeScores"]["PRO_ISIS"]["summaryScore"]["value"].is_number(), "{json}");
    }
}

#[tokio::test]
async fn an_empty_or_too_long_comment_is_400_as_with_google() {
    let server = TestServer::start(&["--max-text-chars", "10"]).await;
    for (comment, kind, words) in [
        (json!({ "text": "" }), "COMMENT_EMPTY", "Comment must be non-empty."),
        (json!({ "text": " \n" }), "COMMENT_EMPTY", "Comment must be non-empty."),
        (json!({ "text": null }), "COMMENT_EMPTY", "Comment must be non-empty."),
        (json!({}), "COMMENT_EMPTY", "Comment must be non-empty."),
        (json!({ "text": "x".repeat(11) }), "COMMENT_TOO_LONG", "Comment text too long."),
    ] {
        for path in [PATH, "/v1alpha1/comments:suggestscore"] {
            let answer = server
                .post(
                    path,
                    &json!({ "comment": comment, "requestedAttributes": { "PRO_ISIS": {} } }),
                )
                .await;
            if path == PATH {
                assert_eq!(answer.status, 400, "{comment}");
                let error = &answer.json()["error"];
                assert_eq!(
                    (&error["code"], &error["status"]),
                    (&json!(400), &json!("INVALID_ARGUMENT"))
                );
                assert_eq!(error["details"][0]["errorType"], kind);
                assert!(error["message"].as_str().unwrap().starts_with(words), "{error}");
            } else {
                assert_eq!(answer.status, 404, "no verdicts are recorded");
            }
        }
    }
    let text = server.get("/metrics").await.text;
    assert!(text.contains("threat_errors_total{code=\"no_text\"} 4"), "{text}");
}

#[tokio::test]
async fn a_field_of_another_type_is_named_in_googles_shape() {
    let server = TestServer::start(&[]).await;
    for (more, words) in [
        (json!({ "languages": "en" }), "`languages` must be a list"),
        (json!({ "comment": { "text": 5 } }), "`comment.text` must be a string"),
        (json!({ "comment": null }), "`comment` must be"),
        (json!({ "requestedAttributes": ["PRO_ISIS"] }), "`requestedAttributes` must be an object"),
        (
            json!({ "requestedAttributes": { "PRO_ISIS": { "scoreThreshold": "high" } } }),
            "`requestedAttributes.PRO_ISIS.scoreThreshold` must be a number",
        ),
    ] {
        let answer = analyze(&server, more).await;
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["status"]), (400, &json!("INVALID_ARGUMENT")));
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    }
}

fn suggestion(value: impl Into<Value>) -> Value {
    let score = json!({ "summaryScore": { "value": value.into(), "type": "PROBABILITY" } });
    json!({ "comment": { "text": "bad bad bad" }, "attributeScores": { "PRO_ISIS": score },
        "clientToken": "mine", "communityId": "ours" })
}

#[tokio::test]
async fn a_suggested_score_is_a_verdict_as_feedback_records_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.sqlite");
    let server = TestServer::start(&["--feedback-db", path.to_str().unwrap()]).await;
    let suggest = async |body: &Value| server.post("/v1alpha1/comments:suggestscore", body).await;
    for (value, verdict) in
        [(json!(1), "pro_isis"), (json!(0.0), "not_pro_isis"), (json!(0.5), "unsure")]
    {
        let answer = suggest(&suggestion(value)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["clientToken"], "mine");
        assert_eq!(answer.json()["detectedLanguages"], json!(["en"]));
        let summary = server.get("/v1/feedback/summary").await.json();
        let band = summary["bands"].as_array().unwrap().iter().find(|row| row["band"] == "review");
        assert_eq!(band.unwrap()[verdict], 1, "{summary}");
        assert_eq!(summary["models"][0]["posts"], 1, "of one text the last verdict counts");
    }
    for odd in [json!(2), json!(null), json!("high")] {
        let answer = suggest(&suggestion(odd)).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT"))
        );
        assert!(answer.text.contains("PRO_ISIS.summaryScore.value"), "{}", answer.text);
    }
    let mut foreign = suggestion(1);
    foreign["languages"] = json!(["ar"]);
    assert!(suggest(&foreign).await.text.contains("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"));
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(7).any(|bytes| bytes == b"bad bad"), "no text is kept");
}

#[tokio::test]
async fn googles_clients_find_the_routes_at_the_address_that_they_asked() {
    let server = TestServer::start(&["--trusted-proxy", "192.0.2.1"]).await;
    for path in [
        "/$discovery/rest?version=v1alpha1",
        "/$discovery/rest",
        "/%24discovery/rest?version=v1alpha1&key=a",
    ] {
        let json = server.get(path).await.json();
        assert_eq!(
            (&json["name"], &json["version"]),
            (&json!("commentanalyzer"), &json!("v1alpha1"))
        );
        assert_eq!(json["rootUrl"], format!("{}/", server.url));
        for method in ["analyze", "suggestscore"] {
            let method = &json["resources"]["comments"]["methods"][method];
            let path = format!("/{}", method["path"].as_str().unwrap());
            assert_eq!(
                server.post(&path, &json!({})).await.json()["error"]["code"]
                    .as_u64()
                    .map(|code| code < 405),
                Some(true)
            );
            for end in ["request", "response"] {
                let name = method[end]["$ref"].as_str().unwrap();
                assert!(json["schemas"][name].is_object(), "{name}");
            }
        }
    }
    assert_eq!(
        server.get("/$discovery/rest?version=v2").await.json()["error"]["status"],
        "NOT_FOUND"
    );
    let headers = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "scores.example"),
        ("x-forwarded-prefix", "/tool/"),
    ];
    let root = async |server: &TestServer| {
        let mut request = server.client.get(format!("{}/$discovery/rest", server.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        server.send(request).await.json()["rootUrl"].clone()
    };
    assert_eq!(root(&server).await, format!("{}/", server.url), "a proxy that is not named");
    let server = TestServer::start(&["--trusted-proxy", "127.0.0.1"]).await;
    assert_eq!(root(&server).await, "https://scores.example/tool/");
}
