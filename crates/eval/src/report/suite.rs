//! Written cases by function, after `HateCheck` (Röttger et al., "`HateCheck`: functional
//! tests for hate speech detection models", ACL 2021).

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    classifier::Classifier,
    error::EvalError,
    figure::Figure,
    finding::{Finding, grade},
    number::{decimal, optional, percent, size, with_interval},
    page::{Block, Cell, Quote, Table},
    posts::Text,
};

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The function that it tests.
    pub function: String,
    /// The text.
    pub text: Text,
    /// True if it should be flagged.
    pub expected: bool,
    /// The reason that this is expected.
    pub why: String,
}

/// Results of the suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suite {
    /// The file of cases.
    pub file: String,
    /// Number of cases.
    pub cases: usize,
    /// Number of cases on the expected side of the threshold.
    pub passed: usize,
    /// Of the cases that should not be flagged, the share that is not.
    pub negatives_passed: Option<Figure>,
    /// Of the cases that should be flagged, the share that is.
    pub positives_passed: Option<Figure>,
    /// By function: the least passed first.
    pub functions: Vec<Function>,
}

/// Results of a suite by the side its cases belong on: a classifier that flags nothing passes all of
/// one side and none of the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PassRates {
    /// Of the cases that should be left alone, the share that is.
    pub left_alone: Option<Figure>,
    /// Of the cases that should be flagged, the share that is.
    pub flagged: Option<Figure>,
}

impl Suite {
    /// The pass rates of both sides.
    pub fn pass_rates(&self) -> PassRates {
        PassRates { left_alone: self.negatives_passed, flagged: self.positives_passed }
    }
}

/// The cases of one function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Function {
    /// Its name.
    pub function: String,
    /// The side its cases belong on: 0, 1, or absent where they are divided.
    pub expected: Option<u8>,
    /// Number of cases.
    pub cases: usize,
    /// Number of cases that passed.
    pub passed: usize,
    /// The share that passed, with Wilson's interval.
    pub pass_rate: Option<Figure>,
    /// Mean score of its cases.
    pub mean_score: f64,
    /// The cases that failed.
    pub failures: Vec<Failure>,
}

/// A case on the wrong side. Suite texts are written by hand, not taken from anybody.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// The text.
    pub text: String,
    /// Its score; absent where it is not judged.
    pub score: Option<f64>,
    /// The reason that the other side is expected.
    pub why: String,
}

/// Reads a suite: CSV with the columns `function,text,expected,why`, `expected` being 0 or 1
/// (or `not_pro_isis`, `pro_isis`).
///
/// # Errors
/// A file that cannot be read, a missing column, or another value of `expected`.
pub fn read(file: &Path) -> Result<Vec<Case>, EvalError> {
    let bytes = std::fs::read(file).map_err(EvalError::io("read", file))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let bad = |row: u64, problem: String| EvalError::BadRow { file: file.to_owned(), row, problem };
    let headers = reader.headers().map_err(|e| bad(0, e.to_string()))?.clone();
    let column = |name: &str| {
        let found = headers.iter().position(|header| header.trim() == name);
        found.ok_or_else(|| EvalError::NoColumn {
            file: file.to_owned(),
            column: name.to_owned(),
            found: headers.iter().collect::<Vec<_>>().join(", "),
        })
    };
    let [function, text, expected] = [column("function")?, column("text")?, column("expected")?];
    let why = column("why").ok();
    let mut cases = Vec::new();
    for record in reader.records() {
        let record =
            record.map_err(|e| bad(e.position().map_or(0, csv::Position::line), e.to_string()))?;
        let row = record.position().map_or(0, csv::Position::line);
        let field = |index: usize| record.get(index).unwrap_or_default();
        cases.push(Case {
            function: field(function).trim().to_owned(),
            text: Text::new(field(text)),
            expected: match field(expected).trim() {
                "0" | "not_pro_isis" => false,
                "1" | "pro_isis" => true,
                other => {
                    let problem = format!("expected is '{other}', but must be 0 or 1");
                    return Err(bad(row, problem));
                }
            },
            why: why.map_or("", field).trim().to_owned(),
        });
    }
    if cases.is_empty() {
        return Err(bad(0, "the suite has no cases".to_owned()));
    }
    Ok(cases)
}

