//! Lengths of drawings.

use std::fmt;

use askama::filters::HtmlSafe;

/// A length or place in the units of a drawing, written with one decimal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}

impl HtmlSafe for Px {}
