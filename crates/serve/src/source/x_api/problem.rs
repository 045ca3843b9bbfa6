//! X's errors in terms of our table.
//!
//! X names a problem by a `type` URI whose host has changed once already, so only its last part
//! counts; some replies have a title or a status alone.

use super::wire::Problem;
use crate::api::{ApiError, Code};

/// The row for a problem with one post.
pub(super) fn of_post(problem: &Problem) -> Code {
    let suspended = mentions(problem, "suspended");
    match kind(problem) {
        // X files a suspended author under "not found", with a title that says otherwise.
        "resource-not-found" if suspended || title(problem) == "Forbidden" => Code::AuthorSuspended,
        "resource-not-found" => Code::TweetNotFound,
        "not-authorized-for-resource" if suspended => Code::AuthorSuspended,
        "not-authorized-for-resource" | "resource-unavailable" | "disallowed-resource" => {
            Code::TweetNotAccessible
        }
        "invalid-request" => Code::BadTweetId,
        "field-unauthorized" | "not-authorized-for-field" => Code::UpstreamEnrollment,
        "internal-error" | "field-hydration-failure" => Code::UpstreamError,
        _ => match title(problem) {
            "Not Found Error" => Code::TweetNotFound,
            "Authorization Error" => Code::TweetNotAccessible,
            _ => Code::UpstreamBadReply,
        },
    }
}

/// The row for a reply that is an error as a whole.
pub(super) fn of_reply(status: u16, problem: &Problem) -> Code {
    match (kind(problem), title(problem)) {
        ("usage-capped", _) | (_, "UsageCapExceeded") => return Code::UpstreamQuota,
        ("credits", _) | (_, "CreditsDepleted") => return Code::UpstreamCredits,
        ("client-forbidden", _) => return Code::UpstreamEnrollment,
        ("rate-limit-exceeded", _) => return Code::UpstreamRateLimited,
        ("resource-not-found" | "not-authorized-for-resource", _) => return of_post(problem),
        _ => {}
    }
    match status {
        401 => Code::UpstreamAuth,
        402 => Code::UpstreamCredits,
        403 => Code::UpstreamEnrollment,
        429 => Code::UpstreamRateLimited,
        500.. => Code::UpstreamError,
        _ => Code::UpstreamBadReply,
    }
}

/// The error for a reply that did not come. The URL is taken out of what is logged: it holds the ids.
pub(super) fn of_transport(error: reqwest::Error) -> ApiError {
    let error = error.without_url();
    tracing::warn!(error = &error as &dyn std::error::Error, "no reply from X");
    let code = if error.is_timeout() { Code::UpstreamTimeout } else { Code::UpstreamUnreachable };
    code.into()
}

fn kind(problem: &Problem) -> &str {
    let uri = problem.kind.as_deref().unwrap_or_default().trim_end_matches('/');
    uri.rsplit('/').next().unwrap_or_default()
}

fn title(problem: &Problem) -> &str {
    problem.title.as_deref().unwrap_or_default()
}

fn mentions(problem: &Problem, word: &str) -> bool {
    problem.detail.as_deref().is_some_and(|detail| detail.contains(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn problem(json: &str) -> Problem {
        Problem::read(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn problems_of_a_post_are_told_apart() {
        for (json, code) in [
            (
                r#"{"detail":"Could not find tweet with id: [1].","title":"Not Found Error",
                "type":"https://api.twitter.com/2/problems/resource-not-found"}"#,
                Code::TweetNotFound,
            ),
            (
                r#"{"title":"Not Found Error","type":"https://api.x.com/3/problems/resource-not-found/"}"#,
                Code::TweetNotFound,
            ),
            (
                r#"{"title":"Authorization Error","detail":"Sorry, you are not authorized to see the Tweet with id: [1].",
                "type":"https://api.twitter.com/2/problems/not-authorized-for-resource"}"#,
                Code::TweetNotAccessible,
            ),
            (
                r#"{"detail":"User has been suspended: [1].","title":"Forbidden",
                "type":"https://api.twitter.com/2/problems/resource-not-found"}"#,
                Code::AuthorSuspended,
            ),
            (r#"{"title":"Something new","type":"about:blank"}"#, Code::UpstreamBadReply),
        ] {
            assert_eq!(of_post(&problem(json)), code, "{json}");
        }
    }

    #[test]
    fn a_cap_is_not_a_window_whatever_the_status() {
        let cap = problem(
            r#"{"title":"UsageCapExceeded","period":"Monthly","type":"https://api.twitter.com/2/problems/usage-capped"}"#,
        );
        assert_eq!(of_reply(429, &cap), Code::UpstreamQuota);
        assert_eq!(of_reply(403, &cap), Code::UpstreamQuota);
        let window = problem(r#"{"title":"Too Many Requests","type":"about:blank","status":429}"#);
        assert_eq!(of_reply(429, &window), Code::UpstreamRateLimited);
    }
}
