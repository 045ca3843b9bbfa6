//! The review queue of a server that is killed, and of one whose disk is full.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::program::limited;

use crate::support::{Bench, Server, exchange, get, within_ten_seconds};

const REVIEWERS: [&str; 4] = ["ann", "bob", "cat", "dan"];

/// Asks as a reviewer, whose key is his name; nothing where the connection broke.
fn ask(
    address: &str,
    who: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} /v1/review{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {who}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, body) = exchange(address, &request)?;
    Some((status, serde_json::from_str(&body).unwrap()))
}

fn keys(bench: &Bench) {
    let lines = REVIEWERS.map(|who| format!("{who}:{}\n", checkpoint::sha256(who.as_bytes())));
    bench.write("keys", &lines.concat());
}

fn add(server: &Server, posts: usize) {
    for chunk in (0..posts).collect::<Vec<_>>().chunks(100) {
        let items: Vec<Value> = chunk
            .iter()
            .map(|n| json!({ "id": n.to_string(), "text": format!("rain is coming {}", "to the city ".repeat(n % 4 + 1)) }))
            .collect();
        let body = json!({ "items": items });
        let (status, reply) = ask(&server.address, "ann", "POST", "/items", Some(&body)).unwrap();
        assert_eq!(status, 200, "{reply}");
    }
}

/// Verdicts that were acknowledged, by post and reviewer.
type Acknowledged = Arc<Mutex<HashMap<(i64, &'static str), &'static str>>>;

/// Reviewers who read until the server is gone or nothing is left; tells how many posts they were shown.
fn read(
    address: &str,
    acknowledged: &Acknowledged,
    shown: &Arc<AtomicUsize>,
) -> Vec<thread::JoinHandle<()>> {
    let work = |who: &'static str| {
        let (address, acknowledged, shown) =
            (address.to_owned(), Arc::clone(acknowledged), Arc::clone(shown));
        move || {
            while let Some((status, next)) = ask(&address, who, "GET", "/next", None) {
                assert_eq!(status, 200, "{next}");
                let Some(item) = next["item"]["item"].as_i64() else { return };
                shown.fetch_add(1, Ordering::Relaxed);
                let verdict = if item % 3 == 0 { "supports" } else { "not" };
                let body = json!({ "verdict": verdict });
                let path = format!("/items/{item}/verdict");
                let Some((status, reply)) = ask(&address, who, "POST", &path, Some(&body)) else {
                    return;
                };
                assert_eq!(status, 200, "{reply}");
                acknowledged.lock().unwrap().insert((item, who), verdict);
            }
        }
    };
    REVIEWERS.map(|who| thread::spawn(work(who))).into()
}

