//! Times of day in UTC (RFC 3339), as they stand in records.

use jiff::{SignedDuration, Timestamp};

/// The current time as `2026-01-31T23:59:59.123Z`.
pub(crate) fn now() -> String {
    rfc3339(Timestamp::now())
}

/// The time so many days ago.
pub(crate) fn days_ago(days: u32) -> String {
    let long_ago = SignedDuration::from_hours(24 * i64::from(days));
    rfc3339(Timestamp::now().saturating_sub(long_ago).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn rfc3339(time: Timestamp) -> String {
    format!("{:.3}", time.max(Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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
            assert_eq!(rfc3339(Timestamp::from_second(seconds).unwrap()), expected);
        }
    }

    #[test]
    fn times_have_three_digits_of_the_second_and_none_is_before_1970() {
        let time = Timestamp::new(1, 9_999_999).unwrap();
        assert_eq!(rfc3339(time), "1970-01-01T00:00:01.009Z", "cut, not rounded");
        assert_eq!(days_ago(u32::MAX), "1970-01-01T00:00:00.000Z");
        assert!(days_ago(1) < days_ago(0) && days_ago(0) <= now());
    }
}
