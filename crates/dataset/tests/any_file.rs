//! Files of any bytes: the seeds of the fuzz target `rows`, each changed some hundred times, always the same.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use dataset::Random;

include!("common/any_file.rs");

/// Changes of each seed.
const CHANGES: usize = 400;

/// Factor on the changes of each seed: `THREAT_FUZZ_TIMES=1000` for a long run.
fn times() -> usize {
    std::env::var("THREAT_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Pieces that files break at.
const PIECES: [&str; 24] = [
    "\"", "\"\"", ",", ";", "\t", "|", "\n", "\r", "\r\n", "{", "}", "[", "]", ":", "\\",
    "\\ud83d", "NaN", "null", "\u{feff}", "text", "label", "\0", "é", "1e999",
];

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/rows");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn no_file_makes_the_readers_panic_or_write_what_is_no_json() {
    let seeds = seeds();
    assert!(seeds.len() >= 20);
    let mut random = Random::new(7);
    let mut below = |end: usize| random.below(end);
    for seed in &seeds {
        any_file(seed);
        for _ in 0..CHANGES * times() {
            let mut bytes = seed.clone();
            for _ in 0..=below(4) {
                let at = below(bytes.len() + 1);
                match below(4) {
                    0 => drop(bytes.splice(at..at, PIECES[below(PIECES.len())].bytes())),
                    1 => bytes.truncate(at.max(1)),
                    2 if at < bytes.len() => bytes[at] = below(256) as u8,
                    _ => {
                        let end = (at + below(9)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                }
            }
            any_file(&bytes);
        }
    }
}
