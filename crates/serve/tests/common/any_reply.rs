/// Reads a reply of X as the server does: each id that was asked for has an outcome, and what else is in the
/// reply spoils no post beside it.
fn any_reply(body: &[u8]) {
    use serde_json::{Value, json};
    use serve::TweetId;
    use serve::source::x_api::Reply;

    let id = |text: &str| TweetId::parse(text).expect("digits");
    let (one, other) = (id("20"), id("1346889436626259968"));
    if let Some(reply) = Reply::parse(body) {
        for asked in [&[one.clone()][..], &[one.clone(), other.clone()]] {
            let outcomes = reply.outcomes(asked);
            assert!(asked.iter().all(|id| outcomes.contains_key(id)) && outcomes.len() == asked.len());
            for (id, outcome) in outcomes {
                assert!(outcome.is_err() || outcome.is_ok_and(|tweet| tweet.id == id));
            }
        }
    }
    let Ok(odd) = serde_json::from_slice::<Value>(body) else { return };
    let good = json!({ "id": "1346889436626259968", "text": "a quiet day" });
    // Whatever else is a post of that id too, or one that it passes on, may well be taken for it.
    if odd.to_string().contains("1346889436626259968") {
        return;
    }
    let mixed = json!({ "data": [odd, good], "includes": odd, "errors": odd });
    let reply = Reply::parse(mixed.to_string().as_bytes()).expect("an object");
    let outcome = reply.outcomes(&[one, other.clone()]).remove(&other);
    let Some(Ok(tweet)) = outcome else { panic!("the good post is lost beside {odd}") };
    assert_eq!(tweet.text, "a quiet day");
}
