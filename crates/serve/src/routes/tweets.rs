//! `GET /v1/tweets/{id}`, `GET /v1/tweets?ids=` and `DELETE /v1/cache/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::failures::Failed;
use super::score::check_count;
use super::threat_level::{look_up, query, threat_level, tweet_id, unless_empty, yes};
use crate::api::{ApiError, Code, ErrorReply, ScoredText, ThreatLevel, TweetItem, TweetsReply};
use crate::engine::Question;
use crate::request::request_id;
use crate::state::{AppState, Given};
use crate::tweet::Found;

/// Query for tweets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Ids, separated by commas.
    #[param(example = "20,1346889436626259968", min_length = 1)]
    ids: String,
    /// True to send the texts back.
    #[serde(default = "yes")]
    #[param(default = true)]
    include_text: bool,
}

/// The score of a tweet; the same as `/threat_level/{tweet_id}`.
#[utoipa::path(
    get, path = "/v1/tweets/{tweet_id}", tag = "tweets",
    params(
        ("tweet_id" = String, Path, pattern = "^[0-9]{1,19}$", description = "The tweet's id: 1 to 19 digits.", example = "20"),
        super::threat_level::Wishes,
    ),
    responses(
        (status = 200, description = "The score.", body = ThreatLevel),
        (status = "default", description = "As for `/threat_level/{tweet_id}`.", body = ErrorReply),
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn tweet(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    threat_level(state, request).await
}

/// The scores of many tweets, each with a result or an error of its own.
#[utoipa::path(
    get, path = "/v1/tweets", tag = "tweets",
    params(Wanted),
    responses(
        (status = 200, description = "One result or error an id.", body = TweetsReply),
        (status = "default", description = "The request as a whole failed.", body = ErrorReply),
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn tweets(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let wanted = query::<Wanted>(&request)?;
    if wanted.ids.is_empty() {
        return Err(ApiError::with_detail(Code::BadRequest, "`ids` is empty."));
    }
    let given: Vec<&str> = wanted.ids.split(',').map(str::trim).collect();
    check_count(given.len(), state.limits.max_items)?;
    state.check_audit()?;
    let request_id = request_id(&request);
    let deadline = state.deadline();

    // All at once: the source joins them into few requests.
    let mut lookups = Vec::with_capacity(given.len());
    for text in &given {
        let (state, id) = (state.clone(), tweet_id(text));
        lookups.push(actix_web::rt::spawn(async move { look_up(&state, &id?, deadline).await }));
    }
    let mut found: Vec<Result<Found, ApiError>> = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        found.push(lookup.await.unwrap_or_else(|_| Err(Code::UpstreamError.into())));
    }
    let questions = found
        .iter()
        .flatten()
        .map(|found| Question::new(&*found.tweet.text).in_language(found.tweet.lang.clone()));
    let scored = state.engine.score(questions.collect(), deadline).await?;
    let of_tweets = found.iter().flatten().zip(&scored.verdicts);
    let recorded = of_tweets.filter_map(|(found, verdict)| {
        let (tweet, verdict) = (&found.tweet, unless_empty(Some(verdict)).ok()?);
        Some(Given { tweet_id: Some(tweet.id.as_str()), text: &tweet.text, verdict })
    });
    state.record(&request, scored.info(), recorded);
    let mut verdicts = scored.verdicts.iter();
    let results = given
        .iter()
        .zip(found)
        .map(|(id, found)| {
            let level = found.and_then(|found| {
                let text = ScoredText::new(unless_empty(verdicts.next())?, scored.info());
                let Found { tweet, cached } = &found;
                let with_text = wanted.include_text;
                Ok(ThreatLevel::new(tweet, *cached, text, scored.info(), with_text, &request_id))
            });
            match level {
                Ok(level) => TweetItem::Scored(Box::new(level)),
                Err(error) => {
                    TweetItem::Failed { id: (*id).to_owned(), error: ApiError::body(&error) }
                }
            }
        })
        .collect();
    Ok(HttpResponse::Ok().json(TweetsReply { results, request_id: request_id.as_ref().to_owned() }))
}

/// Result of forgetting a cached tweet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Forgotten {
    /// The tweet's id.
    id: String,
    /// True if it was in the cache.
    forgotten: bool,
}

/// Forgets a cached tweet at once, as X's terms ask for deleted and protected ones.
#[utoipa::path(
    delete, path = "/v1/cache/{tweet_id}", tag = "tweets",
    params(("tweet_id" = String, Path, pattern = "^[0-9]{1,19}$", description = "The tweet's id: 1 to 19 digits.", example = "20")),
    responses(
        (status = 200, description = "It is not in the cache any more.", body = Forgotten),
        Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn forget(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = tweet_id(request.match_info().query("tweet_id"))?;
    let forgotten = state.source.forget(&id);
    Ok(HttpResponse::Ok().json(Forgotten { id: id.to_string(), forgotten }))
}
