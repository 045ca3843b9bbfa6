//! The X API v2, as far as the server needs it: the texts of posts by id.
//!
//! - [`auth`]: the bearer token, given or minted
//! - [`budget`]: our own cap on reads a day
//! - [`cache`]: what was found, and what was not, until the day ends
//! - [`client`]: one request, its retries and what its status means
//! - [`lookup`]: many callers, few requests
//! - [`outcome`]: what is found of each post
//! - [`problem`]: X's errors in terms of our table
//! - [`wire`]: the shapes of X's JSON

mod auth;
mod budget;
mod cache;
mod client;
mod lookup;
mod outcome;
mod problem;
mod wire;

use std::time::Duration;

pub use auth::Credentials;
pub use lookup::XApi;
pub use outcome::Outcome;
pub use wire::Reply;

/// X is renaming tweets to posts, field by field. Replies are read in both spellings; a request
/// must choose one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Spelling {
    /// `tweet.fields`, `note_tweet`.
    #[default]
    Tweet,
    /// `post.fields`, `note_post`.
    Post,
}

/// Settings of the X client.
#[derive(Debug, Clone)]
pub struct XSettings {
    /// Scheme, host and perhaps port and path prefix; no slash at the end.
    pub base: reqwest::Url,
    /// Spelling of X's fields.
    pub spelling: Spelling,
    /// Credentials for X.
    pub credentials: Credentials,
    /// Longest time for one request to X.
    pub timeout: Duration,
    /// Time that the first id waits for others to share its request.
    pub join_window: Duration,
    /// Longest time a tweet is kept; it is forgotten at the end of the UTC day at the latest.
    pub cache_ttl: Duration,
    /// Most tweets kept.
    pub cache_capacity: usize,
    /// Most posts read in a UTC day; 0 for no cap.
    pub reads_per_day: u64,
}
