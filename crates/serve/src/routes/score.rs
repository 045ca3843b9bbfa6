//! `POST /v1/score`: one text or many.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::failures::BadRequest;
use super::threat_level::{query, unless_empty};
use crate::api::{
    ApiError, BatchReply, Code, ErrorReply, Item, ItemReply, ModelRef, ScoreBody, ScoreReply,
    ScoreRequest, ScoredText, read_json,
};
use crate::engine::Question;
use crate::explain;
use crate::request::request_id;
use crate::state::{AppState, Given};

/// Options that a client may ask for beside the score.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wishes {
    /// True to add the contribution of each word to the score. It costs a pass of the model for
    /// each word.
    #[serde(default)]
    #[param(default = false)]
    explain: bool,
}

/// The score of one text (`text`) or of many (`texts`), each with a result or an error of its own.
#[utoipa::path(
    post, path = "/v1/score", tag = "texts",
    params(Wishes),
    request_body = ScoreBody,
    responses(
        (status = 200, description = "`ScoreReply` to `text`, `BatchReply` to `texts`.", body = ScoreAnswer),
        (status = 401, description = "`missing_api_key`, `invalid_api_key`", body = ErrorReply),
        (status = 408, description = "`body_timeout`", body = ErrorReply),
        (status = 413, description = "`body_too_large`, `too_many_items`", body = ErrorReply),
        (status = 415, description = "`unsupported_media_type`", body = ErrorReply),
        (status = 422, description = "`no_text`, `text_too_long`: for `text` alone", body = ErrorReply),
        (status = 429, description = "`overloaded`, `rate_limited`", body = ErrorReply),
        (status = 500, description = "`scoring_failed`", body = ErrorReply),
        (status = 503, description = "`not_ready`, `shutting_down`", body = ErrorReply),
        (status = 504, description = "`deadline_exceeded`", body = ErrorReply),
        BadRequest,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn score(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let wishes = query::<Wishes>(&request)?;
    let limit = state.limits.max_body_bytes;
    let body: ScoreRequest = read_json(&request, payload, limit, state.body_patience()).await?;
    state.check_audit()?;
    match (body.text, body.texts) {
        (Some(text), None) => one(&state, &request, text, body.lang, wishes.explain).await,
        (None, Some(texts)) => many(&state, &request, texts, body.lang, wishes.explain).await,
        _ => Err(ApiError::with_detail(
            Code::BadRequest,
            "The body must have either `text` or `texts`.",
        )),
    }
}

/// The two forms of a reply, for the description.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code)]
pub(crate) enum ScoreAnswer {
    /// To `text`.
    One(ScoreReply),
    /// To `texts`.
    Many(BatchReply),
}

async fn one(
    state: &AppState,
    request: &HttpRequest,
    text: String,
    lang: Option<String>,
    explained: bool,
) -> Result<HttpResponse, ApiError> {
    check_length(&text, state.limits.max_text_chars)?;
    let deadline = state.deadline();
    let question = Question::new(&*text).in_language(lang);
    let scored = state.engine.score(vec![question], deadline).await?;
    let verdict = unless_empty(scored.verdicts.first())?;
    state.record(request, scored.info(), [Given { tweet_id: None, text: &text, verdict }]);
    let mut reply = ScoredText::new(verdict, scored.info());
    if let Some(prediction) = verdict.score().filter(|_| explained) {
        let words = explain::by_word(&state.engine, &scored, &text, prediction, deadline).await?;
        reply = reply.explained(words);
    }
    Ok(HttpResponse::Ok().json(ScoreReply {
        scored: reply,
        model: ModelRef::from(scored.info()),
        request_id: request_id(request).as_ref().to_owned(),
    }))
}

async fn many(
    state: &AppState,
    request: &HttpRequest,
    items: Vec<Item>,
    lang: Option<String>,
    explained: bool,
) -> Result<HttpResponse, ApiError> {
    check_count(items.len(), state.limits.max_items)?;
    let deadline = state.deadline();
    let mut results: Vec<Option<ItemReply>> = Vec::with_capacity(items.len());
    let mut accepted = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let text = item
            .text(place)
            .and_then(|text| check_length(&text, state.limits.max_text_chars).map(|()| text));
        match text {
            Ok(text) => {
                accepted.push(text);
                results.push(None);
            }
            Err(error) => results.push(Some(error.into())),
        }
    }
    let question = |text: &String| Question::new(&**text).in_language(lang.clone());
    let scored = state.engine.score(accepted.iter().map(question).collect(), deadline).await?;
    let recorded = accepted.iter().zip(&scored.verdicts).filter_map(|(text, verdict)| {
        Some(Given { tweet_id: None, text, verdict: unless_empty(Some(verdict)).ok()? })
    });
    state.record(request, scored.info(), recorded);
    let mut verdicts = accepted.iter().zip(&scored.verdicts);
    let mut replies = Vec::with_capacity(results.len());
    for refused in results {
        if let Some(refused) = refused {
            replies.push(refused);
            continue;
        }
        let next = verdicts.next();
        let Some((text, Ok(verdict))) = next.map(|(text, it)| (text, unless_empty(Some(it))))
        else {
            replies.push(ApiError::from(Code::NoText).into());
            continue;
        };
        let mut reply = ScoredText::new(verdict, scored.info());
        if let Some(prediction) = verdict.score().filter(|_| explained) {
            let words = explain::by_word(&state.engine, &scored, text, prediction, deadline).await;
            match words {
                Ok(words) => reply = reply.explained(words),
                // The others have their scores, and so would this one without the wish.
                Err(error) => {
                    replies.push(error.into());
                    continue;
                }
            }
        }
        replies.push(ItemReply::Scored(reply));
    }
    Ok(HttpResponse::Ok().json(BatchReply {
        results: replies,
        model: ModelRef::from(scored.info()),
        request_id: request_id(request).as_ref().to_owned(),
    }))
}

/// Refuses a text over the limit. Bytes bound characters from above, so that most texts need no
/// counting.
pub(crate) fn check_length(text: &str, most: usize) -> Result<(), ApiError> {
    if text.len() <= most || text.chars().count() <= most {
        return Ok(());
    }
    Err(ApiError::with_detail(Code::TextTooLong, format!("At most {most} characters.")))
}

/// Refuses too many items, and none.
pub(crate) fn check_count(count: usize, most: usize) -> Result<(), ApiError> {
    match count {
        0 => Err(ApiError::with_detail(Code::BadRequest, "There is no item in it.")),
        _ if count > most => {
            Err(ApiError::with_detail(Code::TooManyItems, format!("At most {most}.")))
        }
        _ => Ok(()),
    }
}
