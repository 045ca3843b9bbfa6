//! Errors as clients of Perspective API read them, on the paths that are for them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, Code};

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
    /// Details that Perspective gives of some mistakes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    details: Vec<ErrorDetail>,
}

/// A mistake in a comment, in Perspective's words.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorDetail {
    #[serde(rename = "@type")]
    kind: &'static str,
    /// `COMMENT_EMPTY`, `COMMENT_TOO_LONG` or `LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE`.
    error_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = UnsupportedLanguage, required = false)]
    language_not_supported_by_attribute_error: Option<UnsupportedLanguage>,
}

/// Languages that the attribute does not support.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UnsupportedLanguage {
    /// As the request has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    requested_languages: Vec<String>,
    /// The language of the comment, where the request leaves it open; `und` where it has no words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    detected_languages: Vec<&'static str>,
    attribute: &'static str,
}

impl ErrorDetail {
    fn of(error_type: &'static str) -> Self {
        let kind = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error";
        Self { kind, error_type, ..Self::default() }
    }
}

/// An error in Google's shape, in Google's words where clients look for them.
pub(crate) fn in_googles_shape(error: &ApiError) -> HttpResponse {
    let body = error.body();
    let (message, detail) = match error.code {
        Code::NoText => ("Comment must be non-empty.", Some("COMMENT_EMPTY")),
        Code::TextTooLong => ("Comment text too long.", Some("COMMENT_TOO_LONG")),
        _ => (&*body.message, None),
    };
    shaped(error, format!("{message} {}", body.hint), detail.map(ErrorDetail::of))
}

/// Perspective's error where the attribute does not support the language that is detected or, where
/// none is, one of those that the request names.
pub(crate) fn unsupported_language(
    attribute: &'static str,
    requested: Vec<String>,
    detected: Option<&'static str>,
) -> HttpResponse {
    let named = detected.map_or_else(|| requested.join(", "), str::to_owned);
    let message = format!("Attribute {attribute} does not support request languages: {named}");
    let unsupported = UnsupportedLanguage {
        requested_languages: requested,
        detected_languages: detected.into_iter().collect(),
        attribute,
    };
    let detail = ErrorDetail {
        language_not_supported_by_attribute_error: Some(unsupported),
        ..ErrorDetail::of("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE")
    };
    shaped(&Code::LanguageNotSupported.into(), message, Some(detail))
}

fn shaped(error: &ApiError, message: String, detail: Option<ErrorDetail>) -> HttpResponse {
    let mut reply = error.error_response();
    // Google has no such status: a comment that cannot be scored is an invalid argument.
    if reply.status() == StatusCode::UNPROCESSABLE_ENTITY {
        *reply.status_mut() = StatusCode::BAD_REQUEST;
    }
    let status = match reply.status() {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        StatusCode::GATEWAY_TIMEOUT => "DEADLINE_EXCEEDED",
        status if status.is_client_error() => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    };
    let body = GoogleErrorBody {
        code: reply.status().as_u16(),
        message,
        status,
        details: detail.into_iter().collect(),
    };
    let body = serde_json::to_string(&GoogleError { error: body }).unwrap_or_default();
    // Status, Retry-After and the code for the log stay as they are.
    reply.headers_mut().remove(actix_web::http::header::CONTENT_LENGTH);
    reply.set_body(body).map_into_boxed_body()
}
