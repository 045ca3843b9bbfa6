//! A checkpoint of two models, each for languages of its own.

use serde_json::Value;
use testkit::models;
use testkit::server::{Server, get};

use crate::support::{Bench, post, score};

#[test]
fn both_models_answer_and_are_described_and_an_explanation_is_by_the_one_that_judged() {
    let bench = Bench::new();
    models::combined(&bench.path("both"));
    let mut program = bench.program(&["--checkpoint", "both", "--tweets", "tweets.csv"]);
    let server = Server::start(program.env("THREAT_LAME_DUCK_MS", "0"));
    let json = |reply: Option<(u16, String)>| -> Value {
        let (status, body) = reply.unwrap();
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };

    let model = json(get(&server.address, "/v1/model"));
    assert_eq!(model["languages"], serde_json::json!(["en", "ar", "fr"]));
    let other = &model["others"][0];
    assert_eq!(
        (&other["name"], &other["languages"]),
        (&"foreign".into(), &serde_json::json!(["ar", "fr"]))
    );
    assert_eq!(other["calibration"]["threshold"], model["calibration"]["threshold"]);
    assert_ne!(other["calibration"]["shift"], model["calibration"]["shift"]);
    assert_ne!(other["sha256"], model["sha256"]);

    let text = "bonjour les amis il fait très beau";
    let scorer = scorer::Scorer::open(bench.path("both"), &scorer::Options::default()).unwrap();
    let expected = scorer.score_one(text).unwrap();
    let found = json(score(&server.address, text));
    assert_eq!(found["lang"], "fr");
    assert_eq!(found["score"].as_f64().unwrap() as f32, expected.score().unwrap().score);
    assert_eq!(found["model"]["sha256"], model["sha256"]);
    assert_eq!(json(score(&server.address, "rain is coming to the city"))["lang"], "en");

    // What is left without a word need not be French by itself, and is still the French model's.
    let question = serde_json::json!({ "text": text });
    let explained = json(post(&server.address, "/v1/score?explain=true", &question));
    let words = explained["explanation"].as_array().unwrap();
    assert_eq!(words.len(), 7);
    let alone = scorer::Scorer::open(bench.path("foreign"), &scorer::Options::default()).unwrap();
    let without =
        scorer::Asked { judge: false, ..scorer::Asked::new("les amis il fait très beau") };
    let rest = alone.score_asked(&[without]).unwrap()[0].score().unwrap().logit;
    let contribution = words[0]["contribution"].as_f64().unwrap() as f32;
    assert!((contribution - (expected.score().unwrap().logit - rest)).abs() < 1e-6);
}
