//! A server on a free port, the model, a mock of X.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use clap::Parser;
use scorer::{Asked, Band, Failure, Label, Reason, Score, ScoreTexts, Verdict};
use serde_json::Value;
use serve::model::{CalibrationInfo, Model, ModelInfo, OpenModel};
use serve::{Application, Arguments, ServeError, Settings, StopHandle};
use tokio::task::JoinHandle;

/// A model whose answers a test can foretell: each `bad` adds 2 to a logit of -2. It reads a text in
/// windows of 62 words, three at most. It can be held at a gate, and it counts what it was given.
#[derive(Clone)]
pub(crate) struct KnownModel {
    info: Arc<ModelInfo>,
    gate: Arc<Gate>,
    pub(crate) texts_seen: Arc<AtomicUsize>,
}

/// Open until closed.
#[derive(Default)]
pub(crate) struct Gate {
    closed: Mutex<bool>,
    changed: Condvar,
    held: AtomicUsize,
}

impl Gate {
    pub(crate) fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    pub(crate) fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.changed.notify_all();
    }

    /// Waits until a batch stands at the closed gate.
    pub(crate) async fn holds_a_batch(&self) {
        within_five_seconds(async || self.held.load(Ordering::SeqCst) > 0).await;
    }

    fn pass(&self) {
        let mut closed = self.closed.lock().unwrap();
        self.held.fetch_add(1, Ordering::SeqCst);
        while *closed {
            closed = self.changed.wait(closed).unwrap();
        }
        self.held.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits for a condition, and fails the test if it does not come true.
pub(crate) async fn within_five_seconds(condition: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come true in five seconds");
}

impl KnownModel {
    pub(crate) fn new(version: &str) -> Self {
        Self {
            info: Arc::new(ModelInfo {
                name: "known".to_owned(),
                version: version.to_owned(),
                sha256: "ab".repeat(32),
                max_length: 64,
                languages: vec!["en".to_owned()],
                normaliser_version: 1,
                calibration: CalibrationInfo {
                    temperature: 2.0,
                    shift: 0.0,
                    threshold: 0.6,
                    review: 0.6,
                    priority_review: 0.9,
                },
                training: serde_json::json!({ "seed": 42 }),
                others: Vec::new(),
                card: Some("# A model for tests".to_owned()),
                reference: None,
            }),
            gate: Arc::default(),
            texts_seen: Arc::default(),
        }
    }

    /// As a server opens it; gate and count stay shared.
    pub(crate) fn opened(&self) -> Model {
        Model { scorer: Arc::new(self.clone()), info: Arc::clone(&self.info) }
    }
}

impl ScoreTexts for KnownModel {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        self.gate.pass();
        self.texts_seen.fetch_add(texts.len(), Ordering::Relaxed);
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        texts
            .iter()
            .map(|asked| {
                let text = asked.text;
                assert!(!text.contains("PANIC"), "asked to");
                if text.contains("FAIL") {
                    return Err("asked to".into());
                }
                if text.trim().is_empty() {
                    return Ok(Verdict::NotJudged { reason: Reason::NoText, lang: None });
                }
                if asked.judge && !text.contains(char::is_alphabetic) {
                    return Ok(Verdict::NotJudged { reason: Reason::NoWords, lang: None });
                }
                // Its only words of another language, and what it would need a hint for.
                if asked.judge && (text.contains("bonjour") || asked.lang == Some("fr")) {
                    let lang = Some("fr");
                    return Ok(Verdict::NotJudged { reason: Reason::Language, lang });
                }
                let words: Vec<&str> = text.split_whitespace().collect();
                let bad_among =
                    |words: &[&str]| words.iter().filter(|it| it.starts_with("bad")).count();
                let read = words.chunks(62).take(3).enumerate();
                let (highest, bad) = read
                    .map(|(at, window)| (at, bad_among(window)))
                    .max_by_key(|&(at, bad)| (bad, std::cmp::Reverse(at)))
                    .unwrap_or_default();
                let logit = if text.contains("NAN") { f32::NAN } else { bad as f32 * 2.0 - 2.0 };
                let score = sigmoid(logit / 2.0);
                Ok(Verdict::Judged(Score {
                    score,
                    raw_score: sigmoid(logit),
                    logit,
                    label: if score >= 0.6 { Label::ProIsis } else { Label::NotProIsis },
                    band: match score {
                        0.9.. => Band::PriorityReview,
                        0.6.. => Band::Review,
                        _ => Band::None,
                    },
                    tokens: words.len().min(3 * 62) + 2,
                    truncated: words.len() > 3 * 62,
                    window: (words.len() > 62).then(|| {
                        let upto = |count: usize| words[..count.min(words.len())].join(" ").len();
                        let begin = upto(62 * highest);
                        begin + usize::from(begin > 0)..upto(62 * (highest + 1))
                    }),
                    lang: "en",
                    part: None,
                }))
            })
            .collect()
    }
}

