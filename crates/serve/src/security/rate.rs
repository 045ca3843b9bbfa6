//! A token bucket for each client.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Clients remembered before the full buckets among them are thrown away for the first time.
const MOST_CLIENTS: usize = 10_000;

/// Lets each client have so many requests a second, and a burst at once.
pub struct RateLimiter {
    per_second: f64,
    burst: f64,
    buckets: Mutex<Buckets>,
}

struct Buckets {
    by_client: HashMap<String, Bucket>,
    /// Clients at which full buckets are thrown away next. Twice as many as were left the last time, so that
    /// a crowd of new clients does not have all others looked through for each of them.
    sweep_at: usize,
}

struct Bucket {
    tokens: f64,
    seen: Instant,
}

impl RateLimiter {
    /// `per_second` 0 limits nobody; `burst` 0 stands for twice `per_second`.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let burst = if burst == 0 { per_second.saturating_mul(2) } else { burst };
        Self {
            per_second: per_second.into(),
            burst: f64::from(burst).max(1.0),
            buckets: Mutex::new(Buckets { by_client: HashMap::new(), sweep_at: MOST_CLIENTS }),
        }
    }

    /// True if there is a limit.
    pub fn is_on(&self) -> bool {
        self.per_second > 0.0
    }

    /// Takes one request of `client`.
    ///
    /// # Errors
    /// The time that the client must wait.
    pub fn take(&self, client: &str, now: Instant) -> Result<(), Duration> {
        if !self.is_on() {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { by_client, sweep_at } = &mut *buckets;
        if by_client.len() >= *sweep_at {
            // A full bucket is the same as none.
            by_client.retain(|_, bucket| self.filled(bucket, now) < self.burst);
            *sweep_at = MOST_CLIENTS.max(2 * by_client.len());
            by_client.shrink_to(*sweep_at);
        }
        let bucket =
            by_client.entry(client.to_owned()).or_insert(Bucket { tokens: self.burst, seen: now });
        bucket.tokens = self.filled(bucket, now);
        bucket.seen = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.per_second))
        }
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.seen).as_secs_f64();
        (bucket.tokens + passed * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate_and_the_wait_that_is_told_suffices() {
        let (limiter, start) = (RateLimiter::new(10, 3), Instant::now());
        for _ in 0..3 {
            limiter.take("a", start).unwrap();
        }
        let wait = limiter.take("a", start).unwrap_err();
        assert!(wait <= Duration::from_millis(100));
        assert!(limiter.take("a", start + wait / 2).is_err());
        limiter.take("a", start + wait + Duration::from_millis(1)).unwrap();
    }

    #[test]
    fn one_client_does_not_spend_what_is_anothers() {
        let (limiter, now) = (RateLimiter::new(1, 1), Instant::now());
        limiter.take("a", now).unwrap();
        assert!(limiter.take("a", now).is_err());
        limiter.take("b", now).unwrap();
    }

    #[test]
    fn memory_is_bounded_by_clients_that_are_over_their_rate() {
        let (limiter, mut now) = (RateLimiter::new(1000, 1), Instant::now());
        for n in 0..3 * MOST_CLIENTS {
            now += Duration::from_micros(1500);
            limiter.take(&n.to_string(), now).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().by_client.len() <= MOST_CLIENTS + 1);
    }

    #[test]
    fn a_crowd_over_its_rate_is_looked_through_ever_more_rarely() {
        let (limiter, now) = (RateLimiter::new(1, 1), Instant::now());
        for n in 0..=MOST_CLIENTS {
            limiter.take(&n.to_string(), now).unwrap();
        }
        let sweep_at = || limiter.buckets.lock().unwrap().sweep_at;
        assert_eq!(sweep_at(), 2 * MOST_CLIENTS);
        // They come no more, and others take their place.
        let later = now + Duration::from_mins(1);
        for n in 0..2 * MOST_CLIENTS {
            limiter.take(&format!("new {n}"), later).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().by_client.len() <= 2 * MOST_CLIENTS);
    }
}
