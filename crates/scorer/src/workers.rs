//! The threads that work goes to.

use rayon::prelude::*;

use crate::ScorerError;

/// The threads that compute.
pub(crate) enum Workers {
    /// The calling thread only. Nothing is started, so that a process may be forked at any time and
    /// an engine that runs one task a core gets no more threads than it gave out.
    Caller,
    /// Threads of its own.
    Own(rayon::ThreadPool),
    /// rayon's global threads.
    Global,
}

impl Workers {
    /// The workers for a number of threads: the caller for one, the global threads for none given.
    pub(crate) fn start(threads: Option<usize>) -> Result<Self, ScorerError> {
        let refuse = |threads: usize, reason: String| ScorerError::Threads { threads, reason };
        match threads {
            None => Ok(Self::Global),
            Some(0) => Err(refuse(0, "at least one is needed".to_owned())),
            Some(1) => Ok(Self::Caller),
            Some(threads) => {
                let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
                let pool = builder.build().map_err(|error| refuse(threads, error.to_string()))?;
                Ok(Self::Own(pool))
            }
        }
    }

    /// Number of threads.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Caller => 1,
            Self::Own(pool) => pool.current_num_threads(),
            Self::Global => rayon::current_num_threads(),
        }
    }

    /// Its own pool, where it has one.
    pub(crate) fn pool(&self) -> Option<&rayon::ThreadPool> {
        match self {
            Self::Own(pool) => Some(pool),
            Self::Caller | Self::Global => None,
        }
    }

    /// Does two things, at once where there are threads for it.
    pub(crate) fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match self {
            Self::Caller => (a(), b()),
            Self::Own(pool) => pool.join(a, b),
            Self::Global => rayon::join(a, b),
        }
    }

    /// The results of `work` on each item, in their order. A thread takes at most `run` items at a
    /// time.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        run: usize,
        work: impl Fn(&T) -> R + Sync + Send,
    ) -> Vec<R> {
        let on_threads = |work| items.par_iter().with_max_len(run).map(work).collect();
        match self {
            Self::Caller => items.iter().map(work).collect(),
            Self::Own(pool) => pool.install(|| on_threads(work)),
            Self::Global => on_threads(work),
        }
    }
}
