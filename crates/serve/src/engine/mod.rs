//! The engine: a bounded queue of texts, and a thread that feeds them to the model in batches.
//!
//! - [`question`]: a text to score
//! - [`queue`]: admission and token-budget batches, no wait timer
//! - [`worker`]: the thread that scores

mod question;
mod queue;
mod worker;

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use scorer::Verdict;
use tokio::sync::oneshot;

use crate::api::{ApiError, Code};
use crate::metrics::Metrics;
use crate::model::{Model, ModelInfo};
pub use question::Question;
use queue::{Job, Queue};

/// Limits of the engine's batches and queue.
#[derive(Debug, Clone, Copy)]
pub struct EngineLimits {
    /// Most word pieces of a batch.
    pub batch_tokens: usize,
    /// Most texts that may wait.
    pub queue_texts: usize,
    /// Threads that feed the model.
    pub threads: usize,
}

/// Takes texts from any number of requests and answers each.
#[derive(Clone)]
pub struct Engine {
    queue: Arc<Queue>,
    model: Arc<RwLock<Option<Arc<Model>>>>,
}

/// Verdicts of one request, all from one model.
pub struct Scored {
    /// One for each text, in order.
    pub verdicts: Vec<Verdict>,
    /// The model that made them.
    pub model: Arc<Model>,
}

impl Scored {
    /// Description of that model.
    pub fn info(&self) -> &ModelInfo {
        &self.model.info
    }
}

impl Engine {
    /// Starts the threads. They end when the engine is [closed](Self::close).
    pub fn start(limits: EngineLimits, metrics: &Arc<Metrics>) -> Self {
        let queue = Arc::new(Queue::new(limits.queue_texts, limits.batch_tokens));
        for number in 0..limits.threads.max(1) {
            worker::spawn(number, Arc::clone(&queue), Arc::clone(metrics));
        }
        Self { queue, model: Arc::new(RwLock::new(None)) }
    }

    /// Puts a model in place; texts already waiting are still scored by the one they came for.
    pub fn install(&self, model: Arc<Model>) {
        *self.model.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(model);
    }

    /// The model in place, if one is loaded.
    pub fn model(&self) -> Option<Arc<Model>> {
        self.model.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Texts waiting now.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Takes no more texts; those waiting are still scored.
    pub fn close(&self) {
        self.queue.close();
    }

    /// Scores texts, together with those of other requests. Dropping the future takes the texts
    /// out of the queue.
    ///
    /// # Errors
    /// `not_ready`, `overloaded`, `shutting_down`, `deadline_exceeded` or `scoring_failed`; always
    /// for the request as a whole.
    pub async fn score(
        &self,
        questions: Vec<Question>,
        deadline: Instant,
    ) -> Result<Scored, ApiError> {
        let Some(model) = self.model() else {
            return Err(ApiError::retry_after(Code::NotReady, Duration::from_secs(1)));
        };
        let verdicts = self.score_with(&model, questions, deadline).await?;
        Ok(Scored { verdicts, model })
    }

    /// The same by a certain model, whichever is in place.
    ///
    /// # Errors
    /// As [`Engine::score`], `not_ready` excepted.
    pub async fn score_with(
        &self,
        model: &Arc<Model>,
        questions: Vec<Question>,
        deadline: Instant,
    ) -> Result<Vec<Verdict>, ApiError> {
        let mut answers = Vec::with_capacity(questions.len());
        let mut jobs = Vec::with_capacity(questions.len());
        for question in questions {
            let (reply, answer) = oneshot::channel();
            answers.push(answer);
            jobs.push(Job::new(question, Arc::clone(model), reply, deadline));
        }
        self.queue.push_all(jobs)?;
        let mut verdicts = Vec::with_capacity(answers.len());
        for answer in answers {
            match tokio::time::timeout_at(deadline.into(), answer).await {
                Ok(Ok(Ok(verdict))) => verdicts.push(verdict),
                Ok(Ok(Err(error))) => return Err(error),
                // The worker dropped the job: its time was up, or the server is going down.
                Ok(Err(_dropped)) if Instant::now() < deadline => {
                    return Err(Code::ShuttingDown.into());
                }
                Ok(Err(_)) | Err(_) => return Err(Code::DeadlineExceeded.into()),
            }
        }
        Ok(verdicts)
    }
}
