//! Our own figures: speed, latency, start-up and memory of the scorer.
//!
//! ```text
//! cargo run -p scorer --example bench -- prepare DIR VOCABULARY_FOLDER
//! cargo run -p scorer --example bench -- table DIR TWEETS.csv [THREADS]
//! cargo run -p scorer --example bench -- worker DIR TWEETS.csv PRECISION THREADS
//! cargo run -p scorer --example bench -- comparable DIR TWEETS.csv
//! cargo run -p scorer --example bench -- growth DIR
//! ```
//!
//! `prepare` writes a checkpoint of ELECTRA-small's size with random weights: speed does not
//! depend on them. `table` measures each precision in a process of its own. `worker` opens the
//! checkpoint, prints how long that took, and then answers each line of standard input: `bulk`
//! scores all tweets once, `single N` scores one tweet of 25 tokens N times, `memory` tells the
//! peak, `logits` lists them. One line of JSON each. `comparable` prints those tweets for which another library
//! computes the same, each with what is left of it after normalisation: those that are judged, as a whole and in one
//! window. `growth` prints tokens per second as threads, posts of a call and tokens of a post grow, one line of JSON for
//! each. `THREAT_KERNELS` forces a level of instructions.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use checkpoint::weights::safetensors::Storage;
use checkpoint::{Calibration, Checkpoint, CheckpointConfig, Weights};
use checkpoint::{ElectraConfig, Preset};
use scorer::{Level, Options, Precision, Scorer, Verdict};
use serde_json::{Value, json};
use text::{Claims, Readable, TweetTokenizer};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    if let Ok(name) = std::env::var("THREAT_KERNELS") {
        name.parse::<Level>()?.make_best();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["prepare", folder, vocabulary] => prepare(folder.as_ref(), vocabulary.as_ref()),
        ["table", folder, tweets] => table(folder, tweets, "2"),
        ["table", folder, tweets, threads] => table(folder, tweets, threads),
        ["worker", folder, tweets, precision, threads] => {
            worker(folder.as_ref(), tweets.as_ref(), precision.parse()?, threads.parse()?)
        }
        ["comparable", folder, tweets] => comparable(folder.as_ref(), tweets.as_ref()),
        ["growth", folder] => growth(folder.as_ref()),
        _ => Err("usage: bench prepare DIR VOCABULARY | table DIR TWEETS.csv [THREADS] | \
                  worker DIR TWEETS.csv PRECISION THREADS | comparable DIR TWEETS.csv | \
                  growth DIR"
            .into()),
    }
}

fn prepare(folder: &Path, vocabulary: &Path) -> Outcome<()> {
    let electra = ElectraConfig::preset(Preset::Small);
    let checkpoint = Checkpoint {
        weights: Weights::random(&electra, 1),
        config: CheckpointConfig {
            electra,
            languages: Claims::english(),
            max_length: 128,
            name: "random".to_owned(),
            version: "0".to_owned(),
        },
        calibration: Calibration::default(),
        training: Value::Null,
        tokenizer: TweetTokenizer::open(vocabulary)?,
        card: String::new(),
    };
    checkpoint.write(folder, Storage::F32)?;
    Ok(())
}

/// The `text` column.
fn read_tweets(path: &Path) -> Outcome<Vec<String>> {
    let mut reader = csv::Reader::from_path(path)?;
    let column = reader.headers()?.iter().position(|name| name == "text");
    let column = column.ok_or("the file has no column text")?;
    let mut tweets = Vec::new();
    for record in reader.records() {
        tweets.push(record?[column].to_owned());
    }
    Ok(tweets)
}

fn worker(folder: &Path, tweets: &Path, precision: Precision, threads: usize) -> Outcome<()> {
    let tweets = read_tweets(tweets)?;
    let start = Instant::now();
    let options = Options { precision, threads: Some(threads), ..Options::default() };
    let scorer = Scorer::open(folder, &options)?;
    scorer.score(&["the first score"])?;
    let startup = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "{}",
        json!({
            "level": Level::best().to_string(), "startup_ms": startup, "memory_mb": peak_memory(),
        })
    );

    let scores = scorer.score(&tweets)?;
    let tokens: usize = scores.iter().filter_map(Verdict::score).map(|score| score.tokens).sum();
    let of_25 = scores.iter().position(|it| it.score().is_some_and(|score| score.tokens == 25));
    let single = &tweets[of_25.ok_or("no tweet of 25 tokens in the file")?];
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ').unwrap_or((&line, "")) {
            ("bulk", _) => {
                let (start, busy) = (Instant::now(), processor_seconds());
                scorer.score(&tweets)?;
                let busy = processor_seconds().zip(busy).map(|(after, before)| after - before);
                json!({
                    "tokens_per_text": tokens as f64 / tweets.len() as f64,
                    "tokens_per_second": tokens as f64 / start.elapsed().as_secs_f64(),
                    "tokens_per_processor_second": busy.map(|busy| tokens as f64 / busy),
                })
            }
            ("single", count) => {
                let mut times = Vec::new();
                for _ in 0..count.parse::<usize>()? {
                    let start = Instant::now();
                    scorer.score(&[single])?;
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
                times.sort_by(f64::total_cmp);
                json!({ "p50_ms": times[times.len() / 2], "p99_ms": times[times.len() * 99 / 100] })
            }
            ("logits", _) => {
                let logits: Vec<f32> =
                    scores.iter().filter_map(|it| Some(it.score()?.logit)).collect();
                json!({ "logits": logits })
            }
            ("memory", _) => json!({ "memory_mb": peak_memory() }),
            _ => return Err(format!("unknown request {line}").into()),
        };
        println!("{answer}");
    }
    Ok(())
}