/// Scores every case and counts by function. A case that is not judged is not flagged.
///
/// # Errors
/// An error of the classifier.
pub fn measure(
    file: &Path,
    cases: &[Case],
    classifier: &Classifier,
    confidence: f64,
) -> Result<Suite, EvalError> {
    let texts: Vec<&Text> = cases.iter().map(|case| &case.text).collect();
    let scores = classifier.scores(&texts)?;
    let mut groups: BTreeMap<&str, Vec<(&Case, Option<f64>)>> = BTreeMap::new();
    let mut sides = [(0_u64, 0_u64); 2];
    for (case, score) in cases.iter().zip(scores) {
        groups.entry(&case.function).or_default().push((case, score));
        let side = &mut sides[usize::from(case.expected)];
        side.0 += u64::from(classifier.flags(score) == case.expected);
        side.1 += 1;
    }
    let mut functions: Vec<Function> = groups
        .into_iter()
        .map(|(function, cases)| {
            let failed = |case: &Case, score| classifier.flags(score) != case.expected;
            let failures: Vec<Failure> = cases
                .iter()
                .filter(|&&(case, score)| failed(case, score))
                .map(|&(case, score)| Failure {
                    text: case.text.raw().to_owned(),
                    score,
                    why: case.why.clone(),
                })
                .collect();
            let passed = cases.len() - failures.len();
            let first = cases[0].0.expected;
            let sum: f64 = cases.iter().map(|(_, score)| score.unwrap_or(0.0)).sum();
            Function {
                function: function.to_owned(),
                expected: cases
                    .iter()
                    .all(|(case, _)| case.expected == first)
                    .then(|| u8::from(first)),
                cases: cases.len(),
                passed,
                pass_rate: Figure::share(passed as u64, cases.len() as u64, confidence),
                mean_score: sum / cases.len() as f64,
                failures,
            }
        })
        .collect();
    functions.sort_by(|a, b| {
        let rate = |function: &Function| function.passed as f64 / function.cases as f64;
        rate(a).total_cmp(&rate(b)).then_with(|| a.function.cmp(&b.function))
    });
    let share = |(passed, cases): (u64, u64)| Figure::share(passed, cases, confidence);
    Ok(Suite {
        file: file.display().to_string(),
        cases: cases.len(),
        passed: (sides[0].0 + sides[1].0) as usize,
        negatives_passed: share(sides[0]),
        positives_passed: share(sides[1]),
        functions,
    })
}

/// The name of a function in words.
fn words(function: &Function) -> String {
    function.function.replace('_', " ")
}

/// The side that the cases of a function belong on, in words.
fn should_be(function: &Function) -> &'static str {
    match function.expected {
        Some(0) => "left alone",
        Some(_) => "flagged",
        None => "divided",
    }
}

/// Pass rates by function, and the cases on the wrong side.
pub fn show(suite: &Suite) -> Vec<Block> {
    let lead = format!(
        "{} cases written by hand for this project, each with the side it belongs on. {} fall \
         there: {} of those to be left alone, {} of those to be flagged.",
        size(suite.cases),
        size(suite.passed),
        with_interval(suite.negatives_passed, percent),
        with_interval(suite.positives_passed, percent)
    );
    let table = Table::of("Functions, the least passed first", &suite.functions)
        .text("Function", words)
        .text("Should be", should_be)
        .number("Passed", |function| format!("{} of {}", function.passed, function.cases))
        .drawing("0 to 100 %", |function| {
            let share = function.passed as f64 / function.cases as f64;
            let class = match share {
                0.9.. => "good",
                0.7.. => "caution",
                _ => "bad",
            };
            Cell::bar(share, class)
        })
        .number("Share", |function| with_interval(function.pass_rate, percent))
        .number("Mean score", |function| decimal(function.mean_score));
    let mut blocks = vec![Block::paragraph(lead), table.block()];
    let failures = suite.functions.iter().flat_map(|function| {
        function.failures.iter().map(|failure| Quote {
            score: optional(failure.score, decimal),
            about: format!("{}: {}", words(function), failure.why),
            text: failure.text.clone(),
        })
    });
    let failures: Vec<Quote> = failures.collect();
    if !failures.is_empty() {
        let summary = format!("The {} cases on the wrong side", size(failures.len()));
        blocks.push(Block::folded(summary, vec![Block::Quotes(failures)]));
    }
    blocks
}

/// Pass rates in a document.
pub fn markdown(suite: &Suite) -> String {
    let table = Table::of("", &suite.functions)
        .text("function", words)
        .text("should be", should_be)
        .number("passed", |function| format!("{} of {}", function.passed, function.cases));
    format!(
        "{} of {} cases on the expected side: {} of those to be left alone, {} of those to be \
         flagged.\n\n{}",
        size(suite.passed),
        size(suite.cases),
        with_interval(suite.negatives_passed, percent),
        with_interval(suite.positives_passed, percent),
        table.markdown()
    )
}

/// Both pass rates, and the worst function.
pub fn finding(suite: &Suite) -> Option<Finding> {
    let worst = suite.functions.first()?;
    let [negatives, positives] = [suite.negatives_passed?.value, suite.positives_passed?.value];
    Some(Finding::new(
        // A classifier that flags everything, or nothing, passes one side whole.
        grade(negatives.min(positives), 0.9, 0.7),
        format!(
            "Of the cases of the suite it rightly leaves alone {} and rightly flags {}; worst is \
             \u{201c}{}\u{201d} with {} of {}.",
            percent(negatives),
            percent(positives),
            words(worst),
            worst.passed,
            worst.cases
        ),
    ))
}
