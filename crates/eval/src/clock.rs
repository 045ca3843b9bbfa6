//! The time of day, as a report shows it.

use jiff::Timestamp;

/// Now, in UTC: `2026-01-31 12:30:00 UTC`.
pub fn now() -> String {
    format(Timestamp::now())
}

fn format(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn known_seconds_have_known_dates() {
        for (seconds, date) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_827_696, "2000-02-29 12:34:56 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (1_709_251_200, "2024-03-01 00:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(format(Timestamp::from_second(seconds).unwrap()), date);
        }
    }
}
