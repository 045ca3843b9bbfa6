//! Against a mock of X, with bodies as X sends them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use serve::{Arguments, Settings};
use wiremock::matchers::{body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::TestServer;

const ID: &str = "1346889436626259968";

fn found(id: &str, text: &str) -> Value {
    json!({ "data": {
        "id": id, "text": text, "edit_history_tweet_ids": [id],
        "author_id": "2244994945", "created_at": "2021-01-06T18:40:40.000Z", "lang": "en",
    }})
}

fn not_found(id: &str) -> Value {
    json!({
        "value": id, "detail": format!("Could not find tweet with id: [{id}]."),
        "title": "Not Found Error", "resource_type": "tweet", "parameter": "ids", "resource_id": id,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    })
}

/// A mock of X that answers every lookup of one post in the same way.
async fn x_that_says(reply: ResponseTemplate) -> MockServer {
    let x = MockServer::start().await;
    Mock::given(method("GET")).respond_with(reply).mount(&x).await;
    x
}

async fn says(reply: ResponseTemplate, status: u16, code: &str) -> crate::support::Answer {
    let x = x_that_says(reply).await;
    let server = TestServer::with_x(&x, &["--x-timeout-ms", "1000"]).await;
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    answer
}

fn body(status: u16, json: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json)
}

#[tokio::test]
async fn a_found_tweet_is_scored_with_the_operators_token() {
    let x = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!("/2/tweets/{ID}")))
        .and(header("authorization", "Bearer test-token"))
        .respond_with(body(200, &found(ID, "bad &amp; bad &lt;3")))
        .expect(1)
        .mount(&x)
        .await;
    let server = TestServer::with_x(&x, &[]).await;
    let json = server.get(&format!("/threat_level/{ID}")).await.json();
    assert_eq!(json["id"], ID);
    assert_eq!(json["text"], "bad & bad <3");
    assert_eq!((json["lang"].as_str(), json["out_of_domain"].as_bool()), (Some("en"), Some(false)));
    assert_eq!((json["cached"].as_bool(), json["label"].as_str()), (Some(false), Some("pro_isis")));
    assert_eq!(server.metric("threat_x_posts_read_total").await, 1);
}

#[tokio::test]
async fn errors_beside_data_are_about_other_posts_and_no_failure() {
    let mut reply = found(ID, "fine");
    reply["errors"] = json!([{
        "value": "1", "detail": "Could not find tweet with referenced_tweets.id: [1].",
        "title": "Not Found Error", "resource_type": "tweet", "parameter": "referenced_tweets.id",
        "resource_id": "1", "type": "https://api.twitter.com/2/problems/resource-not-found",
    }]);
    let x = x_that_says(body(200, &reply)).await;
    let server = TestServer::with_x(&x, &[]).await;
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.status, 200);
}

#[tokio::test]
async fn long_posts_and_retweets_are_scored_whole() {
    let reply = json!({
        "data": { "id": ID, "text": "RT @someone: a beginning that is cu…", "lang": "ar",
            "referenced_tweets": [{ "type": "retweeted", "id": "7" }] },
        "includes": { "tweets": [{ "id": "7", "text": "a beginning that is cu…",
            "note_tweet": { "text": "a beginning that is cut, and then bad bad bad", "entities": {} } }] },
    });
    let x = x_that_says(body(200, &reply)).await;
    let server = TestServer::with_x(&x, &[]).await;
    let json = server.get(&format!("/threat_level/{ID}")).await.json();
    assert_eq!(json["text"], "a beginning that is cut, and then bad bad bad");
    assert_eq!(json["label"], "pro_isis");
    assert_eq!(json["out_of_domain"], true);
    assert_eq!(server.metric("threat_x_posts_read_total").await, 2, "X counts both");
}

#[tokio::test]
async fn a_deleted_tweet_is_404_whether_x_says_200_or_404() {
    let mut problem = not_found(ID);
    problem["parameter"] = json!("id");
    says(body(200, &json!({ "errors": [problem] })), 404, "tweet_not_found").await;
    says(body(404, &json!({ "errors": [problem] })), 404, "tweet_not_found").await;
}

