//! The bearer token: given, or minted from the app's key and secret (app-only OAuth 2).

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::problem;
use crate::api::{ApiError, Code};
use crate::error::ServeError;

/// Time to wait where X says that too many tokens were asked for, and not until when.
const RATE_LIMITED_FOR: Duration = Duration::from_mins(1);

/// Credentials that prove to X who we are. Never printed: `SecretString` shows `[REDACTED]`.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A bearer token.
    Bearer(SecretString),
    /// An app's key and secret, for which X gives a bearer token.
    App {
        /// `API_KEY`.
        key: SecretString,
        /// `API_SECRET_KEY`.
        secret: SecretString,
    },
}

impl Credentials {
    /// Reads `BEARER_TOKEN`, else `API_KEY` and `API_SECRET_KEY`; empty values count as unset.
    ///
    /// # Errors
    /// [`ServeError::Credentials`] if only one of the pair is set.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ServeError> {
        let secret = |name: &str| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then(|| SecretString::from(value))
        };
        if let Some(token) = secret("BEARER_TOKEN") {
            return Ok(Some(Self::Bearer(token)));
        }
        match (secret("API_KEY"), secret("API_SECRET_KEY")) {
            (Some(key), Some(secret)) => Ok(Some(Self::App { key, secret })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(ServeError::Credentials { present: "API_KEY", missing: "API_SECRET_KEY" })
            }
            (None, Some(_)) => {
                Err(ServeError::Credentials { present: "API_SECRET_KEY", missing: "API_KEY" })
            }
        }
    }
}

/// Gives the token, minting it at most once at a time.
pub(super) struct Tokens {
    credentials: Credentials,
    minted: Mutex<Option<SecretString>>,
}

#[derive(Deserialize)]
struct Minted {
    access_token: SecretString,
}

impl Tokens {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, minted: Mutex::new(None) }
    }

    /// The token to send. Mints one if needed.
    pub(super) async fn get(
        &self,
        http: &reqwest::Client,
        base: &reqwest::Url,
    ) -> Result<SecretString, ApiError> {
        let (key, secret) = match &self.credentials {
            Credentials::Bearer(token) => return Ok(token.clone()),
            Credentials::App { key, secret } => (key, secret),
        };
        let mut minted = self.minted.lock().await;
        if let Some(token) = &*minted {
            return Ok(token.clone());
        }
        let token = mint(http, base, key, secret).await?;
        *minted = Some(token.clone());
        Ok(token)
    }

    /// Drops a minted token that X refused; says whether another can be minted.
    pub(super) async fn refresh(&self, refused: &SecretString) -> bool {
        let mut minted = self.minted.lock().await;
        let Some(current) = &*minted else { return false };
        // Another request may have replaced it already.
        if current.expose_secret() == refused.expose_secret() {
            *minted = None;
        }
        true
    }
}

/// `POST /oauth2/token` with the pair as basic authentication. Keys and secrets are letters and
/// digits, so percent-encoding them as RFC 1738 asks would change nothing.
async fn mint(
    http: &reqwest::Client,
    base: &reqwest::Url,
    key: &SecretString,
    secret: &SecretString,
) -> Result<SecretString, ApiError> {
    let url = format!("{}/oauth2/token", base.as_str().trim_end_matches('/'));
    let reply = http
        .post(url)
        .basic_auth(key.expose_secret(), Some(secret.expose_secret()))
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .map_err(problem::of_transport)?;
    match reply.status().as_u16() {
        200 => {
            let minted: Minted = reply.json().await.map_err(|_| Code::UpstreamBadReply)?;
            tracing::info!("minted a bearer token");
            Ok(minted.access_token)
        }
        429 => Err(ApiError::retry_after(Code::UpstreamRateLimited, RATE_LIMITED_FOR)),
        500.. => Err(Code::UpstreamError.into()),
        _ => Err(Code::UpstreamAuth.into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Option<Credentials>, ServeError> {
        Credentials::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_bearer_token_wins_over_the_pair() {
        let all = [("BEARER_TOKEN", "b"), ("API_KEY", "k"), ("API_SECRET_KEY", "s")];
        assert!(matches!(from(&all), Ok(Some(Credentials::Bearer(_)))));
        assert!(matches!(from(&all[1..]), Ok(Some(Credentials::App { .. }))));
        assert!(matches!(from(&[("BEARER_TOKEN", " ")]), Ok(None)));
    }

    #[test]
    fn half_a_pair_is_named() {
        let message = from(&[("API_KEY", "k")]).unwrap_err().to_string();
        assert_eq!(
            message,
            "API_KEY is set but API_SECRET_KEY is not; set both, or BEARER_TOKEN alone"
        );
    }

    #[test]
    fn printing_credentials_shows_no_secret() {
        let credentials = from(&[("API_KEY", "hunter2"), ("API_SECRET_KEY", "hunter3")]);
        assert!(!format!("{credentials:?}").contains("hunter"));
    }
}
