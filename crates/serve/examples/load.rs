//! Loads a server on this machine and says what it bore: throughput, latencies, statuses.
//!
//! ```text
//! cargo run -p serve -- --checkpoint DIR &
//! cargo run -p serve --example load -- --texts data/sample_tweets.csv --connections 64 --seconds 10
//! ```
//!
//! Each connection sends `POST /v1/score` with one text, waits for the reply, sends the next; with
//! `--rate` not before its turn. The requests are written by hand on keep-alive connections: a
//! full client would take from the server the cores that both share here. A connection that breaks
//! is counted and made anew.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Loads a server on this machine.
#[derive(Parser)]
struct Arguments {
    /// Address of the server; a loopback address only.
    #[arg(long, default_value = "127.0.0.1:5000")]
    address: SocketAddr,
    /// File with a column `text`.
    #[arg(long, default_value = "data/sample_tweets.csv")]
    texts: PathBuf,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Most requests a second of all connections together; without it, as many as they can.
    #[arg(long)]
    rate: Option<f64>,
    /// Print one JSON object instead of lines for people.
    #[arg(long)]
    json: bool,
}

/// Longest wait for a reply before it counts as a broken connection.
const PATIENCE: Duration = Duration::from_mins(1);

/// Status and time of each request; no status where the connection broke.
type Answers = Vec<(Option<u16>, Duration)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.address.ip().is_loopback() {
        bail!("{} is not a loopback address: this is for a server here", arguments.address);
    }
    TcpStream::connect(arguments.address)
        .await
        .with_context(|| format!("no server at {}", arguments.address))?;
    let requests = Arc::new(requests(&arguments)?);
    let connections = arguments.connections.max(1);
    let start = Instant::now();
    let end = start + Duration::from_secs(arguments.seconds);
    let interval = arguments.rate.map(|rate| Duration::from_secs_f64(connections as f64 / rate));
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            // Turns are spread over the interval, or all connections would ask at once.
            let first = interval.unwrap_or_default().mul_f64(number as f64 / connections as f64);
            let pace = Pace { next: start + first, interval: interval.unwrap_or_default(), end };
            tokio::spawn(ask_until(pace, arguments.address, Arc::clone(&requests), number))
        })
        .collect();
    let mut answers = Answers::new();
    for task in tasks {
        answers.extend(task.await?);
    }
    if answers.is_empty() {
        bail!("no request was sent in {} seconds", arguments.seconds);
    }
    report(&answers, start.elapsed(), arguments.json);
    Ok(())
}

/// Every request in full, made before the clock starts.
fn requests(arguments: &Arguments) -> Result<Vec<Vec<u8>>> {
    let path = &arguments.texts;
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let rows = dataset::RowReader::new(file, dataset::Format::of(path), "text", path)?;
    let mut requests = Vec::new();
    for row in rows.take(20_000) {
        let body = serde_json::json!({ "text": row?.text }).to_string();
        let length = body.len();
        requests.push(
            format!(
                "POST /v1/score HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\n\r\n{body}",
                arguments.address
            )
            .into_bytes(),
        );
    }
    if requests.is_empty() {
        bail!("{} has no rows", path.display());
    }
    Ok(requests)
}

/// When a connection may send.
struct Pace {
    next: Instant,
    interval: Duration,
    end: Instant,
}

impl Pace {
    /// Waits for the next turn; no more turns after the end. One that comes late is not made up
    /// for with a burst.
    async fn turn(&mut self) -> bool {
        if self.next >= self.end {
            return false;
        }
        sleep_until(self.next).await;
        let now = Instant::now();
        self.next = (self.next + self.interval).max(now);
        now < self.end
    }
}

async fn ask_until(
    mut pace: Pace,
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    number: usize,
) -> Answers {
    let mut answers = Answers::new();
    let mut connection = None;
    let mut buffer = Vec::with_capacity(8192);
    for request in requests.iter().cycle().skip(number * 97 % requests.len()) {
        if !pace.turn().await {
            break;
        }
        let start = Instant::now();
        let asked = ask(&mut connection, address, request, &mut buffer);
        let status = timeout(PATIENCE, asked).await.ok().and_then(Result::ok);
        answers.push((status, start.elapsed()));
        if status.is_none() {
            connection = None;
            // A server that is gone must not be asked a million times.
            sleep(Duration::from_millis(10)).await;
        }
    }
    answers
}

/// Sends a request and gives the reply's status.
async fn ask(
    connection: &mut Option<TcpStream>,
    address: SocketAddr,
    request: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<u16> {
    let stream = if let Some(stream) = connection {
        stream
    } else {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        connection.insert(stream)
    };
    stream.write_all(request).await?;
    read_reply(stream, buffer).await
}

/// Reads one reply, which always has a `content-length` here, and gives its status.
async fn read_reply(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        let text = String::from_utf8_lossy(buffer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("a reply without content-length")?;
        if body.len() >= length.parse::<usize>()? {
            return Ok(head.get(9..12).context("a reply without status")?.parse()?);
        }
    }
}

fn report(answers: &Answers, took: Duration, json: bool) {
    let mut by_status: BTreeMap<Option<u16>, Vec<Duration>> = BTreeMap::new();
    for (status, time) in answers {
        by_status.entry(*status).or_default().push(*time);
    }
    let rate = answers.len() as f64 / took.as_secs_f64();
    let mut statuses = serde_json::Map::new();
    if !json {
        println!("{rate:.0} requests/s");
    }
    for (status, mut times) in by_status {
        times.sort_unstable();
        let at =
            |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let name = status.map_or("broken".to_owned(), |status| status.to_string());
        let [p50, p90, p99, longest] = [0.5, 0.9, 0.99, 1.0].map(at);
        if !json {
            println!(
                "{name}: {} requests, p50 {p50:.1} ms, p90 {p90:.1} ms, p99 {p99:.1} ms, \
                 longest {longest:.1} ms",
                times.len()
            );
        }
        let row = serde_json::json!({
            "requests": times.len(), "p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "longest_ms": longest,
        });
        statuses.insert(name, row);
    }
    if json {
        let seconds = took.as_secs_f64();
        println!("{}", serde_json::json!({ "seconds": seconds, "statuses": statuses }));
    }
}
