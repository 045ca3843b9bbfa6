//! The review pages in a real browser: by keyboard, by touch on a phone, blind, below a prefix, with a key.

use serde_json::{Value, json};

use crate::browser::{Browser, below_a_prefix};
use crate::support::{TestServer, within_five_seconds};

/// A server with these posts in its queue, none drawn at random.
async fn server_with(texts: &[&str], flags: &[&str]) -> (TestServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue");
    let mut given = vec!["--review-db", path.to_str().unwrap()];
    for (flag, value) in [("--random-share", "0"), ("--second-reader", "0")] {
        if !flags.contains(&flag) {
            given.extend([flag, value]);
        }
    }
    given.extend(flags);
    let server = TestServer::start(&given).await;
    let items: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
    if !items.is_empty() {
        let answer = server.post("/v1/review/items", &json!({ "items": items })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    (server, folder)
}

const POSTS: [&str; 4] = ["two bad bad words", "three bad bad bad words", "a quiet day", "bonjour"];

impl Browser {
    /// Waits until this post is before the reviewer.
    async fn sees(&self, text: &str) {
        within_five_seconds(async || {
            self.read("document.getElementById('text').textContent").await == text
        })
        .await;
    }

    async fn is_blurred(&self) -> bool {
        self.read("document.getElementById('text').getAttribute('aria-hidden')").await == "true"
    }

    /// That nothing sticks out.
    async fn fits(&self) {
        let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(self.read(wide).await, false, "something sticks out");
    }

    /// That no control lacks a name, no picture a description, and the page has its landmarks.
    async fn can_be_read_aloud(&self) {
        let nameless = "[...document.querySelectorAll('button, input, select, svg[role=img]')].filter(it => \
            !(it.innerText || '').trim() && !it.getAttribute('aria-label') && !(it.labels && it.labels.length)) \
            .map(it => it.outerHTML).join()";
        assert_eq!(self.read(nameless).await, "");
        let landmarks = "['main', 'header', 'nav[aria-label]'].every(it => document.querySelectorAll(it).length === 1)";
        assert_eq!(self.read(landmarks).await, true);
    }
}

#[tokio::test]
async fn a_reviewer_reads_judges_and_takes_back_with_the_keyboard_alone() {
    let Some(browser) = Browser::open(1280, 800).await else { return };
    let (server, _folder) = server_with(&POSTS, &[]).await;
    browser.visit(&format!("{}/review", server.url)).await;
    browser.sees("three bad bad bad words").await;
    assert!(browser.is_blurred().await, "until asked for");
    // A verdict on a text that was not read is none.
    browser.type_keys("s").await;
    within_five_seconds(async || browser.text("live").await.contains("Show the text first")).await;
    browser.type_keys("b").await;
    assert!(!browser.is_blurred().await);
    assert_eq!(browser.text("score").await, "0.881");
    let marked = "[...document.querySelectorAll('#words .up')].map(w => w.textContent).join()";
    within_five_seconds(async || browser.read(marked).await == "bad,bad,bad").await;
    browser.can_be_read_aloud().await;
    browser.screenshot("review-desk").await;
    browser.type_keys("s").await;
    browser.sees("two bad bad words").await;
    assert!(browser.text("last").await.contains("supports; score 0.881"));
    let focused = browser.read("document.activeElement.id").await;
    assert_eq!(focused, "post-title", "a screen reader must be told that another post came");
    browser.type_keys("z").await;
    browser.sees("three bad bad bad words").await;
    browser.type_keys("bn").await;
    browser.sees("two bad bad words").await;
    browser.type_keys("bu").await;
    browser.sees("a quiet day").await;
    // A note is typed, and its letters are no verdicts.
    browser.click("#note").await;
    browser.type_keys("sunk").await;
    browser.type_keys("\u{e00c}").await;
    browser.click("#show").await;
    browser.type_keys("n").await;
    browser.sees("bonjour").await;
    assert_eq!(browser.text("score").await, "not judged");
    browser.type_keys("?").await;
    assert_eq!(browser.read("document.getElementById('keys').open").await, true);
    browser.type_keys("\u{e00c}").await; // escape
    browser.type_keys("k").await;
    within_five_seconds(async || browser.is_shown("done").await).await;
    let verdicts = server.get("/v1/review/export?format=label_studio").await.json();
    let said: Vec<&Value> = verdicts
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["annotations"][0]["result"][0]["value"]["choices"][0])
        .collect();
    assert_eq!(said, [&json!("unsure"), &json!("not"), &json!("not"), &Value::Null]);
    let note = &verdicts[2]["annotations"][0]["result"][1]["value"]["text"][0];
    assert_eq!(note, "sunk");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn on_a_phone_nothing_sticks_out_and_the_blur_is_remembered() {
    let Some(browser) = Browser::open(500, 900).await else { return };
    let long = format!("bad bad bad {}", "averyveryverylongwordwithoutanyspace".repeat(8));
    let (server, _folder) = server_with(&[&long, POSTS[0], POSTS[1], POSTS[2]], &[]).await;
    browser.screen(360, 740, false).await;
    browser.visit(&format!("{}/review", server.url)).await;
    browser.sees(&long).await;
    browser.fits().await;
    browser.screenshot("review-phone-blurred").await;
    browser.click("#show").await;
    browser.fits().await;
    // Thumbs need room.
    let small = "[...document.querySelectorAll('main button')].filter(it => it.offsetParent && \
        (it.offsetHeight < 44 || it.offsetWidth < 44)).map(it => it.textContent).join()";
    assert_eq!(browser.read(small).await, "");
    browser.click("[data-verdict=not]").await;
    browser.sees(POSTS[1]).await;
    assert!(browser.is_blurred().await);
    browser.click("#blur").await;
    assert!(!browser.is_blurred().await);
    browser.visit(&format!("{}/review", server.url)).await;
    browser.sees(POSTS[1]).await;
    assert!(!browser.is_blurred().await, "remembered");
    for (width, height, dark, name) in [
        (390, 844, false, "review-phone"),
        (390, 844, true, "review-phone-dark"),
        (1280, 800, true, "review-desk-dark"),
    ] {
        browser.screen(width, height, dark).await;
        browser.fits().await;
        browser.screenshot(name).await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn blind_the_page_shows_no_score_until_the_verdict_and_a_break_is_suggested() {
    let Some(browser) = Browser::open(1280, 800).await else { return };
    let (server, _folder) = server_with(&POSTS, &["--blind", "--break-after", "2"]).await;
    browser.visit(&format!("{}/review", server.url)).await;
    browser.sees("three bad bad bad words").await;
    browser.type_keys("b").await;
    assert!(browser.is_shown("hidden-until").await && !browser.is_shown("said-all").await);
    browser.screenshot("review-blind").await;
    browser.type_keys("s").await;
    browser.sees("two bad bad words").await;
    assert!(browser.text("last").await.contains("0.881"), "now it may be told");
    assert!(!browser.is_shown("break").await);
    browser.type_keys("bs").await;
    browser.sees("a quiet day").await;
    assert!(browser.is_shown("break").await);
    assert!(browser.text("break-text").await.contains("2 hard posts"));
    browser.screenshot("review-break").await;
    browser.click("#take-break").await;
    assert!(!browser.is_shown("main").await && browser.is_shown("away").await);
    browser.type_keys("n").await;
    browser.click("#back").await;
    browser.sees("a quiet day").await;
    assert!(!browser.is_shown("break").await);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_summary_shows_figures_with_their_intervals_and_below_a_prefix_too() {
    let Some(browser) = Browser::open(1280, 800).await else { return };
    let texts: Vec<String> =
        (0..30).map(|n| format!("{}word {}", "bad ".repeat(n % 5), "x".repeat(n + 1))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (server, _folder) = server_with(&texts, &["--random-share", "1"]).await;
    let address = below_a_prefix(&server).await;
    browser.visit(&format!("{address}/review/summary")).await;
    within_five_seconds(async || browser.is_shown("main").await).await;
    assert!(browser.text("tiles").await.contains("needs verdicts on posts of the random share"));
    for _ in 0..24 {
        let next = server.get("/v1/review/next").await.json()["item"].clone();
        let verdict =
            if next["text"].as_str().unwrap().starts_with("bad bad") { "supports" } else { "not" };
        let path = format!("/v1/review/items/{}/verdict", next["item"]);
        assert_eq!(server.post(&path, &json!({ "verdict": verdict })).await.status, 200);
    }
    browser.visit(&format!("{address}/review")).await;
    within_five_seconds(async || browser.is_shown("main").await).await;
    browser.click("header nav a").await;
    within_five_seconds(async || {
        browser
            .read("!!document.getElementById('tiles') && !document.getElementById('main').hidden")
            .await
            == true
    })
    .await;
    let tiles = browser.text("tiles").await;
    assert!(tiles.contains("Precision") && tiles.contains("100 %"), "{tiles}");
    assert!(tiles.contains("Recall") && tiles.contains(" to "), "{tiles}");
    let bars = browser.read("document.querySelectorAll('#bands svg .bar').length").await;
    assert_eq!(bars, 6, "three bands read, all of it drawn");
    browser.can_be_read_aloud().await;
    for (width, height, dark, name) in [
        (1280, 800, false, "summary-desk"),
        (1280, 800, true, "summary-desk-dark"),
        (390, 844, false, "summary-phone"),
        (390, 844, true, "summary-phone-dark"),
    ] {
        browser.screen(width, height, dark).await;
        browser.fits().await;
        browser.screenshot(name).await;
    }
    browser.screen(360, 740, false).await;
    browser.fits().await;
    browser.click("[data-format=csv]").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn where_a_key_is_asked_for_the_page_asks_for_it() {
    let Some(browser) = Browser::open(1280, 800).await else { return };
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), format!("ann:{}\n", checkpoint::sha256(b"alpha"))).unwrap();
    let (server, _folder) = server_with(&[], &["--api-keys", keys.path().to_str().unwrap()]).await;
    browser.visit(&format!("{}/review", server.url)).await;
    within_five_seconds(async || browser.is_shown("ask-key").await).await;
    browser.type_keys("wrong\u{e007}").await;
    within_five_seconds(async || browser.text("error").await.contains("not known")).await;
    browser.click("#key").await;
    browser.type_keys("\u{e003}\u{e003}\u{e003}\u{e003}\u{e003}alpha\u{e007}").await;
    within_five_seconds(async || browser.is_shown("done").await).await;
    assert!(!browser.is_shown("ask-key").await && !browser.is_shown("error").await);
}
