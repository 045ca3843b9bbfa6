//! `POST /v1/feedback` and `GET /v1/feedback/summary`: what reviewers found.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::failures::{BadRequest, Failed, FeedbackOff};
use super::threat_level::{query, tweet_id};
use crate::api::{ApiError, Code, ErrorReply, read_json};
use crate::clock;
use crate::feedback::{
    Band, BandPrecision, CONFIDENCE, FeedbackStore, Finding, ModelVerdicts, Post, Verdict, by_band,
};
use crate::request::{Client, request_id};
use crate::state::AppState;

/// A verdict, with what the score's reply said: exactly one of `tweet_id` and `text_sha256`.
/// [`FeedbackBody`] describes the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedbackRequest {
    tweet_id: Option<String>,
    text_sha256: Option<String>,
    score: f64,
    band: Band,
    model_sha256: String,
    verdict: Verdict,
}

/// A reviewer's verdict on a scored tweet or text.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code)] // for the description; parsing needs the place of a mistake
pub(crate) enum FeedbackBody {
    /// On a tweet.
    Tweet(TweetFeedback),
    /// On a text without an id.
    Text(TextFeedback),
}

/// A reviewer's verdict on a scored tweet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub(crate) struct TweetFeedback {
    /// The tweet's id.
    #[schema(pattern = "^[0-9]{1,19}$", example = "20")]
    tweet_id: String,
    /// `score` of the reply.
    #[schema(minimum = 0, maximum = 1, example = 0.97)]
    score: f64,
    /// `band` of the reply.
    band: Band,
    /// `model.sha256` of the reply.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    model_sha256: String,
    /// The reviewer's verdict.
    verdict: Verdict,
}

/// A reviewer's verdict on a scored text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub(crate) struct TextFeedback {
    /// SHA-256 of the text in UTF-8, as in the audit log. The text itself is not kept.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    text_sha256: String,
    /// `score` of the reply.
    #[schema(minimum = 0, maximum = 1, example = 0.97)]
    score: f64,
    /// `band` of the reply.
    band: Band,
    /// `model.sha256` of the reply.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    model_sha256: String,
    /// The reviewer's verdict.
    verdict: Verdict,
}

/// The verdict is on the disk.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recorded {
    /// When it was recorded, in UTC (RFC 3339).
    time: String,
    /// The id of this request, which is kept with the verdict.
    request_id: String,
}

/// Records what a reviewer found of a scored post. A later verdict on the same post, such as the
/// outcome of an appeal, takes the place of an earlier one.
#[utoipa::path(
    post, path = "/v1/feedback", tag = "feedback",
    request_body = FeedbackBody,
    responses(
        (status = 201, description = "It is recorded.", body = Recorded),
        (status = 400, description = "`bad_request`, `bad_tweet_id`", body = ErrorReply),
        (status = 503, description = "`feedback_unavailable`", body = ErrorReply),
        FeedbackOff, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn record(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    store(&state)?;
    let limit = state.limits.max_body_bytes;
    let body: FeedbackRequest = read_json(&request, payload, limit, state.body_patience()).await?;
    let found = Found {
        post: post(body.tweet_id, body.text_sha256)?,
        score: share(body.score)?,
        band: body.band,
        model_sha256: hash("model_sha256", body.model_sha256)?,
        verdict: body.verdict,
    };
    Ok(HttpResponse::Created().json(keep(&state, &request, found).await?))
}

/// A reviewer's verdict, and the post that it is on.
pub(super) struct Found {
    pub(super) post: Post,
    pub(super) score: f64,
    pub(super) band: Band,
    pub(super) model_sha256: String,
    pub(super) verdict: Verdict,
}

/// Keeps a verdict; it is on the disk when this returns.
pub(super) async fn keep(
    state: &AppState,
    request: &HttpRequest,
    found: Found,
) -> Result<Recorded, ApiError> {
    let store = store(state)?;
    let client = request.extensions().get::<Client>().map(Client::name);
    let Found { post, score, band, model_sha256, verdict } = found;
    let finding = Finding {
        time: clock::now(),
        request_id: request_id(request).as_ref().to_owned(),
        key: client.as_deref().map(str::to_owned),
        post,
        score,
        band,
        model_sha256,
        verdict,
    };
    let kept = Recorded { time: finding.time.clone(), request_id: finding.request_id.clone() };
    in_store(move || store.record(&finding)).await?;
    state.metrics.verdict(band.as_str(), verdict.as_str());
    Ok(kept)
}

/// Query for the summary of a model.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// SHA-256 of the weights whose scores were reviewed; without it, of the model in place.
    #[param(pattern = "^[0-9a-f]{64}$")]
    model_sha256: Option<String>,
}

