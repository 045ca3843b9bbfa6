//! All that is asked of the crate `scorer`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use checkpoint::Manifest;
use scorer::{Asked, Options, Precision, Scorer, ScorerError, Verdict};

/// An error of the engine, in one line.
#[derive(Debug)]
pub(crate) enum EngineError {
    /// The model cannot be used.
    Model(String),
    /// An argument makes no sense.
    Option(String),
    /// The scorer failed.
    Fault(String),
}

impl From<ScorerError> for EngineError {
    fn from(error: ScorerError) -> Self {
        let message = error.to_string();
        match error {
            ScorerError::Threads { .. } => Self::Option(message),
            _ => Self::Model(message),
        }
    }
}

/// An open model, for use in the process that opened it.
pub(crate) struct Engine {
    scorer: Arc<Scorer>,
    process: u32,
    precision: Precision,
    threads: usize,
}

impl Engine {
    /// Opens the model in a folder. As many threads as there are cores, where no number is given; one
    /// thread is the caller's, and none is started.
    pub(crate) fn open(
        folder: &Path,
        precision: &str,
        threads: Option<usize>,
    ) -> Result<Self, EngineError> {
        let precision = self::precision(precision)?;
        let cores = || available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or_else(cores);
        // A number is always given: rayon's global threads would be missing in a forked child for good.
        let options = Options { precision, threads: Some(threads), ..Options::default() };
        let scorer = guarded(|| Scorer::open(folder, &options))??;
        Ok(Self { scorer: Arc::new(scorer), process: std::process::id(), precision, threads })
    }

    /// The process that opened it.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// Precision that products are rounded to.
    pub(crate) fn precision(&self) -> Precision {
        self.precision
    }

    /// Threads, the caller's among them.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// The manifest of the checkpoint.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.scorer.checkpoint()
    }

    /// Judges texts, in the order given.
    pub(crate) fn judge(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, EngineError> {
        Ok(guarded(|| self.scorer.score_asked(texts))??)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A forked child has none of the threads, and would wait for them: it keeps the memory.
            std::mem::forget(self.scorer.clone());
        }
    }
}

/// The precision of a name.
pub(crate) fn precision(name: &str) -> Result<Precision, EngineError> {
    name.parse().map_err(EngineError::Option)
}

/// A text as the model is given it.
pub(crate) fn normalise(text: &str) -> String {
    text::normalise(text)
}

/// The SHA-256 that names a checkpoint: of its weights, as it records them.
pub(crate) fn model_hash(folder: &Path) -> Result<String, EngineError> {
    let manifest = Manifest::open(folder).map_err(|error| EngineError::Model(error.to_string()))?;
    Ok(manifest.sha256())
}

/// Turns a panic, which is a mistake of ours, into an error that a Python program can catch.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said =
            said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no more is known");
        EngineError::Fault(format!(
            "the scorer failed, which is a mistake of its own: {said}; please report it with the \
             version of threat_indicator"
        ))
    })
}
