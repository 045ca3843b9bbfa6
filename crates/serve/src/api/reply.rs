//! The bodies of successful replies.

use scorer::{Label, Reason, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, ErrorBody};
use crate::model::ModelInfo;
use crate::tweet::Tweet;

/// The model that gave a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its weights.
    pub sha256: String,
}

impl From<&ModelInfo> for ModelRef {
    fn from(info: &ModelInfo) -> Self {
        Self { name: info.name.clone(), version: info.version.clone(), sha256: info.sha256.clone() }
    }
}

/// A text's score and what is needed to judge it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScoredText {
    /// Calibrated score between 0 and 1: how much the text resembles posts that support
    /// ISIS, as the model has learned them. A reason for a person to look, never a verdict.
    /// Absent where the text is not judged, as are `raw_score`, `logit` and `label`.
    #[schema(example = 0.0314, value_type = f32, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// The network's own probability, before calibration.
    #[schema(value_type = f32, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_score: Option<f32>,
    /// The network's output before the sigmoid.
    #[schema(value_type = f32, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logit: Option<f32>,
    /// `pro_isis` if the score reaches the threshold, else `not_pro_isis`.
    #[schema(example = "not_pro_isis", value_type = String, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'static str>,
    /// Review band, by rising urgency: `none`, `review`, `priority_review`; or `not_judged`.
    #[schema(example = "none")]
    pub band: &'static str,
    /// Reason that the text is not judged: `language`, which the model has not learned, or
    /// `no_words`. Null where it is judged.
    pub reason: Option<&'static str>,
    /// The language of the text, or of the part of it that was read: an ISO 639-1 code, `und` if it
    /// cannot be told, null for a text without words.
    #[schema(example = "en")]
    pub lang: Option<&'static str>,
    /// True if only a part of the text was read, because the rest is in other languages.
    pub partial: bool,
    /// The threshold of `label`.
    pub threshold: f32,
    /// True if the end of the text was not read. A text longer than the model reads at once is read in
    /// windows that overlap, 2,100 at most, and the highest counts; only what is longer still is cut.
    pub truncated: bool,
    /// Word pieces read.
    pub tokens: usize,
    /// Contribution of each word to the logit, where asked for with `explain=true`. Of a text that
    /// was read in windows, only the words of the one that counts are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Vec<Contribution>>,
    /// With an explanation: the text as the model reads it, normalised, and without what is in other
    /// languages where only a part was read. The places of words are places in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_text: Option<String>,
}

impl ScoredText {
    /// Puts a verdict beside the threshold of labels.
    pub fn new(verdict: &Verdict, info: &ModelInfo) -> Self {
        let judged = verdict.score();
        Self {
            score: judged.map(|it| it.score),
            raw_score: judged.map(|it| it.raw_score),
            logit: judged.map(|it| it.logit),
            label: verdict.label().map(Label::as_str),
            band: verdict.band().as_str(),
            reason: verdict.reason().map(Reason::as_str),
            lang: verdict.lang(),
            partial: judged.is_some_and(|it| it.part.is_some()),
            threshold: info.calibration.threshold,
            truncated: judged.is_some_and(|it| it.truncated),
            tokens: judged.map_or(0, |it| it.tokens),
            explanation: None,
            read_text: None,
        }
    }

    /// The same with what each word adds.
    #[must_use]
    pub fn explained(self, explanation: Explanation) -> Self {
        let Explanation { read_text, words } = explanation;
        Self { explanation: Some(words), read_text: Some(read_text), ..self }
    }
}

/// Explanation of a score by its words.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The text as the model reads it.
    pub read_text: String,
    /// Contribution of each word of the text, or of its window that counts.
    pub words: Vec<Contribution>,
}

/// Contribution of one word to the score: the logit of the text less the logit without that word.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contribution {
    /// The word, as it stands in `read_text`.
    pub word: String,
    /// Its first character in `read_text`, from 0.
    pub begin: usize,
    /// One past its last.
    pub end: usize,
    /// Above 0: the word raises the score.
    pub contribution: f32,
}

