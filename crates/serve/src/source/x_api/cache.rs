//! X's answers by id, kept for a while: found posts, and also those deleted, protected, suspended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hashlink::LinkedHashMap;

use super::outcome::Outcome;
use crate::TweetId;
use crate::api::Code;

/// Entries with a time to live, the oldest leaving first when there are too many.
///
/// A cache of a library that frees its entries when it gets round to it (`moka`) will not do: what is
/// removed here must have left memory when the call returns.
pub(super) struct Cache {
    capacity: usize,
    /// In the order of their arrival.
    entries: Mutex<LinkedHashMap<TweetId, Entry>>,
}

struct Entry {
    outcome: Outcome,
    expires: Instant,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// The result for an id, if one is kept and still fresh.
    pub(super) fn get(&self, id: &TweetId, now: Instant) -> Option<Outcome> {
        let mut entries = self.lock();
        let entry = entries.get(id)?;
        if now < entry.expires {
            return Some(entry.outcome.clone());
        }
        // Gone for good, not only hidden: a text must not outlive its time.
        entries.remove(id);
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
        entries.insert(id.clone(), Entry { outcome: outcome.clone(), expires });
        if entries.len() > self.capacity {
            entries.pop_front();
        }
    }

    /// Forgets an id; says whether it was there.
    pub(super) fn remove(&self, id: &TweetId) -> bool {
        self.lock().remove(id).is_some()
    }

    /// Drops everything whose time is up.
    pub(super) fn sweep(&self, now: Instant) {
        self.lock().retain(|_, entry| now < entry.expires);
    }

    fn lock(&self) -> MutexGuard<'_, LinkedHashMap<TweetId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::tweet::Tweet;

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
        assert_eq!(cache.lock().len(), 1);
    }

    #[test]
    fn a_text_has_left_memory_when_the_call_returns() {
        let (cache, now) = (Cache::new(1000), Instant::now());
        let later = now + Duration::from_mins(1);
        let keep = |n| {
            let tweet =
                Tweet { id: id(n), text: format!("text {n}"), lang: None, created_at: None };
            let tweet = Arc::new(tweet);
            let left = Arc::downgrade(&tweet);
            cache.put(&id(n), &Ok(tweet), later);
            left
        };
        let texts: Vec<_> = (0..1000).map(keep).collect();
        let in_memory = || texts.iter().filter(|text| text.strong_count() > 0).count();
        assert_eq!(in_memory(), 1000);
        cache.remove(&id(0));
        assert_eq!(in_memory(), 999, "forgotten by hand");
        assert!(cache.get(&id(1), later).is_none());
        assert_eq!(in_memory(), 998, "asked for after its time");
        cache.sweep(later);
        assert_eq!(in_memory(), 0, "never asked for again");
    }
}
