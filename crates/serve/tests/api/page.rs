//! The page in a real browser, driven through `WebDriver` as a person would use it: keys and clicks.
//!
//! Needs Debian's `chromium` and `chromium-driver`; skipped, with a line, where they are not
//! installed, and failed there with `THREAT_REQUIRE_BROWSER` set, as in the gate. With `THREAT_SCREENSHOTS=FOLDER` it leaves pictures to look at.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{TestServer, within_five_seconds};

/// A browser window.
struct Browser {
    driver: Child,
    client: reqwest::Client,
    session: String,
}

/// Ends `chromedriver`, which ends its browser.
impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// A window of this size, or `None` where there is no driver.
    async fn open(width: u32, height: u32) -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = started else {
            let missing = "no chromedriver found (Debian: apt-get install chromium-driver)";
            assert!(std::env::var_os("THREAT_REQUIRE_BROWSER").is_none(), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .find_map(|line| {
                let line = line.ok()?;
                let port = line.split("successfully on port ").nth(1)?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("http://127.0.0.1:{port}/session");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--window-size={width},{height}"),
        ];
        let wish = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        let reply: Value =
            client.post(&base).json(&wish).send().await.unwrap().json().await.unwrap();
        let id = reply["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{reply}"));
        Some(Self { driver, client, session: format!("{base}/{id}") })
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.client.post(format!("{}/{path}", self.session)).json(&body);
        let reply: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(reply["value"]["error"].is_null(), "{path}: {reply}");
        reply["value"].clone()
    }

    async fn visit(&self, url: &str) {
        self.post("url", json!({ "url": url })).await;
    }

    /// Types keys into whatever has the focus; `\u{e004}` is Tab, `\u{e007}` Enter.
    async fn type_keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.post("actions", body).await;
    }

    async fn click(&self, selector: &str) {
        let found = self.post("element", json!({"using": "css selector", "value": selector})).await;
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.post(&format!("element/{id}/click"), json!({})).await;
    }

    /// The value of an expression in the page.
    async fn read(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    async fn is_shown(&self, id: &str) -> bool {
        self.read(&format!("!document.getElementById('{id}').hidden")).await == true
    }

    async fn text(&self, id: &str) -> String {
        let text = self.read(&format!("document.getElementById('{id}').innerText")).await;
        text.as_str().unwrap().to_owned()
    }

    async fn screenshot(&self, name: &str) {
        let Ok(folder) = std::env::var("THREAT_SCREENSHOTS") else { return };
        let reply = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
        let reply: Value = reply.json().await.unwrap();
        std::fs::write(format!("{folder}/{name}.png.base64"), reply["value"].as_str().unwrap())
            .unwrap();
    }

    /// What the browser complained of: blocked scripts, failed requests, exceptions.
    async fn complaints(&self) -> Vec<String> {
        let log = self.post("se/log", json!({ "type": "browser" })).await;
        let messages = log.as_array().unwrap().iter();
        messages.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }
}

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

#[tokio::test]
async fn the_description_is_shown_for_people() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    browser.visit(&format!("{}/docs", server.url)).await;
    let routes = "document.querySelectorAll('main section').length";
    within_five_seconds(async || browser.read(routes).await.as_u64() >= Some(10)).await;
    assert!(browser.text("routes").await.contains("/threat_level/{tweet_id}"));
    browser.screenshot("docs").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// A proxy that shows the server below `/tool/`, and nothing else; gives its address.
async fn below_a_prefix(server: &TestServer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let to = server.url.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 64 * 1024];
                let read = client.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let Some((method, rest)) = request.split_once(" /tool/") else { return };
                let rest = rest.replacen("\r\n", "\r\nConnection: close\r\n", 1);
                let rest = rest.replace("Connection: keep-alive\r\n", "");
                let mut server = TcpStream::connect(to).await.unwrap();
                server.write_all(format!("{method} /{rest}").as_bytes()).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    format!("http://{address}/tool")
}

#[tokio::test]
async fn the_pages_work_below_a_path_prefix_and_with_a_slash_at_the_end() {
    let Some(browser) = Browser::open(1000, 1400).await else { return };
    let server = TestServer::start(&[]).await;
    let address = below_a_prefix(&server).await;
    browser.visit(&format!("{address}/")).await;
    browser.type_keys("\u{e004}\u{e004}two bad bad words\u{e004}\u{e004}\u{e007}").await;
    within_five_seconds(async || browser.is_shown("result").await).await;
    assert_eq!(browser.text("score").await, "0.731");
    browser.click("footer a").await;
    let routes = "document.querySelectorAll('main section').length";
    within_five_seconds(async || browser.read(routes).await.as_u64() >= Some(10)).await;
    browser.visit(&format!("{address}/docs/")).await;
    within_five_seconds(async || browser.read(routes).await.as_u64() >= Some(10)).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
