//! The order in which posts are shown.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::item::Drawn;

/// The order in which posts are shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The highest score first.
    #[default]
    Score,
    /// What the model learns most from first: of the posts with a score nearest to the threshold the one
    /// least like those read last; of posts that are nearly the same, one.
    // Which of them that is: `diversity.rs`.
    Learn,
    /// Any.
    Random,
}

impl Order {
    /// The [`Drawn`] of a post in this order.
    pub fn drawn(self) -> Drawn {
        match self {
            Self::Score => Drawn::Score,
            Self::Learn => Drawn::Learn,
            Self::Random => Drawn::Random,
        }
    }

    /// SQL for this order of open posts; each has an index of its own.
    pub(super) fn by(self) -> &'static str {
        match self {
            Self::Score => "urgency DESC, number",
            Self::Learn => "twin, doubt, number",
            Self::Random => "dice",
        }
    }
}

impl Drawn {
    /// The name in the file.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Learn => "learn",
            Self::Random => "random",
        }
    }

    /// Reads a [name](Self::as_str).
    pub(super) fn parse(name: &str) -> Self {
        match name {
            "learn" => Self::Learn,
            "random" => Self::Random,
            _ => Self::Score,
        }
    }
}

/// Distance of a score from its threshold, in logits: the nearer, the less the model knows, and the
/// more it learns from a verdict. A post without a score comes last.
pub(super) fn doubt(score: Option<f64>, threshold: f64) -> f64 {
    let logit = |share: f64| {
        let share = share.clamp(1e-9, 1.0 - 1e-9);
        (share / (1.0 - share)).ln()
    };
    score.map_or(1e9, |score| (logit(score) - logit(threshold)).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_is_greatest_at_the_threshold_wherever_it_is() {
        assert!(doubt(Some(0.13), 0.13).abs() < 1e-12);
        assert!(doubt(Some(0.10), 0.13) < doubt(Some(0.90), 0.13));
        assert!(doubt(Some(0.0), 0.13).is_finite() && doubt(Some(1.0), 0.13).is_finite());
        assert!(doubt(None, 0.13) > doubt(Some(0.0), 0.13));
    }
}
