//! The ways an input can be unfit for a metric.

use thiserror::Error;

/// Errors of the metrics. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MetricError {
    /// There is not a single row.
    #[error("no rows to measure: give at least one score with its label")]
    Empty,

    /// Scores and labels do not pair up.
    #[error("{scores} scores but {labels} labels: each row needs one of both")]
    LengthMismatch {
        /// Number of scores given.
        scores: usize,
        /// Number of labels given.
        labels: usize,
    },

    /// Two models to be compared were not measured on the same rows.
    #[error("the two sides of a paired comparison differ at row {row}: score the same file twice")]
    Unpaired {
        /// The first row whose labels differ, or the length of the shorter side.
        row: usize,
    },

    /// A score is not a number.
    #[error("the score of row {row} is NaN: leave out rows that have no score")]
    NotANumber {
        /// The first such row.
        row: usize,
    },

    /// A metric of probabilities was given something outside 0 to 1.
    #[error("the score of row {row} is {value}, not a probability between 0 and 1")]
    NotAProbability {
        /// The first such row.
        row: usize,
        /// Its score.
        value: f64,
    },

    /// A logit is infinite.
    #[error("the logit of row {row} is {value}: a temperature needs finite logits")]
    NotFinite {
        /// The first such row.
        row: usize,
        /// Its logit.
        value: f64,
    },

    /// A metric that needs both classes saw one.
    #[error("{metric} is undefined: none of the {rows} rows is {missing}")]
    OneClass {
        /// The metric asked for.
        metric: &'static str,
        /// `"positive"` or `"negative"`.
        missing: &'static str,
        /// Number of rows.
        rows: usize,
    },

    /// More rows than row numbers of 32 bits can name.
    #[error(
        "{rows} rows are more than the {} that can be measured at once: split the file",
        u32::MAX
    )]
    TooManyRows {
        /// Number of rows.
        rows: usize,
    },

    /// A parameter of the metric is out of its range.
    #[error("{name} is {value}, but must be {range}")]
    BadParameter {
        /// The parameter.
        name: &'static str,
        /// The value given.
        value: f64,
        /// The allowed values, in words.
        range: &'static str,
    },
}
