//! Requests to a hub, and the meaning of its answers.

use std::error::Error;
use std::thread::sleep;
use std::time::Duration;

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderValue, LOCATION, RANGE,
};
use reqwest::{Method, StatusCode, Url};
use sha2::{Digest, Sha256};

use super::HubError;
use super::settings::{HubSettings, Token};

/// Attempts after one that brought nothing new.
pub(super) const RETRIES: u32 = 4;
/// Redirects that are followed before a hub counts as broken.
const REDIRECTS: usize = 8;
/// A connection that is silent for so long is cut.
const SILENCE: Duration = Duration::from_mins(1);

/// On a redirect: the etag of what it leads to.
const LINKED_ETAG: &str = "X-Linked-Etag";

/// A hub, seen from one model.
pub struct Client {
    http: reqwest::blocking::Client,
    endpoint: String,
    origin: Url,
    token: Option<Token>,
    id: String,
    revision: String,
    /// See [`HubSettings::pause`].
    pub(super) pause: Duration,
}

/// A hub's facts about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Its name in the repository.
    pub file: String,
    /// Its address.
    pub url: Url,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// The commit that it is of.
    pub commit: Option<String>,
    /// Its name among the blobs: the etag, if that can be a file's name.
    pub blob: String,
    /// Its SHA-256, which the hub knows of large files.
    pub sha256: Option<String>,
}

/// The reason that a request brought nothing.
pub(super) enum Failure {
    /// Another attempt may do better.
    Passing(String),
    /// It will not.
    Final(HubError),
}

impl Client {
    /// A client for the model `id`.
    ///
    /// # Errors
    /// [`HubError::Setting`] if the endpoint is no address; [`HubError::Network`] if the machine's
    /// certificates cannot be read.
    pub fn new(settings: &HubSettings, id: &str) -> Result<Self, HubError> {
        // An error says only that the program has installed a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let endpoint = &settings.endpoint;
        let origin = Url::parse(endpoint).ok().filter(|url| url.has_host());
        let origin = origin.ok_or_else(|| HubError::Setting {
            variable: "HF_ENDPOINT",
            value: endpoint.clone(),
            expected: "expected an address such as https://huggingface.co",
        })?;
        let http = reqwest::blocking::Client::builder()
            // Followed by hand: the token must not go along to another host.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("threat-indicator/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(20))
            .timeout(SILENCE)
            .build()
            .map_err(|error| HubError::Network {
                endpoint: endpoint.clone(),
                id: id.to_owned(),
                file: "anything".to_owned(),
                reason: innermost(&error),
            })?;
        Ok(Self {
            http,
            endpoint: endpoint.clone(),
            origin,
            token: settings.token.clone(),
            id: id.to_owned(),
            revision: settings.revision.clone(),
            pause: settings.pause,
        })
    }

