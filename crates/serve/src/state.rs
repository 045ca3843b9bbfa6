//! State that every request handler can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::{HttpMessage, HttpRequest};
use scorer::{Reason, Verdict};

use crate::api::{ApiError, Code};
use crate::args::{Access, Limits};
use crate::audit::{AuditLog, Entry, sha256_hex};
use crate::clock;
use crate::engine::Engine;
use crate::error::ServeError;
use crate::feedback::FeedbackStore;
use crate::metrics::{Gauges, Metrics};
use crate::model::ModelInfo;
use crate::request::{Client, request_id};
use crate::review::Review;
use crate::security::{ApiKeys, RateLimiter};
use crate::settings::{Settings, SourceSettings};
use crate::source::x_api::XApi;
use crate::source::{FileTweets, TweetSource};

/// Shared by all connections.
pub struct AppState {
    /// Scores texts.
    pub engine: Engine,
    /// Finds tweets.
    pub source: TweetSource,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Limits of a request.
    pub limits: Limits,
    /// API keys, rate limits, and the web pages and proxies that are trusted.
    pub access: Access,
    /// Keys that are let in.
    pub keys: ApiKeys,
    /// Limits the rate of each client.
    pub rate: RateLimiter,
    /// Audit log of scores, if there is one.
    pub audit: Option<AuditLog>,
    /// True if nothing is scored that cannot be recorded.
    pub audit_required: bool,
    /// Store of verdicts, if there is one.
    pub feedback: Option<Arc<FeedbackStore>>,
    /// The queue of posts to review, if there is one.
    pub review: Option<Arc<Review>>,
    /// Set by SIGTERM: still serving, but no longer ready.
    pub draining: AtomicBool,
}

/// A verdict and what it is of, for the audit log.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) tweet_id: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) verdict: &'a Verdict,
}

impl AppState {
    /// Opens what the settings name, all but model and port. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`ServeError`]: whatever in the settings cannot be used.
    pub fn open(settings: &Settings) -> Result<Self, ServeError> {
        let metrics = Arc::new(Metrics::default());
        let source = open_source(&settings.source, &metrics)?;
        let audit = settings.audit.as_ref();
        Ok(Self {
            source,
            keys: ApiKeys::open(settings.access.api_keys.as_deref())?,
            audit: audit.map(|audit| AuditLog::open(audit, &metrics)).transpose()?,
            audit_required: settings.audit_required,
            feedback: settings
                .feedback
                .as_deref()
                .map(FeedbackStore::open)
                .transpose()?
                .map(Arc::new),
            review: settings
                .review
                .clone()
                .map(|review| Review::open(review, &metrics))
                .transpose()?
                .map(Arc::new),
            limits: settings.limits.clone(),
            rate: RateLimiter::new(settings.access.rate_limit, settings.access.rate_burst),
            access: settings.access.clone(),
            draining: AtomicBool::new(false),
            engine: Engine::start(settings.engine, &metrics),
            metrics,
        })
    }

    /// Refuses to score what could not be recorded.
    ///
    /// # Errors
    /// `audit_unavailable`, if a record is required.
    pub fn check_audit(&self) -> Result<(), ApiError> {
        let healthy = self.audit.as_ref().is_none_or(AuditLog::is_healthy);
        if healthy || !self.audit_required {
            return Ok(());
        }
        Err(ApiError::retry_after(Code::AuditUnavailable, Duration::from_secs(5)))
    }

    /// Records scores that are about to be sent, and queues for review those whose band asks for it.
    pub(crate) fn record<'a>(
        &self,
        request: &HttpRequest,
        model: &ModelInfo,
        scores: impl IntoIterator<Item = Given<'a>> + Clone,
    ) {
        let offers = self.review.as_ref().and_then(|review| review.offers.as_ref());
        if let Some(offers) = offers {
            for given in scores.clone() {
                offers.offer(given.tweet_id, given.text, given.verdict, model);
            }
        }
        let client = request.extensions().get::<Client>().map(Client::name);
        self.record_as(&request_id(request), client.as_deref(), model, scores);
    }

    /// Records scores, whoever asked for them.
    pub(crate) fn record_as<'a>(
        &self,
        request_id: &str,
        client: Option<&str>,
        model: &ModelInfo,
        scores: impl IntoIterator<Item = Given<'a>>,
    ) {
        let Some(audit) = &self.audit else { return };
        for given in scores {
            audit.record(&Entry {
                time: clock::now(),
                request_id,
                key: client,
                tweet_id: given.tweet_id,
                text_sha256: sha256_hex(given.text),
                model_sha256: &model.sha256,
                model_version: &model.version,
                threshold: model.calibration.threshold,
                score: given.verdict.score().map(|it| it.score),
                band: given.verdict.band().as_str(),
                reason: given.verdict.reason().map(Reason::as_str),
                lang: given.verdict.lang(),
            });
        }
    }

    /// True if a load balancer should send requests here.
    pub fn is_ready(&self) -> bool {
        self.engine.model().is_some() && !self.draining.load(Ordering::Relaxed)
    }

    /// When a request that comes now must be answered.
    pub fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.limits.deadline_ms)
    }

    /// Longest time for a client to send a body.
    pub fn body_patience(&self) -> Duration {
        Duration::from_millis(self.limits.client_timeout_ms)
    }

    /// Values of the moment.
    pub fn gauges(&self) -> Gauges {
        Gauges { queued_texts: self.engine.queued(), ready: self.is_ready() }
    }
}

fn open_source(
    settings: &SourceSettings,
    metrics: &Arc<Metrics>,
) -> Result<TweetSource, ServeError> {
    let source = match settings {
        SourceSettings::File { path, quoting, reason } => {
            let tweets = FileTweets::open(path, *quoting)?;
            if let Some((lines, first)) = tweets.broken() {
                tracing::warn!(
                    lines,
                    first,
                    "lines of --tweets are no JSON objects and are left out"
                );
            }
            let source = TweetSource::File(tweets);
            tracing::info!("{} ({reason})", source.describe());
            return Ok(source);
        }
        SourceSettings::X(x) => TweetSource::X(XApi::start(x.clone(), Arc::clone(metrics))?),
    };
    tracing::info!("{}", source.describe());
    Ok(source)
}
