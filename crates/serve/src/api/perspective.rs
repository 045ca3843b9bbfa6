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
    /// For a comment in a language that the model has not learned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    details: Vec<ErrorDetail>,
}

/// What Perspective says of an unsupported language.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorDetail {
    #[serde(rename = "@type")]
    kind: &'static str,
    /// `LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE`.
    error_type: &'static str,
    language_not_supported_by_attribute_error: UnsupportedLanguage,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UnsupportedLanguage {
    /// As the request has them.
    requested_languages: Vec<String>,
    /// What the comment is in; `und` where it has no words.
    detected_languages: Vec<&'static str>,
    attribute: &'static str,
}

impl ErrorDetail {
    /// Of a comment that is in a language which the attribute does not support.
    pub(crate) fn unsupported_language(
        attribute: &'static str,
        requested: Vec<String>,
        detected: &'static str,
    ) -> Self {
        Self {
            kind: "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
            error_type: "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            language_not_supported_by_attribute_error: UnsupportedLanguage {
                requested_languages: requested,
                detected_languages: vec![detected],
                attribute,
            },
        }
    }
}

/// An error in the shape that clients of a path read: Google's below [`PREFIX`], ours elsewhere.
pub(crate) fn error_at(path: &str, error: &ApiError) -> HttpResponse {
    if path.starts_with(PREFIX) {
        in_googles_shape(error, Vec::new())
    } else {
        error.error_response()
    }
}

/// An error in Google's shape.
pub(crate) fn in_googles_shape(error: &ApiError, details: Vec<ErrorDetail>) -> HttpResponse {
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
        details,
    };
    let body = serde_json::to_string(&GoogleError { error: body }).unwrap_or_default();
    // Status, Retry-After and the code for the log stay as the table has them.
    reply.headers_mut().remove(actix_web::http::header::CONTENT_LENGTH);
    reply.set_body(body).map_into_boxed_body()
}
