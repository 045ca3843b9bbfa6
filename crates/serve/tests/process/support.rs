//! The program, a checkpoint, requests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use checkpoint::weights::safetensors::Storage;
use serde_json::Value;
use tempfile::TempDir;
use testkit::models::{self, WORDS};
use testkit::program::{one_line, without_settings};
pub(crate) use testkit::server::{Reply, Server, exchange, get, within_ten_seconds};

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
        let mut checkpoint = models::small(seed);
        name.clone_into(&mut checkpoint.config.name);
        checkpoint.config.version = seed.to_string();
        checkpoint.write(&self.path(name), Storage::F32).unwrap();
    }

    /// The program in this folder, without settings of whoever runs the tests.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-serve"));
        without_settings(command.current_dir(self.folder.path()).args(arguments));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// The one line with which the program refuses.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments), "serve: ")
    }

    /// Starts the server on the bench's checkpoint and tweets.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let mut program = self.program(&["--checkpoint", "model", "--tweets", "tweets.csv"]);
        Server::start(program.args(arguments).env("THREAT_LAME_DUCK_MS", "0"))
    }
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
