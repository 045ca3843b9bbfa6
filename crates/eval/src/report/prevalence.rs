//! Precision where positives are rare.

use askama::Template;
use metrics::{Confusion, precision_at_prevalence};
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::Figure,
    finding::{Finding, grade},
    number::percent,
    page::{Block, Cell},
};

/// Positives among all posts, in the order of the report.
const SHARES: [f64; 4] = [0.5, 0.1, 0.01, 0.0001];

/// Precision where the given share of all posts is positive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtPrevalence {
    /// The share of posts that is positive.
    pub prevalence: f64,
    /// The share of flagged posts that would be positive. The interval joins the worse ends of
    /// both rates' Wilson intervals, so it is wider than its name says, and it has a width
    /// where not one negative was flagged.
    pub precision: Figure,
    /// The same in words.
    pub words: String,
}

/// Carries the rates at the threshold over to other shares of positives. Empty where a rate is
/// undefined or nothing is flagged.
///
/// # Errors
/// None that rates between 0 and 1 can cause.
pub fn measure(counts: &Confusion, confidence: f64) -> Result<Vec<AtPrevalence>, EvalError> {
    let recall = Figure::share(counts.true_positives, counts.positives(), confidence);
    let rate = Figure::share(counts.false_positives, counts.negatives(), confidence);
    let (Some(recall), Some(rate)) = (recall, rate) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for prevalence in SHARES {
        let at = |tpr: Option<f64>, fpr: Option<f64>| match (tpr, fpr) {
            (Some(tpr), Some(fpr)) => precision_at_prevalence(tpr, fpr, prevalence),
            _ => Ok(None),
        };
        let Some(value) = at(Some(recall.value), Some(rate.value))? else {
            continue;
        };
        let precision = Figure {
            value,
            lower: at(recall.lower, rate.upper)?,
            upper: at(recall.upper, rate.lower)?,
        };
        found.push(AtPrevalence {
            prevalence,
            words: words(prevalence, &precision, counts),
            precision,
        });
    }
    Ok(found)
}

fn words(prevalence: f64, precision: &Figure, counts: &Confusion) -> String {
    let wrong = (1.0 - precision.value) * 100.0;
    let ends = [precision.upper, precision.lower].map(|end| end.map(|end| (1.0 - end) * 100.0));
    let range = match ends {
        [Some(fewest), Some(most)] if hundredths(fewest) != hundredths(most) => {
            format!(" (between {} and {})", hundredths(fewest), hundredths(most))
        }
        _ => String::new(),
    };
    let caution = if counts.false_positives == 0 {
        " No negative was flagged here, which is not the same as none ever being."
    } else {
        ""
    };
    format!(
        "If {} posts is of this kind: of 100 flagged posts about {} would be wrong{range}.{caution}",
        one_in(prevalence),
        hundredths(wrong),
    )
}

/// "1 in 2", "1 in 100".
fn one_in(share: f64) -> String {
    let count = (1.0 / share).round() as u64;
    let digits = count.to_string();
    if count >= 10_000 {
        let (thousands, rest) = digits.split_at(digits.len() - 3);
        format!("1 in {thousands},{rest}")
    } else {
        format!("1 in {digits}")
    }
}

/// A number out of 100, with a decimal near the ends, where it matters.
fn hundredths(value: f64) -> String {
    if value <= 0.0 || value >= 100.0 || (1.0..99.0).contains(&value) {
        return format!("{value:.0}");
    }
    let close = format!("{value:.1}");
    match close.as_str() {
        "0.0" => "fewer than 0.1".to_owned(),
        "100.0" => "more than 99.9".to_owned(),
        _ => close,
    }
}

#[derive(Template)]
#[template(path = "prevalence.html")]
struct Shares<'a> {
    rows: Vec<(String, Cell, &'a str)>,
}

/// Precision at other shares of positives, in words; `share` is that of this file.
pub fn show(found: &[AtPrevalence], share: f64) -> Vec<Block> {
    if found.is_empty() {
        return Vec::new();
    }
    let lead = format!(
        "In this file {} of the posts are positive. In what people write every day such posts are \
         far rarer, and then most of what is flagged is wrong, however good the figures above. The \
         rates at the threshold are carried over by Bayes' rule:",
        percent(share)
    );
    let note = "Bars: the share of flagged posts that would be wrong. Ranges join the worse, and \
                the better, ends of both rates' intervals. They hold for posts like those of this \
                file.";
    let rows = found.iter().map(|at| {
        let wrong = Cell::bar(1.0 - at.precision.value, "bad");
        (percent(at.prevalence).replace(".0 %", " %"), wrong, at.words.as_str())
    });
    vec![Block::paragraph(lead), Block::own(&Shares { rows: rows.collect() }), Block::note(note)]
}

/// The same in a document.
pub fn markdown(found: &[AtPrevalence]) -> String {
    found.iter().map(|at| format!("- {}\n", at.words)).collect()
}

/// What is flagged wrongly where positives are rare.
pub fn finding(found: &[AtPrevalence]) -> Option<Finding> {
    let rare = found.iter().find(|at| at.prevalence < 0.02)?;
    Some(Finding::new(grade(rare.precision.value, 0.9, 0.5), rare.words.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rarity_is_told_in_plain_numbers() {
        // Recall 90 of 100, 10 of 1,000 negatives flagged.
        let counts = Confusion {
            true_positives: 90,
            false_negatives: 10,
            false_positives: 10,
            true_negatives: 990,
        };
        let found = measure(&counts, 0.95).unwrap();
        assert_eq!(found.len(), 4);
        // 1 in 100: .009 / (.009 + .0099) = .476.
        assert!((found[2].precision.value - 0.009 / 0.0189).abs() < 1e-12);
        assert!(
            found[2].words.starts_with(
                "If 1 in 100 posts is of this kind: of 100 flagged posts about 52 would be wrong"
            ),
            "{}",
            found[2].words
        );
        assert!(found[3].words.contains("1 in 10,000"), "{}", found[3].words);
        assert!(found[3].words.contains("99.1"), "{}", found[3].words);
    }

    #[test]
    fn no_false_positive_is_not_called_certainty() {
        let counts = Confusion {
            true_positives: 50,
            false_negatives: 0,
            false_positives: 0,
            true_negatives: 100,
        };
        let rare = measure(&counts, 0.95).unwrap().pop().unwrap();
        assert!((rare.precision.value - 1.0).abs() < 1e-12);
        assert!(rare.precision.lower.unwrap() < 0.01);
        assert!(rare.words.contains("not the same"));
    }
}
