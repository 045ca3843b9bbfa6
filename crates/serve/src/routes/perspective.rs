//! `POST /v1alpha1/comments:analyze`: the score in the shape that clients of Perspective API know,
//! so that they need only change the host and ask for `PRO_ISIS`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::score::check_length;
use super::threat_level::unless_empty;
use crate::api::{ApiError, Code, read_json};
use crate::engine::Question;
use crate::state::{AppState, Given};

const ATTRIBUTE: &str = "PRO_ISIS";
/// Below it, all is in Google's shape.
pub(crate) const PREFIX: &str = "/v1alpha1/";

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

/// An error as Google's interfaces shape it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoogleError {
    error: GoogleErrorBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct GoogleErrorBody {
    code: u16,
    message: String,
    status: &'static str,
    /// For a comment in a language that the model has not learned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    details: Vec<ErrorDetail>,
}

/// What Perspective says of an unsupported language.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorDetail {
    #[serde(rename = "@type")]
    kind: &'static str,
    /// `LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE`.
    error_type: &'static str,
    language_not_supported_by_attribute_error: UnsupportedLanguage,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UnsupportedLanguage {
    /// As the request has them.
    requested_languages: Vec<String>,
    /// What the comment is in; `und` where it has no words.
    detected_languages: Vec<&'static str>,
    attribute: &'static str,
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
            let detail = ErrorDetail {
                kind: "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
                error_type: "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
                language_not_supported_by_attribute_error: UnsupportedLanguage {
                    requested_languages: requested,
                    detected_languages: vec![detected],
                    attribute: ATTRIBUTE,
                },
            };
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
    state.record(request, scored.model(), [Given { tweet_id: None, text: &text, verdict }]);
    let Some(prediction) = verdict.prediction() else {
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

/// An error in the shape that clients of a path read: Google's below [`PREFIX`], ours elsewhere.
pub(crate) fn error_at(path: &str, error: &ApiError) -> HttpResponse {
    if path.starts_with(PREFIX) {
        in_googles_shape(error, Vec::new())
    } else {
        error.error_response()
    }
}

fn in_googles_shape(error: &ApiError, details: Vec<ErrorDetail>) -> HttpResponse {
    let mut reply = error.error_response();
    let status = match reply.status() {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        StatusCode::GATEWAY_TIMEOUT => "DEADLINE_EXCEEDED",
        status if status.is_client_error() => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    };
    let body = error.body();
    let body = GoogleErrorBody {
        code: reply.status().as_u16(),
        message: format!("{} {}", body.message, body.hint),
        status,
        details,
    };
    let body = serde_json::to_string(&GoogleError { error: body }).unwrap_or_default();
    // Status, Retry-After and the code for the log stay as the table has them.
    reply.headers_mut().remove(actix_web::http::header::CONTENT_LENGTH);
    reply.set_body(body).map_into_boxed_body()
}
