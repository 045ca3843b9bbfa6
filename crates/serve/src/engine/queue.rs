//! The bounded queue before the model, and how batches are cut from it.
//!
//! There is no wait timer: a batch is whatever waits when the model becomes free, up to a budget
//! of word pieces. An idle server scores a lone text at once; a busy one batches by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scorer::{MOST_WINDOWS, Verdict};
use tokio::sync::oneshot;

use super::question::Question;
use crate::api::{ApiError, Code};
use crate::model::Model;

/// One text on its way to the model.
pub(super) struct Job {
    pub(super) question: Question,
    /// The model that was in place when the request came: a reload must not split a request.
    pub(super) model: Arc<Model>,
    pub(super) reply: oneshot::Sender<Result<Verdict, ApiError>>,
    pub(super) queued_at: Instant,
    deadline: Instant,
    cost: usize,
}

impl Job {
    pub(super) fn new(
        question: Question,
        model: Arc<Model>,
        reply: oneshot::Sender<Result<Verdict, ApiError>>,
        deadline: Instant,
    ) -> Self {
        let cost = estimated_tokens(&question.text, model.info.max_length);
        Self { question, model, reply, queued_at: Instant::now(), deadline, cost }
    }

    /// Nobody waits for it any more.
    fn is_stale(&self, now: Instant) -> bool {
        self.reply.is_closed() || now >= self.deadline
    }
}

/// Word pieces of a text, near enough to cut batches by: English has one for some four
/// characters, other scripts more, and windows are no longer than `max_length`.
fn estimated_tokens(text: &str, max_length: usize) -> usize {
    (text.len() / 3 + 3).min(max_length.saturating_mul(MOST_WINDOWS).max(1))
}

/// Jobs cut from the queue for one pass through the model.
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    /// Jobs thrown away while cutting, because nobody waits for them.
    pub(super) dropped: usize,
}

/// First in, first out, bounded.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    capacity: usize,
    budget: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    /// A queue of at most `capacity` texts, cut into batches of at most `budget` word pieces.
    pub(super) fn new(capacity: usize, budget: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Condvar::new(), capacity, budget }
    }

    /// Takes all jobs of a request or none, so that a request is never half admitted.
    pub(super) fn push_all(&self, jobs: Vec<Job>) -> Result<(), ApiError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(Code::ShuttingDown.into());
        }
        // A request larger than the whole queue is let in when the queue is empty: it could
        // never be served otherwise, and --max-items bounds it.
        if !waiting.jobs.is_empty() && waiting.jobs.len() + jobs.len() > self.capacity {
            return Err(ApiError::retry_after(Code::Overloaded, Duration::from_secs(1)));
        }
        waiting.jobs.extend(jobs);
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// The next batch: waits for work, then takes what fits the budget, at least one job, all of
    /// one model. `None` once the queue is closed and empty.
    pub(super) fn next_batch(&self) -> Option<Batch> {
        let mut waiting = self.lock();
        loop {
            let batch = self.cut(&mut waiting);
            if !batch.jobs.is_empty() || batch.dropped > 0 {
                if !waiting.jobs.is_empty() {
                    self.changed.notify_one();
                }
                return Some(batch);
            }
            if waiting.closed {
                self.changed.notify_all();
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn cut(&self, waiting: &mut Waiting) -> Batch {
        let now = Instant::now();
        let mut batch = Batch { jobs: Vec::new(), dropped: 0 };
        let mut spent = 0;
        while let Some(front) = waiting.jobs.front() {
            if front.is_stale(now) {
                waiting.jobs.pop_front();
                batch.dropped += 1;
                continue;
            }
            let fits = batch.jobs.first().is_none_or(|first| {
                spent + front.cost <= self.budget && Arc::ptr_eq(&first.model, &front.model)
            });
            if !fits {
                break;
            }
            spent += front.cost;
            batch.jobs.extend(waiting.jobs.pop_front());
        }
        batch
    }

    /// Jobs waiting.
    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Takes no more jobs and lets the workers end once it is empty.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::FakeScorer;

    type Answer = oneshot::Receiver<Result<Verdict, ApiError>>;

    fn job(text: &str, model: &Arc<Model>, patience: Duration) -> (Job, Answer) {
        let (reply, answer) = oneshot::channel();
        let question = Question::new(text);
        (Job::new(question, Arc::clone(model), reply, Instant::now() + patience), answer)
    }

    fn texts(batch: &Batch) -> Vec<&str> {
        batch.jobs.iter().map(|job| job.question.text.as_str()).collect()
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn batches_keep_the_order_and_the_budget() {
        let model = FakeScorer::shared();
        let queue = Queue::new(1000, 64);
        let mut answers = Vec::new();
        let mut sent = Vec::new();
        for n in 0..200_usize {
            let text = format!("{n} {}", "x".repeat((n * 37) % 150));
            let (job, answer) = job(&text, &model, LONG);
            queue.push_all(vec![job]).unwrap();
            answers.push(answer);
            sent.push(text);
        }
        queue.close();
        let mut received = Vec::new();
        while let Some(batch) = queue.next_batch() {
            let cost: usize = batch.jobs.iter().map(|job| job.cost).sum();
            assert!(cost <= 64 || batch.jobs.len() == 1, "a batch of {cost}");
            received.extend(texts(&batch).into_iter().map(str::to_owned));
        }
        assert_eq!(received, sent);
    }

    #[test]
    fn a_long_text_counts_by_all_that_is_read_of_it() {
        let model = FakeScorer::shared();
        let queue = Queue::new(10, 64);
        let long = "word ".repeat(5_000);
        let (first, _a) = job(&long, &model, LONG);
        let (second, _b) = job("a", &model, LONG);
        queue.push_all(vec![first, second]).unwrap();
        assert_eq!(texts(&queue.next_batch().unwrap()), [&long]);
        assert_eq!(texts(&queue.next_batch().unwrap()), ["a"]);
    }

    #[test]
    fn a_full_queue_refuses_a_whole_request() {
        let model = FakeScorer::shared();
        let queue = Queue::new(2, 64);
        let (first, _a) = job("a", &model, LONG);
        queue.push_all(vec![first]).unwrap();
        let (second, _b) = job("b", &model, LONG);
        let (third, _c) = job("c", &model, LONG);
        let refused = queue.push_all(vec![second, third]).unwrap_err();
        assert_eq!(refused.code, Code::Overloaded);
        assert!(refused.retry_after.is_some());
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn work_nobody_waits_for_is_dropped() {
        let model = FakeScorer::shared();
        let queue = Queue::new(10, 64);
        let (gone, answer) = job("gone", &model, LONG);
        drop(answer);
        let (late, _late) = job("late", &model, Duration::ZERO);
        let (here, _here) = job("here", &model, LONG);
        queue.push_all(vec![gone, late, here]).unwrap();
        let batch = queue.next_batch().unwrap();
        assert_eq!((texts(&batch), batch.dropped), (vec!["here"], 2));
    }

    #[test]
    fn a_batch_never_mixes_two_models() {
        let (old, new) = (FakeScorer::shared(), FakeScorer::shared());
        let queue = Queue::new(10, 64);
        let (a, _a) = job("a", &old, LONG);
        let (b, _b) = job("b", &new, LONG);
        queue.push_all(vec![a, b]).unwrap();
        assert_eq!(texts(&queue.next_batch().unwrap()), ["a"]);
        assert_eq!(texts(&queue.next_batch().unwrap()), ["b"]);
    }
}
