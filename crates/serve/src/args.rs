//! Command-line arguments. Each has an environment variable too; a flag wins over it.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};
use cli::value::positive;
use cli::{Compute, ModelFolder};
use dataset::Quoting;
use ipnet::IpNet;

use crate::feedback::Band;
use crate::origin;
use crate::review::Order;
use crate::security::proxies;
use crate::source::x_api::Spelling;

/// Hosts threat scores over HTTP: `GET /threat_level/{tweet_id}` and more; see `/docs`.
///
/// X credentials come from the environment or a `.env` file only, never from a flag, where other
/// users of the machine could read them: `BEARER_TOKEN`, or `API_KEY` and `API_SECRET_KEY`.
#[derive(Debug, Clone, Parser)]
#[command(name = "threat-serve", version)]
pub struct Arguments {
    /// Address to listen on. The default takes connections from this machine only; 0.0.0.0 takes
    /// them from everywhere, for use behind a proxy or in a container.
    #[arg(long, env = "THREAT_HOST", value_name = "IP", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "THREAT_PORT", default_value_t = 5000)]
    pub port: u16,

    /// File of KEY=VALUE lines, one environment variable a line; a variable that is set already
    /// and a flag both win over it. Without it, a `.env` in the current folder is read if there.
    #[arg(long, env = "THREAT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Check the whole configuration, load the model, score one text, and exit.
    #[arg(long)]
    pub check: bool,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub model: ModelFolder,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub source: SourceArguments,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub engine: EngineArguments,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub limits: Limits,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub access: Access,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub audit: AuditArguments,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub feedback: FeedbackArguments,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub review: ReviewArguments,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub log: LogArguments,
}

/// Source of tweets.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tweets")]
pub struct SourceArguments {
    /// CSV or JSON file with the columns `id` and `text` to take tweets from. Given, it is the only
    /// source; without it X is, and without X credentials `data/sample_tweets.csv`.
    #[arg(long, env = "THREAT_TWEETS", value_name = "FILE")]
    pub tweets: Option<PathBuf>,

    /// Meaning of quotes at the ends of a field in a CSV file of --tweets: csv, marks; none,
    /// letters; auto, marks except in tab-separated files.
    #[arg(long, env = "THREAT_QUOTING", value_name = "KIND", default_value_t = Quoting::Auto)]
    pub quoting: Quoting,

    /// Base URL of the X API.
    #[arg(
        long,
        env = "THREAT_X_API_BASE",
        value_name = "URL",
        default_value = "https://api.x.com"
    )]
    pub x_api_base: String,

    /// Spelling of the fields of a request to X; replies are read in both spellings.
    #[arg(long, env = "THREAT_X_SPELLING", value_enum, default_value_t)]
    pub x_spelling: Spelling,

    /// Longest time for one request to X, in milliseconds.
    #[arg(long, env = "THREAT_X_TIMEOUT_MS", value_name = "MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub x_timeout_ms: u64,

    /// Time that a lookup waits for others to share its request to X, in milliseconds.
    #[arg(long, env = "THREAT_X_JOIN_MS", value_name = "MS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(0..=50))]
    pub x_join_ms: u64,

    /// Most posts read from X in a UTC day, since X bills each; 0 for no cap.
    #[arg(long, env = "THREAT_MAX_READS_PER_DAY", value_name = "N", default_value_t = 0)]
    pub max_reads_per_day: u64,

    /// Longest time a tweet from X is kept in memory, in seconds; the end of the UTC day ends it
    /// in any case. 0 keeps none.
    #[arg(long, env = "THREAT_CACHE_SECONDS", value_name = "S", default_value_t = 86_400,
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub cache_seconds: u64,

    /// Most tweets from X kept in memory.
    #[arg(long, env = "THREAT_CACHE_TWEETS", value_name = "N", default_value_t = 100_000)]
    pub cache_tweets: usize,
}

/// Batches, queue and compute options of the model.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub struct EngineArguments {
    /// Most word pieces of one pass through the model. Larger batches raise throughput under
    /// load and the wait of each text in them.
    #[arg(long, env = "THREAT_MAX_BATCH_TOKENS", value_name = "N", default_value_t = 2_048,
          value_parser = positive)]
    pub max_batch_tokens: usize,

    /// Most texts that may wait for the model; beyond it requests get 429.
    #[arg(long, env = "THREAT_MAX_QUEUE", value_name = "N", default_value_t = 512, value_parser = positive)]
    pub max_queue: usize,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub compute: Compute,
}