fn comparable(folder: &Path, tweets: &Path) -> Outcome<()> {
    let Checkpoint { tokenizer, config, .. } = Checkpoint::open(folder)?;
    let mut pairs = Vec::new();
    for tweet in read_tweets(tweets)? {
        let normal = text::normalise(&tweet);
        let readable = tokenizer.read(&normal, None, &config.languages);
        let windows = tokenizer.windows(&normal, config.max_length);
        if matches!(readable, Readable::Whole(_)) && windows.is_some_and(|it| it.windows.len() == 1)
        {
            pairs.push([tweet, normal]);
        }
    }
    println!("{}", json!(pairs));
    Ok(())
}

/// Tokens per second in int8: of calls of so many posts of a tweet's length, and of posts of so many tokens.
fn growth(folder: &Path) -> Outcome<()> {
    const POSTS: [usize; 6] = [1, 10, 100, 1_000, 10_000, 100_000];
    const TOKENS: [usize; 5] = [8, 16, 32, 64, 128];
    const TWEET: usize = 25;
    for threads in [1, 2] {
        let options =
            Options { precision: Precision::Int8, threads: Some(threads), ..Options::default() };
        let scorer = Scorer::open(folder, &options)?;
        let many = TOKENS.map(|tokens| (1_000, tokens));
        for (posts, tokens) in POSTS.map(|posts| (posts, TWEET)).into_iter().chain(many) {
            // Each word of the vocabulary's is a piece; two pieces frame every text.
            let text = "word ".repeat(tokens - 2);
            let texts = vec![&*text; posts];
            let mut best = f64::INFINITY;
            for _ in 0..(100_000 / posts / tokens).clamp(2, 100) {
                let start = Instant::now();
                let scores = scorer.score(&texts)?;
                best = best.min(start.elapsed().as_secs_f64());
                let counted = scores.iter().filter_map(Verdict::score).map(|score| score.tokens);
                assert_eq!(counted.sum::<usize>(), posts * tokens);
            }
            let rate = (posts * tokens) as f64 / best;
            println!(
                "{}",
                json!({ "threads": threads, "posts": posts, "tokens": tokens, "tokens_per_second": rate })
            );
        }
    }
    Ok(())
}

/// Seconds that this process has spent on any core, to a hundredth: other processes do not count.
fn processor_seconds() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = status.rsplit_once(')')?.1.split_whitespace().collect();
    // Fields 14 and 15 of the line, counted from 1: ticks of a hundredth in user and system mode.
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Peak resident memory of this process in MB, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

fn table(folder: &str, tweets: &str, threads: &str) -> Outcome<()> {
    println!("{threads} threads, {}", Level::best());
    println!("| precision | tokens/s | p50 ms | p99 ms | start-up ms | peak memory MB |");
    println!("|---|---|---|---|---|---|");
    for precision in ["f32", "bf16", "int8"] {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["worker", folder, tweets, precision, threads])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut requests = child.stdin.take().ok_or("no standard input")?;
        let mut answers = BufReader::new(child.stdout.take().ok_or("no standard output")?).lines();
        let mut next = || -> Outcome<Value> {
            Ok(serde_json::from_str(&answers.next().ok_or("the worker ended")??)?)
        };
        let opened = next()?;
        let (mut fastest, mut p50, mut p99) = (0.0_f64, f64::INFINITY, f64::INFINITY);
        for _ in 0..5 {
            writeln!(requests, "bulk\nsingle 200")?;
            fastest = fastest.max(next()?["tokens_per_second"].as_f64().unwrap_or(0.0));
            let latency = next()?;
            p50 = p50.min(latency["p50_ms"].as_f64().unwrap_or(f64::INFINITY));
            p99 = p99.min(latency["p99_ms"].as_f64().unwrap_or(f64::INFINITY));
        }
        writeln!(requests, "memory")?;
        let memory = next()?["memory_mb"].as_f64().unwrap_or(f64::NAN);
        drop(requests);
        child.wait()?;
        let startup = opened["startup_ms"].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {precision} | {fastest:.0} | {p50:.2} | {p99:.2} | {startup:.0} | {memory:.0} |"
        );
    }
    Ok(())
}