#[tokio::test]
async fn a_protected_tweet_is_403() {
    let reply = json!({ "errors": [{
        "resource_id": ID, "parameter": "id", "resource_type": "tweet", "section": "data",
        "title": "Authorization Error", "value": ID,
        "detail": format!("Sorry, you are not authorized to see the Tweet with id: [{ID}]."),
        "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
    }]});
    says(body(200, &reply), 403, "tweet_not_accessible").await;
}

#[tokio::test]
async fn a_suspended_author_is_403() {
    let reply = json!({ "errors": [{
        "detail": "User has been suspended: [2881117795].", "parameter": "id",
        "resource_id": ID, "resource_type": "user", "title": "Forbidden",
        "type": "https://api.twitter.com/2/problems/resource-not-found", "value": ID,
    }]});
    says(body(200, &reply), 403, "author_suspended").await;
}

#[tokio::test]
async fn the_operators_troubles_are_502_and_never_401_to_the_client() {
    let unauthorized = json!({ "title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized" });
    says(body(401, &unauthorized), 502, "upstream_auth").await;
    let credits = json!({ "title": "CreditsDepleted", "detail": "Your enrolled account does not have any credits.",
        "type": "https://api.twitter.com/2/problems/credits" });
    says(body(402, &credits), 502, "upstream_credits").await;
    let enrollment = json!({ "client_id": "12345678", "title": "Client Forbidden",
        "detail": "When authenticating requests, you must use keys from an App that is attached to a Project.",
        "reason": "client-not-enrolled", "required_enrollment": "Appropriate Level of API Access",
        "type": "https://api.twitter.com/2/problems/client-forbidden" });
    says(body(403, &enrollment), 502, "upstream_enrollment").await;
}

#[tokio::test]
async fn a_spent_window_is_503_until_its_reset_and_x_is_left_alone_meanwhile() {
    let reset = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 120;
    let reply = json!({ "title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429 });
    let reply = body(429, &reply)
        .insert_header("x-rate-limit-limit", "450")
        .insert_header("x-rate-limit-remaining", "0")
        .insert_header("x-rate-limit-reset", reset.to_string());
    let x = x_that_says(reply).await;
    let server = TestServer::with_x(&x, &[]).await;
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "upstream_rate_limited"));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((110..=120).contains(&wait), "{wait}");
    let asked = x.received_requests().await.unwrap().len();
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.status, 503);
    assert_eq!(
        x.received_requests().await.unwrap().len(),
        asked,
        "the window is known to be spent"
    );
}

#[tokio::test]
async fn a_lone_lookup_goes_the_way_of_the_many_when_its_own_window_is_spent() {
    let x = MockServer::start().await;
    Mock::given(path(format!("/2/tweets/{ID}")))
        .respond_with(ResponseTemplate::new(429))
        .mount(&x)
        .await;
    Mock::given(path("/2/tweets"))
        .and(query_param("ids", ID))
        .respond_with(body(200, &json!({ "data": [{ "id": ID, "text": "fine" }] })))
        .mount(&x)
        .await;
    let server = TestServer::with_x(&x, &[]).await;
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.status, 200);
}

