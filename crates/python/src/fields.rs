//! Verdicts as columns of Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use scorer::{Reason, Verdict};

use crate::rows::RowError;

/// The fields of many rows, a list each.
pub(crate) struct Fields<'py> {
    py: Python<'py>,
    score: Bound<'py, PyList>,
    label: Bound<'py, PyList>,
    band: Bound<'py, PyList>,
    reason: Bound<'py, PyList>,
    lang: Bound<'py, PyList>,
    truncated: Bound<'py, PyList>,
    error: Bound<'py, PyList>,
}

/// Seven lists of the same length: score, label, band, reason, lang, truncated, error.
pub(crate) type Columns<'py> = (
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
);

/// The band of a row that was not scored, as the scorer calls it.
const NOT_JUDGED: &str = "not_judged";

impl<'py> Fields<'py> {
    /// Of no rows.
    pub(crate) fn new(py: Python<'py>) -> Self {
        let list = || PyList::empty(py);
        Self {
            py,
            score: list(),
            label: list(),
            band: list(),
            reason: list(),
            lang: list(),
            truncated: list(),
            error: list(),
        }
    }

    /// Adds what the scorer says of a text.
    pub(crate) fn push(&self, verdict: &Verdict) -> PyResult<()> {
        self.score.append(verdict.score().map(|score| decimal(score.score)))?;
        self.label.append(self.name(verdict.label().map(|label| label.as_str())))?;
        self.band.append(self.name(Some(verdict.band().as_str())))?;
        self.reason.append(self.name(verdict.reason().map(|reason| reason.as_str())))?;
        self.lang.append(self.name(verdict.lang()))?;
        self.truncated.append(verdict.score().map(|score| score.truncated))?;
        // The row's own fault; words that no model reads and other languages are the model's limit.
        let error = verdict.reason().filter(|reason| *reason == Reason::NoText);
        self.error.append(self.name(error.map(|reason| reason.as_str())))
    }

    /// Adds a row that no text could be read of.
    pub(crate) fn push_error(&self, error: RowError) -> PyResult<()> {
        let error = self.name(Some(error.as_str()));
        self.score.append(self.py.None())?;
        self.label.append(self.py.None())?;
        self.band.append(self.name(Some(NOT_JUDGED)))?;
        self.reason.append(&error)?;
        self.lang.append(self.py.None())?;
        self.truncated.append(self.py.None())?;
        self.error.append(error)
    }

    /// All of them.
    pub(crate) fn into_columns(self) -> Columns<'py> {
        (self.score, self.label, self.band, self.reason, self.lang, self.truncated, self.error)
    }

    /// A name as a string of which Python has one only.
    fn name(&self, name: Option<&str>) -> Option<Bound<'py, PyString>> {
        name.map(|name| PyString::intern(self.py, name))
    }
}

/// The number that a score is written as: the shortest decimal that no other 32-bit number is nearest
/// to. Read from `score`'s files it is the same, and `numpy.float32` has the score's very bits; the 32
/// bits taken as 64 would print .9 as .8999999761581421 and compare as less than .9.
pub(crate) fn decimal(score: f32) -> f64 {
    score.to_string().parse().unwrap_or_else(|_| score.into())
}
