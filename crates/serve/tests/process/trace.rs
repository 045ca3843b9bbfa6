//! A span for each request reaches a collector, as a child of the caller's.

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Bench, within_ten_seconds};

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_collector_gets_a_span_for_each_request_with_its_parent_and_without_what_was_asked() {
    serve::tls::install_provider();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let collector = runtime.block_on(MockServer::start());
    let accepting = Mock::given(method("POST")).and(path("/v1/traces"));
    runtime.block_on(accepting.respond_with(ResponseTemplate::new(200)).mount(&collector));
    let bench = Bench::new();
    let server = bench.serve(&["--otlp-endpoint", &collector.uri()]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("http://{}/threat_level/77-mistyped", server.address));
    let status =
        request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01")).send().unwrap();
    assert_eq!(status.status().as_u16(), 400);
    let sent = || {
        let requests = runtime.block_on(collector.received_requests()).unwrap();
        requests.iter().flat_map(|request| request.body.clone()).collect::<Vec<u8>>()
    };
    within_ten_seconds(|| holds(&sent(), b"GET /threat_level/{tweet_id}"));
    let sent = sent();
    let id: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(&trace[2 * at..2 * at + 2], 16).unwrap()).collect();
    assert!(holds(&sent, &id), "the caller's trace goes on");
    assert!(holds(&sent, b"threat-indicator"));
    assert!(!holds(&sent, b"mistyped"));
}
