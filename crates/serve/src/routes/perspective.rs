//! `POST /v1alpha1/comments:analyze`: the score in the shape that clients of Perspective API know,
//! so that they need only change the host and ask for `PRO_ISIS`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use scorer::{Score, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::score::check_length;
use super::threat_level::unless_empty;
use crate::api::perspective::{GoogleError, in_googles_shape, unsupported_language};
use crate::api::{ApiError, Code, read_json};
use crate::engine::{Question, Scored};
use crate::state::{AppState, Given};

pub(super) const ATTRIBUTE: &str = "PRO_ISIS";

/// A request as clients of Perspective send it. Fields that ask for nothing here are ignored, and
/// null is as good as absent, as with Perspective.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnalyzeRequest {
    comment: Comment,
    /// Must have `PRO_ISIS`.
    #[schema(value_type = RequestedAttributes)]
    requested_attributes: BTreeMap<String, Option<Wanted>>,
    /// Sent back as it is.
    client_token: Option<String>,
    /// Languages of the comment, all of which the model must have learned. The first is heard where
    /// the comment leaves its language open.
    #[serde(default)]
    languages: Languages,
    /// True if a language that the model has not learned gives no score instead of an error.
    drop_unsupported_attributes: Option<bool>,
}

/// The attributes to score; for the description.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct RequestedAttributes {
    /// The only attribute there is.
    #[serde(rename = "PRO_ISIS")]
    #[schema(required = true)]
    pro_isis: Option<Wanted>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Comment {
    /// The text to score.
    #[serde(default)]
    #[schema(value_type = String, required = true, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    text: Option<String>,
}

impl Comment {
    /// The text, unless it is longer than the server reads.
    pub(super) fn text(self, state: &AppState) -> Result<String, ApiError> {
        let text = self.text.unwrap_or_default();
        check_length(&text, state.limits.max_text_chars).map(|()| text)
    }
}

/// Language codes (ISO 639-1 or BCP 47); none, to have the language told from the text.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(value_type = Option<Vec<String>>)]
pub(super) struct Languages(Option<Vec<Option<String>>>);

impl Languages {
    /// Those that say something.
    pub(super) fn named(self) -> Vec<String> {
        let given = self.0.into_iter().flatten().flatten();
        given.filter(|code| !matches!(code.trim(), "" | "und")).collect()
    }
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

/// Reason that there is no score.
pub(super) enum Refusal {
    /// As anywhere else.
    Api(ApiError),
    /// The model has not learned the language that is detected or, where none is, one of those that
    /// the request names.
    Language { requested: Vec<String>, detected: Option<&'static str> },
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

impl Refusal {
    /// As clients of Perspective read it.
    pub(super) fn reply(self) -> HttpResponse {
        match self {
            Self::Api(error) => in_googles_shape(&error),
            Self::Language { requested, detected } => {
                unsupported_language(ATTRIBUTE, requested, detected)
            }
        }
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
    security((), ("bearer" = []), ("api_key" = []), ("goog_api_key" = []), ("key" = [])),
)]
pub(crate) async fn analyze(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match answer(&state, &request, payload).await {
        Ok(reply) => HttpResponse::Ok().json(reply),
        Err(refusal) => refusal.reply(),
    }
}

async fn answer(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<AnalyzeReply, Refusal> {
    let limit = state.limits.max_body_bytes;
    let body: AnalyzeRequest = read_json(request, payload, limit, state.body_patience()).await?;
    let wanted = the_attribute("requestedAttributes", body.requested_attributes)?;
    let languages = body.languages.named();
    let text = body.comment.text(state)?;
    state.check_audit()?;
    let mut attribute_scores = BTreeMap::new();
    let scored = score(state, &text, &languages).await.and_then(|scored| {
        let verdict = unless_empty(scored.verdicts.first())?;
        state.record(request, scored.info(), [Given { tweet_id: None, text: &text, verdict }]);
        judged(verdict, &languages).cloned()
    });
    let detected_languages = match scored {
        Ok(judged) => {
            let value = Value { value: judged.score, kind: "PROBABILITY" };
            let least = wanted.and_then(|wanted| wanted.score_threshold);
            if least.is_none_or(|least| value.value >= least) {
                let span = SpanScore { begin: 0, end: text.chars().count(), score: value.clone() };
                let score = AttributeScore { summary_score: value, span_scores: vec![span] };
                attribute_scores.insert(ATTRIBUTE, score);
            }
            vec![judged.lang]
        }
        Err(Refusal::Language { detected, .. })
            if body.drop_unsupported_attributes == Some(true) =>
        {
            detected.into_iter().collect()
        }
        Err(refusal) => return Err(refusal),
    };
    let languages = if languages.is_empty() { vec!["en".to_owned()] } else { languages };
    let client_token = body.client_token;
    Ok(AnalyzeReply { attribute_scores, languages, detected_languages, client_token })
}

/// The value in a request for the only attribute there is; there must be no other.
pub(super) fn the_attribute<T>(
    field: &str,
    mut attributes: BTreeMap<String, T>,
) -> Result<T, ApiError> {
    let wanted = attributes.remove(ATTRIBUTE);
    let detail = match (attributes.keys().next(), wanted) {
        (None, Some(wanted)) => return Ok(wanted),
        (None, None) => format!("{field} must have {ATTRIBUTE}."),
        (Some(other), _) => {
            let is_name =
                other.len() <= 40 && other.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            let other = if is_name { other.as_str() } else { "an attribute" };
            format!("{other} is not scored here; only {ATTRIBUTE} is.")
        }
    };
    Err(ApiError::with_detail(Code::BadRequest, detail))
}

/// Scores a comment, unless a language that the request names is one that the model has not learned.
pub(super) async fn score(
    state: &AppState,
    text: &str,
    languages: &[String],
) -> Result<Scored, Refusal> {
    if let Some(model) = state.engine.model() {
        let is_learned = |tag: &String| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
            model.info.languages.iter().any(|code| code.eq_ignore_ascii_case(primary))
        };
        if !languages.iter().all(is_learned) {
            return Err(Refusal::Language { requested: languages.to_vec(), detected: None });
        }
    }
    let question = Question::new(text).in_language(languages.first().cloned());
    Ok(state.engine.score(vec![question], state.deadline()).await?)
}

/// The score in a verdict, unless the comment is in a language that the model has not learned.
pub(super) fn judged<'a>(verdict: &'a Verdict, languages: &[String]) -> Result<&'a Score, Refusal> {
    verdict.score().ok_or_else(|| {
        let detected = Some(verdict.lang().unwrap_or("und"));
        Refusal::Language { requested: languages.to_vec(), detected }
    })
}
