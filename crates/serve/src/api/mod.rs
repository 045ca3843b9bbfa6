//! Types on the wire: errors, request bodies, replies.

mod body;
mod code;
mod error;
pub(crate) mod openai;
pub(crate) mod perspective;
mod reply;

pub use code::Code;
pub use error::{ApiError, ErrorBody, ErrorReply};
pub use reply::{
    BatchReply, Contribution, Explanation, ItemReply, ModelRef, ScoreReply, ScoredText,
    ThreatLevel, TweetItem, TweetsReply,
};

pub(crate) use body::{Item, ScoreBody, ScoreRequest, read_json};

/// An error in the shape that clients of a path read: Google's, OpenAI's, or ours.
pub(crate) fn error_at(path: &str, error: &ApiError) -> actix_web::HttpResponse {
    match path {
        openai::PATH => openai::in_openais_shape(error),
        _ if path.starts_with(perspective::PREFIX) => perspective::in_googles_shape(error),
        _ => actix_web::ResponseError::error_response(error),
    }
}
