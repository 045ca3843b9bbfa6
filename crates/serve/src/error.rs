//! The mistakes that keep the server from starting.

use std::net::SocketAddr;
use std::path::PathBuf;

/// An error that keeps the server from starting, or stops it. Each message says what is wrong,
/// where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The API key file has a bad line.
    #[error("{}:{line}: {reason}; a line is NAME:SHA256, with SHA256 from `printf %s KEY | sha256sum`", path.display())]
    ApiKeys {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The mistake in the line.
        reason: String,
    },
    /// The audit log cannot be opened.
    #[error("cannot write the audit log {}: {source}; name another with --audit-log", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The address cannot be bound for another reason than being taken.
    #[error("cannot listen on {address}: {source}; choose another with --host and --port")]
    Bind {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// There is a checkpoint folder, but it cannot be used.
    #[error("cannot use the checkpoint {}: {reason}", path.display())]
    Checkpoint {
        /// The folder.
        path: PathBuf,
        /// The reason, in the loader's words.
        reason: String,
    },
    /// There is no checkpoint folder, neither the one named nor any that could be meant.
    #[error("no checkpoint at {}; make one with `cargo run -p train`, or name another with --checkpoint", path.display())]
    CheckpointMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The configuration file has a bad line.
    #[error("{} (given by --config): {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The mistake, without the value.
        reason: String,
    },
    /// Half a pair of credentials.
    #[error("{present} is set but {missing} is not; set both, or BEARER_TOKEN alone")]
    Credentials {
        /// The variable that is there.
        present: &'static str,
        /// The variable that is not.
        missing: &'static str,
    },
    /// The tweets file is not one, or lacks the text column.
    #[error(transparent)]
    Dataset(#[from] dataset::DatasetError),
    /// The labelled ids cannot be written.
    #[error("cannot write {}: {source}; name another with --feedback-export", path.display())]
    Export {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The file of verdicts cannot be used.
    #[error("cannot use the verdicts in {}: {reason}; name another file with --feedback-db", path.display())]
    Feedback {
        /// The file.
        path: PathBuf,
        /// The reason that it cannot be used.
        reason: String,
    },
    /// The HTTP client towards X cannot be made.
    #[error("cannot make the HTTP client: {0}")]
    HttpClient(reqwest::Error),
    /// A file that must be read cannot be.
    #[error("cannot read {}: {source}; name another with {flag}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
        /// The flag that names it.
        flag: &'static str,
    },
    /// The review queue cannot be used.
    #[error("cannot use the review queue in {}: {reason}; name another file with --review-db", path.display())]
    Review {
        /// The file.
        path: PathBuf,
        /// The reason that it cannot be used.
        reason: String,
    },
    /// Another program listens there.
    #[error("{address} is in use by another program; choose another with --port")]
    PortInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The server broke while running.
    #[error("the server stopped: {0}")]
    Server(std::io::Error),
    /// A tweets file that cannot be used.
    #[error("{}, line {line}: {reason}", path.display())]
    Tweets {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The mistake in the line.
        reason: String,
    },
    /// The base URL of the X API is not one.
    #[error("--x-api-base {url:?} is not an http(s) URL: {reason}")]
    XApiBase {
        /// As given.
        url: String,
        /// The mistake in it.
        reason: String,
    },
}
