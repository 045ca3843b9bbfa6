//! A tweet, as the rest of the server knows it.

use std::sync::Arc;

use crate::TweetId;

/// A tweet as far as a score needs it. The author is left out on purpose: a score is of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tweet {
    /// Its id.
    pub id: TweetId,
    /// Its whole text: beyond 280 characters, and of a retweet the retweeted one.
    pub text: String,
    /// BCP 47 language tag, where the source knows it.
    pub lang: Option<String>,
    /// Time of posting (RFC 3339), where the source knows it.
    pub created_at: Option<String>,
}

/// A tweet and how it was come by.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tweet.
    pub tweet: Arc<Tweet>,
    /// True if it was in the cache already.
    pub cached: bool,
}
