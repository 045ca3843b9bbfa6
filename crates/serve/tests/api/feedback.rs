//! Verdicts of reviewers: recorded, counted by band, exported; never with a text.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serve::feedback::export;

use crate::support::TestServer;

fn hash_of_known_model() -> String {
    "ab".repeat(32)
}

/// A verdict on a tweet, as the known model would have scored it.
fn on_tweet(id: &str, band: &str, verdict: &str) -> Value {
    json!({
        "tweet_id": id, "score": 0.75, "band": band,
        "model_sha256": hash_of_known_model(), "verdict": verdict,
    })
}

struct Recording {
    server: TestServer,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Recording {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verdicts.sqlite");
        let server = TestServer::start(&["--feedback-db", path.to_str().unwrap()]).await;
        Self { server, path, _folder: folder }
    }

    async fn record(&self, body: &Value) {
        let answer = self.server.post("/v1/feedback", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    async fn band(&self, band: &str) -> Value {
        let summary = self.server.get("/v1/feedback/summary").await.json();
        let bands = summary["bands"].as_array().unwrap();
        bands.iter().find(|row| row["band"] == band).unwrap().clone()
    }

    fn exported(&self) -> Vec<String> {
        let target = self.path.with_extension("csv");
        export(&self.path, &target).unwrap();
        std::fs::read_to_string(target).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn what_a_reply_said_can_be_sent_back_with_a_verdict() {
    let recording = Recording::start().await;
    let reply = recording.server.get("/threat_level/2").await.json();
    let request = recording.server.client.post(format!("{}/v1/feedback", recording.server.url));
    let body = json!({
        "tweet_id": reply["id"], "score": reply["score"], "band": reply["band"],
        "model_sha256": reply["model"]["sha256"], "verdict": "not_pro_isis",
    });
    let answer = recording.server.send(request.header("x-request-id", "case-17").json(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["request_id"], "case-17");
    let band = recording.band(reply["band"].as_str().unwrap()).await;
    assert_eq!((&band["pro_isis"], &band["not_pro_isis"]), (&json!(0), &json!(1)));
    let metric =
        format!("threat_verdicts_total{{band={},verdict=\"not_pro_isis\"}}", reply["band"]);
    assert_eq!(recording.server.metric(&metric).await, 1);
}

#[tokio::test]
async fn the_summary_gives_each_bands_precision_with_wilsons_interval() {
    let recording = Recording::start().await;
    for number in 0..10 {
        let verdict = if number < 8 { "pro_isis" } else { "not_pro_isis" };
        recording.record(&on_tweet(&number.to_string(), "priority_review", verdict)).await;
    }
    recording.record(&on_tweet("100", "review", "unsure")).await;
    let first = recording.band("priority_review").await;
    assert_eq!(first["precision"], 0.8);
    // statsmodels: proportion_confint(8, 10, method="wilson")
    let lower = first["interval"]["lower"].as_f64().unwrap();
    let upper = first["interval"]["upper"].as_f64().unwrap();
    assert!((lower - 0.490_162).abs() < 1e-6 && (upper - 0.943_318).abs() < 1e-6, "{first}");
    let review = recording.band("review").await;
    assert_eq!((&review["unsure"], &review["precision"]), (&json!(1), &Value::Null));
    assert_eq!(recording.band("none").await["interval"], Value::Null);

    // A second look takes the place of the first.
    recording.record(&on_tweet("9", "priority_review", "pro_isis")).await;
    assert_eq!(recording.band("priority_review").await["precision"], 0.9);
}

#[tokio::test]
async fn verdicts_on_another_model_are_counted_apart() {
    let recording = Recording::start().await;
    let old = "0f".repeat(32);
    let mut body = on_tweet("1", "review", "pro_isis");
    body["model_sha256"] = json!(old);
    recording.record(&body).await;
    recording.record(&on_tweet("1", "review", "not_pro_isis")).await;
    assert_eq!(recording.band("review").await["precision"], 0.0, "of the model in place");
    let path = format!("/v1/feedback/summary?model_sha256={old}");
    let summary = recording.server.get(&path).await.json();
    assert_eq!(summary["model_sha256"], old);
    assert_eq!(summary["bands"][1]["precision"], 1.0);
    let models = summary["models"].as_array().unwrap();
    let hashes: Vec<&Value> = models.iter().map(|model| &model["sha256"]).collect();
    assert_eq!(hashes, [&json!(hash_of_known_model()), &json!(old)], "newest first");
    for wrong in ["12", &"G0".repeat(32)] {
        let path = format!("/v1/feedback/summary?model_sha256={wrong}");
        assert_eq!(recording.server.get(&path).await.code(), "bad_request", "{wrong}");
    }
}

#[tokio::test]
async fn the_export_has_one_labelled_row_a_post_and_no_text() {
    let recording = Recording::start().await;
    recording.record(&on_tweet("1346889436626259968", "review", "pro_isis")).await;
    recording.record(&on_tweet("2", "none", "pro_isis")).await;
    recording.record(&on_tweet("3", "none", "unsure")).await;
    recording.record(&on_tweet("2", "none", "not_pro_isis")).await;
    let text = json!({
        "text_sha256": "cd".repeat(32), "score": 0.5, "band": "none",
        "model_sha256": hash_of_known_model(), "verdict": "not_pro_isis",
    });
    recording.record(&text).await;
    // The server is still running: an export needs no stop.
    let rows = recording.exported();
    assert_eq!(rows[0], "id,text_sha256,label,score,band,model_sha256,time");
    let hash = hash_of_known_model();
    let expected = [
        format!("1346889436626259968,,1,0.75,review,{hash},"),
        format!("2,,0,0.75,none,{hash},"),
        format!(",{},0,0.5,none,{hash},", "cd".repeat(32)),
    ];
    assert_eq!(rows.len(), 1 + expected.len(), "{rows:?}");
    for (row, expected) in rows[1..].iter().zip(expected) {
        assert!(row.starts_with(&expected) && row.ends_with('Z'), "{row}");
    }
}

#[tokio::test]
async fn a_verdict_that_is_not_one_is_refused_and_leaves_nothing() {
    let recording = Recording::start().await;
    let hash = hash_of_known_model();
    let right = on_tweet("1", "review", "pro_isis");
    let with = |field: &str, value: Value| {
        let mut body = right.clone();
        body[field] = value;
        body
    };
    let mut without = right.clone();
    without.as_object_mut().unwrap().remove("tweet_id");
    for (body, code) in [
        (with("tweet_id", json!("abc")), "bad_tweet_id"),
        (with("tweet_id", json!(20)), "bad_request"),
        (with("text_sha256", json!(hash)), "bad_request"),
        (without, "bad_request"),
        (with("score", json!(1.5)), "bad_request"),
        (with("score", json!(-0.1)), "bad_request"),
        (with("band", json!("urgent")), "bad_request"),
        (with("verdict", json!("guilty")), "bad_request"),
        (with("model_sha256", json!("AB".repeat(32))), "bad_request"),
        (with("text", json!("a secret text")), "bad_request"),
    ] {
        let answer = recording.server.post("/v1/feedback", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
        assert!(!answer.text.contains("secret"), "{}", answer.text);
    }
    assert_eq!(recording.exported().len(), 1);
}

#[tokio::test]
async fn without_a_file_the_routes_say_that_nothing_is_recorded() {
    let server = TestServer::start(&[]).await;
    let post = server.post("/v1/feedback", &on_tweet("1", "review", "pro_isis")).await;
    let get = server.get("/v1/feedback/summary").await;
    for answer in [post, get] {
        assert_eq!((answer.status, answer.code().as_str()), (404, "feedback_off"));
        assert!(answer.text.contains("--feedback-db"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_reviewers_key_is_asked_for_and_its_name_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.sqlite");
    let mut keys = tempfile::NamedTempFile::new().unwrap();
    // printf %s alpha | sha256sum
    writeln!(keys, "console:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8")
        .unwrap();
    let flags =
        ["--feedback-db", path.to_str().unwrap(), "--api-keys", keys.path().to_str().unwrap()];
    let server = TestServer::start(&flags).await;
    let body = on_tweet("1", "review", "pro_isis");
    assert_eq!(server.post("/v1/feedback", &body).await.status, 401);
    assert_eq!(server.get("/v1/feedback/summary").await.status, 401);
    let request = server.client.post(format!("{}/v1/feedback", server.url)).json(&body);
    assert_eq!(server.send(request.bearer_auth("alpha")).await.status, 201);
    let kept = ask(&path, "SELECT key || ':' || verdict FROM verdicts");
    assert_eq!(kept, "console:pro_isis");
}

fn ask(path: &Path, query: &str) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_a_503_and_scores_go_on() {
    let recording = Recording::start().await;
    let other = rusqlite::Connection::open(&recording.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let server = &recording.server;
    let body = on_tweet("1", "review", "pro_isis");
    let (refused, scored) = tokio::join!(server.post("/v1/feedback", &body), async {
        let start = Instant::now();
        let status = server.get("/threat_level/1").await.status;
        (status, start.elapsed())
    });
    assert_eq!((refused.status, refused.code().as_str()), (503, "feedback_unavailable"));
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(scored.0, 200);
    assert!(scored.1 < Duration::from_secs(1), "a score must not wait for the verdicts");
    other.execute_batch("ROLLBACK").unwrap();
    recording.record(&body).await;
}

#[tokio::test]
async fn a_verdict_or_band_that_is_none_is_answered_with_those_that_there_are() {
    let recording = Recording::start().await;
    for odd in [json!("maybe"), json!(1), json!(null), json!(["pro_isis"]), json!({})] {
        for (field, names) in [
            ("verdict", "one of `pro_isis`, `not_pro_isis`, `unsure`"),
            ("band", "one of `none`, `review`, `priority_review`"),
        ] {
            let mut body = on_tweet("2", "review", "unsure");
            body[field] = odd.clone();
            let answer = recording.server.post("/v1/feedback", &body).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{odd}");
            let says = format!("`{field}` must be {names}.");
            assert!(
                answer.text.contains(&says) && !answer.text.contains("maybe"),
                "{}",
                answer.text
            );
        }
    }
    let mut body = on_tweet("2", "review", "unsure");
    body["score"] = json!("0.5");
    let answer = recording.server.post("/v1/feedback", &body).await;
    assert!(answer.text.contains("`score` must be a number."), "{}", answer.text);
    body.as_object_mut().unwrap().remove("score");
    let answer = recording.server.post("/v1/feedback", &body).await;
    assert!(answer.text.contains("`score` is missing."), "{}", answer.text);
}
