//! A finding of the report: one sentence, and how to take it.

use serde::Serialize;

/// One sentence, and how to take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Good, caution or bad.
    pub kind: Kind,
    /// The sentence.
    pub text: String,
}

/// Weight of a finding, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As it should be.
    Good,
    /// Worth knowing before relying on the score.
    Caution,
    /// A reason not to rely on it.
    Bad,
}

impl Finding {
    /// A finding of the given weight.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// Good from `good` on, bad from `bad` on; `good` and `bad` may lie either way round. Limits are
/// ours: they say where a sentence turns, not what is allowed.
pub fn grade(value: f64, good: f64, bad: f64) -> Kind {
    let sign = if good > bad { 1.0 } else { -1.0 };
    if sign * value >= sign * good {
        Kind::Good
    } else if sign * value <= sign * bad {
        Kind::Bad
    } else {
        Kind::Caution
    }
}
