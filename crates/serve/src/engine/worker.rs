//! The thread that scores: one batch after the other, never dying of a bad one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use scorer::{Asked, Verdict};

use super::queue::{Job, Queue};
use crate::api::{ApiError, Code};
use crate::metrics::Metrics;

/// Starts a thread that scores batches until the queue is closed and empty.
pub(super) fn spawn(number: usize, queue: Arc<Queue>, metrics: Arc<Metrics>) {
    let run = move || {
        while let Some(batch) = queue.next_batch() {
            metrics.dropped_texts.add(batch.dropped as u64);
            if !batch.jobs.is_empty() {
                score(batch.jobs, &metrics);
            }
        }
    };
    let spawned = thread::Builder::new().name(format!("inference-{number}")).spawn(run);
    if let Err(error) = spawned {
        // Without it requests wait for their deadline; the log says why.
        tracing::error!(%error, "cannot start an inference thread");
    }
}

fn score(jobs: Vec<Job>, metrics: &Metrics) {
    let start = Instant::now();
    for job in &jobs {
        metrics.queue_seconds.observe((start - job.queued_at).as_secs_f64());
    }
    let model = Arc::clone(&jobs[0].model);
    let texts: Vec<Asked> = jobs.iter().map(|job| job.question.asked()).collect();
    let outcome = catch_unwind(AssertUnwindSafe(|| model.scorer.score(&texts)))
        .unwrap_or_else(|_| Err("the model panicked".into()))
        .map_err(|failure| failure.to_string())
        .and_then(|verdicts| one_for_each(verdicts, texts.len()));
    metrics.inference_seconds.observe(start.elapsed().as_secs_f64());
    metrics.batch_texts.observe(jobs.len() as f64);
    match outcome {
        Ok(verdicts) => {
            let judged = verdicts.iter().filter_map(Verdict::score);
            let tokens: usize = judged.map(|one| one.tokens).sum();
            metrics.batch_tokens.observe(tokens as f64);
            for (job, verdict) in jobs.into_iter().zip(verdicts) {
                if job.question.judge {
                    metrics.traffic.count(&model.info.sha256, &verdict);
                    if let Some(reason) = verdict.reason() {
                        metrics.not_judged(reason);
                    }
                }
                // An error here means that the client went away meanwhile.
                let _ = job.reply.send(Ok(verdict));
            }
        }
        Err(reason) => {
            tracing::error!(reason, texts = jobs.len(), "a batch failed");
            for job in jobs {
                let _ = job.reply.send(Err(ApiError::from(Code::ScoringFailed)));
            }
        }
    }
}

/// A network that answers NaN is broken; a NaN in JSON would be `null` to the client.
fn one_for_each(verdicts: Vec<Verdict>, texts: usize) -> Result<Vec<Verdict>, String> {
    if verdicts.len() != texts {
        return Err(format!("{} verdicts for {texts} texts", verdicts.len()));
    }
    let mut judged = verdicts.iter().filter_map(Verdict::score);
    if judged.any(|one| !one.score.is_finite() || !one.logit.is_finite()) {
        return Err("the model gave a score that is not a number".to_owned());
    }
    Ok(verdicts)
}
