//! The program, a checkpoint, a plain HTTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use checkpoint::weights::safetensors::Storage;
use checkpoint::{Calibration, Checkpoint, CheckpointConfig, Weights};
use checkpoint::{ElectraConfig, Preset};
use serde_json::Value;
use tempfile::TempDir;
use text::{Claims, TweetTokenizer};

const WORDS: [&str; 8] = ["good", "morning", "rain", "is", "coming", "to", "the", "city"];

/// A folder with a small untrained checkpoint and two tweets.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.checkpoint("model", 5);
        bench.write("tweets.csv", "id,text\n1,good morning\n2,rain is coming\n");
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes a checkpoint whose version is its seed, so that a reply tells which one gave it.
    pub(crate) fn checkpoint(&self, name: &str, seed: u64) {
        let electra = ElectraConfig {
            vocab_size: 40,
            embedding_size: 16,
            hidden_size: 32,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            intermediate_size: 48,
            max_position_embeddings: 64,
            ..ElectraConfig::preset(Preset::Small)
        };
        let vocabulary = self.path("vocabulary");
        std::fs::create_dir_all(&vocabulary).unwrap();
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        let pieces: Vec<&str> = special.iter().chain(&WORDS).copied().collect();
        std::fs::write(vocabulary.join("vocab.txt"), pieces.join("\n")).unwrap();
        let checkpoint = Checkpoint {
            config: CheckpointConfig {
                languages: Claims::english(),
                max_length: 48,
                name: name.to_owned(),
                version: seed.to_string(),
                electra: electra.clone(),
            },
            calibration: Calibration::default(),
            training: Value::Null,
            weights: Weights::random(&electra, seed),
            tokenizer: TweetTokenizer::open(&vocabulary).unwrap(),
            card: String::new(),
        };
        checkpoint.write(&self.path(name), Storage::F32).unwrap();
    }

    /// The program in this folder, without settings of whoever runs the tests.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-serve"));
        let ours = |name: &str| {
            name.starts_with("THREAT_")
                || matches!(name, "BEARER_TOKEN" | "API_KEY" | "API_SECRET_KEY")
        };
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// The one line with which the program refuses.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{said}");
        let mut lines = said.lines().filter(|line| line.starts_with("serve: "));
        let line = lines.next().unwrap_or_else(|| panic!("no line of ours in {said}"));
        assert_eq!(lines.next(), None);
        line.to_owned()
    }

    /// Starts the server on the bench's checkpoint and tweets.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let mut program = self.program(&["--checkpoint", "model", "--tweets", "tweets.csv"]);
        Server::start(program.args(arguments).env("THREAT_LAME_DUCK_MS", "0"))
    }
}

/// A running server that ends with its owner.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it on a free port and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (kept, lines) = (Arc::clone(&log), BufReader::new(child.stderr.take().unwrap()));
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap().to_owned();
        let server = Self { child, address, log, _output: output };
        assert!(line.starts_with("listening on "), "{line}{}", server.log());
        within_ten_seconds(|| server.status("/readyz") == Some(200));
        server
    }

    /// The process's log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn status(&self, path: &str) -> Option<u16> {
        get(&self.address, path).map(|(status, _)| status)
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition, and fails the test if it does not come true.
pub(crate) fn within_ten_seconds(condition: impl Fn() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come true in ten seconds");
}

/// Status and body, or nothing where the connection broke.
pub(crate) type Reply = Option<(u16, String)>;

pub(crate) fn get(address: &str, path: &str) -> Reply {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

pub(crate) fn score(address: &str, text: &str) -> Reply {
    post(address, "/v1/score", &serde_json::json!({ "text": text }))
}

pub(crate) fn post(address: &str, path: &str, body: &Value) -> Reply {
    let body = body.to_string();
    exchange(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

/// One request on a connection of its own.
pub(crate) fn exchange(address: &str, request: &str) -> Reply {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let whole = body.len() == length.parse::<usize>().ok()?;
    whole.then(|| Some((head.get(9..12)?.parse().ok()?, body.to_owned())))?
}

/// Connections that ask for scores until they are told to stop.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    askers: Vec<JoinHandle<Vec<Reply>>>,
}

impl Load {
    pub(crate) fn on(address: &str, connections: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let ask = |number: usize| {
            let (stop, address) = (Arc::clone(&stop), address.to_owned());
            move || {
                let mut replies = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let words: Vec<&str> =
                        (0..6).map(|n| WORDS[(number + replies.len() * n) % WORDS.len()]).collect();
                    let reply = score(&address, &words.join(" "));
                    let broken = reply.is_none();
                    replies.push(reply);
                    if broken {
                        thread::sleep(Duration::from_millis(5));
                    }
                }
                replies
            }
        };
        let askers = (0..connections).map(|number| thread::spawn(ask(number))).collect();
        Self { stop, askers }
    }

    /// Ends it and gives every reply.
    pub(crate) fn end(self) -> Vec<Reply> {
        self.stop.store(true, Ordering::Relaxed);
        self.askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    }
}

/// The lines of an audit log that are whole.
pub(crate) fn audit_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
