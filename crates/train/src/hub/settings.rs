//! The hub, its cache and its token.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings of a fetch. The environment variables are those of `huggingface_hub`.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// `HF_ENDPOINT`: the hub's address.
    pub endpoint: String,
    /// `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in `huggingface` in `XDG_CACHE_HOME` or
    /// `~/.cache`.
    pub cache: PathBuf,
    /// `HF_TOKEN`: for private and gated models. Goes to the hub's own address only.
    pub token: Option<Token>,
    /// The branch, tag or commit.
    pub revision: String,
    /// Forbids the network; also by `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Time before the second attempt after a cut connection; doubles from attempt to attempt.
    pub pause: Duration,
}

/// A secret that shows itself to nobody.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Keeps `token`.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// For the request's header.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl HubSettings {
    /// The environment's settings; `offline` forbids the network whatever the environment says.
    pub fn from_env(offline: bool) -> Self {
        Self::from_variables(offline, |name| std::env::var(name).ok(), std::env::home_dir())
    }

    /// As [`HubSettings::from_env`], of any variables.
    pub fn from_variables(
        offline: bool,
        variable: impl Fn(&str) -> Option<String>,
        home: Option<PathBuf>,
    ) -> Self {
        let variable = |name| variable(name).map(|value| value.trim().to_owned());
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let home = home.unwrap_or_default();
        let folder = |name| {
            let value = variable(name)?;
            let below_home = value.strip_prefix("~/").map(|rest| home.join(rest));
            Some(below_home.unwrap_or_else(|| Path::new(&value).to_owned()))
        };
        let hugging_face = || {
            folder("HF_HOME").unwrap_or_else(|| {
                folder("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache")).join("huggingface")
            })
        };
        let endpoint = variable("HF_ENDPOINT");
        let endpoint = endpoint.unwrap_or_else(|| "https://huggingface.co".to_owned());
        let is_true = |value: String| {
            matches!(value.to_ascii_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
        };
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            cache: folder("HF_HUB_CACHE").unwrap_or_else(|| hugging_face().join("hub")),
            token: variable("HF_TOKEN").map(Token),
            revision: "main".to_owned(),
            offline: offline || variable("HF_HUB_OFFLINE").is_some_and(is_true),
            pause: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> HubSettings {
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        HubSettings::from_variables(false, find, Some("/home/me".into()))
    }

    #[test]
    fn the_cache_is_where_hugging_face_has_it() {
        let cache = |variables: &[(&str, &str)]| settings(variables).cache;
        assert_eq!(cache(&[]), Path::new("/home/me/.cache/huggingface/hub"));
        assert_eq!(cache(&[("XDG_CACHE_HOME", "/x")]), Path::new("/x/huggingface/hub"));
        let home = ("HF_HOME", "~/hf");
        assert_eq!(cache(&[home, ("XDG_CACHE_HOME", "/x")]), Path::new("/home/me/hf/hub"));
        assert_eq!(cache(&[home, ("HF_HUB_CACHE", "/c")]), Path::new("/c"));
    }

    #[test]
    fn the_endpoint_has_no_slash_at_its_end() {
        assert_eq!(settings(&[]).endpoint, "https://huggingface.co");
        assert_eq!(settings(&[("HF_ENDPOINT", "http://hub:8/")]).endpoint, "http://hub:8");
    }

    #[test]
    fn offline_by_flag_or_variable() {
        assert!(!settings(&[]).offline);
        assert!(!settings(&[("HF_HUB_OFFLINE", "0")]).offline);
        assert!(settings(&[("HF_HUB_OFFLINE", "1")]).offline);
        assert!(HubSettings::from_variables(true, |_| None, None).offline);
    }

    #[test]
    fn the_token_is_never_shown() {
        let settings = settings(&[("HF_TOKEN", " hf_secret\n")]);
        assert_eq!(settings.token.as_ref().map(Token::reveal), Some("hf_secret"));
        assert!(!format!("{settings:?}").contains("secret"));
        assert!(self::settings(&[("HF_TOKEN", "")]).token.is_none());
    }
}