#[tokio::test]
async fn a_usage_cap_is_503_without_a_time_to_retry() {
    let reply = json!({ "title": "UsageCapExceeded", "period": "Monthly", "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped" });
    for status in [429, 403] {
        let answer = says(body(status, &reply), 503, "upstream_quota").await;
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[tokio::test]
async fn a_spent_quota_stays_one_on_every_later_call_and_x_is_left_alone() {
    let cap = json!({ "title": "UsageCapExceeded", "period": "Monthly", "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped" });
    let soon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 60;
    for (status, shape) in
        [(429, cap.clone()), (403, cap.clone()), (429, json!({ "errors": [cap] }))]
    {
        let reply = body(status, &shape)
            .insert_header("x-rate-limit-remaining", "0")
            .insert_header("x-rate-limit-reset", soon.to_string());
        let x = x_that_says(reply).await;
        let server = TestServer::with_x(&x, &[]).await;
        for path in
            [&format!("/threat_level/{ID}"), "/threat_level/2", &format!("/threat_level/{ID}")]
        {
            let answer = server.get(path).await;
            assert_eq!((answer.status, answer.code().as_str()), (503, "upstream_quota"), "{shape}");
            assert_eq!(answer.header("retry-after"), "", "nobody knows when");
        }
        let json = server.get("/v1/tweets?ids=4,6").await.json();
        for result in json["results"].as_array().unwrap() {
            assert_eq!(result["error"]["code"], "upstream_quota", "{json}");
        }
        assert_eq!(x.received_requests().await.unwrap().len(), 1, "the quota is known to be spent");
    }
}

#[tokio::test]
async fn a_quota_that_the_second_way_finds_spent_counts_more_than_the_window_of_the_first() {
    let x = MockServer::start().await;
    let cap =
        json!({ "title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped" });
    Mock::given(path("/2/tweets")).respond_with(body(429, &cap)).mount(&x).await;
    Mock::given(path(format!("/2/tweets/{ID}")))
        .respond_with(ResponseTemplate::new(429))
        .mount(&x)
        .await;
    let server = TestServer::with_x(&x, &[]).await;
    for _ in 0..2 {
        assert_eq!(server.get(&format!("/threat_level/{ID}")).await.code(), "upstream_quota");
    }
}

#[tokio::test]
async fn credits_that_are_used_up_stay_so_whatever_the_status() {
    let credits =
        json!({ "title": "CreditsDepleted", "type": "https://api.twitter.com/2/problems/credits" });
    for status in [402, 429] {
        let x = x_that_says(body(status, &credits)).await;
        let server = TestServer::with_x(&x, &[]).await;
        for _ in 0..2 {
            assert_eq!(server.get(&format!("/threat_level/{ID}")).await.code(), "upstream_credits");
        }
    }
}

#[tokio::test]
async fn one_odd_post_leaves_those_beside_it_as_they_are() {
    let odd_posts = [
        (json!({ "id": "4", "text": "fine", "note_tweet": {} }), Ok("fine")),
        (json!({ "id": "4", "text": "fine", "note_tweet": null }), Ok("fine")),
        (json!({ "id": "4", "text": "fine", "note_tweet": { "text": null } }), Ok("fine")),
        (json!({ "id": "4", "text": "fine", "note_tweet": "long" }), Ok("fine")),
        (json!({ "id": "4", "text": null, "note_post": { "text": "fine" } }), Ok("fine")),
        (json!({ "id": "4", "text": "fine", "referenced_tweets": null }), Ok("fine")),
        (
            json!({ "id": "4", "text": "fine", "referenced_tweets": [{ "type": "retweeted" }] }),
            Ok("fine"),
        ),
        (
            json!({ "id": "4", "text": "fine", "referenced_tweets": [null, { "id": 7 }] }),
            Ok("fine"),
        ),
        (json!({ "id": "4", "text": "fine", "lang": null, "created_at": 5 }), Ok("fine")),
        (json!({ "id": 4, "text": "fine" }), Ok("fine")),
        (json!({ "id": "4", "text": null }), Err("no_text")),
        (json!({ "id": "4" }), Err("no_text")),
        (json!({ "id": "4", "text": ["fine"] }), Err("no_text")),
        (json!({ "id": null, "text": "fine" }), Err("upstream_bad_reply")),
        (json!(null), Err("upstream_bad_reply")),
        (json!("4"), Err("upstream_bad_reply")),
    ];
    for (odd, expected) in odd_posts {
        let x = MockServer::start().await;
        let reply = json!({ "data": [{ "id": "2", "text": "first" }, odd, { "id": "6", "text": "last" }],
            "includes": null, "errors": null });
        Mock::given(path("/2/tweets")).respond_with(body(200, &reply)).mount(&x).await;
        let server = TestServer::with_x(&x, &["--x-join-ms", "50"]).await;
        let json = server.get("/v1/tweets?ids=2,4,6").await.json();
        assert_eq!(
            (&json["results"][0]["text"], &json["results"][2]["text"]),
            (&json!("first"), &json!("last"))
        );
        match expected {
            Ok(text) => assert_eq!(json["results"][1]["text"], text, "{odd}"),
            Err(code) => assert_eq!(json["results"][1]["error"]["code"], code, "{odd}"),
        }
    }
}

#[tokio::test]
async fn half_a_surrogate_pair_in_one_post_spoils_no_other() {
    let x = MockServer::start().await;
    let reply = r#"{"data": [{"id": "2", "text": "first"}, {"id": "4", "text": "bad \ud83d"}], "meta": NaN}"#;
    let reply = ResponseTemplate::new(200).set_body_raw(reply, "application/json");
    Mock::given(path("/2/tweets")).respond_with(reply).mount(&x).await;
    let server = TestServer::with_x(&x, &["--x-join-ms", "50"]).await;
    let json = server.get("/v1/tweets?ids=2,4").await.json();
    assert_eq!(json["results"][0]["text"], "first");
    assert_eq!(json["results"][1]["text"], "bad \u{fffd}");
}

#[tokio::test]
async fn odd_lists_of_errors_and_of_other_posts_are_no_failure() {
    for odd in
        [json!(null), json!([]), json!({}), json!([null]), json!([{}]), json!("odd"), json!(5)]
    {
        let reply = json!({
            "data": { "id": ID, "text": "RT @someone: mine",
                "referenced_tweets": [{ "type": "retweeted", "id": "7" }] },
            "includes": { "tweets": odd, "posts": odd }, "errors": odd,
        });
        let x = x_that_says(body(200, &reply)).await;
        let server = TestServer::with_x(&x, &[]).await;
        let json = server.get(&format!("/threat_level/{ID}")).await.json();
        assert_eq!(json["text"], "RT @someone: mine", "{odd}");
    }
}

#[tokio::test]
async fn a_fault_of_x_is_retried_twice_and_then_502() {
    let x = MockServer::start().await;
    let fault = ResponseTemplate::new(503).set_body_string("<html>over capacity</html>");
    Mock::given(method("GET")).respond_with(fault.clone()).up_to_n_times(2).mount(&x).await;
    Mock::given(method("GET")).respond_with(body(200, &found(ID, "fine"))).mount(&x).await;
    let server = TestServer::with_x(&x, &[]).await;
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.status, 200);
    assert_eq!(x.received_requests().await.unwrap().len(), 3);

    let x = x_that_says(fault).await;
    let server = TestServer::with_x(&x, &[]).await;
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_error"));
    assert_eq!(x.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn garbage_is_502() {
    for garbage in
        ["{\"data\": {\"id\": ", "<html></html>", "[]", "{}", "{\"data\": {\"text\": \"no id\"}}"]
    {
        says(ResponseTemplate::new(200).set_body_string(garbage), 502, "upstream_bad_reply").await;
    }
    let other = found("7", "another tweet than asked for");
    says(body(200, &other), 502, "upstream_bad_reply").await;
}

#[tokio::test]
async fn a_slow_x_is_504() {
    let slow = body(200, &found(ID, "fine")).set_delay(Duration::from_secs(5));
    says(slow, 504, "upstream_timeout").await;
}

#[tokio::test]
async fn an_x_that_cuts_the_connection_or_is_not_there_is_502() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let cutting = tokio::spawn(async move {
        loop {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"da").await;
        }
    });
    let unused = || tempfile::NamedTempFile::new().unwrap();
    let settings = |base: &str| crate::support::settings(&["--x-api-base", base], Some("t"));
    let server = TestServer::launch(settings(&base), unused()).await;
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.code(), "upstream_unreachable");
    cutting.abort();
    let server = TestServer::launch(settings("http://127.0.0.1:9"), unused()).await;
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_unreachable"));
}

