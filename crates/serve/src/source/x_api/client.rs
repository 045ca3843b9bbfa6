//! One request to X, its retries, and what its status means.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

use super::auth::Tokens;
use super::budget::{unix, until_midnight};
use super::outcome::Outcome;
use super::wire::{Problem, Reply};
use super::{Spelling, XSettings, problem};
use crate::TweetId;
use crate::api::{ApiError, Code};
use crate::error::ServeError;
use crate::metrics::Metrics;

/// X takes at most this many ids in one request.
pub(super) const MOST_IDS: usize = 100;
/// A hundred posts of 25,000 characters with everything they refer to stay below this.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const RETRIES: u32 = 2;
/// X's windows last 15 minutes.
const LONGEST_WINDOW: Duration = Duration::from_mins(15);
/// Time that a spent quota is believed: the operator may raise it at any time, and to be told so
/// again costs nothing.
const QUOTA_BELIEVED_FOR: Duration = Duration::from_mins(15);

/// The client towards X.
pub(super) struct XClient {
    http: reqwest::Client,
    base: reqwest::Url,
    spelling: Spelling,
    tokens: Tokens,
    one: Endpoint,
    many: Endpoint,
    /// Of the whole account, so of both endpoints.
    quota: Closed,
    metrics: Arc<Metrics>,
}

/// The results of a lookup, and the number of posts that X counts for it.
pub(super) struct Lookup {
    pub(super) outcomes: HashMap<TweetId, Outcome>,
    pub(super) posts_read: u64,
}

/// A route of X with a rate limit window of its own.
struct Endpoint {
    name: &'static str,
    window: Closed,
}

/// Unix seconds before which X need not be asked.
#[derive(Default)]
struct Closed(AtomicU64);

/// X's answer to a request.
struct Answer {
    status: u16,
    headers: HeaderMap,
    /// `None` if the body is no JSON.
    reply: Option<Reply>,
}

/// Reason that a request gave no posts, and the ids that X names as the cause.
struct Failure {
    error: ApiError,
    invalid: Vec<String>,
}

impl Failure {
    /// True if it lasts until the operator does something about it.
    fn lasts(&self) -> bool {
        matches!(
            self.error.code,
            Code::UpstreamQuota
                | Code::UpstreamCredits
                | Code::UpstreamAuth
                | Code::UpstreamEnrollment
        )
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { error, invalid: Vec::new() }
    }
}

