//! The page in a real browser, driven through `WebDriver` as a person would use it: keys and clicks.

use crate::browser::{Browser, below_a_prefix};
use crate::support::{TestServer, within_five_seconds};

#[tokio::test]
async fn a_person_types_a_text_and_reads_its_score_with_the_keyboard_alone() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    browser.visit(&server.url).await;
    // Past the choice of what to score, into the text, past the key, onto the button.
    browser.type_keys("\u{e004}\u{e004}two bad bad words\u{e004}\u{e004}\u{e007}").await;
    within_five_seconds(async || browser.is_shown("result").await).await;
    assert_eq!(browser.text("score").await, "0.731"); // logit 2 at temperature 2
    assert_eq!(browser.text("band").await, "A person should look");
    assert_eq!(browser.text("threshold").await, "0.600");
    assert_eq!(browser.text("words").await.trim(), "two bad bad words");
    let marked = "[...document.querySelectorAll('#words .up')].map(w => w.textContent).join()";
    assert_eq!(browser.read(marked).await, "bad,bad");
    let focused = browser.read("document.activeElement.id").await;
    assert_eq!(focused, "result-title", "a screen reader must be told that something came");
    browser.screenshot("text").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_text_that_cannot_be_judged_is_said_to_be_so() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    browser.visit(&server.url).await;
    browser.type_keys("\u{e004}\u{e004}bonjour les amis\u{e004}\u{e004}\u{e007}").await;
    within_five_seconds(async || browser.is_shown("result").await).await;
    assert_eq!(browser.text("score").await, "cannot judge: language (fr)");
    assert_eq!(browser.text("band").await, "None: the text cannot be judged");
    assert!(!browser.is_shown("meter").await && !browser.is_shown("moved").await);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_person_on_a_phone_asks_for_a_tweet_and_sees_an_error_for_another() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    let server = TestServer::start(&[]).await;
    browser.visit(&server.url).await;
    browser.click("input[value=id]").await;
    assert!(!browser.is_shown("by-text").await && browser.is_shown("by-id").await);
    browser.click("#id").await;
    browser.type_keys("99\u{e007}").await;
    within_five_seconds(async || browser.is_shown("error").await).await;
    assert!(browser.text("error").await.contains("There is no tweet with this id."));
    assert!(!browser.is_shown("result").await);
    browser.screenshot("phone-error").await;
    browser.click("#id").await;
    browser.type_keys("\u{e003}\u{e003}2\u{e007}").await; // backspace twice
    within_five_seconds(async || browser.is_shown("result").await).await;
    assert_eq!(browser.text("score").await, "0.881");
    assert!(!browser.is_shown("error").await);
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.read(wide).await, false, "nothing sticks out on a phone");
    browser.screenshot("phone-result").await;
}

/// The number of routes that Swagger UI shows.
const ROUTES: &str = "document.querySelectorAll('.opblock').length";

#[tokio::test]
async fn the_description_is_shown_for_people_who_can_try_it() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    browser.visit(&format!("{}/docs", server.url)).await;
    within_five_seconds(async || browser.read(ROUTES).await.as_u64() >= Some(20)).await;
    browser.screenshot("docs").await;
    let model = "#operations-model-model";
    browser.click(&format!("{model} button.opblock-summary-control")).await;
    let execute = format!("{model} button.execute");
    let there = format!("document.querySelector('{execute}') !== null");
    within_five_seconds(async || browser.read(&there).await == true).await;
    browser.click(&execute).await;
    let reply = format!(
        "(document.querySelector('{model} .live-responses-table') || {{}}).innerText || ''"
    );
    let answered = async || browser.read(&reply).await.as_str().unwrap().contains("\"known\"");
    within_five_seconds(answered).await;
    browser.screenshot("docs-tried").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_pages_work_below_a_path_prefix_and_without_a_slash_at_the_end() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    let address = below_a_prefix(&server).await;
    browser.visit(&format!("{address}/")).await;
    browser.type_keys("\u{e004}\u{e004}two bad bad words\u{e004}\u{e004}\u{e007}").await;
    within_five_seconds(async || browser.is_shown("result").await).await;
    assert_eq!(browser.text("score").await, "0.731");
    browser.click("footer a").await;
    within_five_seconds(async || browser.read(ROUTES).await.as_u64() >= Some(20)).await;
    browser.visit(&format!("{address}/docs")).await;
    within_five_seconds(async || browser.read(ROUTES).await.as_u64() >= Some(20)).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
