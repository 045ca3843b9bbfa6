//! Resolved settings: every choice is made, nothing is left to guess. They stand in the report, so
//! that a reader can make the report again.

use metrics::Bootstrap;
use serde::Serialize;

/// Settings of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Scores from here on are flagged.
    pub threshold: f64,
    /// Samples of each bootstrap of all rows.
    pub replicates: usize,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Confidence level of the intervals, for example 0.95.
    pub confidence: f64,
    /// Columns to slice by.
    pub slices: Vec<String>,
    /// Smaller slices and sources are not listed.
    pub slice_min_rows: usize,
    /// Sources that baselines must not see.
    pub hold_out_sources: Vec<String>,
    /// Posts that are edited to see whether their score moves; 0 for none.
    pub invariance_posts: usize,
    /// Mistakes of each kind to list with their texts; 0 for none.
    pub show_errors: usize,
    /// True if rows of one label are accepted.
    pub one_label: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            replicates: 1_000,
            seed: 0,
            confidence: 0.95,
            slices: Vec::new(),
            slice_min_rows: 20,
            hold_out_sources: Vec::new(),
            invariance_posts: 300,
            show_errors: 0,
            one_label: false,
        }
    }
}

impl Settings {
    /// The bootstrap of all rows.
    pub fn bootstrap(&self) -> Bootstrap {
        Bootstrap { replicates: self.replicates, seed: self.seed, confidence: self.confidence }
    }

    /// The bootstrap of parts, of which there are many: a quarter of the samples.
    pub fn part_bootstrap(&self) -> Bootstrap {
        Bootstrap { replicates: self.replicates.div_ceil(4), ..self.bootstrap() }
    }
}