impl XClient {
    pub(super) fn new(settings: &XSettings, metrics: Arc<Metrics>) -> Result<Self, ServeError> {
        crate::tls::install_provider();
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("threat-indicator/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ServeError::HttpClient)?;
        let endpoint = |name| Endpoint { name, window: Closed::default() };
        Ok(Self {
            http,
            base: settings.base.clone(),
            spelling: settings.spelling,
            tokens: Tokens::new(settings.credentials.clone()),
            one: endpoint("tweet"),
            many: endpoint("tweets"),
            quota: Closed::default(),
            metrics,
        })
    }

    /// Looks up at most [`MOST_IDS`] ids; there is an outcome for each.
    pub(super) async fn lookup(&self, ids: &[TweetId]) -> Lookup {
        let mut asked: Vec<TweetId> = ids.to_vec();
        let mut outcomes = HashMap::new();
        // One id that X finds invalid fails the whole request; the others get a second one.
        for _ in 0..2 {
            match self.ask(&asked).await {
                Ok(reply) => {
                    let posts_read = (reply.posts.len() + reply.included.len()) as u64;
                    outcomes.extend(reply.outcomes(&asked));
                    return Lookup { outcomes, posts_read };
                }
                Err(Failure { error, invalid }) => {
                    let (bad, good): (Vec<_>, Vec<_>) = asked
                        .into_iter()
                        .partition(|id| invalid.iter().any(|bad| bad == id.as_str()));
                    let none_named = bad.is_empty();
                    outcomes.extend(bad.into_iter().map(|id| (id, Err(Code::BadTweetId.into()))));
                    asked = good;
                    if none_named || asked.is_empty() {
                        outcomes.extend(asked.drain(..).map(|id| (id, Err(error.clone()))));
                        break;
                    }
                }
            }
        }
        let left_over = Err(Code::UpstreamRefused.into());
        outcomes.extend(asked.into_iter().map(|id| (id, left_over.clone())));
        Lookup { outcomes, posts_read: 0 }
    }

    /// A lone id has a route of its own with a window of its own; once that is closed it goes the
    /// way of the many.
    async fn ask(&self, ids: &[TweetId]) -> Result<Reply, Failure> {
        let closed = match ids {
            [id] => match self.ask_endpoint(&self.one, &format!("2/tweets/{id}"), ids).await {
                Err(failure) if failure.error.code == Code::UpstreamRateLimited => failure,
                answer => return answer,
            },
            _ => return self.ask_endpoint(&self.many, "2/tweets", ids).await,
        };
        match self.ask_endpoint(&self.many, "2/tweets", ids).await {
            Ok(reply) => Ok(reply),
            // A failure that lasts counts more than a window.
            Err(failure) if failure.lasts() => Err(failure),
            // The second way does no better: the first answer says when to come back.
            Err(_) => Err(closed),
        }
    }

    async fn ask_endpoint(
        &self,
        endpoint: &Endpoint,
        path: &str,
        ids: &[TweetId],
    ) -> Result<Reply, Failure> {
        let mut attempt = 0;
        let mut minted_again = false;
        loop {
            // A quota first: while it is spent, it is of no use that a window opens.
            if !self.quota.lasts_for().is_zero() {
                return Err(ApiError::from(Code::UpstreamQuota).into());
            }
            endpoint.check_open()?;
            let token = self.tokens.get(&self.http, &self.base).await?;
            let start = Instant::now();
            let answer = self.send(path, ids, &token).await;
            let outcome = match &answer {
                Ok(answer) => answer.status.to_string(),
                Err(error) => error.code.as_str().to_owned(),
            };
            self.metrics.upstream(endpoint.name, outcome, start.elapsed());
            let answer = answer?;
            match answer.status {
                401 if !minted_again && self.tokens.refresh(&token).await => minted_again = true,
                500.. if attempt < RETRIES => {
                    tokio::time::sleep(backoff(attempt)).await;
                    attempt += 1;
                }
                _ => return self.judge(endpoint, answer, ids),
            }
        }
    }

    /// Sends one request and reads the reply, whose body need not be JSON if the status is bad.
    async fn send(
        &self,
        path: &str,
        ids: &[TweetId],
        token: &SecretString,
    ) -> Result<Answer, ApiError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        {
            // The author is not asked for: a score is of a post, and X bills each user read.
            let mut query = url.query_pairs_mut();
            if path == "2/tweets" {
                let ids: Vec<&str> = ids.iter().map(TweetId::as_str).collect();
                query.append_pair("ids", &ids.join(","));
            }
            match self.spelling {
                Spelling::Tweet => query
                    .append_pair("tweet.fields", "created_at,lang,note_tweet,referenced_tweets")
                    .append_pair("expansions", "referenced_tweets.id"),
                Spelling::Post => query
                    .append_pair("post.fields", "created_at,lang,note_post")
                    .append_pair("expansions", "referenced_posts"),
            };
        }
        let mut reply = self
            .http
            .get(url)
            .bearer_auth(token.expose_secret())
            .send()
            .await
            .map_err(problem::of_transport)?;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(problem::of_transport)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(Code::UpstreamBadReply.into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, reply: Reply::parse(&body) })
    }

    /// Turns a status and a body into posts or a failure.
    fn judge(
        &self,
        endpoint: &Endpoint,
        answer: Answer,
        ids: &[TweetId],
    ) -> Result<Reply, Failure> {
        let Answer { status, headers, reply } = answer;
        // Without JSON: a proxy, a load balancer or the wrong host; the status is all there is.
        let is_json = reply.is_some();
        let reply = reply.unwrap_or_default();
        // Posts decide: errors beside them are about posts that they refer to. Errors that name a
        // post are answers too, whatever the status.
        let mut about_posts = reply.errors.iter().filter_map(Problem::subject);
        let answers = !reply.posts.is_empty() || about_posts.any(|subject| is_one_of(subject, ids));
        if answers || (status == 200 && !reply.errors.is_empty()) {
            endpoint.learn(&headers, false);
            return Ok(reply);
        }
        if status == 400 && is_json {
            let invalid = reply.errors.into_iter().flat_map(|error| error.invalid).collect();
            return Err(Failure { error: Code::UpstreamRefused.into(), invalid });
        }
        let code = problem::of_reply(status, reply.main_problem());
        // That a quota is spent says nothing of the window, whatever the status.
        if code != Code::UpstreamQuota {
            endpoint.learn(&headers, code == Code::UpstreamRateLimited);
        }
        tracing::warn!(endpoint = endpoint.name, code = code.as_str(), "X refused a lookup");
        Err(match code {
            Code::UpstreamRateLimited => ApiError::retry_after(code, endpoint.window.lasts_for()),
            Code::UpstreamQuota => {
                let now = SystemTime::now();
                // A new period of the quota can begin with a new day at the earliest.
                let until = unix(now) + QUOTA_BELIEVED_FOR.min(until_midnight(now)).as_secs();
                self.quota.0.store(until, Ordering::Relaxed);
                code.into()
            }
            code => code.into(),
        }
        .into())
    }
}

impl Closed {
    /// Time until it opens; zero if it is open.
    fn lasts_for(&self) -> Duration {
        let now = unix(SystemTime::now());
        Duration::from_secs(self.0.load(Ordering::Relaxed).saturating_sub(now))
    }
}

impl Endpoint {
    fn check_open(&self) -> Result<(), ApiError> {
        match self.window.lasts_for() {
            Duration::ZERO => Ok(()),
            wait => Err(ApiError::retry_after(Code::UpstreamRateLimited, wait)),
        }
    }

    /// Remembers what X says of its window, so that it is not asked in vain. `refused` says that the
    /// window is why a request was refused; other refusals may have the same status.
    fn learn(&self, headers: &HeaderMap, refused: bool) {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let spent = number("x-rate-limit-remaining") == Some(0);
        if !refused && !spent {
            return;
        }
        let now = unix(SystemTime::now());
        let until = number("x-rate-limit-reset")
            .or_else(|| Some(now + number("retry-after")?))
            .or(refused.then_some(now + 60));
        if let Some(until) = until {
            // A clock that is off must not close the endpoint for ever.
            let until = until.clamp(now, now + LONGEST_WINDOW.as_secs());
            self.window.0.store(until, Ordering::Relaxed);
        }
    }
}

fn is_one_of(subject: &str, ids: &[TweetId]) -> bool {
    ids.iter().any(|id| id.as_str() == subject)
}

/// 100 ms, 200 ms, …, each times a random half to one and a half, so that many servers that
/// failed together do not come back together.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(100 << attempt).mul_f64(0.5 + fastrand::f64())
}
