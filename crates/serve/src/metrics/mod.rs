//! The server's metrics, for Prometheus.
//!
//! - [`kinds`]: the kinds of metric, and how one is put into the registry
//! - [`traffic`]: the texts of late, and how far they have moved

mod kinds;
mod traffic;

use std::time::{Duration, Instant};

use checkpoint::Reference;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::{family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use scorer::Reason;

pub use kinds::Counter;
use kinds::{Counters, counter, put};
pub use prometheus_client::metrics::histogram::Histogram;
pub use traffic::Traffic;

/// Everything that is counted. One for each server, shared by all its threads.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Counters<3>,
    errors: Counters<1>,
    upstream: Counters<2>,
    verdicts: Counters<2>,
    not_judged: Counters<1>,
    queued_texts: Gauge,
    ready: Gauge,
    /// Seconds from the request's arrival to its reply.
    pub request_seconds: Histogram,
    /// Seconds a text waits for the model.
    pub queue_seconds: Histogram,
    /// Seconds a batch is in the model.
    pub inference_seconds: Histogram,
    /// Texts in a batch.
    pub batch_texts: Histogram,
    /// Word pieces in a batch.
    pub batch_tokens: Histogram,
    /// Seconds a request to X takes.
    pub upstream_seconds: Histogram,
    /// Texts dropped from the queue because their client was gone or their time was up.
    pub dropped_texts: Counter,
    /// Tweets answered from the cache.
    pub cache_hits: Counter,
    /// Tweets that were not in the cache.
    pub cache_misses: Counter,
    /// Lookups that joined one already under way.
    pub shared_lookups: Counter,
    /// Posts read from X: what X bills.
    pub posts_read: Counter,
    /// Lines written to the audit log.
    pub audit_lines: Counter,
    /// Lines that could not be written to the audit log.
    pub audit_failures: Counter,
    /// Texts scored, by band and language.
    pub traffic: Traffic,
    /// Verdicts in the review queue.
    pub review_verdicts: Counter,
    /// Scored posts that could not be put into the review queue.
    pub review_lost: Counter,
    /// Successful reloads of the checkpoint.
    pub reloads: Counter,
    /// Refused reloads of the checkpoint.
    pub reload_failures: Counter,
}

/// 0.1 ms to 10 s.
const SECONDS: [f64; 16] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
    10.0,
];
const TEXTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
const TOKENS: [f64; 6] = [16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("threat");
        let r = &mut registry;
        let seconds = || Histogram::new(SECONDS);
        let metrics = Self {
            requests: put(r, "requests", "Requests by route, method, status", Family::default()),
            errors: put(r, "errors", "Error replies by code", Family::default()),
            upstream: put(r, "x_requests", "Requests to X by outcome", Family::default()),
            verdicts: put(r, "verdicts", "Reviewers' verdicts by band", Family::default()),
            not_judged: put(r, "not_judged", "Texts not judged, by reason", Family::default()),
            request_seconds: put(r, "request_seconds", "Time of a request", seconds()),
            queue_seconds: put(r, "queue_seconds", "Time of a text in the queue", seconds()),
            inference_seconds: put(
                r,
                "inference_seconds",
                "Time of a batch in the model",
                seconds(),
            ),
            batch_texts: put(r, "batch_texts", "Texts in a batch", Histogram::new(TEXTS)),
            batch_tokens: put(r, "batch_tokens", "Word pieces in a batch", Histogram::new(TOKENS)),
            upstream_seconds: put(r, "x_request_seconds", "Time of a request to X", seconds()),
            dropped_texts: counter(r, "dropped_texts", "Texts dropped from the queue"),
            cache_hits: counter(r, "cache_hits", "Tweets answered from the cache"),
            cache_misses: counter(r, "cache_misses", "Tweets not in the cache"),
            shared_lookups: counter(r, "shared_lookups", "Lookups that joined another"),
            posts_read: counter(r, "x_posts_read", "Posts read from X"),
            audit_lines: counter(r, "audit_lines", "Audit lines written"),
            audit_failures: counter(r, "audit_failures", "Audit lines lost"),
            review_verdicts: counter(r, "review_verdicts", "Review verdicts"),
            review_lost: counter(r, "review_lost", "Scored posts not queued"),
            reloads: counter(r, "reloads", "Reloads of the checkpoint"),
            reload_failures: counter(r, "reload_failures", "Refused reloads"),
            queued_texts: put(r, "queued_texts", "Texts waiting for the model", Gauge::default()),
            ready: put(r, "ready", "1 while /readyz says yes", Gauge::default()),
            traffic: Traffic::new(r),
            registry,
        };
        // A reason that has not come up yet is 0, not unknown.
        for reason in Reason::ALL {
            metrics.not_judged.get_or_create(&[("reason", reason.as_str().into())]).inc_by(0);
        }
        metrics
    }
}

/// Values that change by themselves and are read when asked.
#[derive(Debug, Clone, Copy)]
pub struct Gauges {
    /// Texts waiting for the model.
    pub queued_texts: usize,
    /// True if `/readyz` says yes.
    pub ready: bool,
}

