//! A line of the audit log: enough to reconstruct a score, nothing to read.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// The current time as `2026-01-31T23:59:59.123Z`.
pub(crate) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_secs(), since.subsec_millis())
}

/// The time so many days ago.
pub(crate) fn days_ago(days: u32) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_secs().saturating_sub(u64::from(days) * 86_400), since.subsec_millis())
}

/// Days to a date after Howard Hinnant's `civil_from_days`, which counts years from March.
fn rfc3339(seconds: u64, milliseconds: u32) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let second = second % 60;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_across_leap_years_and_centuries() {
        // date -u -d @SECONDS +%FT%TZ
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(seconds, 0), expected);
        }
    }
}
