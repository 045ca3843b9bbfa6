//! A few threads that work through many short steps together.
//!
//! One tweet takes about a millisecond, in more than a hundred steps. Waking a thread for each
//! would cost more than the step, so here helpers stay awake between steps and wait in a loop.
//! The leader never needs them: what no helper has begun, it does itself.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A step: its pieces and the work on each.
struct Step<'a> {
    count: usize,
    grain: usize,
    work: &'a (dyn Fn(Range<usize>) + Sync),
}

impl Step<'_> {
    fn run(&self, piece: usize) {
        let start = piece * self.grain;
        (self.work)(start..(start + self.grain).min(self.count));
    }
}

/// Threads that share the work of a step, in the hands of the one that leads them.
pub struct Team<'a> {
    shared: Option<&'a Shared>,
    /// True while a step is under way. A `Cell`, so that a `Team` cannot be shared: one thread
    /// leads.
    is_busy: Cell<bool>,
}

/// On cache lines of its own (two, for CPUs that fetch them in pairs): whoever writes what lies
/// beside it would take it away from the other threads.
#[repr(align(128))]
struct Apart<T>(T);

/// State that the threads of a team share.
struct Shared {
    threads: usize,
    /// The step's number in the upper half; in the lower, how many pieces nobody has begun.
    ticket: Apart<AtomicU64>,
    /// The step. Alive for whoever has begun a piece of it and not yet finished.
    step: AtomicPtr<Step<'static>>,
    /// Pieces of the step that helpers have finished. Each says so once, when nothing is left.
    done: Apart<AtomicUsize>,
    is_over: AtomicBool,
    has_failed: AtomicBool,
}

/// Turns of a waiting loop before the thread offers its place to others.
const PATIENCE: u32 = 1 << 10;

/// The lower half of a ticket.
const LEFT: u64 = u32::MAX as u64;

impl Team<'_> {
    /// A team of the calling thread only.
    pub fn alone() -> Self {
        Self { shared: None, is_busy: Cell::new(false) }
    }

    /// Calls `lead` with a team of up to `threads` threads: the calling one, and helpers from
    /// `pool` (rayon's global one where there is none) that join as they become free. None is
    /// waited for, neither at the start nor at the end.
    ///
    /// `lead` must not wait for work that it gives to the pool by other means: the helpers keep
    /// their places in it until `lead` ends, and two leaders may have all of them.
    pub fn gather<T>(
        threads: usize,
        pool: Option<&rayon::ThreadPool>,
        lead: impl FnOnce(&Team<'_>) -> T,
    ) -> T {
        if threads <= 1 {
            return lead(&Team::alone());
        }
        let shared = Arc::new(Shared {
            threads,
            ticket: Apart(AtomicU64::new(0)),
            step: AtomicPtr::new(std::ptr::null_mut()),
            done: Apart(AtomicUsize::new(0)),
            is_over: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
        });
        for _ in 1..threads {
            let shared = shared.clone();
            let help = move || shared.help();
            match pool {
                Some(pool) => pool.spawn(help),
                None => rayon::spawn(help),
            }
        }
        let _dismissal = Dismissal(&shared);
        lead(&Team { shared: Some(&shared), is_busy: Cell::new(false) })
    }

    /// Largest number of threads.
    pub fn threads(&self) -> usize {
        self.shared.map_or(1, |shared| shared.threads)
    }

    /// Calls `work` with each of `items`, by any thread of the team, and returns what it gives in
    /// their order when all are done.
    ///
    /// # Panics
    /// If `work` panics.
    pub fn each<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        enum Place<T, R> {
            Given(T),
            Begun,
            Done(R),
        }
        let places: Vec<Mutex<Place<T, R>>> =
            items.into_iter().map(|item| Mutex::new(Place::Given(item))).collect();
        let lock = |place: usize| places[place].lock().unwrap_or_else(PoisonError::into_inner);
        self.share(places.len(), 1, &|range| {
            for place in range {
                let given = std::mem::replace(&mut *lock(place), Place::Begun);
                if let Place::Given(item) = given {
                    let result = work(item);
                    *lock(place) = Place::Done(result);
                }
            }
        });
        let results = places.into_iter().map(|place| {
            match place.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Place::Done(result) => result,
                Place::Given(_) | Place::Begun => unreachable!("all are done"),
            }
        });
        results.collect()
    }

    /// Calls `work` on ranges that make up `0..count`, by any thread of the team, and returns
    /// when all are done. Ranges are `grain` long, the last excepted; a team of one thread takes
    /// all at once.
    ///
    /// # Panics
    /// If `work` panics, or shares work by this team itself.
    pub(crate) fn share(&self, count: usize, grain: usize, work: &(dyn Fn(Range<usize>) + Sync)) {
        let grain = grain.max(1);
        match self.shared {
            Some(shared) if count > grain => {
                assert!(!self.is_busy.replace(true), "a step within a step of the same team");
                let _idle = Idle(&self.is_busy);
                shared.share(count, grain, work);
            }
            _ => work(0..count),
        }
    }
}

