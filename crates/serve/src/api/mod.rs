//! What goes over the wire: errors, request bodies, replies.

mod body;
mod code;
mod error;
pub(crate) mod perspective;
mod reply;

pub use code::Code;
pub use error::{ApiError, ErrorBody, ErrorReply};
pub use reply::{
    BatchReply, Contribution, Explanation, ItemReply, ModelRef, ScoreReply, ScoredText,
    ThreatLevel, TweetItem, TweetsReply,
};

pub(crate) use body::{Item, ScoreBody, ScoreRequest, read_json};
