//! Reliability bins and score histograms.

use metrics::{Binning, Measure, ReliabilityBin, ece, reliability_bins};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::Figure,
    finding::{Finding, grade},
    number::{count, decimal, percent, size, with_interval},
    page::{Axis, Block, Plot, Table},
    posts::Scored,
    report::overall::Overall,
};

/// Bins of the reliability diagram.
pub const BINS: usize = 10;
/// Bars of the histogram.
pub const BARS: usize = 20;

/// Calibration of the scores: reliability bins, their errors, and a histogram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Bins of equal width.
    pub equal_width: Vec<Bin>,
    /// Bins of equal numbers of rows.
    pub equal_mass: Vec<Bin>,
    /// Expected calibration error over the bins of equal width.
    pub ece_equal_width: f64,
    /// Expected calibration error over the bins of equal mass.
    pub ece_equal_mass: f64,
    /// The scores of each label.
    pub histogram: Histogram,
}

/// A bin of the reliability diagram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Its lowest score.
    pub from: f64,
    /// Its highest score.
    pub to: f64,
    /// Number of rows in it.
    pub rows: u64,
    /// Their mean score.
    pub mean_score: f64,
    /// The share of them that is positive, with Wilson's interval.
    pub positive_rate: Option<Figure>,
}

/// Number of rows of each label by score, in bars of equal width from 0 to 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// Rows with label 1 in each bar.
    pub positives: Vec<u64>,
    /// Rows with label 0 in each bar.
    pub negatives: Vec<u64>,
}

/// Measures calibration.
///
/// # Errors
/// A score that is no probability.
pub fn measure(scored: &Scored, confidence: f64) -> Result<Calibration, EvalError> {
    let (scores, labels) = (&scored.scores, &scored.labels);
    let bins = |binning| -> Result<Vec<Bin>, EvalError> {
        let bin = |bin: ReliabilityBin| Bin {
            from: bin.lower,
            to: bin.upper,
            rows: bin.rows,
            mean_score: bin.mean_score,
            positive_rate: Figure::share(bin.positives, bin.rows, confidence),
        };
        let found = reliability_bins(scores, labels, BINS, binning)?;
        Ok(found.into_iter().map(bin).collect())
    };
    Ok(Calibration {
        equal_width: bins(Binning::EqualWidth)?,
        equal_mass: bins(Binning::EqualMass)?,
        ece_equal_width: ece(scores, labels, BINS, Binning::EqualWidth)?,
        ece_equal_mass: ece(scores, labels, BINS, Binning::EqualMass)?,
        histogram: histogram(scored),
    })
}

fn histogram(scored: &Scored) -> Histogram {
    let mut found = Histogram { positives: vec![0; BARS], negatives: vec![0; BARS] };
    for (&score, &label) in scored.scores.iter().zip(&scored.labels) {
        let bar = ((score * BARS as f64) as usize).min(BARS - 1);
        let bars = if label { &mut found.positives } else { &mut found.negatives };
        bars[bar] += 1;
    }
    found
}

