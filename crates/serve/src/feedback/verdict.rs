//! Reviewers' verdicts, and the posts that they are on.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use utoipa::ToSchema;

use crate::TweetId;

/// A reviewer's verdict on a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It supports ISIS.
    ProIsis,
    /// It does not.
    NotProIsis,
    /// The reviewer cannot say. It counts for nothing, and takes back an earlier verdict.
    Unsure,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ProIsis, Self::NotProIsis, Self::Unsure];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProIsis => "pro_isis",
            Self::NotProIsis => "not_pro_isis",
            Self::Unsure => "unsure",
        }
    }

    /// Reads a [name](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// The review band that came with the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Nobody was asked to look.
    None,
    /// Somebody should look.
    Review,
    /// Somebody should look first.
    PriorityReview,
}

impl Band {
    /// All of them, from least to most urgent.
    pub const ALL: [Self; 3] = [Self::None, Self::Review, Self::PriorityReview];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Review => "review",
            Self::PriorityReview => "priority_review",
        }
    }

    /// Reads a [name](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.as_str() == name)
    }
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Self::ALL.map(Self::as_str);
        deserializer.deserialize_any(OneOf(&names)).map(|place| Self::ALL[place])
    }
}

impl<'de> Deserialize<'de> for Band {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Self::ALL.map(Self::as_str);
        deserializer.deserialize_any(OneOf(&names)).map(|place| Self::ALL[place])
    }
}

/// Reads one of these names and gives its place. Whatever else stands there, a number or null, the
/// error names them all.
struct OneOf<'a>(&'a [&'static str]);

impl Visitor<'_> for OneOf<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of `{}`", self.0.join("`, `"))
    }

    fn visit_str<E: Error>(self, given: &str) -> Result<usize, E> {
        let place = self.0.iter().position(|name| *name == given);
        place.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(given), &self))
    }
}

/// The post that was reviewed, recognisable without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Post {
    /// A tweet.
    Tweet(TweetId),
    /// A text without an id: its SHA-256, 64 lower-case hexadecimal digits, as in the audit log.
    Text(String),
}

/// A verdict with the score that it is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// When it came, in UTC (RFC 3339).
    pub time: String,
    /// The request that brought it, as in the log.
    pub request_id: String,
    /// Name of the API key, where keys are asked for.
    pub key: Option<String>,
    /// The post that was reviewed.
    pub post: Post,
    /// The score that was given.
    pub score: f64,
    /// The band that was suggested.
    pub band: Band,
    /// SHA-256 of the weights that gave the score.
    pub model_sha256: String,
    /// The reviewer's verdict.
    pub verdict: Verdict,
}