#[tokio::test]
async fn a_tweet_without_words_is_422() {
    says(body(200, &found(ID, " ")), 422, "no_text").await;
}

#[tokio::test]
async fn a_bad_id_costs_no_read_and_one_that_x_refuses_is_400() {
    let refusal = json!({ "errors": [{ "parameters": { "id": [ID] },
        "message": format!("The `id` query parameter value [{ID}] is not valid") }],
        "title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request" });
    let x = x_that_says(body(400, &refusal)).await;
    let server = TestServer::with_x(&x, &[]).await;
    assert_eq!(server.get("/threat_level/abc").await.code(), "bad_tweet_id");
    assert!(x.received_requests().await.unwrap().is_empty());
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "bad_tweet_id"));
}

/// A mock that answers a lookup of many as X does: even ids exist, 13 is protected.
fn partial(request: &Request) -> ResponseTemplate {
    let ids = request.url.query_pairs().find(|(name, _)| name == "ids").unwrap().1.into_owned();
    let (mut data, mut errors) = (Vec::new(), Vec::new());
    for id in ids.split(',') {
        match id.parse::<u64>().unwrap() {
            13 => errors.push(json!({ "resource_id": "13", "parameter": "ids", "value": "13",
                "title": "Authorization Error",
                "type": "https://api.twitter.com/2/problems/not-authorized-for-resource" })),
            n if n % 2 == 0 => data.push(json!({ "id": id, "text": format!("tweet {id}") })),
            _ => errors.push(not_found(id)),
        }
    }
    body(200, &json!({ "data": data, "errors": errors }))
}

