//! `/healthz`, `/readyz`, `/metrics`: never behind a key, never in the model's queue.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use crate::state::AppState;

/// Alive: answers from the moment the port is open.
#[utoipa::path(
    get, path = "/healthz", tag = "probes",
    responses((status = 200, description = "Alive.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// Ready: the model is loaded and the server is not shutting down.
#[utoipa::path(
    get, path = "/readyz", tag = "probes",
    responses(
        (status = 200, description = "Ready.", body = String, content_type = "text/plain"),
        (status = 503, description = "Loading or shutting down.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn readyz(state: web::Data<AppState>) -> HttpResponse {
    let (mut reply, body) = if state.is_ready() {
        (HttpResponse::Ok(), "ready\n")
    } else {
        (HttpResponse::ServiceUnavailable(), "not ready\n")
    };
    reply.content_type("text/plain; charset=utf-8").body(body)
}

/// Counts, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "probes",
    responses((status = 200, description = "Counts in Prometheus' text format.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(state: web::Data<AppState>) -> HttpResponse {
    let (metrics, gauges) = (Arc::clone(&state.metrics), state.gauges());
    let model = state.engine.model();
    // The interval of each drift is a hundred samples: no request should wait for them on this thread.
    let text = web::block(move || {
        metrics.render(gauges, model.and_then(|model| model.info.reference.clone()).as_ref())
    });
    match text.await {
        Ok(text) => {
            HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
        }
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
