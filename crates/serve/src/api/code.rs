//! The one table of errors: code, HTTP status, message, hint. Nothing else makes an error reply.

/// Declares [`Code`] and its columns from the table below.
macro_rules! error_table {
    ($($(#[$doc:meta])* $name:ident $status:literal $code:literal $message:literal $hint:literal;)+) => {
        /// Every way in which a request can fail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The HTTP status.
            pub fn status(self) -> u16 { match self { $(Self::$name => $status,)+ } }

            /// The name in replies, logs and metrics. Stable: clients switch on it.
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $code,)+ } }

            /// The error message.
            pub fn message(self) -> &'static str { match self { $(Self::$name => $message,)+ } }

            /// Advice on what to do about it.
            pub fn hint(self) -> &'static str { match self { $(Self::$name => $hint,)+ } }
        }
    };
}

error_table! {
    // The request.
    /// A tweet id that is not 1 to 19 digits.
    BadTweetId 400 "bad_tweet_id" "This is not a tweet id."
        "A tweet id is 1 to 19 decimal digits, as at the end of the tweet's address.";
    /// A body or query that does not have the asked form.
    BadRequest 400 "bad_request" "The request does not have the expected form."
        "See /openapi.json or /docs for the form of each request.";
    /// A text that the model cannot judge, to clients of Perspective. Our own get a verdict that says so.
    LanguageNotSupported 400 "language_not_supported" "Attribute PRO_ISIS does not support the language of this text."
        "GET /v1/model lists the languages of the model.";
    /// No key where one is required.
    MissingApiKey 401 "missing_api_key" "This server asks for an API key."
        "Send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`.";
    /// A key that is not on the list.
    InvalidApiKey 401 "invalid_api_key" "This API key is not known here."
        "Check the key, or ask the operator for a new one.";
    /// The post is there but may not be read.
    TweetNotAccessible 403 "tweet_not_accessible" "This tweet may not be read."
        "Its author protects it, or X withholds it. It cannot be scored.";
    /// The author is suspended.
    AuthorSuspended 403 "author_suspended" "The author of this tweet is suspended."
        "X no longer gives its text, so it cannot be scored.";
    /// No such route.
    RouteNotFound 404 "route_not_found" "There is nothing at this address."
        "See /docs for the addresses of this server.";
    /// No such tweet.
    TweetNotFound 404 "tweet_not_found" "There is no tweet with this id."
        "It may have been deleted, or the id may be mistyped.";
    /// No place for verdicts was given.
    FeedbackOff 404 "feedback_off" "This server records no verdicts."
        "The operator must start it with --feedback-db.";
    /// No place for a review queue was given.
    ReviewOff 404 "review_off" "This server has no review queue."
        "The operator must start it with --review-db.";
    /// No such post in the review queue.
    ItemNotFound 404 "item_not_found" "There is no post of this number in the review queue."
        "It may have been deleted; GET /v1/review/next gives the next one.";
    /// A reviewer takes back what he has not said.
    NothingToUndo 404 "nothing_to_undo" "You have no verdict that could be taken back."
        "Each undo takes back one, from the last to the first.";
    /// Wrong method on a right address.
    MethodNotAllowed 405 "method_not_allowed" "This address does not take this method."
        "See /docs for the methods of each address.";
    /// The client was too slow with its body.
    BodyTimeout 408 "body_timeout" "The request body did not arrive in time."
        "Send the whole body at once.";
    /// Scores and other things that would lead a reviewer before his verdict.
    HiddenUntilVerdict 409 "hidden_until_verdict" "This is hidden until your verdict."
        "Give your verdict first: this server is started with --blind.";
    /// Body over the limit.
    BodyTooLarge 413 "body_too_large" "The request body is too large."
        "Send fewer or shorter texts; the limit is the server's --max-body-bytes.";
    /// Too many texts or ids in one request.
    TooManyItems 413 "too_many_items" "There are too many items in one request."
        "Split the request; the limit is the server's --max-items.";
    /// Not JSON.
    UnsupportedMediaType 415 "unsupported_media_type" "The body must be JSON."
        "Send `Content-Type: application/json`.";
    /// Nothing to score.
    NoText 422 "no_text" "Nothing is left of this text to score."
        "It holds only links, mentions, pictures or white space.";
    /// One text over the limit.
    TextTooLong 422 "text_too_long" "This text is too long."
        "Shorten it; the limit is the server's --max-text-chars. A post is at most 25,000.";
    /// The queue is full.
    Overloaded 429 "overloaded" "The server is busy."
        "Try again after the time in `Retry-After`.";
    /// This client asks too often.
    RateLimited 429 "rate_limited" "You have asked too often."
        "Try again after the time in `Retry-After`; the limit is the server's --rate-limit.";

    // Ourselves.
    /// The model failed.
    ScoringFailed 500 "scoring_failed" "The model failed on this request."
        "This is a fault of the server; its log has the reason under this request id.";
    /// The model is still loading.
    NotReady 503 "not_ready" "The model is still being loaded."
        "Try again in a moment; /readyz tells when.";
    /// The server is going down.
    ShuttingDown 503 "shutting_down" "The server is shutting down."
        "Ask another replica.";
    /// A required audit log cannot be written.
    AuditUnavailable 503 "audit_unavailable" "The audit log cannot be written, so nothing is scored."
        "The operator must free the disk or run without --audit-required.";
    /// The file of verdicts fails.
    FeedbackUnavailable 503 "feedback_unavailable" "The verdicts of reviewers cannot be read or written."
        "Try again later; if it lasts, the operator must look at --feedback-db and its disk.";
    /// The review queue fails.
    ReviewUnavailable 503 "review_unavailable" "The review queue cannot be read or written."
        "Try again later; if it lasts, the operator must look at --review-db and its disk.";
    /// Out of time.
    DeadlineExceeded 504 "deadline_exceeded" "The answer was not ready in time."
        "Try again later or with fewer items; the limit is the server's --deadline-ms.";

    // X. Never 401 to the client: the credentials at fault are the operator's.
    /// X refuses the operator's credentials.
    UpstreamAuth 502 "upstream_auth" "X refuses this server's credentials."
        "The operator must check BEARER_TOKEN, or API_KEY and API_SECRET_KEY.";
    /// X account without credits.
    UpstreamCredits 502 "upstream_credits" "This server's X account has no credits left."
        "The operator must buy credits in X's developer console.";
    /// X app without the needed access level.
    UpstreamEnrollment 502 "upstream_enrollment" "This server's X app may not use this interface."
        "The operator must attach the app to a project with read access.";
    /// X answers what cannot be read.
    UpstreamBadReply 502 "upstream_bad_reply" "X answered something that cannot be understood."
        "Try again later; if it lasts, the operator should check --x-api-base.";
    /// X does not accept our request.
    UpstreamRefused 502 "upstream_refused" "X does not accept this server's request."
        "X may have renamed its fields: the operator should try the other --x-spelling.";
    /// X is broken.
    UpstreamError 502 "upstream_error" "X has trouble of its own."
        "Try again later.";
    /// X cannot be reached.
    UpstreamUnreachable 502 "upstream_unreachable" "X cannot be reached."
        "Try again later; if it lasts, the operator should check the network.";
    /// X's rate limit window.
    UpstreamRateLimited 503 "upstream_rate_limited" "X's rate limit for this server is used up."
        "Try again after the time in `Retry-After`.";
    /// X's usage cap.
    UpstreamQuota 503 "upstream_quota" "This server's reading quota at X is used up."
        "The operator must raise the quota or wait for the next period.";
    /// Our own cap on reads.
    ReadBudgetSpent 503 "read_budget_spent" "This server's own budget of reads from X is spent."
        "Wait for the next day (UTC); the limit is the server's --max-reads-per-day.";
    /// X is too slow.
    UpstreamTimeout 504 "upstream_timeout" "X did not answer in time."
        "Try again later.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_is_complete_and_every_code_its_own() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(seen.insert(code.as_str()), "{code:?} repeats a code");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(code.message().ends_with('.') && code.hint().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn the_documentation_has_exactly_this_table() {
        let page = include_str!("../../../../docs/serving.md");
        // `| 404 | …`: other tables may begin with such a digit as well.
        let is_row = |row: &str| row.starts_with(['4', '5']) && row.get(3..6) == Some(" | ");
        let documented = page.lines().filter(|line| line.strip_prefix("| ").is_some_and(is_row));
        let expected = Code::ALL.iter().map(|code| {
            let (status, name) = (code.status(), code.as_str());
            format!("| {status} | `{name}` | {} | {} |", code.message(), code.hint())
        });
        assert!(documented.eq(expected), "docs/serving.md differs from this table");
    }

    #[test]
    fn trouble_with_x_never_blames_the_client() {
        for code in Code::ALL.iter().filter(|code| code.as_str().starts_with("upstream_")) {
            assert!((502..=504).contains(&code.status()), "{code:?}");
        }
    }
}
