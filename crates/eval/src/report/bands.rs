//! Rows by review band.

use serde::Serialize;

use crate::{
    figure::Figure,
    number::{count, decimal, percent, with_interval},
    page::{Block, Table},
    posts::Scored,
};

/// Start of a review band.
#[derive(Debug, Clone, PartialEq)]
pub struct BandStart {
    /// The band's name.
    pub name: &'static str,
    /// Its lowest score.
    pub from: f64,
}

/// The rows of one review band.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandRows {
    /// The band's name.
    pub band: &'static str,
    /// Its lowest score.
    pub from: f64,
    /// Number of rows in it.
    pub rows: u64,
    /// Number of positive rows in it.
    pub positives: u64,
    /// The share that is positive.
    pub positive_rate: Option<Figure>,
}

/// Counts the rows of each band, if there are any. `starts` rise; what lies below the first is
/// `none`.
pub fn measure(scored: &Scored, starts: &[BandStart], confidence: f64) -> Vec<BandRows> {
    if starts.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![(0_u64, 0_u64); starts.len() + 1];
    for (&score, &label) in scored.scores.iter().zip(&scored.labels) {
        let band = starts.iter().filter(|start| score >= start.from).count();
        counts[band].0 += 1;
        counts[band].1 += u64::from(label);
    }
    let names =
        std::iter::once(("none", 0.0)).chain(starts.iter().map(|start| (start.name, start.from)));
    names
        .zip(counts)
        .map(|((band, from), (rows, positives))| BandRows {
            band,
            from,
            rows,
            positives,
            positive_rate: Figure::share(positives, rows, confidence),
        })
        .collect()
}

/// The bands, under the thresholds.
pub fn show(bands: &[BandRows]) -> Block {
    Table::of("Review bands", bands)
        .text("Band", |band| band.band.replace('_', " "))
        .number("From", |band| decimal(band.from))
        .number("Rows", |band| count(band.rows))
        .number("Positive", |band| count(band.positives))
        .number("Share positive", |band| with_interval(band.positive_rate, percent))
        .block()
}
