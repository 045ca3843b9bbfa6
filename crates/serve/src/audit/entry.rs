//! A line of the audit log: enough to reconstruct a score, nothing to read.

use serde::Serialize;

/// One score that was given.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// When, in UTC (RFC 3339).
    pub time: String,
    /// The request, as in the reply and the log.
    pub request_id: &'a str,
    /// Name of the API key, where keys are asked for.
    pub key: Option<&'a str>,
    /// The tweet, where one was asked for.
    pub tweet_id: Option<&'a str>,
    /// SHA-256 of the text, to recognise it again without keeping it.
    pub text_sha256: String,
    /// SHA-256 of the model's weights.
    pub model_sha256: &'a str,
    /// The model's version.
    pub model_version: &'a str,
    /// The threshold of the label.
    pub threshold: f32,
    /// The calibrated score; null where the text is not judged.
    pub score: Option<f32>,
    /// The band that was suggested, or `not_judged`.
    pub band: &'a str,
    /// Reason that it is not judged, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// The language of the text, or of the part of it that was read.
    pub lang: Option<&'a str>,
}

/// SHA-256 in hexadecimal.
pub fn sha256_hex(text: &str) -> String {
    checkpoint::sha256(text.as_bytes())
}
