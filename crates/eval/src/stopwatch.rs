//! Times the stages of a report.

use std::time::Instant;

use serde::Serialize;

/// A stage and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Name of the stage.
    pub stage: String,
    /// Its time in seconds.
    pub seconds: f64,
}

/// Times the stages, those that took next to nothing left out.
pub(crate) struct Stopwatch {
    last: Instant,
    pub(crate) stages: Vec<Stage>,
}

impl Stopwatch {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), stages: Vec::new() }
    }

    /// Ends a stage.
    pub(crate) fn lap(&mut self, stage: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        if seconds >= 0.001 {
            self.stages.push(Stage { stage: stage.to_owned(), seconds });
        }
    }
}