/// Limits of a request.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Largest request body in bytes.
    #[arg(long, env = "THREAT_MAX_BODY_BYTES", value_name = "N", default_value_t = 2 * 1024 * 1024,
          value_parser = positive)]
    pub max_body_bytes: usize,

    /// Most texts or ids of one request.
    #[arg(long, env = "THREAT_MAX_ITEMS", value_name = "N", default_value_t = 256, value_parser = positive)]
    pub max_items: usize,

    /// Longest text in characters. X allows 25,000.
    #[arg(long, env = "THREAT_MAX_TEXT_CHARS", value_name = "N", default_value_t = 25_000,
          value_parser = positive)]
    pub max_text_chars: usize,

    /// Longest time for a request, in milliseconds. Work that cannot be done in it is dropped.
    #[arg(long, env = "THREAT_DEADLINE_MS", value_name = "MS", default_value_t = 10_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub deadline_ms: u64,

    /// Longest time for a client to send its headers, and then its body, in milliseconds.
    #[arg(long, env = "THREAT_CLIENT_TIMEOUT_MS", value_name = "MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub client_timeout_ms: u64,

    /// Time that the server goes on serving after SIGTERM, with /readyz saying no, so that a load
    /// balancer can turn away first; in milliseconds.
    #[arg(long, env = "THREAT_LAME_DUCK_MS", value_name = "MS", default_value_t = 2_000)]
    pub lame_duck_ms: u64,
}

/// API keys, rate limits, and the web pages and proxies that are trusted.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Access")]
pub struct Access {
    /// File of API keys, `NAME:SHA256` a line, where SHA256 is what `printf %s KEY | sha256sum`
    /// prints. Without it no key is asked for. Read again on SIGHUP.
    #[arg(long, env = "THREAT_API_KEYS", value_name = "FILE")]
    pub api_keys: Option<PathBuf>,

    /// Most requests a second of one API key or, without keys, one address; 0 for no limit.
    #[arg(long, env = "THREAT_RATE_LIMIT", value_name = "N", default_value_t = 0)]
    pub rate_limit: u32,

    /// Requests that may come at once before --rate-limit holds; 0 for twice the limit.
    #[arg(long, env = "THREAT_RATE_BURST", value_name = "N", default_value_t = 0)]
    pub rate_burst: u32,

    /// Origin of a web page that may call this server, such as `https://console.example.org`; may
    /// be repeated. None by default.
    #[arg(long, env = "THREAT_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',',
          value_parser = origin::parse)]
    pub cors_origin: Vec<String>,

    /// Address or network (10.0.0.0/8) of a proxy in front of this server; may be repeated. From it
    /// alone `X-Forwarded-For` and `Forwarded` are believed, which tell whose request it is for
    /// --rate-limit, and at which address clients see this server. None by default.
    #[arg(long, env = "THREAT_TRUSTED_PROXY", value_name = "IP|NETWORK", value_delimiter = ',',
          value_parser = proxies::parse)]
    pub trusted_proxy: Vec<IpNet>,
}

/// The record of every score given.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Audit log")]
pub struct AuditArguments {
    /// File to which a JSON line is appended for each score given: time, request, key, tweet id,
    /// SHA-256 of the text, model, score, band. No text. None by default.
    #[arg(long, env = "THREAT_AUDIT_LOG", value_name = "FILE")]
    pub audit_log: Option<PathBuf>,

    /// Size at which the file is put aside as FILE.1, in bytes.
    #[arg(
        long,
        env = "THREAT_AUDIT_ROTATE_BYTES",
        value_name = "N",
        default_value_t = 100_000_000
    )]
    pub audit_rotate_bytes: u64,

    /// Files put aside that are kept; older ones are deleted.
    #[arg(long, env = "THREAT_AUDIT_KEEP", value_name = "N", default_value_t = 10)]
    pub audit_keep: usize,

    /// Answer 503 instead of a score while the audit log cannot be written.
    #[arg(long, env = "THREAT_AUDIT_REQUIRED", requires = "audit_log")]
    pub audit_required: bool,
}

/// Reviewers' verdicts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Feedback")]
pub struct FeedbackArguments {
    /// SQLite file of reviewers' verdicts, which `POST /v1/feedback` adds to; made if it is not
    /// there. No text. None by default, and then the route answers 404.
    #[arg(long, env = "THREAT_FEEDBACK_DB", value_name = "FILE")]
    pub feedback_db: Option<PathBuf>,

    /// Write the posts that reviewers decided as CSV, labelled ids for retraining, and exit; `-`
    /// is standard output. A server may go on writing to --feedback-db meanwhile.
    #[arg(long, value_name = "FILE", requires = "feedback_db")]
    pub feedback_export: Option<PathBuf>,
}

/// The queue of posts that people read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Review")]
pub struct ReviewArguments {
    /// SQLite file of posts that wait for review, with their texts and verdicts; made if it is not there.
    /// None by default: then there is no queue, and `/review` says so.
    #[arg(long, env = "THREAT_REVIEW_DB", value_name = "FILE")]
    pub review_db: Option<PathBuf>,

    /// File of posts to score and put into the queue at the start, of any form with a column `text`;
    /// posts that are in it already are passed over.
    #[arg(long, env = "THREAT_REVIEW_LOAD", value_name = "FILE", requires = "review_db")]
    pub review_load: Option<PathBuf>,

    /// File of posts that people have labelled elsewhere, to put into the queue with their verdicts at the start: an
    /// export of Label Studio, Argilla, Prodigy or Doccano, or any form with columns `text` and `verdict` or
    /// `label` (`supports`, `not`, `unsure`; 1, 0).
    #[arg(long, env = "THREAT_REVIEW_IMPORT", value_name = "FILE", requires = "review_db")]
    pub review_import: Option<PathBuf>,

