//! `GET /v1/tweets/{id}` and `GET /v1/tweets?ids=` from a file.

use crate::support::TestServer;

#[tokio::test]
async fn one_tweet_is_the_same_at_both_addresses() {
    let server = TestServer::start(&[]).await;
    let mut one = server.get("/threat_level/2").await.json();
    let mut other = server.get("/v1/tweets/2").await.json();
    for json in [&mut one, &mut other] {
        json.as_object_mut().unwrap().remove("request_id");
    }
    assert_eq!(one, other);
}

#[tokio::test]
async fn many_ids_have_each_their_own_result_or_error_in_order() {
    let server = TestServer::start(&["--max-items", "5"]).await;
    let json = server.get("/v1/tweets?ids=2,99,x,3,%201%20&include_text=false").await.json();
    let results = json["results"].as_array().unwrap();
    let ids: Vec<&str> = results.iter().map(|result| result["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["2", "99", "x", "3", "1"]);
    assert_eq!(results[0]["label"], "pro_isis");
    assert_eq!(results[1]["error"]["code"], "tweet_not_found");
    assert_eq!(results[2]["error"]["code"], "bad_tweet_id");
    assert_eq!(results[3]["error"]["code"], "no_text");
    assert_eq!(results[4]["label"], "not_pro_isis");
    assert!(results[0].get("text").is_none());
    let many = server.get("/v1/tweets?ids=1,1,1,1,1,1").await;
    assert_eq!((many.status, many.code().as_str()), (413, "too_many_items"));
    for path in ["/v1/tweets", "/v1/tweets?ids="] {
        let none = server.get(path).await;
        assert_eq!((none.status, none.code().as_str()), (400, "bad_request"), "{path}");
    }
}