impl Metrics {
    /// Counts a finished request. `route` is the pattern, so that ids make no new series.
    pub fn request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        self.request_seconds.observe(took.as_secs_f64());
        let (route, status) = (route.to_owned().into(), status.to_string().into());
        let labels = [("route", route), ("method", method.into()), ("status", status)];
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts an error reply by its code.
    pub fn error(&self, code: &'static str) {
        self.errors.get_or_create(&[("code", code.into())]).inc();
    }

    /// Counts a request to X by endpoint and outcome (a status, or why there was none).
    pub fn upstream(&self, endpoint: &'static str, outcome: String, took: Duration) {
        self.upstream_seconds.observe(took.as_secs_f64());
        let labels = [("endpoint", endpoint.into()), ("outcome", outcome.into())];
        self.upstream.get_or_create(&labels).inc();
    }

    /// Counts a reviewer's verdict by the band that it is on.
    pub fn verdict(&self, band: &'static str, verdict: &'static str) {
        let labels = [("band", band.into()), ("verdict", verdict.into())];
        self.verdicts.get_or_create(&labels).inc();
    }

    /// Counts a text that was not judged.
    pub fn not_judged(&self, reason: Reason) {
        self.not_judged.get_or_create(&[("reason", reason.as_str().into())]).inc();
    }

    /// Everything in the text exposition format, version 0.0.4. `reference` is of the model in use.
    pub fn render(&self, gauges: Gauges, reference: Option<&Reference>) -> String {
        self.queued_texts.set(gauges.queued_texts as i64);
        self.ready.set(gauges.ready.into());
        self.traffic.compare(reference, Instant::now());
        let mut text = String::new();
        // A string takes all that is written to it.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use checkpoint::Band;
    use scorer::Verdict;

    use super::*;

    #[test]
    fn dashboard_and_alerts_ask_for_nothing_that_is_not_counted() {
        let metrics = Metrics::default();
        // Whatever has labels is there from the first time that it is counted.
        metrics.request("/v1/score", "POST", 200, Duration::from_millis(3));
        metrics.error("no_text");
        metrics.upstream("tweet", "200".to_owned(), Duration::from_millis(3));
        metrics.verdict("review", "pro_isis");
        let french = Verdict::NotJudged { reason: Reason::Language, lang: Some("fr") };
        (0..1000).for_each(|_| metrics.traffic.count("a", &french));
        let mut reference = Reference::default();
        (0..1000).for_each(|_| reference.count(Band::NotJudged, None, Some("ar")));
        let text = metrics.render(Gauges { queued_texts: 0, ready: true }, Some(&reference));
        let counted: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        let part_of_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        for file in [
            include_str!("../../../../deploy/alerts.yaml"),
            include_str!("../../../../deploy/grafana/threat-indicator.json"),
        ] {
            let asked: Vec<&str> = file
                .split(|letter: char| !part_of_name(letter))
                .filter(|word| word.starts_with("threat_"))
                .collect();
            assert!(asked.len() > 5, "{asked:?}");
            for name in asked {
                let series = name.strip_suffix("_bucket").unwrap_or(name);
                assert!(counted.contains(&series), "{name}");
            }
        }
    }

    #[test]
    fn each_family_is_declared_once_before_its_samples() {
        let metrics = Metrics::default();
        metrics.request("/v1/score", "POST", 200, Duration::from_millis(3));
        metrics.request("/v1/score", "POST", 200, Duration::from_millis(3));
        metrics.error("no_text");
        metrics.not_judged(Reason::Language);
        let text = metrics.render(Gauges { queued_texts: 7, ready: true }, None);
        assert!(text.contains(
            "threat_requests_total{route=\"/v1/score\",method=\"POST\",status=\"200\"} 2\n"
        ));
        assert!(text.contains("threat_errors_total{code=\"no_text\"} 1\n"));
        assert!(text.contains("threat_not_judged_total{reason=\"language\"} 1\n"));
        assert!(text.contains("threat_not_judged_total{reason=\"no_words\"} 0\n"));
        assert!(text.contains("threat_queued_texts 7\n") && text.contains("threat_ready 1\n"));
        let mut declared = std::collections::HashSet::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            assert!(declared.insert(line.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    #[test]
    fn buckets_add_up_and_a_bound_belongs_to_its_own_bucket() {
        let metrics = Metrics::default();
        for value in [0.5, 1.0, 1.5, 3.0] {
            metrics.batch_texts.observe(value);
        }
        let text = metrics.render(Gauges { queued_texts: 0, ready: true }, None);
        for (sample, value) in [
            ("_bucket{le=\"1\"}", 2.0),
            ("_bucket{le=\"2\"}", 3.0),
            ("_bucket{le=\"4\"}", 4.0),
            ("_bucket{le=\"+Inf\"}", 4.0),
            ("_sum", 6.0),
            ("_count", 4.0),
        ] {
            let name = format!("threat_batch_texts{sample} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name));
            assert_eq!(line.and_then(|line| line.parse().ok()), Some(value), "{name}");
        }
    }
}