    /// Put scored requests into the queue too, with their texts, if they are in this band or a more
    /// urgent one: `none`, `review`, `priority_review`. No request by default.
    #[arg(long, env = "THREAT_REVIEW_BAND", value_name = "BAND", requires = "review_db",
          value_parser = band)]
    pub review_band: Option<Band>,

    /// Order of the posts, where the page or client does not ask for another.
    #[arg(long, env = "THREAT_REVIEW_ORDER", value_enum, default_value_t)]
    pub review_order: Order,

    /// Share of the posts shown that are drawn at random from the whole queue, for an estimate of what
    /// lies below the threshold.
    #[arg(long, env = "THREAT_RANDOM_SHARE", value_name = "X", default_value_t = 0.1,
          value_parser = share)]
    pub random_share: f64,

    /// Share of posts that two reviewers read; where they differ, a third does.
    #[arg(long, env = "THREAT_SECOND_READER", value_name = "X", default_value_t = 0.1,
          value_parser = share)]
    pub second_reader: f64,

    /// Hide scores until the verdict, so that they do not lead it.
    #[arg(long, env = "THREAT_REVIEW_BLIND")]
    pub blind: bool,

    /// Text file of what reviewers hold posts to, shown beside each. A short one is built in.
    #[arg(long, env = "THREAT_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Name of the reviewer where no API keys are asked for; with keys it is the key's.
    #[arg(long, env = "THREAT_REVIEWER", value_name = "NAME", default_value = "reviewer",
          value_parser = reviewer)]
    pub reviewer: String,

    /// Time that a post is held for the reviewer it is shown to, in seconds; then another may get it.
    #[arg(long, env = "THREAT_REVIEW_LEASE_SECONDS", value_name = "S", default_value_t = 900,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub review_lease_seconds: u64,

    /// Hard posts after which the page suggests a break: found to support ISIS, or in the most urgent
    /// band. 0 for never.
    #[arg(long, env = "THREAT_BREAK_AFTER", value_name = "N", default_value_t = 25)]
    pub break_after: u32,

    /// Days after which the texts of posts are deleted from the queue; verdicts stay. 0 for never.
    #[arg(long, env = "THREAT_REVIEW_KEEP_DAYS", value_name = "N", default_value_t = 0)]
    pub review_keep_days: u32,
}

fn band(text: &str) -> Result<Band, String> {
    Band::parse(text).ok_or_else(|| {
        let names = Band::ALL.map(Band::as_str);
        format!("it must be one of {}", names.join(", "))
    })
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "it must be between 0 and 1, such as 0.1".to_owned())
}

/// As the names of keys are.
fn reviewer(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !text.is_empty() && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err("the name may have letters, digits, `-`, `_` and `.`".to_owned())
}

/// Log options. The log never holds a text or a secret.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArguments {
    /// Log level: `error`, `warn`, `info`, `debug`, or a filter such as `serve=debug`.
    #[arg(
        long,
        env = "THREAT_LOG",
        value_name = "FILTER",
        default_value = "info,actix_server=warn"
    )]
    pub log: String,

    /// Lines for people or JSON for machines.
    #[arg(long, env = "THREAT_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// Collector that speaks OTLP over HTTP, such as `http://localhost:4318`, to send a span for every request to. None
    /// by default.
    #[cfg(feature = "otlp")]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_flag_has_help_and_an_environment_variable() {
        let command = Arguments::command();
        command.clone().debug_assert();
        for flag in command.get_arguments().filter(|flag| !flag.is_positional()) {
            let name = flag.get_id().as_str();
            if matches!(name, "check" | "feedback_export" | "help" | "version") {
                continue;
            }
            assert!(flag.get_help().is_some(), "{name} has no help");
            let variable = flag.get_env().and_then(|env| env.to_str()).unwrap_or_default();
            let known = ["THREAT_", "OTEL_"].iter().any(|start| variable.starts_with(start));
            assert!(known, "{name} has no variable");
        }
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_the_flag_that_has_them() {
        for (flag, value) in [
            ("--host", "everywhere"),
            ("--port", "70000"),
            ("--device", "abacus"),
            ("--precision", "f64"),
            ("--threads", "0"),
            ("--max-batch-tokens", "0"),
            ("--max-queue", "0"),
            ("--max-items", "many"),
            ("--deadline-ms", "0"),
            ("--cache-seconds", "86401"),
            ("--x-spelling", "old"),
            ("--log-format", "xml"),
            ("--random-share", "1.5"),
            ("--second-reader", "NaN"),
            ("--review-order", "date"),
            ("--reviewer", "Ann B"),
            ("--review-lease-seconds", "0"),
            ("--cors-origin", "*"),
            ("--cors-origin", "https://a.example,https://b.example/"),
            ("--trusted-proxy", "my-proxy"),
        ] {
            let refused = Arguments::try_parse_from(["serve", flag, value]);
            assert!(refused.is_err_and(|error| error.to_string().contains(flag)), "{flag}");
        }
    }
}
