//! Request bodies: read within size and time, then parsed.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::{ApiError, Code};

/// Texts to score: exactly one of `text` and `texts`. [`ScoreBody`] describes the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreRequest {
    pub(crate) text: Option<String>,
    pub(crate) texts: Option<Vec<String>>,
    pub(crate) lang: Option<String>,
}

/// One text or many.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code)] // for the description; parsing needs the place of a mistake
pub(crate) enum ScoreBody {
    /// One text.
    One(OneText),
    /// Many texts.
    Many(ManyTexts),
}

/// One text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub(crate) struct OneText {
    /// The text.
    #[schema(
        example = "Lovely weather at the lake today",
        pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]"
    )]
    text: String,
    /// The platform's own word for its language, heard where the text leaves it open.
    #[schema(example = "en")]
    lang: Option<String>,
}

/// Many texts, scored together; each has its own result or error.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub(crate) struct ManyTexts {
    /// The texts.
    #[schema(min_items = 1)]
    texts: Vec<String>,
    /// The platform's own word for their language.
    lang: Option<String>,
}

/// Reads a JSON body of at most `limit` bytes that must be there within `patience`.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    patience: Duration,
) -> Result<T, ApiError> {
    let is_json = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Code::UnsupportedMediaType.into());
    }
    let bytes = match tokio::time::timeout(patience, payload.to_bytes_limited(limit)).await {
        Err(_elapsed) => return Err(Code::BodyTimeout.into()),
        Ok(Err(_over)) => {
            return Err(ApiError::with_detail(
                Code::BodyTooLarge,
                format!("At most {limit} bytes."),
            ));
        }
        Ok(Ok(Err(_broken))) => {
            return Err(ApiError::with_detail(Code::BadRequest, "The body broke off."));
        }
        Ok(Ok(Ok(bytes))) => bytes,
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        // serde_json's own message may quote a value, which may be a text: give the place only.
        let reason = match error.classify() {
            serde_json::error::Category::Data => "a field is missing, unknown or of another type",
            serde_json::error::Category::Eof => "it ends too early",
            _ => "it is not valid JSON",
        };
        let place = format!("line {}, column {}", error.line(), error.column());
        ApiError::with_detail(Code::BadRequest, format!("In the body, {place}: {reason}."))
    })
}
