//! The description is of this server, not of a wish.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestServer;

fn references(json: &Value, found: &mut BTreeSet<String>) {
    match json {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_names_every_route_and_leaves_no_reference_open() {
    let server = TestServer::start(&[]).await;
    let json = server.get("/openapi.json").await.json();
    let paths: BTreeSet<&str> =
        json["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for path in [
        "/threat_level/{tweet_id}",
        "/v1/score",
        "/v1/tweets",
        "/v1/tweets/{tweet_id}",
        "/v1/cache/{tweet_id}",
        "/v1/feedback",
        "/v1/feedback/summary",
        "/v1/model",
        "/v1/moderations",
        "/v1/review",
        "/v1/review/export",
        "/v1/review/items",
        "/v1/review/items/{item}",
        "/v1/review/items/{item}/verdict",
        "/v1/review/items/{item}/words",
        "/v1/review/next",
        "/v1/review/summary",
        "/v1/review/undo",
        "/v1alpha1/comments:analyze",
        "/v1alpha1/comments:suggestscore",
        "/$discovery/rest",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(paths.contains(path), "{path} is missing in {paths:?}");
    }
    let mut found = BTreeSet::new();
    references(&json, &mut found);
    assert!(found.len() > 5);
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(json.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn a_reply_has_exactly_the_fields_that_are_described() {
    let server = TestServer::start(&[]).await;
    let description = server.get("/openapi.json").await.json();
    let reply = server.get("/threat_level/2?explain=true").await.json();
    let schema = &description["components"]["schemas"]["ThreatLevel"];
    let mut described = BTreeSet::new();
    fields(&description, schema, &mut described);
    let sent: BTreeSet<String> = reply.as_object().unwrap().keys().cloned().collect();
    assert_eq!(sent, described);
}

fn fields(description: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let inner = description.pointer(reference.trim_start_matches('#')).unwrap();
        fields(description, inner, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(description, part, found);
    }
    found.extend(schema["properties"].as_object().into_iter().flat_map(|p| p.keys().cloned()));
}
