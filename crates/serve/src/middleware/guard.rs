//! API key and rate limit, before anything that costs something.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use crate::api::perspective::PREFIX;
use crate::api::{ApiError, Code, error_at};
use crate::request::Client;
use crate::security::proxies;
use crate::state::AppState;

/// Lets a request through or answers 401 or 429.
pub(crate) async fn guard<B: MessageBody + 'static>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match admit(&state, &request) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => {
            let reply = error_at(request.path(), &error);
            Ok(request.into_response(reply).map_into_right_body())
        }
    }
}

fn admit(state: &AppState, request: &ServiceRequest) -> Result<(), ApiError> {
    let client = if state.keys.required() {
        let key = given_key(request).ok_or(Code::MissingApiKey)?;
        let name = state.keys.name_of(&key).ok_or(Code::InvalidApiKey)?;
        request.extensions_mut().insert(Client(Arc::clone(&name)));
        Some(name)
    } else {
        None
    };
    if !state.rate.is_on() {
        return Ok(());
    }
    let client = if let Some(name) = client {
        name.to_string()
    } else {
        let trusted = &state.access.trusted_proxy;
        let client = proxies::client(request.peer_addr(), request.headers(), trusted);
        client.map(|address| address.to_string()).unwrap_or_default()
    };
    state
        .rate
        .take(&client, Instant::now())
        .map_err(|wait| ApiError::retry_after(Code::RateLimited, wait))
}

/// `Authorization: Bearer KEY`, `X-API-Key: KEY` or, for clients of Perspective,
/// `X-Goog-Api-Key: KEY` and `?key=KEY`.
fn given_key(request: &ServiceRequest) -> Option<String> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    if let Some((scheme, key)) =
        header(AUTHORIZATION.as_str()).and_then(|value| value.split_once(' '))
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Some(key.trim().to_owned());
    }
    if let Some(key) = header("x-api-key") {
        return Some(key.trim().to_owned());
    }
    if !request.path().starts_with(PREFIX) {
        return None;
    }
    if let Some(key) = header("x-goog-api-key") {
        return Some(key.trim().to_owned());
    }
    let url = reqwest::Url::parse("http://any/").ok()?.join(&request.uri().to_string()).ok()?;
    url.query_pairs().find(|(name, _)| name == "key").map(|(_, key)| key.into_owned())
}
