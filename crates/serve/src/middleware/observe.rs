//! Request id, trace id, log line, counts and security headers.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use crate::api::Code;
use crate::request::{Client, RequestId};
use crate::state::AppState;

/// A page of ours needs nothing from elsewhere, and no page of others may frame ours.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    // A score is of the moment; no proxy may keep one. Assets say otherwise for themselves.
    ("cache-control", "no-store"),
];

/// Wraps every request.
pub(crate) async fn observe<B: MessageBody + 'static>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let start = Instant::now();
    let id: Arc<str> = given_id(request.headers()).unwrap_or_else(random_id).into();
    let trace = trace_id(request.headers());
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let method = method(request.method());
    #[cfg(feature = "otlp")]
    let span = crate::trace::begin(method, request.headers());

    let mut response = next.call(request).await?;

    let status = response.status().as_u16();
    let took = start.elapsed();
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let client = response.request().extensions().get::<Client>().map(Client::name);
    let code = response.response().extensions().get::<Code>().copied();
    #[cfg(feature = "otlp")]
    crate::trace::end(span, method, &route, status, &id);
    state.metrics.request(&route, method, status, took);
    if let Some(code) = code {
        state.metrics.error(code.as_str());
    }
    // The route's pattern, not the address: an address may hold what a client mistyped into it.
    tracing::info!(
        request_id = &*id,
        trace_id = trace.as_deref(),
        method,
        route,
        status,
        code = code.map(Code::as_str),
        client = client.as_deref(),
        ms = took.as_micros() as f64 / 1000.0,
        "request"
    );
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

/// The method's name if HTTP knows it. A client may make up others, of any length and number, and
/// these must neither reach the log nor make series.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let sane = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    sane.then(|| id.to_owned())
}

fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The trace id of a W3C `traceparent` header (version 00), so that a log line can be found from
/// the trace of the service that asked.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let parent = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = parent.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            && text.bytes().any(|byte| byte != b'0')
    };
    (version == "00" && hex(trace, 32) && hex(span, 16)).then(|| trace.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn a_sane_request_id_is_kept_and_any_other_replaced() {
        assert_eq!(given_id(&headers("x-request-id", "abc-1.2_Z")).as_deref(), Some("abc-1.2_Z"));
        for bad in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert_eq!(given_id(&headers("x-request-id", bad)), None, "{bad}");
        }
    }

    #[test]
    fn the_trace_id_is_taken_from_a_valid_traceparent_only() {
        let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(
            trace_id(&headers("traceparent", valid)).as_deref(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
        for bad in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf9-00f067aa0ba902b7-01",
            "nonsense",
        ] {
            assert_eq!(trace_id(&headers("traceparent", bad)), None, "{bad}");
        }
    }
}
