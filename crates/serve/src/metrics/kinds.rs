//! The kinds of metric, and how one is put into the registry.

use std::borrow::Cow;

use prometheus_client::metrics::{counter, family::Family};
use prometheus_client::registry::{Metric, Registry};

/// A number that only grows.
#[derive(Debug, Clone, Default)]
pub struct Counter(counter::Counter);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.inc_by(n);
    }

    /// The sum so far.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// A metric for each combination of `N` labels, given by name and value.
pub(super) type Labelled<const N: usize, M> = Family<[(&'static str, Cow<'static, str>); N], M>;

/// A counter for each combination of `N` labels.
pub(super) type Counters<const N: usize> = Labelled<N, counter::Counter>;

/// Registers a counter without labels.
pub(super) fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    Counter(put(registry, name, help, counter::Counter::default()))
}

/// Registers a metric and gives it back. Whoever renders the registry puts `_total` behind the name of a counter
/// and a full stop behind the help.
pub(super) fn put<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}