#[test]
fn killed_while_verdicts_stream_in_it_has_each_that_was_acknowledged_and_shows_every_post_once() {
    const POSTS: usize = 600;
    let bench = Bench::new();
    keys(&bench);
    let flags = ["--review-db", "queue", "--api-keys", "keys", "--second-reader", "0"];
    let acknowledged = Acknowledged::default();
    let shown = Arc::new(AtomicUsize::new(0));
    let mut server = bench.serve(&flags);
    add(&server, POSTS);
    for killed_at in [100, 250] {
        let reviewers = read(&server.address, &acknowledged, &shown);
        within_ten_seconds(|| acknowledged.lock().unwrap().len() >= killed_at);
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        reviewers.into_iter().for_each(|reviewer| reviewer.join().unwrap());
        let before = acknowledged.lock().unwrap().len();
        assert!(before < POSTS, "the server was killed before all was read");
        server = bench.serve(&flags);
        let connection = rusqlite::Connection::open(bench.path("queue")).unwrap();
        for (&(item, who), verdict) in acknowledged.lock().unwrap().iter() {
            let query = "SELECT verdict FROM verdicts WHERE item = ?1 AND reviewer = ?2";
            let kept: Result<String, _> =
                connection.query_row(query, (item, who), |row| row.get(0));
            assert_eq!(kept.as_deref(), Ok(*verdict), "post {item} by {who}");
        }
    }
    read(&server.address, &acknowledged, &shown).into_iter().for_each(|it| it.join().unwrap());
    let connection = rusqlite::Connection::open(bench.path("queue")).unwrap();
    let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM items WHERE verdict IS NOT NULL"), POSTS as i64);
    assert_eq!(count("SELECT COUNT(*) FROM verdicts"), POSTS as i64, "none was read twice");
    assert_eq!(
        count("SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
        0
    );
    // A verdict that was kept but not acknowledged, of four reviewers and two kills, is all that may lack.
    let lacking = POSTS - acknowledged.lock().unwrap().len();
    assert!(lacking <= 8, "{lacking}");
}

#[test]
fn one_command_loads_a_file_and_says_which_address_to_open() {
    let bench = Bench::new();
    bench.write(
        "posts.csv",
        "id,text\n1,good morning\n2,rain is coming\n2,rain is coming\n3,@you\n",
    );
    let server = bench.serve(&["--review-db", "queue", "--review-load", "posts.csv"]);
    within_ten_seconds(|| server.log().contains("posts loaded for review"));
    let log = server.log();
    assert!(log.contains("new=2") && log.contains("known=1") && log.contains("empty=1"), "{log}");
    assert!(!log.contains("good morning"), "no text in the log");
    assert_eq!(get(&server.address, "/review").unwrap().0, 200);
}

#[test]
fn what_keeps_the_queue_from_opening_is_one_line() {
    let bench = Bench::new();
    let with = |flags: &[&str]| {
        let always = ["--checkpoint", "model", "--tweets", "tweets.csv", "--port", "0"];
        bench.refusal(&always.iter().chain(flags).copied().collect::<Vec<_>>())
    };
    let foreign = with(&["--review-db", "tweets.csv"]);
    assert!(foreign.contains("tweets.csv") && foreign.contains("--review-db"), "{foreign}");
    let missing = with(&["--review-db", "queue", "--review-load", "nowhere.csv"]);
    assert!(missing.contains("nowhere.csv") && missing.contains("--review-load"), "{missing}");
    let missing = with(&["--review-db", "queue", "--review-import", "nowhere.csv"]);
    assert!(missing.contains("nowhere.csv") && missing.contains("--review-import"), "{missing}");
    let policy = with(&["--review-db", "queue", "--policy", "nowhere.txt"]);
    assert!(policy.contains("nowhere.txt") && policy.contains("--policy"), "{policy}");
    bench.write("posts.csv", "id,words\n1,good morning\n");
    let column = with(&["--review-db", "queue", "--review-load", "posts.csv"]);
    assert!(column.contains("posts.csv") && column.contains("text"), "{column}");
}

/// A limit on the size of files stands for a full disk: what cannot be kept is refused, what was kept stays, and
/// scores go on.
#[test]
fn a_full_disk_refuses_verdicts_and_loses_none() {
    let bench = Bench::new();
    keys(&bench);
    let flags = ["--review-db", "queue", "--api-keys", "keys", "--second-reader", "0"];
    let server = bench.serve(&flags);
    add(&server, 200);
    drop(server);
    let connection = rusqlite::Connection::open(bench.path("queue")).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    let size = std::fs::metadata(bench.path("queue")).unwrap().len();
    let mut command = limited(size / 512 + 40, bench.program(&[]).get_program());
    command
        .current_dir(bench.folder.path())
        .args(["--checkpoint", "model", "--tweets", "tweets.csv"])
        .args(flags)
        .env("THREAT_LAME_DUCK_MS", "0");
    let server = Server::start(&mut command);
    let (mut kept, mut refused) = (Vec::new(), 0);
    for item in 1..=200_i64 {
        let note = "n".repeat(1_500);
        let body = json!({ "verdict": "not", "note": note });
        let path = format!("/items/{item}/verdict");
        match ask(&server.address, "ann", "POST", &path, Some(&body)).unwrap() {
            (200, _) => kept.push(item),
            (status, reply) => {
                assert_eq!(
                    (status, &reply["error"]["code"]),
                    (503, &json!("review_unavailable")),
                    "{reply}"
                );
                refused += 1;
            }
        }
    }
    assert!(!kept.is_empty() && refused > 0, "{} kept, {refused} refused", kept.len());
    drop(server);
    thread::sleep(Duration::from_millis(50));
    let connection = rusqlite::Connection::open(bench.path("queue")).unwrap();
    for item in kept {
        let query = "SELECT COUNT(*) FROM verdicts WHERE item = ?1";
        let count: i64 = connection.query_row(query, [item], |row| row.get(0)).unwrap();
        assert_eq!(count, 1, "post {item}");
    }
}
