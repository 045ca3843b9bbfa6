//! The server's metrics, in the text format of Prometheus.
//!
//! Written by hand: three kinds of number and one way to print them need no registry.

mod histogram;
mod traffic;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use checkpoint::Reference;
pub use histogram::Histogram;
use scorer::Reason;
pub use traffic::Traffic;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The sum so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Requests of one route, method and status.
type RequestKey = (String, String, u16);

/// Everything that is counted. One for each server, shared by all its threads.
#[derive(Debug)]
pub struct Metrics {
    requests: Mutex<BTreeMap<RequestKey, u64>>,
    errors: Mutex<BTreeMap<&'static str, u64>>,
    upstream: Mutex<BTreeMap<(&'static str, String), u64>>,
    verdicts: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    not_judged: [Counter; Reason::ALL.len()],
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
const SECONDS: &[f64] = &[
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
    10.0,
];
const TEXTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
const TOKENS: &[f64] = &[16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0];

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Mutex::default(),
            errors: Mutex::default(),
            upstream: Mutex::default(),
            verdicts: Mutex::default(),
            not_judged: Default::default(),
            request_seconds: Histogram::new(SECONDS),
            queue_seconds: Histogram::new(SECONDS),
            inference_seconds: Histogram::new(SECONDS),
            batch_texts: Histogram::new(TEXTS),
            batch_tokens: Histogram::new(TOKENS),
            upstream_seconds: Histogram::new(SECONDS),
            dropped_texts: Counter::default(),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
            shared_lookups: Counter::default(),
            posts_read: Counter::default(),
            audit_lines: Counter::default(),
            audit_failures: Counter::default(),
            traffic: Traffic::default(),
            review_verdicts: Counter::default(),
            review_lost: Counter::default(),
            reloads: Counter::default(),
            reload_failures: Counter::default(),
        }
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
    pub fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        self.request_seconds.observe(took.as_secs_f64());
        let key = (route.to_owned(), method.to_owned(), status);
        *lock(&self.requests).entry(key).or_insert(0) += 1;
    }

    /// Counts an error reply by its code.
    pub fn error(&self, code: &'static str) {
        *lock(&self.errors).entry(code).or_insert(0) += 1;
    }

    /// Counts a request to X by endpoint and outcome (a status, or why there was none).
    pub fn upstream(&self, endpoint: &'static str, outcome: String, took: Duration) {
        self.upstream_seconds.observe(took.as_secs_f64());
        *lock(&self.upstream).entry((endpoint, outcome)).or_insert(0) += 1;
    }

    /// Counts a reviewer's verdict by the band that it is on.
    pub fn verdict(&self, band: &'static str, verdict: &'static str) {
        *lock(&self.verdicts).entry((band, verdict)).or_insert(0) += 1;
    }

    /// Counts a text that was not judged.
    pub fn not_judged(&self, reason: Reason) {
        if let Some(place) = Reason::ALL.iter().position(|known| *known == reason) {
            self.not_judged[place].add(1);
        }
    }

    /// Everything in the text exposition format, version 0.0.4. `reference` is of the model in use.
    pub fn render(&self, gauges: Gauges, reference: Option<&Reference>) -> String {
        let mut out = String::with_capacity(8 * 1024);
        family(&mut out, "threat_requests_total", "counter", "Requests by route, method, status.");
        for ((route, method, status), n) in lock(&self.requests).iter() {
            let _ = writeln!(
                out,
                "threat_requests_total{{route=\"{}\",method=\"{}\",status=\"{status}\"}} {n}",
                escaped(route),
                escaped(method)
            );
        }
        family(&mut out, "threat_errors_total", "counter", "Error replies by code.");
        for (code, n) in lock(&self.errors).iter() {
            let _ = writeln!(out, "threat_errors_total{{code=\"{code}\"}} {n}");
        }
        family(&mut out, "threat_x_requests_total", "counter", "Requests to X by outcome.");
        for ((endpoint, outcome), n) in lock(&self.upstream).iter() {
            let outcome = escaped(outcome);
            let _ = writeln!(
                out,
                "threat_x_requests_total{{endpoint=\"{endpoint}\",outcome=\"{outcome}\"}} {n}"
            );
        }
        family(&mut out, "threat_verdicts_total", "counter", "Reviewers' verdicts by band.");
        for ((band, verdict), n) in lock(&self.verdicts).iter() {
            let _ =
                writeln!(out, "threat_verdicts_total{{band=\"{band}\",verdict=\"{verdict}\"}} {n}");
        }
        family(&mut out, "threat_not_judged_total", "counter", "Texts not judged, by reason.");
        for (reason, counter) in Reason::ALL.iter().zip(&self.not_judged) {
            let (reason, n) = (reason.as_str(), counter.get());
            let _ = writeln!(out, "threat_not_judged_total{{reason=\"{reason}\"}} {n}");
        }
        for (name, help, histogram) in [
            ("threat_request_seconds", "Time of a request.", &self.request_seconds),
            ("threat_queue_seconds", "Time of a text in the queue.", &self.queue_seconds),
            ("threat_inference_seconds", "Time of a batch in the model.", &self.inference_seconds),
            ("threat_batch_texts", "Texts in a batch.", &self.batch_texts),
            ("threat_batch_tokens", "Word pieces in a batch.", &self.batch_tokens),
            ("threat_x_request_seconds", "Time of a request to X.", &self.upstream_seconds),
        ] {
            family(&mut out, name, "histogram", help);
            histogram.render(name, &mut out);
        }
        for (name, help, counter) in [
            ("threat_dropped_texts_total", "Texts dropped from the queue.", &self.dropped_texts),
            ("threat_cache_hits_total", "Tweets answered from the cache.", &self.cache_hits),
            ("threat_cache_misses_total", "Tweets not in the cache.", &self.cache_misses),
            ("threat_shared_lookups_total", "Lookups that joined another.", &self.shared_lookups),
            ("threat_x_posts_read_total", "Posts read from X.", &self.posts_read),
            ("threat_audit_lines_total", "Audit lines written.", &self.audit_lines),
            ("threat_audit_failures_total", "Audit lines lost.", &self.audit_failures),
            ("threat_review_verdicts_total", "Review verdicts.", &self.review_verdicts),
            ("threat_review_lost_total", "Scored posts not queued.", &self.review_lost),
            ("threat_reloads_total", "Reloads of the checkpoint.", &self.reloads),
            ("threat_reload_failures_total", "Refused reloads.", &self.reload_failures),
        ] {
            family(&mut out, name, "counter", help);
            let _ = writeln!(out, "{name} {}", counter.get());
        }
        family(&mut out, "threat_queued_texts", "gauge", "Texts waiting for the model.");
        let _ = writeln!(out, "threat_queued_texts {}", gauges.queued_texts);
        family(&mut out, "threat_ready", "gauge", "1 while /readyz says yes.");
        let _ = writeln!(out, "threat_ready {}", u8::from(gauges.ready));
        self.traffic.render(reference, &mut out);
        out
    }
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A count is never left half-written, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashboard_and_alerts_ask_for_nothing_that_is_not_counted() {
        let text = Metrics::default().render(Gauges { queued_texts: 0, ready: true }, None);
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
}
