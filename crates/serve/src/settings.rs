//! Resolved settings: arguments and environment, unchanged ever after.

use std::path::PathBuf;
use std::time::Duration;

use checkpoint::CHECKPOINTS;
use dataset::Quoting;

use crate::args::{Access, Arguments, Limits, ReviewArguments};
use crate::audit::AuditSettings;
use crate::engine::EngineLimits;
use crate::error::ServeError;
use crate::review::{Draws, ReviewSettings};
use crate::source::x_api::{Credentials, XSettings};

/// The tweets that come with the project.
const SAMPLE: &str = "data/sample_tweets.csv";

/// Settings of this server. Their `Debug` form shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the model.
    pub checkpoint: PathBuf,
    /// Address to listen on.
    pub address: std::net::SocketAddr,
    /// Source of tweets.
    pub source: SourceSettings,
    /// Batches and queue.
    pub engine: EngineLimits,
    /// Device, precision, threads.
    pub options: scorer::Options,
    /// Limits of a request.
    pub limits: Limits,
    /// API keys, rate limits, and the web pages and proxies that are trusted.
    pub access: Access,
    /// Audit log of scores, if there is one.
    pub audit: Option<AuditSettings>,
    /// True if nothing is scored that cannot be recorded.
    pub audit_required: bool,
    /// File of reviewers' verdicts, if there is one.
    pub feedback: Option<PathBuf>,
    /// The review queue, if there is one.
    pub review: Option<ReviewSettings>,
}

/// The chosen source and why.
#[derive(Debug, Clone)]
pub enum SourceSettings {
    /// A file.
    File {
        /// The file.
        path: PathBuf,
        /// Meaning of quotes around its fields.
        quoting: Quoting,
        /// Reason to read a file instead of X, for the log.
        reason: &'static str,
    },
    /// X.
    X(XSettings),
}

impl Settings {
    /// Resolves arguments; `variable` reads the environment, where the credentials are.
    ///
    /// # Errors
    /// [`ServeError::Credentials`] and [`ServeError::XApiBase`].
    pub fn resolve(
        arguments: Arguments,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ServeError> {
        let credentials = Credentials::from_env(variable)?;
        let from = arguments.source;
        let mut access = arguments.access;
        // Of a variable that is there and empty.
        access.cors_origin.retain(|origin| !origin.is_empty());
        let source = match (from.tweets, credentials) {
            (Some(path), _) => {
                let (quoting, reason) = (from.quoting, "given by --tweets");
                SourceSettings::File { path, quoting, reason }
            }
            (None, None) => SourceSettings::File {
                path: SAMPLE.into(),
                quoting: Quoting::Auto,
                reason: "no X credentials: set BEARER_TOKEN, or API_KEY and API_SECRET_KEY",
            },
            (None, Some(credentials)) => SourceSettings::X(XSettings {
                base: parse_base(&from.x_api_base)?,
                spelling: from.x_spelling,
                credentials,
                timeout: Duration::from_millis(from.x_timeout_ms),
                join_window: Duration::from_millis(from.x_join_ms),
                cache_ttl: Duration::from_secs(from.cache_seconds),
                cache_capacity: from.cache_tweets,
                reads_per_day: from.max_reads_per_day,
            }),
        };
        Ok(Self {
            checkpoint: arguments.model.find().unwrap_or_else(|| CHECKPOINTS.into()),
            address: (arguments.host, arguments.port).into(),
            source,
            engine: EngineLimits {
                batch_tokens: arguments.engine.max_batch_tokens,
                queue_texts: arguments.engine.max_queue,
                threads: 1,
            },
            options: arguments.engine.compute.options(),
            limits: arguments.limits,
            access,
            audit: arguments.audit.audit_log.map(|path| AuditSettings {
                path,
                rotate_bytes: arguments.audit.audit_rotate_bytes,
                keep: arguments.audit.audit_keep,
            }),
            audit_required: arguments.audit.audit_required,
            feedback: arguments.feedback.feedback_db,
            review: review(arguments.review),
        })
    }
}

fn review(given: ReviewArguments) -> Option<ReviewSettings> {
    Some(ReviewSettings {
        path: given.review_db?,
        load: given.review_load,
        import: given.review_import,
        band: given.review_band,
        blind: given.blind,
        policy: given.policy,
        reviewer: given.reviewer,
        order: given.review_order,
        draws: Draws {
            random_share: given.random_share,
            second_reader: given.second_reader,
            lease: Duration::from_secs(given.review_lease_seconds),
        },
        break_after: given.break_after,
        keep_days: given.review_keep_days,
    })
}

fn parse_base(url: &str) -> Result<reqwest::Url, ServeError> {
    let bad = |reason: String| ServeError::XApiBase { url: url.to_owned(), reason };
    let parsed = reqwest::Url::parse(url).map_err(|error| bad(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host().is_none() {
        return Err(bad("it must begin with http:// or https:// and name a host".to_owned()));
    }
    Ok(parsed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    fn resolve(flags: &[&str], token: Option<&str>) -> Result<Settings, ServeError> {
        let arguments = Arguments::parse_from(["serve"].iter().chain(flags));
        Settings::resolve(arguments, |name| {
            (name == "BEARER_TOKEN").then(|| token.map(str::to_owned)).flatten()
        })
    }

    #[test]
    fn without_credentials_the_sample_is_the_source() {
        let settings = resolve(&[], None).unwrap();
        let SourceSettings::File { path, reason, .. } = settings.source else { panic!() };
        assert_eq!(path, PathBuf::from(SAMPLE));
        assert!(reason.contains("BEARER_TOKEN"));
    }

    #[test]
    fn with_credentials_x_is_the_source_unless_a_file_is_given() {
        assert!(matches!(resolve(&[], Some("t")).unwrap().source, SourceSettings::X(_)));
        let settings = resolve(&["--tweets", "mine.csv"], Some("t")).unwrap();
        assert!(matches!(settings.source, SourceSettings::File { .. }));
    }

    #[test]
    fn the_settings_print_no_secret() {
        let settings = resolve(&[], Some("hunter2")).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn a_base_that_is_no_web_address_is_refused() {
        for base in ["api.x.com", "ftp://api.x.com", ""] {
            let error = resolve(&["--x-api-base", base], Some("t")).unwrap_err();
            assert!(matches!(error, ServeError::XApiBase { .. }), "{base}");
        }
    }
}
