//! A post that waits to be read, and what can be said of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::ModelRef;

/// A reviewer's answer to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It supports ISIS.
    Supports,
    /// It does not.
    Not,
    /// The reviewer cannot tell.
    Unsure,
    /// The reviewer leaves it to others. It is no reading, and the post is not shown to him again.
    Skip,
}

impl Answer {
    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supports => "supports",
            Self::Not => "not",
            Self::Unsure => "unsure",
            Self::Skip => "skip",
        }
    }

    /// The verdict, unless the post was skipped.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Supports => Some(Verdict::Supports),
            Self::Not => Some(Verdict::Not),
            Self::Unsure => Some(Verdict::Unsure),
            Self::Skip => None,
        }
    }
}

/// The verdict of a post's readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewVerdict)] // feedback has a Verdict of its own in the same description
pub enum Verdict {
    /// It supports ISIS.
    Supports,
    /// It does not.
    Not,
    /// They cannot tell, or three of them say three things.
    Unsure,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Supports, Self::Not, Self::Unsure];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supports => "supports",
            Self::Not => "not",
            Self::Unsure => "unsure",
        }
    }

    /// Reads a [name](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// Outcome of a post's readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Readers that are still wanted.
    pub open: i64,
    /// The verdict so far: that of more than half of the readers; unsure if three say three things.
    pub verdict: Option<Verdict>,
}

impl Outcome {
    /// Of a post that `readers` were drawn for, and the verdicts of those who read it. Two who differ ask
    /// for a third; three who say three things leave it unsure.
    pub fn of(readers: i64, readings: &[Verdict]) -> Self {
        let count = readings.len();
        let most = Verdict::ALL.into_iter().find(|verdict| {
            2 * readings.iter().filter(|reading| *reading == verdict).count() > count
        });
        let wanted = if most.is_none() && count > 1 { 3 } else { readers };
        let open = (wanted - count as i64).max(0);
        let verdict = most.or((open == 0 && count > 1).then_some(Verdict::Unsure));
        Self { open, verdict }
    }
}

/// A scored post on its way into the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    /// The caller's own id.
    pub id: Option<String>,
    /// The text.
    pub text: String,
    /// Its source.
    pub source: String,
    /// The model's result.
    pub scored: Scored,
}

/// The model's result for a post.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Calibrated score; none where it was not judged.
    pub score: Option<f64>,
    /// Its review band.
    pub band: String,
    /// Reason that it was not judged.
    pub reason: Option<String>,
    /// Its language.
    pub lang: Option<String>,
    /// The threshold of that day.
    pub threshold: f64,
    /// The model.
    pub model: ModelRef,
}

impl Scored {
    /// A verdict of the scorer.
    pub fn new(verdict: &scorer::Verdict, info: &crate::model::ModelInfo) -> Self {
        Self {
            score: verdict.score().map(|it| f64::from(it.score)),
            band: verdict.band().as_str().to_owned(),
            reason: verdict.reason().map(|it| it.as_str().to_owned()),
            lang: verdict.lang().map(str::to_owned),
            threshold: f64::from(info.calibration.threshold),
            model: info.into(),
        }
    }
}

/// A post that is in the queue now, or was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Added {
    /// Its number in the queue.
    pub item: i64,
    /// True if it was there already, with the same text and id; then it was not put in again.
    pub known: bool,
}

/// The way in which a post was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// As the most urgent.
    Score,
    /// As one that the model would learn from.
    Learn,
    /// As one of the random share.
    Random,
}

/// A post before a reviewer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Shown {
    /// Its number in the queue.
    pub item: i64,
    /// The caller's own id.
    pub id: Option<String>,
    /// The text.
    pub text: String,
    /// Its language.
    pub lang: Option<String>,
    /// Its source.
    pub source: String,
    /// When it came, in UTC (RFC 3339).
    pub created: String,
    /// Score and others' verdicts; null until the verdict if the server is started with `--blind`.
    pub said: Option<Said>,
}

/// The score of a post, and others' verdicts on similar posts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Said {
    /// Calibrated score; null where the text was not judged.
    pub score: Option<f64>,
    /// Review band, by rising urgency: `none`, `review`, `priority_review`; or `not_judged`.
    pub band: String,
    /// Reason that it was not judged.
    pub reason: Option<String>,
    /// The threshold when it was scored.
    pub threshold: f64,
    /// The version of the model that scored it.
    pub model_version: String,
    /// The way in which this post was drawn.
    pub drawn: Drawn,
    /// Verdicts on posts with nearly the same text.
    pub similar: Similar,
}

/// Verdicts on posts with nearly the same text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Similar {
    /// Posts found to support ISIS.
    pub supports: u64,
    /// Posts found not to.
    pub not: u64,
    /// Posts left open.
    pub unsure: u64,
}

/// Progress of a reviewer and of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    /// Posts in the queue, read or not.
    pub posts: u64,
    /// Posts that still want a reader.
    pub open: u64,
    /// Verdicts of this reviewer, those skipped not among them.
    pub yours: u64,
    /// Those of the present day (UTC).
    pub yours_today: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Not, Supports, Unsure};

    #[test]
    fn two_who_differ_ask_for_a_third_and_more_than_half_decide() {
        let cases: [(i64, &[Verdict], i64, Option<Verdict>); 11] = [
            (1, &[], 1, None),
            (1, &[Not], 0, Some(Not)),
            (2, &[Not], 1, Some(Not)),
            (2, &[Not, Not], 0, Some(Not)),
            (2, &[Not, Supports], 1, None),
            (2, &[Not, Supports, Supports], 0, Some(Supports)),
            (2, &[Not, Supports, Unsure], 0, Some(Unsure)),
            // A second reader whom nobody asked: his lease had run out.
            (1, &[Not, Supports], 1, None),
            (1, &[Not, Not], 0, Some(Not)),
            (2, &[Unsure, Unsure], 0, Some(Unsure)),
            (2, &[Not, Not, Supports, Supports], 0, Some(Unsure)),
        ];
        for (readers, readings, open, verdict) in cases {
            assert_eq!(Outcome::of(readers, readings), Outcome { open, verdict }, "{readings:?}");
        }
    }
}
