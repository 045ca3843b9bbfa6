//! `POST /v1alpha1/comments:analyze`: the score in the shape that clients of Perspective API know,
//! so that they need only change the host and ask for `PRO_ISIS`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::score::check_length;
use super::threat_level::unless_empty;
use crate::api::perspective::{ErrorDetail, GoogleError, in_googles_shape};
use crate::api::{ApiError, Code, read_json};
use crate::engine::Question;
use crate::state::{AppState, Given};

const ATTRIBUTE: &str = "PRO_ISIS";

/// A request as clients of Perspective send it. Fields that ask for nothing here are ignored, as
/// Perspective does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnalyzeRequest {
    comment: Comment,
    /// Must have `PRO_ISIS`.
    #[schema(value_type = RequestedAttributes)]
    requested_attributes: BTreeMap<String, Wanted>,
    /// Sent back as it is.
    client_token: Option<String>,
    /// Languages of the comment; the first is heard where the comment leaves its language open.
    #[serde(default)]
    languages: Vec<String>,
}

/// What to score; for the description.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct RequestedAttributes {
    /// The only attribute there is.
    #[serde(rename = "PRO_ISIS")]
    pro_isis: Wanted,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Comment {
    /// The text to score.
    #[schema(pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    text: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// Scores below this are left out.
    score_threshold: Option<f32>,
}

/// A reply as clients of Perspective expect it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnalyzeReply {
    /// `PRO_ISIS`, unless its score is below the threshold that was asked for.
    attribute_scores: BTreeMap<&'static str, AttributeScore>,
    languages: Vec<String>,
    /// The language of the comment, or of the part of it that was read.
    detected_languages: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttributeScore {
    summary_score: Value,
    span_scores: Vec<SpanScore>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SpanScore {
    /// First character of the span.
    begin: usize,
    /// One past the last.
    end: usize,
    score: Value,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct Value {
    /// The calibrated score.
    value: f32,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Why there is no score.
enum Refusal {
    /// As anywhere else.
    Api(ApiError),
    /// The model cannot judge the comment.
    Language { requested: Vec<String>, detected: &'static str },
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

/// The score of a text, in Perspective's shape.
#[utoipa::path(
    post, path = "/v1alpha1/comments:analyze", tag = "texts",
    params(("key" = Option<String>, Query, description = "API key, where the server asks for one.")),
    request_body = AnalyzeRequest,
    responses(
        (status = 200, description = "The score.", body = AnalyzeReply),
        (status = "default", description = "The request failed.", body = GoogleError),
    ),
    security((), ("bearer" = []), ("api_key" = []), ("key" = [])),
)]
pub(crate) async fn analyze(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match answer(&state, &request, payload).await {
        Ok(reply) => HttpResponse::Ok().json(reply),
        Err(Refusal::Api(error)) => in_googles_shape(&error, Vec::new()),
        Err(Refusal::Language { requested, detected }) => {
            let named = format!("It is told to be in `{detected}`.");
            let error = ApiError::with_detail(Code::LanguageNotSupported, named);
            let detail = ErrorDetail::unsupported_language(ATTRIBUTE, requested, detected);
            in_googles_shape(&error, vec![detail])
        }
    }
}

async fn answer(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<AnalyzeReply, Refusal> {
    let limit = state.limits.max_body_bytes;
    let body: AnalyzeRequest = read_json(request, payload, limit, state.body_patience()).await?;
    if let Some(other) = body.requested_attributes.keys().find(|name| *name != ATTRIBUTE) {
        let known = other.len() <= 40 && other.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let other = if known { other.as_str() } else { "an attribute" };
        let detail = format!("{other} is not scored here; only {ATTRIBUTE} is.");
        return Err(ApiError::with_detail(Code::BadRequest, detail).into());
    }
    let Some(wanted) = body.requested_attributes.get(ATTRIBUTE) else {
        let detail = format!("requestedAttributes must have {ATTRIBUTE}.");
        return Err(ApiError::with_detail(Code::BadRequest, detail).into());
    };
    let text = body.comment.text;
    check_length(&text, state.limits.max_text_chars)?;
    state.check_audit()?;
    let question = Question::new(&*text).in_language(body.languages.first().cloned());
    let scored = state.engine.score(vec![question], state.deadline()).await?;
    let verdict = unless_empty(scored.verdicts.first())?;
    state.record(request, scored.info(), [Given { tweet_id: None, text: &text, verdict }]);
    let Some(prediction) = verdict.score() else {
        let detected = verdict.lang().unwrap_or("und");
        return Err(Refusal::Language { requested: body.languages, detected });
    };
    let value = Value { value: prediction.score, kind: "PROBABILITY" };
    let mut attribute_scores = BTreeMap::new();
    if wanted.score_threshold.is_none_or(|threshold| value.value >= threshold) {
        let span = SpanScore { begin: 0, end: text.chars().count(), score: value.clone() };
        let score = AttributeScore { summary_score: value, span_scores: vec![span] };
        attribute_scores.insert(ATTRIBUTE, score);
    }
    let languages = if body.languages.is_empty() { vec!["en".to_owned()] } else { body.languages };
    Ok(AnalyzeReply {
        attribute_scores,
        languages,
        detected_languages: vec![prediction.lang],
        client_token: body.client_token,
    })
}