/// Scores by label; `mark` names the threshold.
pub fn histogram_chart(calibration: &Calibration, threshold: f64, mark: &str) -> Block {
    let bars = &calibration.histogram;
    let shares = |bars: &[u64]| -> Vec<f64> {
        let total = bars.iter().sum::<u64>().max(1) as f64;
        bars.iter().map(|&bar| bar as f64 / total).collect()
    };
    let (positives, negatives) = (shares(&bars.positives), shares(&bars.negatives));
    let highest = positives.iter().chain(&negatives).fold(0.0_f64, |a, &b| a.max(b));
    let top = (highest * 5.0).ceil().max(1.0) / 5.0;
    let label = |share: f64| format!("{:.0} %", share.abs() * 100.0);
    let mut plot = Plot::new(
        "histogram",
        "Scores by label",
        format!(
            "{} of the positives score in the highest twentieth, {} of the negatives in the lowest.",
            percent(positives.last().copied().unwrap_or_default()),
            percent(negatives.first().copied().unwrap_or_default())
        ),
        Axis::score("score"),
        Axis {
            label: "share of the label's rows",
            from: -top,
            to: top,
            ticks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|part| (part * top, label(part * top))).to_vec(),
        },
    );
    let ends = |bar: usize| [bar, bar + 1].map(|bar| bar as f64 / positives.len() as f64);
    for (bar, (&up, &down)) in positives.iter().zip(&negatives).enumerate() {
        let [from, to] = ends(bar);
        let title =
            |share, label| format!("scores {from:.2} to {to:.2}: {} of {label}", percent(share));
        plot.bar("positive", [from, to], [0.0, up], &title(up, "positives"));
        plot.bar("negative", [from, to], [-down, 0.0], &title(down, "negatives"));
    }
    plot.line("base", &[[0.0, 0.0], [1.0, 0.0]]);
    plot.upright("mark", threshold, mark);
    let rows: Vec<usize> = (0..positives.len()).collect();
    let table = Table::of("Rows by score", &rows)
        .text("Score", |&bar| {
            let [from, to] = ends(bar);
            format!("{from:.2} to {to:.2}")
        })
        .number("Label 1", |&bar| count(bars.positives[bar]))
        .number("Label 0", |&bar| count(bars.negatives[bar]));
    let key = [("positive", "label 1, upwards"), ("negative", "label 0, downwards")];
    plot.key(&key).block(vec![Block::folded("The numbers", vec![table.block()])])
}

/// The reliability diagram.
pub fn reliability_chart(calibration: &Calibration, rows: usize) -> Block {
    let mut plot = Plot::new(
        "reliability",
        "Does a score mean what it says?",
        format!(
            "Share of positives against mean score in {} bins of equal numbers of rows. Expected \
             calibration error {} over these bins, {} over bins of equal width.",
            calibration.equal_mass.len(),
            decimal(calibration.ece_equal_mass),
            decimal(calibration.ece_equal_width)
        ),
        Axis::score("mean score of the bin"),
        Axis::share("positives among its rows"),
    );
    plot.line("chance", &[[0.0, 0.0], [1.0, 1.0]]);
    let bins: Vec<(&Bin, Figure)> =
        calibration.equal_mass.iter().filter_map(|bin| Some((bin, bin.positive_rate?))).collect();
    let points: Vec<[f64; 2]> =
        bins.iter().map(|(bin, rate)| [bin.mean_score, rate.value]).collect();
    plot.line("model thin", &points);
    for (bin, rate) in &bins {
        if let Some((lower, upper)) = rate.lower.zip(rate.upper) {
            plot.whisker("model", bin.mean_score, lower, upper);
        }
        let title = format!(
            "{} rows, mean score {}, positive {}",
            count(bin.rows),
            decimal(bin.mean_score),
            percent(rate.value)
        );
        plot.dot("model", [bin.mean_score, rate.value], 4.0, &title);
    }
    let error = format!("ECE {}", decimal(calibration.ece_equal_mass));
    plot.label([0.0, 1.0], [10.0, 22.0], false, "big", &error);
    let note = format!(
        "{} bins of about equally many of the {} rows. On the diagonal a score is the share of \
         positives, for this file's share of them.",
        calibration.equal_mass.len(),
        size(rows)
    );
    let table = Table::of("Reliability", &bins)
        .text("Scores", |(bin, _)| format!("{:.3} to {:.3}", bin.from, bin.to))
        .number("Rows", |(bin, _)| count(bin.rows))
        .number("Mean score", |(bin, _)| decimal(bin.mean_score))
        .number("Positive", |(_, rate)| with_interval(Some(*rate), percent));
    let key = [("model", "bins, with intervals"), ("chance", "perfect")];
    let numbers = Block::folded("The numbers", vec![table.block()]);
    plot.key(&key).block(vec![Block::note(note), numbers])
}

/// How far a score is from the share of positives.
pub fn finding(calibration: &Calibration, overall: &Overall) -> Option<Finding> {
    let error = calibration.ece_equal_mass;
    overall.metric(Measure::RocAuc)?;
    Some(Finding::new(
        grade(error, 0.03, 0.1),
        format!(
            "On these rows a score is off from the share of positives by {} on average.",
            decimal(error)
        ),
    ))
}