/// A running server and a client for it.
pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) gate: Arc<Gate>,
    pub(crate) texts_seen: Arc<AtomicUsize>,
    pub(crate) stop: StopHandle,
    pub(crate) running: JoinHandle<Result<(), ServeError>>,
    _tweets: tempfile::NamedTempFile,
}

/// A reply, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The code of an error reply.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        assert!(json["error"]["hint"].is_string(), "{json}");
        json["error"]["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Ten tweets with known texts.
pub(crate) const TWEETS: &str = "id,text,label\n\
    1,a quiet day,0\n\
    2,bad bad bad,1\n\
    3,\"  \",0\n\
    1346889436626259968,\"two\nlines, \"\"quoted\"\"\",0\n";

pub(crate) fn settings(flags: &[&str], bearer: Option<&str>) -> Settings {
    let mut given = vec!["serve"];
    for (flag, value) in [("--port", "0"), ("--lame-duck-ms", "0")] {
        if !flags.contains(&flag) {
            given.extend([flag, value]);
        }
    }
    let arguments = Arguments::parse_from(given.iter().chain(flags));
    Settings::resolve(arguments, |name| {
        (name == "BEARER_TOKEN").then(|| bearer.map(str::to_owned)).flatten()
    })
    .unwrap()
}

impl TestServer {
    /// A server with tweets out of a file.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let mut tweets = tempfile::NamedTempFile::new().unwrap();
        tweets.write_all(TWEETS.as_bytes()).unwrap();
        let path = tweets.path().to_str().unwrap().to_owned();
        let flags: Vec<&str> =
            ["--tweets", &path].into_iter().chain(flags.iter().copied()).collect();
        Self::launch(settings(&flags, None), tweets).await
    }

    /// A server with tweets out of a mock of X.
    pub(crate) async fn with_x(x: &wiremock::MockServer, flags: &[&str]) -> Self {
        let base = x.uri();
        let flags: Vec<&str> =
            ["--x-api-base", &base].into_iter().chain(flags.iter().copied()).collect();
        let unused = tempfile::NamedTempFile::new().unwrap();
        Self::launch(settings(&flags, Some("test-token")), unused).await
    }

    pub(crate) async fn launch(settings: Settings, tweets: tempfile::NamedTempFile) -> Self {
        let model = KnownModel::new("1");
        let (gate, texts_seen) = (Arc::clone(&model.gate), Arc::clone(&model.texts_seen));
        let open: OpenModel = Arc::new(move || Ok(model.opened()));
        let server = Self::launch_with(settings, tweets, open, gate, texts_seen).await;
        server.wait_until_ready().await;
        // The warm-up is not what tests count.
        server.texts_seen.store(0, Ordering::Relaxed);
        server
    }

    pub(crate) async fn launch_with(
        settings: Settings,
        tweets: tempfile::NamedTempFile,
        open: OpenModel,
        gate: Arc<Gate>,
        texts_seen: Arc<AtomicUsize>,
    ) -> Self {
        let application = Application::build_with(settings, open).await.unwrap();
        let url = format!("http://{}", application.address());
        let stop = application.stop_handle();
        let running = tokio::spawn(application.run_until_stopped());
        serve::tls::install_provider();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url, client, gate, texts_seen, stop, running, _tweets: tweets }
    }

    pub(crate) async fn wait_until_ready(&self) {
        within_five_seconds(async || self.get("/readyz").await.status == 200).await;
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        Answer { status, headers, text: reply.text().await.unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.client.post(format!("{}{path}", self.url)).json(body)).await
    }

    /// Waits until so many texts wait for the model.
    pub(crate) async fn queue_holds(&self, texts: usize) {
        within_five_seconds(async || self.metric("threat_queued_texts").await >= texts as u64)
            .await;
    }

    /// The value of a sample in `/metrics`.
    pub(crate) async fn metric(&self, sample: &str) -> u64 {
        let text = self.get("/metrics").await.text;
        let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {sample} in {text}")).parse().unwrap()
    }
}