/// Reply of `GET /threat_level/{tweet_id}` and `GET /v1/tweets/{tweet_id}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreatLevel {
    /// The tweet's id, a string: it has more digits than a JSON number keeps.
    #[schema(example = "20")]
    pub id: String,
    /// The whole text that was scored; absent with `include_text=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The score.
    #[serde(flatten)]
    pub scored: ScoredText,
    /// Language tag from the source, where known: heard where the text itself leaves its language open.
    pub source_lang: Option<String>,
    /// True if the text, or else its source, says that it is in a language that the model has not
    /// learned.
    pub out_of_domain: bool,
    /// Time of posting, where the source knows it.
    pub created_at: Option<String>,
    /// True if the tweet came out of the server's cache.
    pub cached: bool,
    /// The model that gave the score.
    pub model: ModelRef,
    /// The id of this request, as in the `X-Request-Id` header, the log and the audit log.
    pub request_id: String,
}

impl ThreatLevel {
    /// Puts a tweet and its score together.
    pub fn new(
        tweet: &Tweet,
        cached: bool,
        scored: ScoredText,
        info: &ModelInfo,
        include_text: bool,
        request_id: &str,
    ) -> Self {
        Self {
            id: tweet.id.to_string(),
            text: include_text.then(|| tweet.text.clone()),
            source_lang: tweet.lang.clone(),
            out_of_domain: scored.reason == Some(Reason::Language.as_str())
                || tweet.lang.as_deref().is_some_and(|tag| is_foreign(tag, &info.languages)),
            scored,
            created_at: tweet.created_at.clone(),
            cached,
            model: info.into(),
            request_id: request_id.to_owned(),
        }
    }
}

/// `und`, `zxx` and X's own `q..` tags say that the language is not known or that there is none.
fn is_foreign(tag: &str, claimed: &[String]) -> bool {
    let primary = tag.split('-').next().unwrap_or(tag);
    !(claimed.iter().any(|code| primary.eq_ignore_ascii_case(code))
        || primary.eq_ignore_ascii_case("und")
        || primary.eq_ignore_ascii_case("zxx")
        || (primary.len() == 3 && primary.starts_with('q')))
}

/// Reply of `POST /v1/score` to `text`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScoreReply {
    /// The score.
    #[serde(flatten)]
    pub scored: ScoredText,
    /// The model that gave it.
    pub model: ModelRef,
    /// The id of this request.
    pub request_id: String,
}

/// Reply of `POST /v1/score` to `texts`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchReply {
    /// One result or error a text, in the order of the request.
    pub results: Vec<ItemReply>,
    /// The model that gave the scores.
    pub model: ModelRef,
    /// The id of this request.
    pub request_id: String,
}

/// One item of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ItemReply {
    /// It was scored, or cannot be judged.
    Scored(ScoredText),
    /// It was not; the others of the batch are not touched by that.
    Failed {
        /// The error.
        error: ErrorBody,
    },
}

impl From<ApiError> for ItemReply {
    fn from(error: ApiError) -> Self {
        Self::Failed { error: error.body() }
    }
}

/// Reply of `GET /v1/tweets?ids=`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TweetsReply {
    /// One result or error an id, in the order of the request.
    pub results: Vec<TweetItem>,
    /// The id of this request.
    pub request_id: String,
}

/// One tweet of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TweetItem {
    /// It was found and scored.
    Scored(Box<ThreatLevel>),
    /// It was not.
    Failed {
        /// The id as it was given.
        id: String,
        /// The error.
        error: ErrorBody,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_language_that_is_not_claimed_is_out_of_domain() {
        let english = ["en".to_owned()];
        for (tag, foreign) in
            [("en", false), ("en-GB", false), ("und", false), ("qme", false), ("zxx", false)]
                .into_iter()
                .chain([("ar", true), ("de", true), ("pt-BR", true)])
        {
            assert_eq!(is_foreign(tag, &english), foreign, "{tag}");
        }
    }
}
