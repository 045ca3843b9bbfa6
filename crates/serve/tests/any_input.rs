//! Replies of X and bodies of clients, of any bytes: the seeds of the fuzz targets `x_reply` and `bodies`,
//! each changed some hundred times, always the same.
#![allow(clippy::unwrap_used, unused_qualifications)] // what is included stands alone elsewhere

use std::fs;
use std::path::Path;

use fastrand::Rng;

include!("common/any_reply.rs");
include!("common/any_body.rs");

/// Pieces that JSON breaks at, and pieces of a request.
const PIECES: [&str; 26] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "NaN",
    "{}",
    "[]",
    "\"\"",
    "1e999",
    "-1",
    "0.5",
    "true",
    "\\ud83d",
    "\u{feff}",
    "\0",
    "é",
    "\"20\"",
    "20",
    "\"text\":",
    "\"id\":",
    "\n",
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Factor on the changes of each seed: `THREAT_FUZZ_TIMES=1000` for a long run.
fn times() -> usize {
    std::env::var("THREAT_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Each seed as it is, and changed so many times in one to four places, not before the byte `first`.
fn each(target: &str, changes: usize, first: usize, mut with: impl FnMut(&[u8])) {
    let seeds = seeds(target);
    assert!(seeds.len() >= 10);
    let mut random = Rng::with_seed(7);
    for seed in &seeds {
        with(seed);
        for _ in 0..changes * times() {
            let mut bytes = seed.clone();
            for _ in 0..random.usize(1..=4) {
                let at = random.usize(first..=bytes.len());
                match random.u8(0..4) {
                    0 => {
                        let piece = PIECES[random.usize(..PIECES.len())];
                        bytes.splice(at..at, piece.bytes());
                    }
                    1 if random.u8(0..4) == 0 => bytes.truncate(at),
                    2 if at < bytes.len() => bytes[at] = random.u8(..),
                    _ => {
                        let end = (at + random.usize(0..9)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                }
            }
            with(&bytes);
        }
    }
}

#[test]
fn no_reply_of_x_makes_the_server_panic_or_costs_another_post_its_text() {
    each("x_reply", 1_000, 0, any_reply);
}

#[test]
fn no_body_makes_the_server_panic_or_blame_itself() {
    let bodies = Bodies::new();
    each("bodies", 100, 1, |bytes| bodies.send(bytes));
}
