//! Hosts threat scores over HTTP: a tweet id or a text in, JSON out.
//!
//! ```text
//! request ─ observe ─ cors ─ guard ─ route ─┬─ source ─ file | X (cache, shared lookups)
//!                                           └─ engine ─ queue ─ thread ─ model
//! ```
//!
//! # Layout
//!
//! - [`args`]: what can be typed; [`config_file`]: what can be written down instead;
//!   [`settings`]: what is meant by it.
//! - [`startup`]: from settings to a running server and to its end; [`checkpoint`]: its model.
//! - [`error`]: the mistakes that keep the server from starting.
//! - [`api`]: what goes over the wire, and the one table of errors; `json`: what others write.
//! - [`routes`]: what is at which address; [`explain`]: which words moved a score.
//! - [`middleware`]: ids, log, counts, keys, limits, around every request; `request`: what it leaves
//!   for the handlers.
//! - [`engine`]: the queue and the thread before the model; [`model`]: what a model is here.
//! - [`source`]: where tweets come from; [`tweet`], [`TweetId`]: what they are.
//! - [`security`]: API keys, rate limits, and who asks behind a proxy; `origin`: the web pages that
//!   may ask; [`tls`]: the cryptography towards X.
//! - [`audit`]: a line for every score given, without its text; `clock`: the times in it and elsewhere.
//! - [`feedback`]: what reviewers found of scored posts, without their text.
//! - [`review`]: the queue of posts to read, with their texts; `sqlite`: what both files have in common.
//! - [`metrics`], [`telemetry`], `trace`: what can be watched from outside.
//! - [`state`]: what all handlers share; [`signals`]: what the operating system asks.

pub mod api;
pub mod args;
pub mod audit;
pub mod checkpoint;
mod clock;
pub mod config_file;
mod drift;
pub mod engine;
pub mod error;
mod explain;
pub mod feedback;
mod json;
pub mod metrics;
mod middleware;
pub mod model;
mod origin;
mod request;
pub mod review;
pub mod routes;
pub mod security;
pub mod settings;
mod signals;
pub mod source;
mod sqlite;
pub mod startup;
pub mod state;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod tls;
#[cfg(feature = "otlp")]
pub mod trace;
pub mod tweet;
mod tweet_id;

pub use args::Arguments;
pub use error::ServeError;
pub use settings::Settings;
pub use startup::{Application, StopHandle};
pub use tweet_id::{NotATweetId, TweetId};
