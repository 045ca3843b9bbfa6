//! Stopwatch for the stages of a report.

use std::time::Instant;

use crate::report::Stage;

/// Times the stages, those that took next to nothing left out.
pub(crate) struct Watch {
    last: Instant,
    pub(crate) stages: Vec<Stage>,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), stages: Vec::new() }
    }

    pub(crate) fn lap(&mut self, stage: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        if seconds >= 0.001 {
            self.stages.push(Stage { stage: stage.to_owned(), seconds });
        }
    }
}