/// Precision of each band of a model.
#[derive(Serialize, ToSchema)]
pub(crate) struct Summary {
    /// SHA-256 of the weights.
    model_sha256: String,
    /// Confidence of the intervals.
    #[schema(example = 0.95)]
    confidence: f64,
    /// The bands, from least to most urgent.
    bands: [BandPrecision; 3],
    /// Every model that has verdicts, the one with the newest first.
    models: Vec<ModelVerdicts>,
    /// The id of this request.
    request_id: String,
}

/// Precision of each band by reviewers' verdicts, with intervals.
/// Only posts that somebody reviewed count, each once, by its last verdict.
#[utoipa::path(
    get, path = "/v1/feedback/summary", tag = "feedback",
    params(Wanted),
    responses(
        (status = 200, description = "Precision by band.", body = Summary),
        (status = 503, description = "`feedback_unavailable`, `not_ready`", body = ErrorReply),
        BadRequest, FeedbackOff, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn summary(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let store = store(&state)?;
    let model_sha256 = if let Some(sha256) = query::<Wanted>(&request)?.model_sha256 {
        hash("model_sha256", sha256)?
    } else {
        let wait = ApiError::retry_after(Code::NotReady, Duration::from_secs(1));
        state.engine.model().ok_or(wait)?.info.sha256.clone()
    };
    let wanted = model_sha256.clone();
    let (counts, models) = in_store(move || Ok((store.counts(&wanted)?, store.models()?))).await?;
    Ok(HttpResponse::Ok().json(Summary {
        model_sha256,
        confidence: CONFIDENCE,
        bands: by_band(counts),
        models,
        request_id: request_id(&request).as_ref().to_owned(),
    }))
}

pub(super) fn store(state: &AppState) -> Result<Arc<FeedbackStore>, ApiError> {
    state.feedback.clone().ok_or_else(|| Code::FeedbackOff.into())
}

/// Off the async threads: the disk may be slow, and another server may hold the file.
async fn in_store<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, ApiError> {
    let reason = match web::block(work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(reason)) => reason,
        Err(cancelled) => cancelled.to_string(),
    };
    tracing::error!(reason, "the verdicts cannot be used");
    Err(ApiError::retry_after(Code::FeedbackUnavailable, Duration::from_secs(5)))
}

fn post(id: Option<String>, text_sha256: Option<String>) -> Result<Post, ApiError> {
    match (id, text_sha256) {
        (Some(id), None) => Ok(Post::Tweet(tweet_id(&id)?)),
        (None, Some(sha256)) => Ok(Post::Text(hash("text_sha256", sha256)?)),
        _ => Err(ApiError::with_detail(
            Code::BadRequest,
            "The body must have either `tweet_id` or `text_sha256`.",
        )),
    }
}

fn hash(field: &str, text: String) -> Result<String, ApiError> {
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(hexadecimal) {
        return Ok(text);
    }
    let detail = format!("`{field}` must be 64 lower-case hexadecimal digits.");
    Err(ApiError::with_detail(Code::BadRequest, detail))
}

fn share(score: f64) -> Result<f64, ApiError> {
    if (0.0..=1.0).contains(&score) {
        return Ok(score);
    }
    Err(ApiError::with_detail(Code::BadRequest, "`score` must be between 0 and 1."))
}
