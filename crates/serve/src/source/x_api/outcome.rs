//! What is found of each post that was asked for.

use std::collections::HashMap;
use std::sync::Arc;

use super::problem;
use super::wire::Reply;
use crate::TweetId;
use crate::api::{ApiError, Code};
use crate::tweet::Tweet;

/// Result of looking up one id.
pub type Outcome = Result<Arc<Tweet>, ApiError>;

impl Reply {
    /// Gives each asked id its post, its problem, or the blame on X for having said nothing.
    pub fn outcomes(&self, asked: &[TweetId]) -> HashMap<TweetId, Outcome> {
        let outcome = |id: &TweetId| match self.tweet(id) {
            Some(tweet) => Ok(Arc::new(tweet)),
            None => Err(self
                .errors
                .iter()
                .find(|problem| {
                    // Asked for one, a problem that names no post can only be about that one.
                    problem.subject() == Some(id.as_str())
                        || (asked.len() == 1 && problem.subject().is_none())
                })
                .map_or(Code::UpstreamBadReply, problem::of_post)
                .into()),
        };
        asked.iter().map(|id| (id.clone(), outcome(id))).collect()
    }
}
