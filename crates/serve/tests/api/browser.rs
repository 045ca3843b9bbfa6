//! A real browser, driven through `WebDriver`.
//!
//! Needs Debian's `chromium` and `chromium-driver`; tests are skipped, with a line, where they are not
//! installed, and failed there with `THREAT_REQUIRE_BROWSER` set, as in the gate. With
//! `THREAT_SCREENSHOTS=FOLDER` it leaves pictures to look at.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::TestServer;

/// A browser window.
pub(crate) struct Browser {
    driver: Child,
    client: reqwest::Client,
    session: String,
}

/// Ends the browser, which outlives a driver that is killed, and then the driver.
impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.end_session();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    fn end_session(&self) -> std::io::Result<()> {
        let address = self.session.trim_start_matches("http://");
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let mut stream = std::net::TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "DELETE /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Browser {
    /// A window of this size, or `None` where there is no driver.
    pub(crate) async fn open(width: u32, height: u32) -> Option<Self> {
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

    pub(crate) async fn visit(&self, url: &str) {
        self.post("url", json!({ "url": url })).await;
    }

    /// Types keys into whatever has the focus; `\u{e004}` is Tab, `\u{e007}` Enter.
    pub(crate) async fn type_keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.post("actions", body).await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        let found = self.post("element", json!({"using": "css selector", "value": selector})).await;
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.post(&format!("element/{id}/click"), json!({})).await;
    }

    /// The value of an expression in the page.
    pub(crate) async fn read(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    pub(crate) async fn is_shown(&self, id: &str) -> bool {
        self.read(&format!("!document.getElementById('{id}').hidden")).await == true
    }

    pub(crate) async fn text(&self, id: &str) -> String {
        let text = self.read(&format!("document.getElementById('{id}').innerText")).await;
        text.as_str().unwrap().to_owned()
    }

    pub(crate) async fn screenshot(&self, name: &str) {
        let Ok(folder) = std::env::var("THREAT_SCREENSHOTS") else { return };
        let reply = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
        let reply: Value = reply.json().await.unwrap();
        std::fs::write(format!("{folder}/{name}.png.base64"), reply["value"].as_str().unwrap())
            .unwrap();
    }

    /// A screen of exactly this size, as a phone has, light or dark.
    pub(crate) async fn screen(&self, width: u32, height: u32, dark: bool) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("goog/cdp/execute", body).await;
    }

    /// Complaints of the browser: blocked scripts, failed requests, exceptions.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.post("se/log", json!({ "type": "browser" })).await;
        let messages = log.as_array().unwrap().iter();
        messages.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// A proxy that shows the server below `/tool/`, and nothing else; gives its address.
pub(crate) async fn below_a_prefix(server: &TestServer) -> String {
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
