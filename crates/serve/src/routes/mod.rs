//! The routes.
//!
//! - [`threat_level`]: a tweet id in, its score out
//! - [`tweets`]: the same for many ids, and forgetting a cached one
//! - [`score`]: texts in, scores out
//! - [`feedback`]: what reviewers found of scored posts
//! - [`review`]: posts to read, verdicts on them, and what these say
//! - [`moderations`]: the same score in the shape that clients of OpenAI know
//! - [`model`]: what the model is
//! - [`perspective`]: the same score in the shape that clients of Perspective API know
//! - [`suggest_score`]: their way to say what a reviewer found
//! - [`discovery`]: what Google's own clients read first
//! - [`probes`]: alive, ready, counts
//! - [`documents`]: the description of all this, and the pages; `failures`: what several routes have in common in it

// utoipa's macros name types in full.
#![allow(unused_qualifications)]

mod discovery;
mod documents;
mod failures;
mod feedback;
mod model;
mod moderations;
pub(crate) mod perspective;
mod probes;
mod review;
mod score;
mod suggest_score;
mod threat_level;
mod tweets;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, guard};

use crate::api::Code;
use crate::api::error_at;
use crate::middleware;

pub use documents::openapi;

/// Puts every route in place.
pub(crate) fn configure(config: &mut ServiceConfig) {
    for resource in [
        only("GET", "/healthz", probes::healthz),
        only("GET", "/readyz", probes::readyz),
        only("GET", "/metrics", probes::metrics),
        only("GET", "/openapi.json", documents::openapi_json),
        only("GET", "/docs", documents::docs_without_slash),
        only("GET", "/docs/{file:.*}", documents::docs),
        only("GET", "/", documents::page),
        only("GET", "/review", documents::review),
        only("GET", "/review/", documents::review_with_slash),
        only("GET", "/review/summary", documents::review_summary),
        only("GET", "/assets/{name}", documents::asset),
        only("GET", "/$discovery/rest", discovery::document),
    ] {
        config.service(resource);
    }
    let threat_level = only("GET", "/{tweet_id}", threat_level::threat_level);
    config.service(
        web::scope("/threat_level").wrap(from_fn(middleware::guard)).service(threat_level),
    );
    config.service(
        web::scope("/v1")
            .wrap(from_fn(middleware::guard))
            .service(only("POST", "/score", score::score))
            .service(only("GET", "/tweets", tweets::tweets))
            .service(only("GET", "/tweets/{tweet_id}", tweets::tweet))
            .service(only("DELETE", "/cache/{tweet_id}", tweets::forget))
            .service(only("POST", "/feedback", feedback::record))
            .service(only("GET", "/feedback/summary", feedback::summary))
            .service(only("GET", "/review", review::about))
            .service(only("POST", "/review/items", review::add))
            .service(only("DELETE", "/review/items/{item}", review::forget))
            .service(only("POST", "/review/items/{item}/verdict", review::answer))
            .service(only("GET", "/review/items/{item}/words", review::words))
            .service(only("GET", "/review/next", review::next))
            .service(only("POST", "/review/undo", review::undo))
            .service(only("GET", "/review/summary", review::summary))
            .service(only("GET", "/review/export", review::export))
            .service(only("POST", "/moderations", moderations::moderations))
            .service(only("GET", "/model", model::model)),
    );
    config.service(
        web::scope("/v1alpha1")
            .wrap(from_fn(middleware::guard))
            .service(only("POST", "/comments:analyze", perspective::analyze))
            .service(only("POST", "/comments:suggestscore", suggest_score::suggest_score)),
    );
    config.default_service(web::to(nothing_here));
}

/// A path with one method; others are told which. HEAD goes wherever GET does: the same reply, of
/// which the server sends the head alone.
fn only<F, Args>(method: &'static str, path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let (route, allow) = match method {
        "GET" => (web::route().guard(guard::Any(guard::Get()).or(guard::Head())), "GET, HEAD"),
        "DELETE" => (web::delete(), method),
        _ => (web::post(), method),
    };
    let wrong_method = move |request: HttpRequest| async move {
        let mut reply = error_at(request.path(), &Code::MethodNotAllowed.into());
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        reply
    };
    web::resource(path.to_owned()).route(route.to(handler)).default_service(web::to(wrong_method))
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    error_at(request.path(), &Code::RouteNotFound.into())
}
