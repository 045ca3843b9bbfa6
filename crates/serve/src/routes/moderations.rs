//! `POST /v1/moderations`: the score in the shape that clients of OpenAI know, so that they need only change
//! the address.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use scorer::{Reason, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::score::{check_count, check_length};
use crate::api::openai::{OpenAiError, in_openais_shape};
use crate::api::{ApiError, Code, read_json};
use crate::engine::Question;
use crate::request::request_id;
use crate::state::{AppState, Given};

/// The only category there is.
const CATEGORY: &str = "extremism/pro_isis";

/// A request as clients of OpenAI send it. Fields that ask for nothing here are ignored.
#[derive(Debug, Deserialize)]
struct ModerationsRequest {
    input: Value,
    /// The server has one model: only its type is looked at.
    #[serde(default, rename = "model")]
    _model: Option<String>,
}

/// Texts to score, in OpenAI's shape.
#[derive(Deserialize, ToSchema)]
#[allow(dead_code)] // for the description
pub(crate) struct ModerationsBody {
    input: ModerationsInput,
    /// Not looked at: the server has one model.
    model: Option<String>,
}

/// The texts to score.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code)]
pub(crate) enum ModerationsInput {
    /// One text.
    #[schema(example = "Lovely weather at the lake today")]
    One(String),
    /// Many texts, each with a result.
    Many(Vec<String>),
    /// The parts of one text, with one result.
    Parts(Vec<TextPart>),
}

/// A part of a text. Images are not read.
#[derive(Deserialize, ToSchema)]
#[allow(dead_code)]
pub(crate) struct TextPart {
    /// `text`.
    #[serde(rename = "type")]
    #[schema(pattern = "^text$")]
    kind: String,
    text: String,
}

/// A reply as clients of OpenAI expect it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModerationsReply {
    /// The id of this request after `modr-`.
    id: String,
    /// Name and version of the model.
    model: String,
    /// One for each text.
    results: Vec<Moderation>,
}

/// The model's result for one text.
#[derive(Debug, Serialize, ToSchema)]
struct Moderation {
    /// True if the score reaches the threshold. A reason for a person to look, never for automatic
    /// action.
    flagged: bool,
    /// The same by category; there is one, `extremism/pro_isis`.
    categories: BTreeMap<&'static str, bool>,
    /// The calibrated score; 0 where the text is not judged.
    category_scores: BTreeMap<&'static str, f32>,
    /// `text`; nothing where the text is not judged, as with OpenAI for what a category does not apply to.
    category_applied_input_types: BTreeMap<&'static str, Vec<&'static str>>,
    /// Beside OpenAI's fields: how soon a person should look.
    band: &'static str,
    /// Reason that the text is not judged: `language`, `no_words` or `no_text`; null where it is judged.
    reason: Option<&'static str>,
    /// The language of the text.
    lang: Option<&'static str>,
}

impl From<&Verdict> for Moderation {
    fn from(verdict: &Verdict) -> Self {
        let score = verdict.score();
        let flagged = score.is_some_and(|it| it.label == scorer::Label::ProIsis);
        let applied = if score.is_some() { vec!["text"] } else { Vec::new() };
        Self {
            flagged,
            categories: BTreeMap::from([(CATEGORY, flagged)]),
            category_scores: BTreeMap::from([(CATEGORY, score.map_or(0.0, |it| it.score))]),
            category_applied_input_types: BTreeMap::from([(CATEGORY, applied)]),
            band: verdict.band().as_str(),
            reason: verdict.reason().map(Reason::as_str),
            lang: verdict.lang(),
        }
    }
}

/// The score of one text or many, in OpenAI's shape. Only the category `extremism/pro_isis` is there: of
/// OpenAI's own categories this model knows nothing.
#[utoipa::path(
    post, path = "/v1/moderations", tag = "texts",
    request_body = ModerationsBody,
    responses(
        (status = 200, description = "A result for each text.", body = ModerationsReply),
        (status = "default", description = "The request failed.", body = OpenAiError),
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn moderations(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match answer(&state, &request, payload).await {
        Ok(reply) => HttpResponse::Ok().json(reply),
        Err(error) => in_openais_shape(&error),
    }
}

async fn answer(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<ModerationsReply, ApiError> {
    let limit = state.limits.max_body_bytes;
    let body: ModerationsRequest =
        read_json(request, payload, limit, state.body_patience()).await?;
    let texts = texts(body.input)?;
    // No text has no result.
    if !texts.is_empty() {
        check_count(texts.len(), state.limits.max_items)?;
    }
    for text in &texts {
        check_length(text, state.limits.max_text_chars)?;
    }
    state.check_audit()?;
    let questions = texts.iter().map(|text| Question::new(&**text)).collect();
    let scored = state.engine.score(questions, state.deadline()).await?;
    let info = scored.info();
    let given = texts.iter().zip(&scored.verdicts);
    let recorded = given
        .filter(|(_, verdict)| verdict.reason() != Some(Reason::NoText))
        .map(|(text, verdict)| Given { tweet_id: None, text, verdict });
    state.record(request, info, recorded);
    Ok(ModerationsReply {
        id: format!("modr-{}", request_id(request)),
        model: format!("{}-{}", info.name, info.version),
        results: scored.verdicts.iter().map(Moderation::from).collect(),
    })
}

/// A text, texts, or the parts of one.
fn texts(input: Value) -> Result<Vec<String>, ApiError> {
    let bad = |detail: String| Err(ApiError::with_detail(Code::BadRequest, detail));
    let list = match input {
        Value::String(text) => return Ok(vec![text]),
        Value::Array(list) => list,
        _ => return bad("`input` must be a string or a list of strings.".to_owned()),
    };
    if list.iter().any(Value::is_object) {
        let mut parts = Vec::with_capacity(list.len());
        for (place, part) in list.iter().enumerate() {
            match (part["type"].as_str(), part["text"].as_str()) {
                (Some("text"), Some(text)) => parts.push(text),
                (Some("image_url"), _) => {
                    return bad(format!(
                        "`input[{place}]` is an image, and images are not read here."
                    ));
                }
                _ => {
                    return bad(format!(
                        "`input[{place}]` must be an object with `type` \"text\" and a string `text`."
                    ));
                }
            }
        }
        return Ok(vec![parts.join("\n")]);
    }
    let mut texts = Vec::with_capacity(list.len());
    for (place, text) in list.into_iter().enumerate() {
        match text {
            Value::String(text) => texts.push(text),
            _ => return bad(format!("`input[{place}]` must be a string.")),
        }
    }
    Ok(texts)
}
