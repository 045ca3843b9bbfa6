//! `GET /threat_level/{tweet_id}`.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use scorer::{Reason, Verdict};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::TweetId;
use crate::api::{ApiError, Code, ErrorReply, ScoredText, ThreatLevel};
use crate::engine::Question;
use crate::explain;
use crate::request::request_id;
use crate::state::{AppState, Given};
use crate::tweet::Found;

/// Options that a client may ask for beside the score.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wishes {
    /// True to add the contribution of each word to the score. Not with `include_text=false`: it
    /// lists the words.
    #[serde(default)]
    #[param(default = false)]
    explain: bool,
    /// True to send the text back: X lets its text be shown to the operator's own people only.
    #[serde(default = "yes")]
    #[param(default = true)]
    include_text: bool,
}

pub(crate) fn yes() -> bool {
    true
}

/// The score of a tweet.
#[utoipa::path(
    get, path = "/threat_level/{tweet_id}", tag = "tweets",
    params(("tweet_id" = String, Path, pattern = "^[0-9]{1,19}$", description = "The tweet's id: 1 to 19 digits.", example = "20"), Wishes),
    responses(
        (status = 200, description = "The score.", body = ThreatLevel),
        (status = 400, description = "`bad_tweet_id`, `bad_request`", body = ErrorReply),
        (status = 401, description = "`missing_api_key`, `invalid_api_key`", body = ErrorReply),
        (status = 403, description = "`tweet_not_accessible`, `author_suspended`", body = ErrorReply),
        (status = 404, description = "`tweet_not_found`", body = ErrorReply),
        (status = 422, description = "`no_text`", body = ErrorReply),
        (status = 429, description = "`overloaded`, `rate_limited`", body = ErrorReply),
        (status = 500, description = "`scoring_failed`", body = ErrorReply),
        (status = 502, description = "Trouble with X: `upstream_…`", body = ErrorReply),
        (status = 503, description = "`not_ready`, `upstream_rate_limited`, `upstream_quota`, `read_budget_spent`", body = ErrorReply),
        (status = 504, description = "`upstream_timeout`, `deadline_exceeded`", body = ErrorReply),
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn threat_level(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let wishes = query::<Wishes>(&request)?;
    if wishes.explain && !wishes.include_text {
        return Err(ApiError::with_detail(
            Code::BadRequest,
            "`explain` lists the words of the text, which `include_text=false` leaves out: ask \
             for one of them.",
        ));
    }
    let id = tweet_id(request.match_info().query("tweet_id"))?;
    state.check_audit()?;
    let deadline = state.deadline();
    let found = look_up(&state, &id, deadline).await?;
    let question = Question::new(&*found.tweet.text).in_language(found.tweet.lang.clone());
    let scored = state.engine.score(vec![question], deadline).await?;
    let verdict = unless_empty(scored.verdicts.first())?;
    let given = Given { tweet_id: Some(found.tweet.id.as_str()), text: &found.tweet.text, verdict };
    state.record(&request, scored.info(), [given]);
    let mut text = ScoredText::new(verdict, scored.info());
    if let Some(prediction) = verdict.score().filter(|_| wishes.explain) {
        let whole = &found.tweet.text;
        let words = explain::by_word(&state.engine, &scored, whole, prediction, deadline).await?;
        text = text.explained(words);
    }
    Ok(HttpResponse::Ok().json(ThreatLevel::new(
        &found.tweet,
        found.cached,
        text,
        scored.info(),
        wishes.include_text,
        &request_id(&request),
    )))
}

/// A verdict, unless nothing is left of the text.
pub(crate) fn unless_empty(verdict: Option<&Verdict>) -> Result<&Verdict, Code> {
    verdict.filter(|verdict| verdict.reason() != Some(Reason::NoText)).ok_or(Code::NoText)
}

/// Reads an id out of an address.
pub(crate) fn tweet_id(text: &str) -> Result<TweetId, ApiError> {
    TweetId::parse(text).map_err(|_| Code::BadTweetId.into())
}

/// Reads a query string.
pub(crate) fn query<T: serde::de::DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    web::Query::<T>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| ApiError::with_detail(Code::BadRequest, format!("In the query: {error}.")))
}

/// Finds a tweet within four fifths of the time that is left: the rest is kept for the model, so
/// that tweets which were found in time are scored though another was not.
pub(crate) async fn look_up(
    state: &AppState,
    id: &TweetId,
    deadline: Instant,
) -> Result<Found, ApiError> {
    let patience = deadline.saturating_duration_since(Instant::now()) * 4 / 5;
    tokio::time::timeout(patience, state.source.get(id))
        .await
        .unwrap_or_else(|_| Err(Code::UpstreamTimeout.into()))
}
