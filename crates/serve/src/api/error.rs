//! A row of the error table on its way to a client.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::Code;

/// A failed request: the table's row, and what this case adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The row.
    pub code: Code,
    /// Detail that the row's message lacks, such as the field that is wrong. Never a tweet's text.
    pub detail: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

/// The body of every error reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorReply {
    /// The error.
    pub error: ErrorBody,
}

/// An error of a request or of one item of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Stable name of the error; switch on this.
    #[schema(example = "tweet_not_found")]
    pub code: &'static str,
    /// The error message.
    pub message: String,
    /// Advice on what to do about it.
    pub hint: &'static str,
}

impl ApiError {
    /// An error with something to add to the table's message.
    pub fn with_detail(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()), retry_after: None }
    }

    /// An error that passes by itself.
    pub fn retry_after(code: Code, after: Duration) -> Self {
        Self { code, detail: None, retry_after: Some(after) }
    }

    /// The error as a part of a reply.
    pub fn body(&self) -> ErrorBody {
        let message = match &self.detail {
            Some(detail) => format!("{} {detail}", self.code.message()),
            None => self.code.message().to_owned(),
        };
        ErrorBody { code: self.code.as_str(), message, hint: self.code.hint() }
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self { code, detail: None, retry_after: None }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.body().message)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status_code());
        if let Some(after) = self.retry_after {
            // Whole seconds, rounded up: a client that obeys must not come too early.
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            reply.insert_header((RETRY_AFTER, seconds.max(1).to_string()));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            // RFC 6750 wants a parameter behind the scheme, and Google's client breaks without one.
            reply.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"threat-indicator\""));
        }
        let mut reply = reply.json(ErrorReply { error: self.body() });
        // For the log and the metrics, which see the finished response.
        reply.extensions_mut().insert(self.code);
        reply
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up_to_whole_seconds() {
        let header = |after| {
            let reply = ApiError::retry_after(Code::Overloaded, after).error_response();
            reply.headers().get(RETRY_AFTER).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(header(Duration::from_millis(1)), "1");
        assert_eq!(header(Duration::from_millis(1001)), "2");
        assert_eq!(header(Duration::ZERO), "1");
    }

    #[test]
    fn the_detail_follows_the_message_of_the_table() {
        let error = ApiError::with_detail(Code::BadRequest, "`texts` is missing.");
        assert_eq!(
            error.body().message,
            "The request does not have the expected form. `texts` is missing."
        );
    }
}
