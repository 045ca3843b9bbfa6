//! Errors as clients of OpenAI read them, on the path that is for them.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiError;

/// Here, all is in OpenAI's shape.
pub(crate) const PATH: &str = "/v1/moderations";

/// An error as OpenAI's interfaces shape it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenAiError {
    error: OpenAiErrorBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct OpenAiErrorBody {
    message: String,
    /// `invalid_request_error`, `rate_limit_error` or `server_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Always null here.
    param: Option<&'static str>,
    /// The name of the error in the table of this server.
    code: &'static str,
}

/// An error in OpenAI's shape.
pub(crate) fn in_openais_shape(error: &ApiError) -> HttpResponse {
    let mut reply = error.error_response();
    // OpenAI has no such status: what cannot be scored is an invalid request.
    if reply.status() == StatusCode::UNPROCESSABLE_ENTITY {
        *reply.status_mut() = StatusCode::BAD_REQUEST;
    }
    let kind = match reply.status() {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_client_error() => "invalid_request_error",
        _ => "server_error",
    };
    let body = error.body();
    let message = format!("{} {}", body.message, body.hint);
    let body = OpenAiErrorBody { message, kind, param: None, code: body.code };
    let body = serde_json::to_string(&OpenAiError { error: body }).unwrap_or_default();
    // Status, Retry-After and the code for the log stay as they are.
    reply.headers_mut().remove(CONTENT_LENGTH);
    reply.set_body(body).map_into_boxed_body()
}
