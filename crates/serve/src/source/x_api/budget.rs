//! Our own cap on posts read from X, since X bills each.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// Counts reads of the current UTC day.
pub(super) struct Budget {
    limit: u64,
    /// Day since the epoch, and reads in it.
    spent: Mutex<(u64, u64)>,
}

impl Budget {
    /// At most `limit` reads a day; 0 for no cap.
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, spent: Mutex::new((0, 0)) }
    }

    /// Takes up to `wanted` reads and says how many were left to take.
    pub(super) fn take(&self, wanted: u64, now: SystemTime) -> u64 {
        if self.limit == 0 {
            return wanted;
        }
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let today = unix(now) / DAY;
        if spent.0 != today {
            *spent = (today, 0);
        }
        let taken = wanted.min(self.limit.saturating_sub(spent.1));
        spent.1 += taken;
        taken
    }

    /// Counts what X really read for what was `taken` at the time `then`: fewer posts, or more,
    /// as X reads those that a post refers to as well. These may go beyond the limit. What was
    /// taken on an earlier day than others have come to is of no account any more.
    pub(super) fn settle(&self, taken: u64, read: u64, then: SystemTime) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.0 == unix(then) / DAY {
            spent.1 = (spent.1 + read).saturating_sub(taken);
        }
    }
}

/// Seconds since 1970.
pub(super) fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Time until the UTC day ends. X bills a post once a day, and deleted posts must go within 24
/// hours.
pub(super) fn until_midnight(now: SystemTime) -> Duration {
    Duration::from_secs(DAY - unix(now) % DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_budget_is_spent_and_comes_back_at_midnight() {
        let budget = Budget::new(10);
        assert_eq!(budget.take(8, at(100)), 8);
        assert_eq!(budget.take(8, at(200)), 2);
        assert_eq!(budget.take(1, at(DAY - 1)), 0);
        budget.settle(2, 1, at(200));
        assert_eq!(budget.take(1, at(DAY - 1)), 1);
        assert_eq!(budget.take(8, at(DAY)), 8);
    }

    #[test]
    fn posts_that_were_read_beside_those_asked_for_count_too() {
        let budget = Budget::new(10);
        assert_eq!(budget.take(8, at(0)), 8);
        budget.settle(8, 12, at(0));
        assert_eq!(budget.take(1, at(1)), 0);
        budget.settle(0, 0, at(1));
        assert_eq!(budget.take(1, at(2)), 0);
    }

    #[test]
    fn an_answer_that_comes_after_midnight_changes_nothing_of_the_new_day() {
        let budget = Budget::new(10);
        assert_eq!(budget.take(5, at(DAY - 1)), 5);
        assert_eq!(budget.take(7, at(DAY)), 7);
        budget.settle(5, 9, at(DAY - 1));
        assert_eq!(budget.take(9, at(DAY + 1)), 3);
    }

    #[test]
    fn zero_is_no_cap() {
        assert_eq!(Budget::new(0).take(1_000_000, at(0)), 1_000_000);
    }

    #[test]
    fn midnight_is_at_most_a_day_away() {
        assert_eq!(until_midnight(at(0)), Duration::from_secs(DAY));
        assert_eq!(until_midnight(at(3 * DAY - 1)), Duration::from_secs(1));
    }
}
