//! Failures that several routes have in common, for the description: each by its status, with the codes of it.

#![allow(dead_code)] // only their description is asked for

use utoipa::IntoResponses;

use crate::api::ErrorReply;

/// The request failed.
#[derive(IntoResponses)]
#[response(status = "default")]
pub(super) struct Failed(ErrorReply);

/// `bad_request`
#[derive(IntoResponses)]
#[response(status = 400)]
pub(super) struct BadRequest(ErrorReply);

/// `feedback_off`
#[derive(IntoResponses)]
#[response(status = 404)]
pub(super) struct FeedbackOff(ErrorReply);

/// `review_off`
#[derive(IntoResponses)]
#[response(status = 404)]
pub(super) struct ReviewOff(ErrorReply);

/// `review_off`, `item_not_found`
#[derive(IntoResponses)]
#[response(status = 404)]
pub(super) struct NoItem(ErrorReply);

/// `review_unavailable`
#[derive(IntoResponses)]
#[response(status = 503)]
pub(super) struct ReviewUnavailable(ErrorReply);