#[tokio::test]
async fn ids_that_come_together_share_requests_of_a_hundred() {
    let x = MockServer::start().await;
    Mock::given(path("/2/tweets")).respond_with(partial).mount(&x).await;
    let server = TestServer::with_x(&x, &["--x-join-ms", "50"]).await;
    let ids: Vec<String> = (2..=151).map(|n| n.to_string()).collect();
    let json = server.get(&format!("/v1/tweets?ids={}", ids.join(","))).await.json();
    for (id, result) in ids.iter().zip(json["results"].as_array().unwrap()) {
        let n: u64 = id.parse().unwrap();
        match n {
            13 => assert_eq!(result["error"]["code"], "tweet_not_accessible"),
            n if n % 2 == 0 => assert_eq!(result["text"], format!("tweet {n}")),
            _ => assert_eq!(result["error"]["code"], "tweet_not_found"),
        }
    }
    assert_eq!(x.received_requests().await.unwrap().len(), 2, "150 ids, 100 a request");
}

#[tokio::test]
async fn one_id_that_x_finds_invalid_does_not_spoil_the_others() {
    let x = MockServer::start().await;
    let refusal = json!({ "errors": [{ "parameters": { "ids": ["9999999999999999999"] },
        "message": "The `ids` query parameter value [9999999999999999999] is not valid" }],
        "title": "Invalid Request", "type": "https://api.twitter.com/2/problems/invalid-request" });
    let has_it =
        |request: &Request| request.url.query().unwrap_or("").contains("9999999999999999999");
    Mock::given(has_it).respond_with(body(400, &refusal)).mount(&x).await;
    Mock::given(path("/2/tweets")).respond_with(partial).mount(&x).await;
    let server = TestServer::with_x(&x, &[]).await;
    let json = server.get("/v1/tweets?ids=2,9999999999999999999,4").await.json();
    assert_eq!(json["results"][0]["text"], "tweet 2");
    assert_eq!(json["results"][1]["error"]["code"], "bad_tweet_id");
    assert_eq!(json["results"][2]["text"], "tweet 4");
}

#[tokio::test]
async fn what_x_said_is_remembered_until_it_is_forgotten() {
    let x = MockServer::start().await;
    Mock::given(path("/2/tweets/2")).respond_with(body(200, &found("2", "fine"))).mount(&x).await;
    let gone = json!({ "errors": [not_found("3")] });
    Mock::given(path("/2/tweets/3")).respond_with(body(200, &gone)).mount(&x).await;
    let server = TestServer::with_x(&x, &[]).await;
    for cached in [false, true, true] {
        assert_eq!(server.get("/threat_level/2").await.json()["cached"], cached);
        assert_eq!(server.get("/threat_level/3").await.code(), "tweet_not_found");
    }
    assert_eq!(x.received_requests().await.unwrap().len(), 2);
    assert_eq!(server.metric("threat_cache_hits_total").await, 4);
    let forget = || server.send(server.client.delete(format!("{}/v1/cache/2", server.url)));
    assert_eq!(forget().await.json()["forgotten"], true);
    assert_eq!(forget().await.json()["forgotten"], false);
    assert_eq!(server.get("/threat_level/2").await.json()["cached"], false);
    assert_eq!(x.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn many_who_ask_for_one_tweet_at_once_cost_one_read() {
    let slow = body(200, &found(ID, "fine")).set_delay(Duration::from_millis(300));
    let x = x_that_says(slow).await;
    let server = Arc::new(TestServer::with_x(&x, &[]).await);
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.get(&format!("/threat_level/{ID}")).await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(x.received_requests().await.unwrap().len(), 1);
    assert_eq!(server.metric("threat_x_posts_read_total").await, 1);
}

#[tokio::test]
async fn the_days_budget_of_reads_is_kept() {
    let x = MockServer::start().await;
    Mock::given(path("/2/tweets")).respond_with(partial).mount(&x).await;
    let server = TestServer::with_x(&x, &["--max-reads-per-day", "3", "--x-join-ms", "50"]).await;
    let json = server.get("/v1/tweets?ids=2,4,6,8").await.json();
    let results = json["results"].as_array().unwrap();
    let spent = results.iter().filter(|r| r["error"]["code"] == "read_budget_spent").count();
    assert_eq!(spent, 1, "{json}");
    let answer = server.get("/threat_level/10").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "read_budget_spent"));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 86_400);
}

