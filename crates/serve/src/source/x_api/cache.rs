//! X's answers by id, kept for a while: found posts, and also those deleted, protected, suspended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::TweetId;
use crate::api::{ApiError, Code};
use crate::tweet::Tweet;

/// Result of looking up one id.
pub type Outcome = Result<Arc<Tweet>, ApiError>;

/// Entries with a time to live, the oldest leaving first when there are too many.
pub(super) struct Cache {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<TweetId, Entry>,
    /// Order of arrival. An id that was replaced or removed leaves a number that no entry has.
    arrivals: VecDeque<(TweetId, u64)>,
    next: u64,
}

struct Entry {
    outcome: Outcome,
    expires: Instant,
    arrival: u64,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// The result for an id, if one is kept and still fresh.
    pub(super) fn get(&self, id: &TweetId, now: Instant) -> Option<Outcome> {
        let mut entries = self.lock();
        let entry = entries.by_id.get(id)?;
        if now < entry.expires {
            return Some(entry.outcome.clone());
        }
        // Gone for good, not only hidden: a text must not outlive its time.
        entries.by_id.remove(id);
        None
    }

    /// Keeps an outcome, if it is one that says something about the post.
    pub(super) fn put(&self, id: &TweetId, outcome: &Outcome, expires: Instant) {
        let lasting = match outcome {
            Ok(_) => true,
            Err(error) => matches!(
                error.code,
                Code::TweetNotFound
                    | Code::TweetNotAccessible
                    | Code::AuthorSuspended
                    | Code::BadTweetId
            ),
        };
        if !lasting || self.capacity == 0 || expires <= Instant::now() {
            return;
        }
        let mut entries = self.lock();
        let arrival = entries.next;
        entries.next += 1;
        entries.arrivals.push_back((id.clone(), arrival));
        entries.by_id.insert(id.clone(), Entry { outcome: outcome.clone(), expires, arrival });
        entries.shrink(self.capacity);
    }

    /// Forgets an id; says whether it was there.
    pub(super) fn remove(&self, id: &TweetId) -> bool {
        self.lock().by_id.remove(id).is_some()
    }

    /// Drops everything whose time is up.
    pub(super) fn sweep(&self, now: Instant) {
        let mut entries = self.lock();
        entries.by_id.retain(|_, entry| now < entry.expires);
        let Entries { by_id, arrivals, .. } = &mut *entries;
        arrivals
            .retain(|(id, arrival)| by_id.get(id).is_some_and(|entry| entry.arrival == *arrival));
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn shrink(&mut self, capacity: usize) {
        // The second bound keeps the order list from growing where ids are often replaced.
        while self.by_id.len() > capacity || self.arrivals.len() > 2 * capacity {
            let Some((id, arrival)) = self.arrivals.pop_front() else { return };
            if self.by_id.get(&id).is_some_and(|entry| entry.arrival == arrival) {
                self.by_id.remove(&id);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(n: u32) -> TweetId {
        TweetId::parse(&n.to_string()).unwrap()
    }

    fn gone() -> Outcome {
        Err(Code::TweetNotFound.into())
    }

    #[test]
    fn an_entry_lives_until_its_time_and_not_longer() {
        let (cache, now) = (Cache::new(10), Instant::now());
        cache.put(&id(1), &gone(), now + Duration::from_mins(1));
        assert!(cache.get(&id(1), now + Duration::from_secs(59)).is_some());
        assert!(cache.get(&id(1), now + Duration::from_mins(1)).is_none());
        assert!(!cache.remove(&id(1)), "an expired entry is really gone");
    }

    #[test]
    fn what_may_not_be_kept_at_all_is_not_put_in() {
        let cache = Cache::new(10);
        cache.put(&id(1), &gone(), Instant::now());
        assert!(!cache.remove(&id(1)));
    }

    #[test]
    fn the_oldest_leaves_first() {
        let (cache, now) = (Cache::new(2), Instant::now());
        let later = now + Duration::from_mins(1);
        for n in [1, 2, 1, 3] {
            cache.put(&id(n), &gone(), later);
        }
        let known: Vec<bool> = (1..=3).map(|n| cache.get(&id(n), now).is_some()).collect();
        assert_eq!(known, [true, false, true]);
    }

    #[test]
    fn passing_trouble_is_not_kept() {
        let (cache, now) = (Cache::new(2), Instant::now());
        cache.put(&id(1), &Err(Code::UpstreamTimeout.into()), now + Duration::from_mins(1));
        assert!(cache.get(&id(1), now).is_none());
    }

    #[test]
    fn a_sweep_frees_what_nobody_asks_for_again() {
        let (cache, now) = (Cache::new(10), Instant::now());
        cache.put(&id(1), &gone(), now + Duration::from_secs(1));
        cache.put(&id(2), &gone(), now + Duration::from_secs(9));
        cache.sweep(now + Duration::from_secs(5));
        let entries = cache.lock();
        assert_eq!((entries.by_id.len(), entries.arrivals.len()), (1, 1));
    }
}
