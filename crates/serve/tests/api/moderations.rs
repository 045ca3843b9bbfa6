//! `POST /v1/moderations`: OpenAI's shape, for replies and for errors.

use serde_json::{Value, json};

use crate::support::TestServer;

const CATEGORY: &str = "extremism/pro_isis";

#[tokio::test]
async fn one_text_or_many_or_the_parts_of_one_get_results_in_openais_shape() {
    let server = TestServer::start(&[]).await;
    let one = server.post("/v1/moderations", &json!({ "input": "two bad bad words" })).await;
    assert_eq!(one.status, 200, "{}", one.text);
    let reply = one.json();
    assert!(reply["id"].as_str().unwrap().starts_with("modr-"), "{reply}");
    assert_eq!(reply["model"], "known-1");
    let result = &reply["results"][0];
    assert_eq!(result["flagged"], true);
    assert_eq!(result["categories"], json!({ CATEGORY: true }));
    let score = result["category_scores"][CATEGORY].as_f64().unwrap();
    assert!((score - 0.731).abs() < 1e-3, "{score}"); // logit 2 at temperature 2
    assert_eq!(result["category_applied_input_types"], json!({ CATEGORY: ["text"] }));

    let body =
        json!({ "input": ["a quiet day", "bad bad bad"], "model": "omni-moderation-latest" });
    let many = server.post("/v1/moderations", &body).await.json();
    let flagged: Vec<bool> =
        many["results"].as_array().unwrap().iter().map(|it| it["flagged"] == true).collect();
    assert_eq!(flagged, [false, true]);

    let none = server.post("/v1/moderations", &json!({ "input": [] })).await;
    assert_eq!((none.status, &none.json()["results"]), (200, &json!([])));

    let parts = json!({ "input": [
        { "type": "text", "text": "one bad word" }, { "type": "text", "text": "and a bad end" },
    ]});
    let joined = server.post("/v1/moderations", &parts).await.json();
    assert_eq!(joined["results"].as_array().unwrap().len(), 1);
    assert_eq!(joined["results"][0]["flagged"], true);
}

#[tokio::test]
async fn what_cannot_be_judged_is_not_flagged_and_the_category_does_not_apply_to_it() {
    let server = TestServer::start(&[]).await;
    let body = json!({ "input": ["bonjour bad bad bad", "  ", "123"] });
    let reply = server.post("/v1/moderations", &body).await.json();
    for (result, reason) in
        reply["results"].as_array().unwrap().iter().zip(["language", "no_text", "no_words"])
    {
        assert_eq!(result["flagged"], false);
        assert_eq!(result["category_applied_input_types"], json!({ CATEGORY: [] }));
        assert_eq!((&result["reason"], &result["band"]), (&json!(reason), &json!("not_judged")));
    }
}

#[tokio::test]
async fn errors_have_openais_shape_whoever_makes_them() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), format!("ann:{}\n", checkpoint::sha256(b"alpha"))).unwrap();
    let server =
        TestServer::start(&["--api-keys", keys.path().to_str().unwrap(), "--max-items", "2"]).await;
    let ask = async |key: &str, body: Value| {
        let request = server.client.post(format!("{}/v1/moderations", server.url)).json(&body);
        let answer = server.send(request.bearer_auth(key)).await;
        let error = answer.json()["error"].clone();
        assert!(error["message"].is_string() && error.get("param").is_some(), "{error}");
        let field = |name: &str| error[name].as_str().unwrap().to_owned();
        (answer.status, field("type"), field("code"))
    };
    let invalid =
        |status, code: &str| (status, "invalid_request_error".to_owned(), code.to_owned());
    assert_eq!(ask("wrong", json!({ "input": "a" })).await, invalid(401, "invalid_api_key"));
    for bad in [
        json!({}),
        json!({ "input": 1 }),
        json!({ "input": ["a", 1] }),
        json!({ "input": "a", "model": {} }),
    ] {
        assert_eq!(ask("alpha", bad).await, invalid(400, "bad_request"));
    }
    let image = json!({ "input": [{ "type": "image_url", "image_url": { "url": "x" } }] });
    assert_eq!(ask("alpha", image).await, invalid(400, "bad_request"));
    let many = json!({ "input": ["a", "b", "c"] });
    assert_eq!(ask("alpha", many).await, invalid(413, "too_many_items"));
    let long = json!({ "input": "a ".repeat(20_000) });
    assert_eq!(ask("alpha", long).await, invalid(400, "text_too_long"));
    let failing = ask("alpha", json!({ "input": "FAIL" })).await;
    assert_eq!(failing, (500, "server_error".to_owned(), "scoring_failed".to_owned()));
}
