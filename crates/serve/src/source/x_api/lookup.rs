//! Many callers, few requests: what is cached is not asked, what is being asked is not asked
//! again, and ids that come close together share a request.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use super::XSettings;
use super::budget::{Budget, until_midnight};
use super::cache::Cache;
use super::client::{MOST_IDS, XClient};
use super::outcome::Outcome;
use crate::TweetId;
use crate::api::{ApiError, Code};
use crate::error::ServeError;
use crate::metrics::Metrics;
use crate::tweet::Found;

/// Time between two removals of expired tweets from the cache.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Tweets out of X.
pub struct XApi {
    shared: Arc<Shared>,
    dispatcher: AbortHandle,
}

struct Shared {
    settings: XSettings,
    client: XClient,
    cache: Cache,
    budget: Budget,
    metrics: Arc<Metrics>,
    flights: Mutex<Flights>,
    arrived: Notify,
}

/// Ids that somebody waits for.
#[derive(Default)]
struct Flights {
    waiting: HashMap<TweetId, Vec<oneshot::Sender<Outcome>>>,
    /// Those not yet sent to X.
    pending: VecDeque<TweetId>,
}

impl XApi {
    /// Starts the task that sends the requests. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`ServeError::HttpClient`] if the TLS roots of the system cannot be read.
    pub fn start(settings: XSettings, metrics: Arc<Metrics>) -> Result<Self, ServeError> {
        let shared = Arc::new(Shared {
            client: XClient::new(&settings, Arc::clone(&metrics))?,
            cache: Cache::new(settings.cache_capacity),
            budget: Budget::new(settings.reads_per_day),
            metrics,
            flights: Mutex::default(),
            arrived: Notify::new(),
            settings,
        });
        let dispatcher = tokio::spawn(dispatch(Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, dispatcher })
    }

    /// The base URL.
    pub fn base(&self) -> &reqwest::Url {
        &self.shared.settings.base
    }

    /// Looks a tweet up.
    pub(in crate::source) async fn get(&self, id: &TweetId) -> Result<Found, ApiError> {
        let shared = &self.shared;
        if let Some(outcome) = shared.cache.get(id, Instant::now()) {
            shared.metrics.cache_hits.add(1);
            return outcome.map(|tweet| Found { tweet, cached: true });
        }
        shared.metrics.cache_misses.add(1);
        let (reply, answer) = oneshot::channel();
        {
            let mut flights = shared.flights();
            if let Some(others) = flights.waiting.get_mut(id) {
                shared.metrics.shared_lookups.add(1);
                others.push(reply);
            } else {
                flights.waiting.insert(id.clone(), vec![reply]);
                flights.pending.push_back(id.clone());
                shared.arrived.notify_one();
            }
        }
        let outcome = answer.await.map_err(|_| ApiError::from(Code::ShuttingDown))?;
        outcome.map(|tweet| Found { tweet, cached: false })
    }

    /// Forgets what is cached of a tweet.
    pub(in crate::source) fn forget(&self, id: &TweetId) -> bool {
        self.shared.cache.remove(id)
    }
}

impl Drop for XApi {
    fn drop(&mut self) {
        self.dispatcher.abort();
    }
}

async fn dispatch(shared: Arc<Shared>) {
    // Made once: lookups that keep coming must not put the sweep off.
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = shared.arrived.notified() => {}
            _ = sweep.tick() => {
                shared.cache.sweep(Instant::now());
                continue;
            }
        }
        tokio::time::sleep(shared.settings.join_window).await;
        while let Some(ids) = shared.take_pending() {
            tokio::spawn(fetch(Arc::clone(&shared), ids));
        }
    }
}

/// Asks X and answers everybody who waits, even if it breaks off half-way.
async fn fetch(shared: Arc<Shared>, mut ids: Vec<TweetId>) {
    let mut flight = Flight { shared: Arc::clone(&shared), ids: ids.clone() };
    let now = SystemTime::now();
    let allowed = shared.budget.take(ids.len() as u64, now);
    let beyond = ids.split_off(allowed as usize);
    let spent = ApiError::retry_after(Code::ReadBudgetSpent, until_midnight(now));
    for id in beyond {
        flight.land(&id, &Err(spent.clone()));
    }
    if ids.is_empty() {
        return;
    }
    let lookup = shared.client.lookup(&ids).await;
    shared.metrics.posts_read.add(lookup.posts_read);
    shared.budget.settle(allowed, lookup.posts_read, now);
    let lifetime = shared.settings.cache_ttl.min(until_midnight(now));
    let expires = Instant::now() + lifetime;
    for (id, outcome) in lookup.outcomes {
        shared.cache.put(&id, &outcome, expires);
        flight.land(&id, &outcome);
    }
}

/// Ids under way to X. Dropping it turns away whoever still waits, so that a failed flight does
/// not keep an id waiting for ever.
struct Flight {
    shared: Arc<Shared>,
    ids: Vec<TweetId>,
}

impl Flight {
    fn land(&mut self, id: &TweetId, outcome: &Outcome) {
        let waiting = self.shared.flights().waiting.remove(id);
        for reply in waiting.into_iter().flatten() {
            let _ = reply.send(outcome.clone());
        }
        self.ids.retain(|flying| flying != id);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        for id in std::mem::take(&mut self.ids) {
            self.land(&id, &Err(Code::UpstreamError.into()));
        }
    }
}

impl Shared {
    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next ids to ask for together. Ids that nobody waits for any more are not bought.
    fn take_pending(&self) -> Option<Vec<TweetId>> {
        let mut flights = self.flights();
        let Flights { waiting, pending } = &mut *flights;
        let mut ids = Vec::new();
        while ids.len() < MOST_IDS
            && let Some(id) = pending.pop_front()
        {
            let wanted = waiting
                .get(&id)
                .is_some_and(|replies| replies.iter().any(|reply| !reply.is_closed()));
            if wanted {
                ids.push(id);
            } else {
                waiting.remove(&id);
            }
        }
        (!ids.is_empty()).then_some(ids)
    }
}
