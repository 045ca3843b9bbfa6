//! Request bodies: read within size and time, then parsed.

use std::io::Read;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Payload};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{ApiError, Code};
use crate::json;

/// With what every stream of gzip begins, and no JSON.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Texts to score: exactly one of `text` and `texts`. [`ScoreBody`] describes the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreRequest {
    pub(crate) text: Option<String>,
    pub(crate) texts: Option<Vec<Item>>,
    pub(crate) lang: Option<String>,
}

/// One of `texts`, read by itself: what is no text fails alone.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Item(Box<RawValue>);

impl Item {
    /// The text; `place` is its place among the others, from 0.
    pub(crate) fn text(&self, place: usize) -> Result<String, ApiError> {
        json::read(self.0.get().as_bytes()).map_err(|_| {
            let found = match self.0.get().as_bytes().first() {
                Some(b'"') => "a string that cannot be read",
                Some(b'n') => "null",
                Some(b't' | b'f') => "a boolean",
                Some(b'[') => "a list",
                Some(b'{') => "an object",
                _ => "a number",
            };
            let detail = format!("`texts[{place}]` must be a string; it is {found}.");
            ApiError::with_detail(Code::BadRequest, detail)
        })
    }
}

impl Item {
    /// The same as an object of this form; `list` is the field that it stands in.
    pub(crate) fn object<T: DeserializeOwned>(
        &self,
        list: &str,
        place: usize,
    ) -> Result<T, ApiError> {
        json::read(self.0.get().as_bytes()).map_err(|reason| {
            let detail = format!("In `{list}[{place}]`, {reason}.");
            ApiError::with_detail(Code::BadRequest, detail)
        })
    }
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
    /// The texts. What is no string, such as null, has an error in its place.
    #[schema(min_items = 1, value_type = Vec<serde_json::Value>, example = json!(["Lovely weather at the lake today"]))]
    texts: Vec<String>,
    /// The platform's own word for their language.
    lang: Option<String>,
}

/// Reads a JSON body of at most `limit` bytes, compressed or not, that must be there within
/// `patience`.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    patience: Duration,
) -> Result<T, ApiError> {
    let is_json = header(request, &CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Code::UnsupportedMediaType.into());
    }
    let encoding = header(request, &CONTENT_ENCODING).unwrap_or_default().trim();
    let is_gzip = ["gzip", "x-gzip"].iter().any(|name| encoding.eq_ignore_ascii_case(name));
    if !is_gzip && !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
        let detail = "Of `Content-Encoding`s only gzip is read.";
        return Err(ApiError::with_detail(Code::UnsupportedMediaType, detail));
    }
    let too_large = || ApiError::with_detail(Code::BodyTooLarge, format!("At most {limit} bytes."));
    let bytes = match tokio::time::timeout(patience, payload.to_bytes_limited(limit)).await {
        Err(_elapsed) => return Err(Code::BodyTimeout.into()),
        Ok(Err(_over)) => return Err(too_large()),
        Ok(Ok(Err(_broken))) => {
            return Err(ApiError::with_detail(Code::BadRequest, "The body broke off."));
        }
        Ok(Ok(Ok(bytes))) => bytes,
    };
    let bytes = if is_gzip || bytes.starts_with(GZIP) {
        unpack(&bytes, limit)?.ok_or_else(too_large)?
    } else {
        bytes
    };
    json::read(&bytes).map_err(|reason| {
        ApiError::with_detail(Code::BadRequest, format!("In the body, {reason}."))
    })
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Unpacks gzip; `None` if there is more than `limit` bytes in it.
fn unpack(packed: &[u8], limit: usize) -> Result<Option<Bytes>, ApiError> {
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(packed).take(limit as u64 + 1).read_to_end(&mut bytes);
    if read.is_err() {
        let detail = "`Content-Encoding` says gzip, which the body is not, or not to its end.";
        return Err(ApiError::with_detail(Code::BadRequest, detail));
    }
    Ok((bytes.len() <= limit).then(|| bytes.into()))
}
