//! The seeds of the fuzz targets, whole and changed, always the same: what libFuzzer finds on nightly Rust,
//! the ordinary tests look for on stable.

use fastrand::Rng;

use crate::root;

/// The files of `fuzz/corpus/TARGET`, in the order of their names.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(root().join("fuzz/corpus").join(target)).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "{target} has {} seeds", paths.len());
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// How seeds are changed.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'a> {
    /// Changed copies of each seed; `THREAT_FUZZ_TIMES=1000` makes a thousand times as many.
    pub each: usize,
    /// The first bytes of a seed, which stay: they say what the rest is.
    pub keep: usize,
    /// Pieces that the format breaks at.
    pub pieces: &'a [&'a str],
}

impl Changes<'_> {
    /// Gives each seed of a target as it is, and then changed in one to four places.
    pub fn of(&self, target: &str, mut with: impl FnMut(&[u8])) {
        let mut random = Rng::with_seed(7);
        for seed in seeds(target) {
            with(&seed);
            for _ in 0..self.each * times() {
                let mut bytes = seed.clone();
                for _ in 0..random.usize(1..=4) {
                    self.change(&mut bytes, &mut random);
                }
                with(&bytes);
            }
        }
    }

    /// A piece put in, the end cut off, a byte replaced, or some bytes taken out.
    fn change(&self, bytes: &mut Vec<u8>, random: &mut Rng) {
        let at = random.usize(self.keep..=bytes.len());
        match random.u8(..4) {
            0 => drop(bytes.splice(at..at, random.choice(self.pieces).unwrap().bytes())),
            // More often, and little would be left of a seed.
            1 if random.u8(..4) == 0 => bytes.truncate(at),
            2 if at < bytes.len() => bytes[at] = random.u8(..),
            _ => {
                let end = (at + random.usize(..9)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

fn times() -> usize {
    std::env::var("THREAT_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}
