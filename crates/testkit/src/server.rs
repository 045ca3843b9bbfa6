//! A running server, and plain HTTP: a request on a connection of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::program;

/// A running server that ends with its owner.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub child: Child,
    /// `HOST:PORT`
    pub address: String,
    log: Arc<Mutex<String>>,
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it on a free port and waits until it is ready.
    pub fn start(command: &mut Command) -> Self {
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Its log is read to the end, so that the pipe never fills.
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
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The status of a reply, or nothing where the connection broke.
    pub fn status(&self, path: &str) -> Option<u16> {
        get(&self.address, path).map(|(status, _)| status)
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        program::signal(self.child.id(), name);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition, and fails the test if it does not come true.
pub fn within_ten_seconds(condition: impl Fn() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come true in ten seconds");
}

/// Status and body, or nothing where the connection broke.
pub type Reply = Option<(u16, String)>;

/// Asks for a path.
pub fn get(address: &str, path: &str) -> Reply {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

/// Sends a request, head and body, that asks for the connection to be closed.
pub fn exchange(address: &str, request: &str) -> Reply {
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
