//! A text that cannot be judged gets neither a score nor a band of review, on every route.

use serde_json::{Value, json};

use crate::support::{TestServer, settings};

const FRENCH: &str = "bonjour tout le monde";

fn assert_not_judged(reply: &Value, reason: &str, lang: &Value) {
    assert_eq!(reply["band"], "not_judged", "{reply}");
    assert_eq!(reply["reason"], reason, "{reply}");
    assert_eq!(&reply["lang"], lang, "{reply}");
    for absent in ["score", "raw_score", "logit", "label", "explanation"] {
        assert!(reply.get(absent).is_none(), "{absent} in {reply}");
    }
}

#[tokio::test]
async fn a_text_in_another_language_or_without_words_has_a_reason_instead_of_a_score() {
    let server = TestServer::start(&[]).await;
    for path in ["/v1/score", "/v1/score?explain=true"] {
        let reply = server.post(path, &json!({ "text": FRENCH })).await;
        assert_eq!(reply.status, 200);
        assert_not_judged(&reply.json(), "language", &json!("fr"));
        let reply = server.post(path, &json!({ "text": "😀😀😀 123" })).await.json();
        assert_not_judged(&reply, "no_words", &Value::Null);
        let texts = json!({ "texts": ["bad bad bad", FRENCH, "123"] });
        let reply = server.post(path, &texts).await.json();
        assert_eq!(
            (&reply["results"][0]["label"], &reply["results"][0]["lang"]),
            (&json!("pro_isis"), &json!("en"))
        );
        assert_eq!(reply["results"][0]["reason"], Value::Null);
        assert_not_judged(&reply["results"][1], "language", &json!("fr"));
        assert_not_judged(&reply["results"][2], "no_words", &Value::Null);
    }
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("threat_not_judged_total{reason=\"language\"} 4\n"), "{metrics}");
    assert!(metrics.contains("threat_not_judged_total{reason=\"no_words\"} 4\n"), "{metrics}");
}

#[tokio::test]
async fn the_platforms_word_for_the_language_reaches_the_model() {
    let server = TestServer::start(&[]).await;
    let reply = server.post("/v1/score", &json!({ "text": "oui", "lang": "fr" })).await.json();
    assert_not_judged(&reply, "language", &json!("fr"));
    let texts = json!({ "texts": ["oui", "non"], "lang": "fr" });
    let reply = server.post("/v1/score", &texts).await.json();
    assert_not_judged(&reply["results"][1], "language", &json!("fr"));
}

#[tokio::test]
async fn a_tweet_that_cannot_be_judged_is_shown_so_wherever_it_is_asked_for() {
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    std::io::Write::write_all(
        &mut file,
        format!("id,text,lang\n5,{FRENCH},\n6,oui,fr\n7,fine,en\n").as_bytes(),
    )
    .unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let server = TestServer::launch(settings(&["--tweets", &path], None), file).await;
    for path in ["/threat_level/5?explain=true", "/v1/tweets/5"] {
        let reply = server.get(path).await.json();
        assert_not_judged(&reply, "language", &json!("fr"));
        assert_eq!((&reply["id"], &reply["out_of_domain"]), (&json!("5"), &json!(true)));
        assert_eq!(reply["source_lang"], Value::Null);
    }
    let reply = server.get("/v1/tweets?ids=5,6,7").await.json();
    assert_not_judged(&reply["results"][0], "language", &json!("fr"));
    assert_not_judged(&reply["results"][1], "language", &json!("fr"));
    assert_eq!(reply["results"][1]["source_lang"], "fr");
    assert_eq!(reply["results"][2]["band"], "none");
}

#[tokio::test]
async fn a_client_of_perspective_reads_googles_error_for_an_unsupported_language() {
    let server = TestServer::start(&[]).await;
    for (text, detected) in [(FRENCH, "fr"), ("12 34", "und")] {
        let request = json!({
            "comment": { "text": text },
            "languages": ["en"],
            "requestedAttributes": { "PRO_ISIS": {} },
        });
        let answer = server.post("/v1alpha1/comments:analyze", &request).await;
        assert_eq!(answer.status, 400);
        let json = answer.json();
        let error = &json["error"];
        assert_eq!((&error["code"], &error["status"]), (&json!(400), &json!("INVALID_ARGUMENT")));
        assert!(error["message"].as_str().unwrap().contains("PRO_ISIS"), "{json}");
        let detail = &error["details"][0];
        assert_eq!(detail["errorType"], "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE");
        let told = &detail["languageNotSupportedByAttributeError"];
        assert_eq!(told["detectedLanguages"], json!([detected]));
        assert_eq!(told["requestedLanguages"], json!(["en"]));
        assert_eq!(told["attribute"], "PRO_ISIS");
    }
    let fine = json!({ "comment": { "text": "fine" }, "requestedAttributes": { "PRO_ISIS": {} } });
    let reply = server.post("/v1alpha1/comments:analyze", &fine).await.json();
    assert_eq!(reply["detectedLanguages"], json!(["en"]));
}

#[tokio::test]
async fn the_audit_log_says_why_there_is_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let server = TestServer::start(&["--audit-log", path.to_str().unwrap()]).await;
    server.post("/v1/score", &json!({ "text": FRENCH })).await;
    crate::support::within_five_seconds(async || {
        std::fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n'))
    })
    .await;
    let line: Value = serde_json::from_str(std::fs::read_to_string(&path).unwrap().trim()).unwrap();
    assert_eq!((&line["score"], &line["band"]), (&Value::Null, &json!("not_judged")));
    assert_eq!((&line["reason"], &line["lang"]), (&json!("language"), &json!("fr")));
    assert!(!line.to_string().contains("bonjour"), "{line}");
}

#[tokio::test]
async fn the_model_names_its_languages() {
    let server = TestServer::start(&[]).await;
    let json = server.get("/v1/model").await.json();
    assert_eq!(json["languages"], json!(["en"]));
    assert_eq!(json["bands"], json!(["not_judged", "none", "review", "priority_review"]));
}
