//! Sources of tweets: a file, or X.
//!
//! - [`mod@file`]: a CSV file held in memory, for work without credentials
//! - [`x_api`]: the X API v2 behind a cache that shares and joins lookups

mod file;
pub mod x_api;

use crate::TweetId;
use crate::api::{ApiError, Code};
use crate::tweet::Found;

pub use file::FileTweets;
use x_api::XApi;

/// The one place tweets come from.
pub enum TweetSource {
    /// A file.
    File(FileTweets),
    /// X.
    X(XApi),
}

impl TweetSource {
    /// Looks a tweet up.
    ///
    /// # Errors
    /// The row of the error table that says why there is no text.
    pub async fn get(&self, id: &TweetId) -> Result<Found, ApiError> {
        match self {
            Self::File(file) => {
                let tweet = file.get(id).ok_or(Code::TweetNotFound)?;
                Ok(Found { tweet, cached: false })
            }
            Self::X(x) => x.get(id).await,
        }
    }

    /// Forgets what is cached of a tweet; says whether there was anything.
    pub fn forget(&self, id: &TweetId) -> bool {
        match self {
            Self::File(_) => false,
            Self::X(x) => x.forget(id),
        }
    }

    /// One line for the log at start.
    pub fn describe(&self) -> String {
        match self {
            Self::File(file) => format!("tweets: {} from {}", file.len(), file.path().display()),
            Self::X(x) => format!("tweets: X API v2 at {}", x.base()),
        }
    }
}
