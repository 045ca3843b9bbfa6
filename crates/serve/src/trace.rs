//! Traces: a span for each request, a child of the caller's where it sends `traceparent`, to a collector that speaks
//! OTLP over HTTP. In builds with the feature `otlp`.

use actix_web::http::header::HeaderMap;
use opentelemetry::global::{self, BoxedSpan};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanKind, Status, Tracer};
use opentelemetry::{KeyValue, StringValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// The name by which spans are known, unless `OTEL_RESOURCE_ATTRIBUTES` says otherwise.
const SERVICE: &str = "threat-indicator";

/// Sends spans from its start to its end; what is left then is sent before it is gone.
pub struct Export(SdkTracerProvider);

impl Drop for Export {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces are not sent");
        }
    }
}

/// Sends the spans of the whole process to a collector from now on. Must be called outside of an async runtime.
///
/// # Errors
/// One line: the address is none.
pub fn start(endpoint: &str) -> Result<Export, String> {
    crate::tls::install_provider();
    // Below the address of the collector, as for the variable of this name.
    let address = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::blocking::Client::new())
        .with_endpoint(address)
        .build()
        .map_err(|error| format!("--otlp-endpoint {endpoint:?}: {error}"))?;
    let resource = Resource::builder_empty()
        .with_service_name(SERVICE)
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .build();
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    global::set_tracer_provider(provider.clone());
    Ok(Export(provider))
}

/// A span that begins now.
pub(crate) fn begin(method: &'static str, headers: &HeaderMap) -> BoxedSpan {
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    let tracer = global::tracer(SERVICE);
    let span = tracer.span_builder(method).with_kind(SpanKind::Server);
    span.start_with_context(&tracer, &parent)
}

/// Ends it. `route` is the pattern: an address may hold what a client mistyped into it.
pub(crate) fn end(
    mut span: BoxedSpan,
    method: &'static str,
    route: &str,
    status: u16,
    request_id: &str,
) {
    let text = |value: &str| StringValue::from(value.to_owned());
    span.update_name(format!("{method} {route}"));
    span.set_attributes([
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.route", text(route)),
        KeyValue::new("http.response.status_code", i64::from(status)),
        KeyValue::new("threat.request_id", text(request_id)),
    ]);
    if status >= 500 {
        span.set_status(Status::error(""));
    }
    span.end();
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