    /// The hub's facts about a file; `None` if it has no such file, model or revision.
    ///
    /// # Errors
    /// [`HubError`] for a refusal, or a hub that cannot be reached.
    pub fn describe(&self, revision: &str, file: &str) -> Result<Option<FileInfo>, HubError> {
        let url = format!("{}/{}/resolve/{revision}/{file}", self.endpoint, self.id);
        let url = Url::parse(&url).map_err(|_| HubError::Setting {
            variable: "HF_ENDPOINT",
            value: self.endpoint.clone(),
            expected: "expected an address such as https://huggingface.co",
        })?;
        let response = self.persist(file, || self.send(&Method::HEAD, &url, 0, file))?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.trim_start_matches("W/").trim_matches('"').to_owned())
        };
        // Of a large file the answer is a redirect: what is linked to is what counts.
        let own_size = header(CONTENT_LENGTH.as_str()).filter(|_| response.status().is_success());
        let etag = header(LINKED_ETAG).or_else(|| header(ETAG.as_str()));
        let is_hex = |text: &&String| text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        let hash = etag.as_ref().filter(is_hex);
        let sha256 = hash.filter(|hash| hash.len() == 64).cloned();
        let blob = hash.filter(|hash| [40, 64].contains(&hash.len())).cloned();
        let other_name = || {
            let seen = format!("{} {}", url.path(), etag.as_deref().unwrap_or_default());
            Sha256::digest(seen).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        Ok(Some(FileInfo {
            file: file.to_owned(),
            size: header("X-Linked-Size").or(own_size).and_then(|size| size.parse().ok()),
            commit: header("X-Repo-Commit").filter(|commit| is_hex(&commit) && commit.len() == 40),
            blob: blob.unwrap_or_else(other_name),
            sha256,
            url,
        }))
    }

    /// The first of these files that there is.
    ///
    /// # Errors
    /// As [`Client::describe`].
    pub fn describe_first(
        &self,
        revision: &str,
        files: &[&str],
    ) -> Result<Option<FileInfo>, HubError> {
        for file in files {
            if let Some(info) = self.describe(revision, file)? {
                return Ok(Some(info));
            }
        }
        Ok(None)
    }

    /// The contents of a file from byte `from` on, if the hub can do that; else from the start.
    pub(super) fn get(&self, info: &FileInfo, from: u64) -> Result<Response, Failure> {
        let response = self.send(&Method::GET, &info.url, from, &info.file)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(Failure::Final(self.status(StatusCode::NOT_FOUND, &info.file)));
        }
        Ok(response)
    }

    /// Sends a request and follows redirects; those of a `HEAD` only within the hub, which alone
    /// knows commits and etags, and only until it has told. Success, 404 and 416 come back as they
    /// are.
    fn send(&self, method: &Method, url: &Url, from: u64, file: &str) -> Result<Response, Failure> {
        let mut url = url.clone();
        for _ in 0..REDIRECTS {
            let mut request = self.http.request(method.clone(), url.clone());
            // A size and a range are of the file itself, not of what a server packs it into.
            request = request.header(ACCEPT_ENCODING, "identity");
            if url.origin() == self.origin.origin() {
                request = self.authorise(request);
            }
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            let response = request
                .send()
                .map_err(|error| Failure::Passing(innermost(&error.without_url())))?;
            let status = response.status();
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = location.filter(|_| status.is_redirection());
            let Some(next) = next.and_then(|location| url.join(location).ok()) else {
                return self.accept(response, file);
            };
            if url.scheme() == "https" && next.scheme() != "https" {
                let reason = "it redirects from https to an address without encryption";
                return Err(Failure::Final(self.network(file, reason.to_owned())));
            }
            let tells_all = response.headers().contains_key(LINKED_ETAG);
            if *method == Method::HEAD && (tells_all || next.origin() != self.origin.origin()) {
                return Ok(response);
            }
            url = next;
        }
        Err(Failure::Final(self.network(file, "it redirects in circles".to_owned())))
    }

    /// Sorts answers into those to use, to try again, and to give up on.
    fn accept(&self, response: Response, file: &str) -> Result<Response, Failure> {
        let status = response.status();
        match status {
            StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE => Ok(response),
            _ if status.is_success() => Ok(response),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Passing(format!("it answers {status}")))
            }
            _ if status.is_server_error() => Err(Failure::Passing(format!("it answers {status}"))),
            _ => Err(Failure::Final(self.status(status, file))),
        }
    }

    fn authorise(&self, request: RequestBuilder) -> RequestBuilder {
        let value = self.token.as_ref().map(|token| format!("Bearer {}", token.reveal()));
        match value.map(|value| HeaderValue::from_str(&value)) {
            Some(Ok(mut value)) => {
                value.set_sensitive(true);
                request.header(AUTHORIZATION, value)
            }
            // No header can hold it, so no hub can accept it.
            _ => request,
        }
    }

    /// Tries until it works, fails for good, or has failed often enough.
    fn persist<T>(
        &self,
        file: &str,
        attempt: impl Fn() -> Result<T, Failure>,
    ) -> Result<T, HubError> {
        let mut failures = 0;
        loop {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(reason)) if failures == RETRIES => {
                    return Err(self.network(file, reason));
                }
                Err(Failure::Passing(_)) => {
                    sleep(self.pause * 2_u32.pow(failures));
                    failures += 1;
                }
            }
        }
    }

    /// The error for a status that is no success.
    fn status(&self, status: StatusCode, file: &str) -> HubError {
        let (endpoint, id) = (self.endpoint.clone(), self.id.clone());
        match status {
            StatusCode::UNAUTHORIZED => HubError::Unauthorised {
                endpoint,
                id,
                token: if self.token.is_some() {
                    ", and whether the token in HF_TOKEN is still good for it"
                } else {
                    ", or set HF_TOKEN to a token that may read it"
                },
            },
            StatusCode::FORBIDDEN => HubError::Forbidden { endpoint, id },
            _ => HubError::Status { endpoint, id, file: file.to_owned(), status: status.as_u16() },
        }
    }

    /// The error for a 404 on the file that every model has.
    pub(super) fn no_such_model(&self) -> HubError {
        HubError::NotFound {
            endpoint: self.endpoint.clone(),
            id: self.id.clone(),
            revision: self.revision.clone(),
        }
    }

    /// The error for a connection that does not come about.
    pub(super) fn network(&self, file: &str, reason: String) -> HubError {
        let (endpoint, id) = (self.endpoint.clone(), self.id.clone());
        HubError::Network { endpoint, id, file: file.to_owned(), reason }
    }

    /// The error for contents that are not what the hub said.
    pub(super) fn damaged(
        &self,
        file: &str,
        what: &'static str,
        found: String,
        expected: String,
    ) -> HubError {
        let (endpoint, id) = (self.endpoint.clone(), self.id.clone());
        HubError::Damaged { endpoint, id, file: file.to_owned(), what, found, expected }
    }
}

/// The first cause of an error: the outer errors say "error sending request".
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
