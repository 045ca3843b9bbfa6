//! `POST /v1alpha1/comments:suggestscore`: what a reviewer found, as clients of Perspective say it.
//! It is kept as `POST /v1/feedback` keeps it.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::feedback::{Found, keep, store};
use super::perspective::{ATTRIBUTE, Comment, Languages, Refusal, judged, score, the_attribute};
use super::threat_level::unless_empty;
use crate::api::perspective::GoogleError;
use crate::api::{ApiError, Code, read_json};
use crate::audit::sha256_hex;
use crate::feedback::{Band, Post, Verdict};
use crate::state::AppState;

/// A reviewer's verdict on a comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuggestRequest {
    comment: Comment,
    /// Must have `PRO_ISIS`.
    #[schema(value_type = SuggestedAttributes)]
    attribute_scores: BTreeMap<String, Option<SuggestedScores>>,
    /// Sent back as it is.
    client_token: Option<String>,
    /// As for `comments:analyze`.
    #[serde(default)]
    languages: Languages,
}

/// The suggested scores; for the description.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct SuggestedAttributes {
    /// The only attribute there is.
    #[serde(rename = "PRO_ISIS")]
    pro_isis: SuggestedScores,
}

/// The score that the comment should have had.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestedScores {
    /// Of the whole comment.
    #[schema(value_type = SuggestedScore, required = true)]
    summary_score: Option<SuggestedScore>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct SuggestedScore {
    /// Above one half: it supports ISIS; below: it does not; one half: the reviewer cannot say.
    #[schema(minimum = 0, maximum = 1, example = 1)]
    value: f64,
}

/// The verdict is on the disk.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuggestReply {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
    /// As the request has them.
    requested_languages: Vec<String>,
    /// The language of the comment, or of the part of it that was read.
    detected_languages: Vec<&'static str>,
}

/// Records what a reviewer found of a comment, as `/v1/feedback` does. The comment is scored anew
/// for it; its text is not kept.
#[utoipa::path(
    post, path = "/v1alpha1/comments:suggestscore", tag = "feedback",
    params(("key" = Option<String>, Query, description = "API key, where the server asks for one.")),
    request_body = SuggestRequest,
    responses(
        (status = 200, description = "It is recorded.", body = SuggestReply),
        (status = "default", description = "The request failed.", body = GoogleError),
    ),
    security((), ("bearer" = []), ("api_key" = []), ("goog_api_key" = []), ("key" = [])),
)]
pub(crate) async fn suggest_score(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match record(&state, &request, payload).await {
        Ok(reply) => HttpResponse::Ok().json(reply),
        Err(refusal) => refusal.reply(),
    }
}

async fn record(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<SuggestReply, Refusal> {
    store(state)?;
    let limit = state.limits.max_body_bytes;
    let body: SuggestRequest = read_json(request, payload, limit, state.body_patience()).await?;
    let suggested = the_attribute("attributeScores", body.attribute_scores)?;
    let verdict = verdict(suggested.and_then(|scores| scores.summary_score))?;
    let languages = body.languages.named();
    let text = body.comment.text(state)?;
    let scored = score(state, &text, &languages).await?;
    let given = unless_empty(scored.verdicts.first())?;
    let judged = judged(given, &languages)?;
    let found = Found {
        post: Post::Text(sha256_hex(&text)),
        score: judged.score.into(),
        band: Band::parse(given.band().as_str()).ok_or(Code::ScoringFailed)?,
        model_sha256: scored.info().sha256.clone(),
        verdict,
    };
    keep(state, request, found).await?;
    Ok(SuggestReply {
        client_token: body.client_token,
        requested_languages: languages,
        detected_languages: vec![judged.lang],
    })
}

fn verdict(suggested: Option<SuggestedScore>) -> Result<Verdict, ApiError> {
    match suggested.map(|score| score.value) {
        Some(0.5) => Ok(Verdict::Unsure),
        Some(value @ 0.0..=1.0) if value > 0.5 => Ok(Verdict::ProIsis),
        Some(0.0..=1.0) => Ok(Verdict::NotProIsis),
        _ => {
            let field = format!("attributeScores.{ATTRIBUTE}.summaryScore.value");
            let detail = format!("`{field}` must be a number from 0 to 1.");
            Err(ApiError::with_detail(Code::BadRequest, detail))
        }
    }
}
