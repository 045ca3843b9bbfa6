//! What is at which address.
//!
//! - [`threat_level`]: a tweet id in, its score out
//! - [`tweets`]: the same for many ids, and forgetting a cached one
//! - [`score`]: texts in, scores out
//! - [`feedback`]: what reviewers found of scored posts
//! - [`model`]: what the model is
//! - [`perspective`]: the same score in the shape that clients of Perspective API know
//! - [`probes`]: alive, ready, counts
//! - [`documents`]: the description of all this, and the pages

// utoipa's macros name types in full.
#![allow(unused_qualifications)]

mod documents;
mod feedback;
mod model;
pub(crate) mod perspective;
mod probes;
mod score;
mod threat_level;
mod tweets;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};

use crate::api::Code;
use crate::api::perspective::error_at;
use crate::middleware::guard;

pub use documents::openapi;

/// Puts every route in place.
pub(crate) fn configure(config: &mut ServiceConfig) {
    for (path, route) in [
        ("/healthz", web::get().to(probes::healthz)),
        ("/readyz", web::get().to(probes::readyz)),
        ("/metrics", web::get().to(probes::metrics)),
        ("/openapi.json", web::get().to(documents::openapi_json)),
        ("/docs", web::get().to(documents::docs)),
        ("/", web::get().to(documents::page)),
        ("/assets/{name}", web::get().to(documents::asset)),
    ] {
        config.service(only("GET", path, route));
    }
    let threat_level = only("GET", "/{tweet_id}", web::get().to(threat_level::threat_level));
    config.service(web::scope("/threat_level").wrap(from_fn(guard)).service(threat_level));
    config.service(
        web::scope("/v1")
            .wrap(from_fn(guard))
            .service(only("POST", "/score", web::post().to(score::score)))
            .service(only("GET", "/tweets", web::get().to(tweets::tweets)))
            .service(only("GET", "/tweets/{tweet_id}", web::get().to(tweets::tweet)))
            .service(only("DELETE", "/cache/{tweet_id}", web::delete().to(tweets::forget)))
            .service(only("POST", "/feedback", web::post().to(feedback::record)))
            .service(only("GET", "/feedback/summary", web::get().to(feedback::summary)))
            .service(only("GET", "/model", web::get().to(model::model))),
    );
    let analyze = only("POST", "/comments:analyze", web::post().to(perspective::analyze));
    config.service(web::scope("/v1alpha1").wrap(from_fn(guard)).service(analyze));
    config.default_service(web::to(nothing_here));
}

/// A path with one method; others are told which.
fn only(method: &'static str, path: &str, route: Route) -> Resource {
    let wrong_method = move |request: HttpRequest| async move {
        let mut reply = error_at(request.path(), &Code::MethodNotAllowed.into());
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
        reply
    };
    web::resource(path.to_owned()).route(route).default_service(web::to(wrong_method))
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    error_at(request.path(), &Code::RouteNotFound.into())
}
