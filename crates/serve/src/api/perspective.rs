//! Errors as clients of Perspective API read them, on the paths that are for them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiError;

/// Below it, all is in Google's shape.
pub(crate) const PREFIX: &str = "/v1alpha1/";

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
}

/// An error in the shape that clients of a path read: Google's below [`PREFIX`], ours elsewhere.
pub(crate) fn error_at(path: &str, error: &ApiError) -> HttpResponse {
    if path.starts_with(PREFIX) { in_googles_shape(error) } else { error.error_response() }
}

/// An error in Google's shape.
pub(crate) fn in_googles_shape(error: &ApiError) -> HttpResponse {
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
    };
    let body = serde_json::to_string(&GoogleError { error: body }).unwrap_or_default();
    // Status, Retry-After and the code for the log stay as the table has them.
    reply.headers_mut().remove(actix_web::http::header::CONTENT_LENGTH);
    reply.set_body(body).map_into_boxed_body()
}
