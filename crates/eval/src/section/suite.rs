//! Written cases by function, after `HateCheck` (Röttger et al., "`HateCheck`: functional
//! tests for hate speech detection models", ACL 2021).

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{error::EvalError, figure::Figure, judge::Judge};

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The function that it tests.
    pub function: String,
    /// The text.
    pub text: String,
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

/// Results of a suite by the side its cases belong on: a judge that flags nothing passes all of one
/// side and none of the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sides {
    /// Of the cases that should be left alone, the share that is.
    pub left_alone: Option<Figure>,
    /// Of the cases that should be flagged, the share that is.
    pub flagged: Option<Figure>,
}

impl Suite {
    /// Both sides.
    pub fn sides(&self) -> Sides {
        Sides { left_alone: self.negatives_passed, flagged: self.positives_passed }
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
            text: field(text).to_owned(),
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
/// An error of the judge.
pub fn measure(
    file: &Path,
    cases: &[Case],
    judge: &Judge,
    confidence: f64,
) -> Result<Suite, EvalError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let scores = judge.score(&texts)?;
    let flagged = |score: Option<f64>| score.is_some_and(|score| score >= judge.threshold);
    let mut groups: BTreeMap<&str, Vec<(&Case, Option<f64>)>> = BTreeMap::new();
    let mut sides = [(0_u64, 0_u64); 2];
    for (case, score) in cases.iter().zip(scores) {
        groups.entry(&case.function).or_default().push((case, score));
        let side = &mut sides[usize::from(case.expected)];
        side.0 += u64::from(flagged(score) == case.expected);
        side.1 += 1;
    }
    let mut functions: Vec<Function> = groups
        .into_iter()
        .map(|(function, cases)| {
            let failed = |case: &Case, score| flagged(score) != case.expected;
            let failures: Vec<Failure> = cases
                .iter()
                .filter(|&&(case, score)| failed(case, score))
                .map(|&(case, score)| Failure {
                    text: case.text.clone(),
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
