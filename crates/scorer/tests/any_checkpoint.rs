//! Checkpoints and bases of which one file holds any bytes: the seeds of the fuzz target `checkpoint`, each
//! changed some times, always the same.
#![allow(clippy::unwrap_used, unused_qualifications)] // what is included stands alone elsewhere

use std::fs;
use std::path::Path;

use fastrand::Rng;

include!("common/any_checkpoint.rs");

/// Changes of each seed.
const CHANGES: usize = 100;

/// Factor on the changes of each seed: `THREAT_FUZZ_TIMES=1000` for a long run.
fn times() -> usize {
    std::env::var("THREAT_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Pieces that JSON and lists of word pieces break at.
const PIECES: [&str; 16] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "\n",
    "\\u0000",
    "[CLS]\n",
    "\u{feff}",
];

#[test]
fn no_file_of_a_checkpoint_makes_a_program_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/checkpoint");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    let folders = Folders::new();
    let mut random = Rng::with_seed(7);
    for seed in paths.iter().map(|path| fs::read(path).unwrap()) {
        folders.open(&seed);
        for _ in 0..CHANGES * times() {
            let mut bytes = seed.clone();
            for _ in 0..=random.usize(..3) {
                let at = 1 + random.usize(..bytes.len());
                match random.usize(..4) {
                    0 => drop(bytes.splice(at..at, PIECES[random.usize(..PIECES.len())].bytes())),
                    1 if random.usize(..4) == 0 => bytes.truncate(at),
                    2 => {
                        let end = (at + random.usize(..9)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                    _ if at < bytes.len() => bytes[at] = random.u8(..),
                    _ => {}
                }
            }
            folders.open(&bytes);
        }
    }
}
