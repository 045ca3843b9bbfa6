//! The review queue: what comes next for whom, what becomes of verdicts, what they say, and how they leave.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, within_five_seconds};

/// A server with a queue and reviewers who have keys.
struct Desk {
    server: TestServer,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// Nothing is drawn at random, unless the flags say so.
    async fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let keys = folder.path().join("keys");
        let lines = ["ann", "bob", "cat"]
            .map(|name| format!("{name}:{}\n", checkpoint::sha256(name.as_bytes())));
        std::fs::write(&keys, lines.concat()).unwrap();
        let mut given =
            vec!["--review-db", path.to_str().unwrap(), "--api-keys", keys.to_str().unwrap()];
        for (flag, value) in [("--random-share", "0"), ("--second-reader", "0")] {
            if !flags.contains(&flag) {
                given.extend([flag, value]);
            }
        }
        given.extend(flags);
        let server = TestServer::start(&given).await;
        Self { server, path, _folder: folder }
    }

    /// The names of reviewers are their keys.
    async fn get(&self, who: &str, path: &str) -> Answer {
        let request = self.server.client.get(format!("{}/v1/review{path}", self.server.url));
        self.server.send(request.bearer_auth(who)).await
    }

    async fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        let request = self.server.client.post(format!("{}/v1/review{path}", self.server.url));
        self.server.send(request.bearer_auth(who).json(body)).await
    }

    async fn add(&self, texts: &[&str]) -> Vec<i64> {
        let items: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
        let answer = self.post("ann", "/items", &json!({ "items": items })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let reply = answer.json();
        let results = reply["results"].as_array().unwrap();
        results.iter().map(|result| result["item"].as_i64().unwrap()).collect()
    }

    async fn next(&self, who: &str) -> Value {
        let answer = self.get(who, "/next").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["item"].clone()
    }

    /// The text that comes next, or nothing.
    async fn next_text(&self, who: &str) -> Option<String> {
        self.next(who).await["text"].as_str().map(str::to_owned)
    }

    async fn say(&self, who: &str, item: &Value, verdict: &str) -> Value {
        let path = format!("/items/{item}/verdict");
        let answer = self.post(who, &path, &json!({ "verdict": verdict })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Reads the next post and says this of it; gives its text.
    async fn read(&self, who: &str, verdict: &str) -> Option<String> {
        let next = self.next(who).await;
        if next.is_null() {
            return None;
        }
        self.say(who, &next["item"], verdict).await;
        next["text"].as_str().map(str::to_owned)
    }

    fn ask(&self, query: &str) -> i64 {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

#[tokio::test]
async fn posts_are_scored_and_come_by_score_and_what_is_none_fails_alone() {
    let desk = Desk::start(&[]).await;
    let body = json!({ "source": "reports", "items": [
        { "text": "a quiet day", "id": "7" }, null, { "text": "bad bad bad bad" }, { "txt": "a" },
        { "text": "  " }, { "text": "bonjour", "lang": "fr" }, { "text": "two bad bad words" },
    ]});
    let reply = desk.post("ann", "/items", &body).await.json();
    let results = reply["results"].as_array().unwrap();
    let bands: Vec<&str> = results.iter().filter_map(|it| it["band"].as_str()).collect();
    assert_eq!(bands, ["none", "priority_review", "not_judged", "review"]);
    let codes: Vec<&str> = results.iter().filter_map(|it| it["error"]["code"].as_str()).collect();
    assert_eq!(codes, ["bad_request", "bad_request", "no_text"]);
    assert!(results[3]["error"]["message"].as_str().unwrap().contains("items[3]"), "{reply}");

    // The same again is known and not put in twice.
    let again = desk.post("ann", "/items", &body).await.json();
    assert_eq!(
        again["results"][0],
        json!({
            "item": results[0]["item"], "known": true, "score": results[0]["score"], "band": "none",
            "reason": null,
        })
    );
    assert_eq!(desk.ask("SELECT COUNT(*) FROM items"), 4);

    let first = desk.next("ann").await;
    assert_eq!(first["text"], "bad bad bad bad");
    assert_eq!((&first["source"], &first["said"]["drawn"]), (&json!("reports"), &json!("score")));
    assert_eq!(desk.next("ann").await["item"], first["item"], "the same until it is answered");
    let mut order = Vec::new();
    while let Some(text) = desk.read("ann", "not").await {
        order.push(text);
    }
    assert_eq!(order, ["bad bad bad bad", "two bad bad words", "a quiet day", "bonjour"]);
}

#[tokio::test]
async fn a_verdict_is_kept_once_may_be_changed_and_taken_back() {
    let desk = Desk::start(&[]).await;
    desk.add(&["bad bad bad", "bad bad"]).await;
    let none = desk.post("ann", "/undo", &json!({})).await;
    assert_eq!((none.status, none.code().as_str()), (404, "nothing_to_undo"));

    let item = desk.next("ann").await["item"].clone();
    let first = desk.say("ann", &item, "supports").await;
    assert_eq!((&first["replaced"], &first["verdict"]), (&json!(false), &json!("supports")));
    assert_eq!(first["progress"]["yours_today"], 1);
    let same = desk.say("ann", &item, "supports").await;
    assert_eq!(same["replaced"], false);
    assert_eq!(desk.ask("SELECT COUNT(*) FROM history"), 1, "the same again changes nothing");
    let changed = desk.say("ann", &item, "not").await;
    assert_eq!((&changed["replaced"], &changed["verdict"]), (&json!(true), &json!("not")));
    assert_eq!(desk.ask("SELECT COUNT(*) FROM verdicts"), 1);

    let undone = desk.post("ann", "/undo", &json!({})).await.json();
    assert_eq!(undone["item"]["item"], item);
    assert_eq!(desk.next("ann").await["item"], item, "it is before the reviewer again");
    assert_eq!(desk.ask("SELECT COUNT(*) FROM verdicts"), 0);
    assert_eq!(desk.ask("SELECT COUNT(*) FROM history"), 3, "what was done stays on record");

    let missing = desk.post("ann", "/items/99/verdict", &json!({ "verdict": "not" })).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "item_not_found"));
    let odd =
        desk.post("ann", &format!("/items/{item}/verdict"), &json!({ "verdict": "yes" })).await;
    assert_eq!(odd.status, 400);
    assert!(odd.text.contains("supports") && !odd.text.contains("yes"), "{}", odd.text);
}

#[tokio::test]
async fn two_reviewers_never_have_the_same_post_at_once() {
    let desk = Desk::start(&["--random-share", "0.5"]).await;
    let texts: Vec<String> = (0..60).map(|n| format!("bad post {}", "x".repeat(n + 1))).collect();
    desk.add(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let work = async |who: &str| {
        let mut read = Vec::new();
        while let Some(text) = desk.read(who, "not").await {
            read.push(text);
        }
        read
    };
    let (ann, bob, cat) = tokio::join!(work("ann"), work("bob"), work("cat"));
    let all: HashSet<&String> = [&ann, &bob, &cat].into_iter().flatten().collect();
    assert_eq!((all.len(), ann.len() + bob.len() + cat.len()), (60, 60));
    assert!(ann.len() > 5 && bob.len() > 5 && cat.len() > 5);
}

#[tokio::test]
async fn a_post_that_a_reviewer_left_lying_goes_to_another_and_a_skipped_one_at_once() {
    let desk = Desk::start(&["--review-lease-seconds", "1"]).await;
    desk.add(&["bad bad bad", "bad bad"]).await;
    assert_eq!(desk.next_text("ann").await.unwrap(), "bad bad bad");
    assert_eq!(desk.next_text("bob").await.unwrap(), "bad bad", "held for ann");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(desk.next_text("cat").await.unwrap(), "bad bad bad", "ann's time is up");
    assert_eq!(desk.read("cat", "skip").await.unwrap(), "bad bad bad");
    assert_eq!(desk.read("ann", "not").await.unwrap(), "bad bad bad");
    assert_eq!(desk.ask("SELECT COUNT(*) FROM items WHERE verdict = 'not'"), 1);
}

#[tokio::test]
async fn what_would_lead_a_reviewer_is_hidden_until_the_verdict() {
    let desk = Desk::start(&["--blind"]).await;
    desk.add(&["bad bad bad"]).await;
    assert_eq!(desk.get("ann", "").await.json()["blind"], true);
    let answer = desk.get("ann", "/next").await;
    assert!(!answer.text.contains("0.88") && !answer.text.contains("band"), "{}", answer.text);
    let item = answer.json()["item"]["item"].clone();
    let words = desk.get("ann", &format!("/items/{item}/words")).await;
    assert_eq!((words.status, words.code().as_str()), (409, "hidden_until_verdict"));
    let said = desk.say("ann", &item, "not").await["said"].clone();
    assert!((said["score"].as_f64().unwrap() - 0.881).abs() < 1e-3, "{said}");
    let words = desk.get("ann", &format!("/items/{item}/words")).await.json();
    assert_eq!(words["words"].as_array().unwrap().len(), 3);
    assert_eq!(desk.ask("SELECT SUM(blind) FROM verdicts"), 1);
}

#[tokio::test]
async fn two_read_a_post_and_where_they_differ_a_third_does() {
    let desk = Desk::start(&["--second-reader", "1"]).await;
    desk.add(&["bad bad bad", "bad bad"]).await;
    let item = desk.next("ann").await["item"].clone();
    assert_eq!(desk.next("bob").await["item"], item, "drawn for two");
    assert_eq!(desk.next("cat").await["text"], "bad bad", "not for three");
    assert_eq!(desk.say("ann", &item, "supports").await["verdict"], "supports");
    assert_eq!(desk.say("bob", &item, "not").await["verdict"], Value::Null);
    let summary = desk.get("ann", "/summary").await.json();
    assert_eq!(
        (&summary["agreement"]["waiting"], &summary["agreement"]["posts"]),
        (&json!(1), &json!(1))
    );
    desk.read("cat", "skip").await;
    assert_eq!(desk.next("cat").await["item"], item, "the third reader");
    assert_eq!(desk.say("cat", &item, "not").await["verdict"], "not");

    // Both agree on the other.
    assert_eq!(desk.read("ann", "not").await.unwrap(), "bad bad");
    assert_eq!(desk.read("bob", "not").await.unwrap(), "bad bad");
    let agreement = desk.get("ann", "/summary").await.json()["agreement"].clone();
    assert_eq!((&agreement["posts"], &agreement["same"]), (&json!(2), &json!(1)));
    assert_eq!(agreement["pairs"][0]["reviewers"], json!(["ann", "bob"]));
    // One reader says not to both, the other to one: as chance would have it.
    assert_eq!(agreement["pairs"][0]["kappa"], 0.0);
}

#[tokio::test]
async fn what_teaches_most_is_nearest_to_the_threshold_and_like_posts_come_last() {
    let desk = Desk::start(&["--review-order", "learn"]).await;
    desk.add(&["bad bad rain", "BAD bad, rain!", "bad bad bad bad bad snow", "one bad wind"]).await;
    let mut order = Vec::new();
    while let Some(text) = desk.read("ann", "not").await {
        order.push(text);
    }
    // Threshold 0.6: 0.5 and 0.731 are near, 0.98 is far.
    assert_eq!(
        order,
        ["one bad wind", "bad bad rain", "bad bad bad bad bad snow", "BAD bad, rain!"]
    );
    desk.post("ann", "/undo", &json!({})).await;
    let similar = desk.next("ann").await["said"]["similar"].clone();
    assert_eq!(similar, json!({ "supports": 0, "not": 1, "unsure": 0 }));
}

#[tokio::test]
async fn precision_is_of_the_flagged_and_recall_comes_from_the_random_share() {
    let desk = Desk::start(&["--random-share", "0"]).await;
    let flagged: Vec<String> = (0..10).map(|n| format!("bad bad {}", "a".repeat(n + 1))).collect();
    let quiet: Vec<String> = (0..40).map(|n| format!("quiet {}", "b".repeat(n + 1))).collect();
    let texts: Vec<&str> = flagged.iter().chain(&quiet).map(String::as_str).collect();
    desk.add(&texts).await;
    for n in 0..10 {
        desk.read("ann", if n < 8 { "supports" } else { "not" }).await;
    }
    let before = desk.get("ann", "/summary").await.json();
    assert_eq!(before["all"]["reviewed"]["precision"], 0.8);
    // statsmodels: proportion_confint(8, 10, method="wilson")
    let lower = before["all"]["reviewed"]["interval"]["lower"].as_f64().unwrap();
    assert!((lower - 0.490_162).abs() < 1e-6, "{before}");
    assert_eq!(before["all"]["recall"], Value::Null);
    assert!(before["all"]["recall_needs"].as_str().unwrap().contains("random share"), "{before}");

    // Twenty of the others, drawn at random, two of which support.
    for n in 0..20 {
        let next = desk.get("ann", "/next?order=random").await.json()["item"].clone();
        assert_eq!(next["said"]["drawn"], "random");
        desk.say("ann", &next["item"], if n < 2 { "supports" } else { "not" }).await;
    }
    let after = desk.get("ann", "/summary").await.json();
    // 8 found for certain; 2 of 20 of 40 missed: 4. 8 / 12.
    let recall = &after["all"]["recall"];
    assert!((recall["value"].as_f64().unwrap() - 8.0 / 12.0).abs() < 1e-9, "{after}");
    let (lower, upper) = (
        recall["interval"]["lower"].as_f64().unwrap(),
        recall["interval"]["upper"].as_f64().unwrap(),
    );
    assert!((0.4..8.0 / 12.0).contains(&lower) && (8.0 / 12.0..=0.8).contains(&upper), "{recall}");
    // Posts read by score would have been drawn too, where the dice say so.
    assert!(after["random"]["drawn"].as_u64().unwrap() >= 20, "{after}");
    assert_eq!(after["random"]["drawn"], after["random"]["decided"]);
    assert_eq!(after["languages"][0]["name"], "en");
    assert_eq!(after["weeks"].as_array().unwrap().len(), 1);
    let other = desk.get("ann", &format!("/summary?model_sha256={}", "0".repeat(64))).await.json();
    assert_eq!(other["posts"], 0, "of another model");
}

#[tokio::test]
async fn verdicts_leave_as_csv_ids_label_studio_and_argilla() {
    let desk = Desk::start(&[]).await;
    let body = json!({ "items": [
        { "text": "bad bad bad, \"so\"\nit goes", "id": "7" }, { "text": "bad bad" }, { "text": "calm" },
    ]});
    desk.post("ann", "/items", &body).await;
    desk.read("ann", "supports").await;
    desk.read("ann", "not").await;
    let export = async |form: &str| desk.get("ann", &format!("/export?format={form}")).await;
    let csv = export("csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.header("content-disposition").contains("labelled_posts.csv"));
    let head = "id,text,label,lang,score,band,random,source,created,model_sha256,item\n\
        7,\"bad bad bad, \"\"so\"\"\nit goes\",1,en,0.88";
    assert!(csv.text.starts_with(head), "{}", csv.text);
    assert!(
        csv.text.contains("\n,bad bad,0,en,0.73") && !csv.text.contains("calm"),
        "{}",
        csv.text
    );

    let ids = export("ids").await.text;
    let lines: Vec<&str> = ids.lines().collect();
    assert_eq!(lines[0], "id,text_sha256,label,score,band,model_sha256,time");
    assert!(lines.len() == 3 && lines[1].starts_with("7,") && !ids.contains("bad bad"), "{ids}");

    let tasks = export("label_studio").await.json();
    assert_eq!(tasks.as_array().unwrap().len(), 3, "all posts, read or not");
    assert_eq!(tasks[0]["annotations"][0]["result"][0]["value"]["choices"], json!(["supports"]));
    assert_eq!(tasks[2]["predictions"][0]["result"][0]["value"]["choices"], json!(["not"]));
    assert_eq!(tasks[2]["annotations"], json!([]));

    let records = export("argilla").await.json();
    assert_eq!(records[0]["responses"]["verdict"][0]["value"], "supports");
    assert_eq!(records[2]["suggestions"]["verdict"]["value"], "not");
    assert_eq!(export("xml").await.status, 400);

    // The view that a training reads.
    assert_eq!(desk.ask("SELECT SUM(label) * 10 + COUNT(*) FROM labelled_posts"), 12);
}

#[tokio::test]
async fn scored_requests_of_a_band_are_queued_and_others_are_not() {
    let desk = Desk::start(&["--review-band", "review"]).await;
    let score = async |text: &str| {
        let request = desk.server.client.post(format!("{}/v1/score", desk.server.url));
        let answer =
            desk.server.send(request.bearer_auth("bob").json(&json!({ "text": text }))).await;
        assert_eq!(answer.status, 200);
    };
    for text in ["a quiet day", "bad bad bad", "bad bad bad", "bonjour"] {
        score(text).await;
    }
    let queued = async || desk.get("ann", "").await.json()["progress"]["posts"] == 1;
    within_five_seconds(queued).await;
    let next = desk.next("ann").await;
    assert_eq!((&next["text"], &next["source"]), (&json!("bad bad bad"), &json!("scored")));
}

#[tokio::test]
async fn of_a_forgotten_post_no_byte_stays_and_its_verdict_does() {
    let desk = Desk::start(&[]).await;
    let items = desk.add(&["bad bad bad marmalade", "bad bad"]).await;
    desk.read("ann", "supports").await;
    let address = format!("{}/v1/review/items/{}", desk.server.url, items[0]);
    let forget =
        async || desk.server.send(desk.server.client.delete(&address).bearer_auth("ann")).await;
    assert_eq!(forget().await.status, 204);
    for file in [desk.path.clone(), desk.path.with_extension("sqlite-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let word = bytes.windows(9).any(|window| window == b"marmalade");
        assert!(!word, "{} still has it", file.display());
    }
    assert!(desk.get("ann", "/export?format=ids").await.text.lines().count() == 2);
    assert!(desk.get("ann", "/export?format=csv").await.text.lines().count() == 1);
    // One that is not read yet is shown to nobody any more.
    let open =
        desk.server.client.delete(format!("{}/v1/review/items/{}", desk.server.url, items[1]));
    desk.server.send(open.bearer_auth("ann")).await;
    assert_eq!(desk.next("ann").await, Value::Null);
    let missing = desk.server.client.delete(format!("{}/v1/review/items/99", desk.server.url));
    assert_eq!(desk.server.send(missing.bearer_auth("ann")).await.code(), "item_not_found");
}

#[tokio::test]
async fn without_a_file_there_is_no_queue_and_no_name_but_the_servers_without_keys() {
    let server = TestServer::start(&[]).await;
    for path in ["", "/next", "/summary", "/export"] {
        let answer = server.get(&format!("/v1/review{path}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "review_off"), "{path}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue");
    let policy = folder.path().join("policy.txt");
    std::fs::write(&policy, "Ours.").unwrap();
    let flags = [
        "--review-db",
        path.to_str().unwrap(),
        "--reviewer",
        "dora",
        "--policy",
        policy.to_str().unwrap(),
    ];
    let about = TestServer::start(&flags).await.get("/v1/review").await.json();
    assert_eq!((&about["reviewer"], &about["policy"]), (&json!("dora"), &json!("Ours.")));
}

#[tokio::test]
async fn a_queue_that_another_program_holds_is_a_503_and_scores_go_on() {
    let desk = Desk::start(&[]).await;
    desk.add(&["bad bad"]).await;
    let other = rusqlite::Connection::open(&desk.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (refused, scored) = tokio::join!(desk.get("ann", "/next"), async {
        let start = std::time::Instant::now();
        let request = desk.server.client.get(format!("{}/threat_level/1", desk.server.url));
        let status = desk.server.send(request.bearer_auth("ann")).await.status;
        (status, start.elapsed())
    });
    assert_eq!((refused.status, refused.code().as_str()), (503, "review_unavailable"));
    assert!(scored.0 == 200 && scored.1 < Duration::from_secs(1), "a score must not wait");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(desk.next_text("ann").await.unwrap(), "bad bad");
}

#[tokio::test]
async fn a_file_is_loaded_at_the_start_and_not_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, queue) = (folder.path().join("posts.csv"), folder.path().join("queue"));
    std::fs::write(&posts, "id,text,label\n1,a quiet day,0\n2,bad bad bad,1\n3,\"  \",0\n")
        .unwrap();
    let flags = [
        "--review-db",
        queue.to_str().unwrap(),
        "--review-load",
        posts.to_str().unwrap(),
        "--random-share",
        "0",
    ];
    for _ in 0..2 {
        let server = TestServer::start(&flags).await;
        let loaded = async || server.get("/v1/review").await.json()["progress"]["posts"] == 2;
        within_five_seconds(loaded).await;
        let next = server.get("/v1/review/next").await.json()["item"].clone();
        assert_eq!((&next["id"], &next["source"]), (&json!("2"), &json!("file:posts.csv")));
        server.stop.stop();
        server.running.await.unwrap().unwrap();
    }
    let connection = rusqlite::Connection::open(&queue).unwrap();
    let rows: i64 =
        connection.query_row("SELECT COUNT(*) FROM items", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn what_was_exported_is_imported_with_its_verdicts_and_a_bad_row_fails_alone() {
    let desk = Desk::start(&["--random-share", "0", "--second-reader", "0"]).await;
    desk.add(&["bad bad bad", "bad bad, she said", "bad weather", "a quiet day"]).await;
    for verdict in ["supports", "not", "unsure"] {
        desk.read("ann", verdict).await;
    }
    let export = async |form: &str| desk.get("ann", &format!("/export?format={form}")).await.text;
    let all = [
        ("a quiet day", None),
        ("bad bad bad", Some("supports")),
        ("bad bad, she said", Some("not")),
        ("bad weather", Some("unsure")),
    ];
    let by_hand = "text,verdict\nbad bad bad,Supports\na quiet day,\nbad weather,maybe\n\
        \"bad bad, she said\",0\n";
    for (name, file, expected) in [
        ("tasks.json", export("label_studio").await, &all[..]),
        ("records.json", export("argilla").await, &all[..]),
        ("labelled.csv", export("csv").await, &all[1..3]),
        ("by_hand.csv", by_hand.to_owned(), &all[..3]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, queue) = (folder.path().join(name), folder.path().join("queue"));
        std::fs::write(&path, file).unwrap();
        let flags =
            ["--review-db", queue.to_str().unwrap(), "--review-import", path.to_str().unwrap()];
        let connection = || rusqlite::Connection::open(&queue).unwrap();
        let verdicts = expected.iter().filter(|(_, verdict)| verdict.is_some()).count();
        // Twice: what is there already is not there twice.
        for _ in 0..2 {
            let server = TestServer::start(&flags).await;
            let count = "SELECT COUNT(*) FROM verdicts WHERE reviewer = 'import.1'";
            let there = async || {
                connection().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap()
                    == verdicts as i64
            };
            within_five_seconds(there).await;
            server.stop.stop();
            server.running.await.unwrap().unwrap();
        }
        let connection = connection();
        let mut rows = connection.prepare("SELECT text, verdict FROM items ORDER BY text").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: Vec<(String, Option<String>)> = rows.collect::<Result<_, _>>().unwrap();
        let rows: Vec<_> = rows.iter().map(|(text, it)| (&**text, it.as_deref())).collect();
        assert_eq!(rows, expected, "{name}");
    }
}

#[tokio::test]
async fn an_import_finds_the_post_that_is_in_the_queue_whatever_id_the_tool_gave_it() {
    let desk = Desk::start(&["--random-share", "0"]).await;
    let post = json!({ "items": [{ "text": "bad bad bad", "id": "77" }], "source": "reports" });
    let request = desk.server.client.post(format!("{}/v1/review/items", desk.server.url));
    assert_eq!(desk.server.send(request.bearer_auth("ann").json(&post)).await.status, 200);
    let folder = tempfile::tempdir().unwrap();
    let tasks = folder.path().join("tasks.json");
    let choice = |it: &str| {
        json!({ "result": [{ "from_name": "verdict", "to_name": "text", "type": "choices",
            "value": { "choices": [it] } }] })
    };
    let task = json!([{ "id": 5, "data": { "text": "bad bad bad" },
        "annotations": [choice("supports"), choice("supports")] }]);
    std::fs::write(&tasks, task.to_string()).unwrap();
    let flags =
        ["--review-db", desk.path.to_str().unwrap(), "--review-import", tasks.to_str().unwrap()];
    let _server = TestServer::start(&flags).await;
    let verdicts = async || desk.ask("SELECT COUNT(*) FROM verdicts") == 2;
    within_five_seconds(verdicts).await;
    assert_eq!(desk.ask("SELECT COUNT(*) FROM items WHERE verdict = 'supports' AND id = '77'"), 1);
    assert_eq!(desk.ask("SELECT COUNT(*) FROM items"), 1);
}