#[tokio::test]
async fn tweets_that_were_found_in_time_are_scored_though_another_was_not() {
    let x = MockServer::start().await;
    let quick = Mock::given(path("/2/tweets/2")).respond_with(body(200, &found("2", "fine")));
    quick.mount(&x).await;
    let slow = body(200, &found("4", "fine")).set_delay(Duration::from_secs(5));
    Mock::given(path("/2/tweets/4")).respond_with(slow).mount(&x).await;
    let server = TestServer::with_x(&x, &["--deadline-ms", "1500"]).await;
    assert_eq!(server.get("/threat_level/2").await.status, 200);
    let json = server.get("/v1/tweets?ids=2,4").await.json();
    assert!(json["results"][0]["score"].is_number(), "{json}");
    assert_eq!(json["results"][1]["error"]["code"], "upstream_timeout", "{json}");
}

#[tokio::test]
async fn a_token_is_minted_from_key_and_secret_and_minted_again_when_refused() {
    let x = MockServer::start().await;
    // base64 of key:secret
    Mock::given(method("POST"))
        .and(path("/oauth2/token"))
        .and(header("authorization", "Basic a2V5OnNlY3JldA=="))
        .and(body_string("grant_type=client_credentials"))
        .respond_with(body(200, &json!({ "token_type": "bearer", "access_token": "minted" })))
        .expect(2)
        .mount(&x)
        .await;
    let refused = json!({ "title": "Unauthorized", "type": "about:blank", "status": 401 });
    Mock::given(method("GET")).respond_with(body(401, &refused)).up_to_n_times(1).mount(&x).await;
    Mock::given(method("GET"))
        .and(header("authorization", "Bearer minted"))
        .respond_with(body(200, &found(ID, "fine")))
        .mount(&x)
        .await;
    let flags = ["serve", "--port", "0", "--lame-duck-ms", "0", "--x-api-base", &x.uri()];
    let arguments = <Arguments as clap::Parser>::parse_from(flags);
    let settings = Settings::resolve(arguments, |name| match name {
        "API_KEY" => Some("key".to_owned()),
        "API_SECRET_KEY" => Some("secret".to_owned()),
        _ => None,
    });
    let unused = tempfile::NamedTempFile::new().unwrap();
    let server = TestServer::launch(settings.unwrap(), unused).await;
    assert_eq!(server.get(&format!("/threat_level/{ID}")).await.status, 200);
}

#[tokio::test]
async fn a_refused_key_and_secret_are_502() {
    let x = MockServer::start().await;
    let refusal = json!({ "errors": [{ "code": 99, "message": "Unable to verify your credentials",
        "label": "authenticity_token_error" }] });
    Mock::given(path("/oauth2/token")).respond_with(body(403, &refusal)).mount(&x).await;
    let flags = ["serve", "--port", "0", "--lame-duck-ms", "0", "--x-api-base", &x.uri()];
    let arguments = <Arguments as clap::Parser>::parse_from(flags);
    let settings =
        Settings::resolve(arguments, |name| name.starts_with("API_").then(|| "x".to_owned()));
    let unused = tempfile::NamedTempFile::new().unwrap();
    let server = TestServer::launch(settings.unwrap(), unused).await;
    let answer = server.get(&format!("/threat_level/{ID}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_auth"));
}

#[tokio::test]
async fn the_new_spelling_is_asked_for_on_request() {
    let x = MockServer::start().await;
    let reply =
        json!({ "data": { "id": ID, "text": "cut…", "note_post": { "text": "bad bad bad" } } });
    Mock::given(query_param("post.fields", "created_at,lang,note_post"))
        .respond_with(body(200, &reply))
        .mount(&x)
        .await;
    let server = TestServer::with_x(&x, &["--x-spelling", "post"]).await;
    let json = server.get(&format!("/threat_level/{ID}")).await.json();
    assert_eq!(json["text"], "bad bad bad");
}