impl Shared {
    /// See [`Team::share`].
    fn share(&self, count: usize, grain: usize, work: &(dyn Fn(Range<usize>) + Sync)) {
        let step = Step { count, grain, work };
        let pieces = count.div_ceil(grain);
        self.done.0.store(0, Ordering::Relaxed);
        self.step.store((&raw const step).cast_mut().cast(), Ordering::Relaxed);
        let number = (self.ticket.0.load(Ordering::Relaxed) >> 32) + 1;
        self.ticket.0.store((number << 32) | pieces as u64, Ordering::Release);
        let mut end = End { team: self, pieces };
        while let Some(piece) = self.begin(number) {
            // Counted before it runs, since it may panic: nobody else will wait for this piece.
            end.pieces -= 1;
            step.run(piece);
        }
        drop(end);
        assert!(!self.has_failed.load(Ordering::Relaxed), "a helper panicked");
    }

    /// Begins a piece of step `number`, if there is one left.
    fn begin(&self, number: u64) -> Option<usize> {
        let begun = self.ticket.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |ticket| {
            (ticket >> 32 == number && ticket & LEFT > 0).then(|| ticket - 1)
        });
        begun.ok().map(|ticket| (ticket & LEFT) as usize - 1)
    }

    /// A helper's life: takes part in every step that it sees, until dismissed.
    fn help(&self) {
        let mut seen = 0;
        loop {
            let mut number = seen;
            wait_until(|| {
                number = self.ticket.0.load(Ordering::Acquire) >> 32;
                number != seen || self.is_over.load(Ordering::Acquire)
            });
            if number == seen {
                return;
            }
            seen = number;
            let mut done = 0;
            while let Some(piece) = self.begin(number) {
                done += 1;
                // SAFETY: the leader published the step before the ticket that this piece was
                // taken from, and does not leave `share` before the piece counts as done.
                let step = unsafe { &*self.step.load(Ordering::Relaxed) };
                if catch_unwind(AssertUnwindSafe(|| step.run(piece))).is_err() {
                    // The leader says so; this thread is of another's pool and lives on.
                    self.has_failed.store(true, Ordering::Relaxed);
                }
            }
            if done > 0 {
                self.done.0.fetch_add(done, Ordering::Release);
            }
        }
    }
}

/// Lets the helpers go, also when the leader panics.
struct Dismissal<'a>(&'a Shared);

impl Drop for Dismissal<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Release);
    }
}

/// Says that the step is over, also when it panics.
struct Idle<'a>(&'a Cell<bool>);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Ends a step when dropped: nobody begins another piece, and all that are begun get finished.
struct End<'a> {
    team: &'a Shared,
    /// Those that the leader has not begun itself.
    pieces: usize,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let ticket = self.team.ticket.0.fetch_and(!LEFT, Ordering::AcqRel);
        let begun = self.pieces - (ticket & LEFT) as usize;
        wait_until(|| self.team.done.0.load(Ordering::Acquire) >= begun);
    }
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let mut turns = 0_u32;
    while !is_so() {
        turns += 1;
        if turns < PATIENCE {
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for threads in [1, 3] {
            let squares = Team::gather(threads, Some(&pool), |team| {
                team.each((0..100).collect(), |number: usize| number * number)
            });
            assert!(squares.into_iter().eq((0..100).map(|number| number * number)));
        }
    }

    #[test]
    fn every_number_is_visited_once_in_every_step() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for threads in [1, 2, 3, 9] {
            let visits: Vec<AtomicUsize> = (0..101).map(|_| AtomicUsize::new(0)).collect();
            let mut expected = 0;
            Team::gather(threads, Some(&pool), |team| {
                for step in 0..2_000 {
                    let count = 1 + step % 101;
                    team.share(count, 1 + step % 7, &|range| {
                        for i in range {
                            visits[i].fetch_add(1, Ordering::Relaxed);
                        }
                    });
                    // All of this step is done before the next begins.
                    expected += count;
                    let total: usize = visits.iter().map(|n| n.load(Ordering::Relaxed)).sum();
                    assert_eq!(total, expected);
                }
            });
            assert_eq!(visits[0].load(Ordering::Relaxed), 2_000);
        }
    }

    #[test]
    fn a_panic_in_a_piece_reaches_the_leader_and_nobody_hangs() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for bad in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                Team::gather(2, Some(&pool), |team| {
                    team.share(20, 1, &|range| assert!(!range.contains(&bad)));
                });
            }));
            assert!(result.is_err());
        }
    }

    #[test]
    fn a_step_within_a_step_is_refused_and_the_team_goes_on() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        Team::gather(2, Some(&pool), |team| {
            team.is_busy.set(true);
            let step = || team.share(10, 1, &|_| {});
            assert!(catch_unwind(AssertUnwindSafe(step)).is_err());
            team.is_busy.set(false);
            step();
            assert!(!team.is_busy.get());
        });
    }

    #[test]
    fn a_busy_pool_delays_nobody() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let (release, held) = std::sync::mpsc::channel::<()>();
        pool.spawn(move || {
            let _ = held.recv();
        });
        let total = AtomicUsize::new(0);
        Team::gather(2, Some(&pool), |team| {
            team.share(10, 1, &|range| {
                total.fetch_add(range.len(), Ordering::Relaxed);
            });
        });
        assert_eq!(total.into_inner(), 10);
        drop(release);
    }
}
