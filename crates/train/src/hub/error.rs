//! Errors of a fetch, each with its remedy. No message holds the token.

use std::path::{Path, PathBuf};

/// A fetch that failed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// This is not what hub ids look like.
    #[error(
        "{id} is not a hub id: give owner/name, for example google/electra-small-discriminator"
    )]
    Id {
        /// The id given.
        id: String,
    },
    /// An address or revision in the environment makes no sense.
    #[error("{variable} is {value}: {expected}")]
    Setting {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The values allowed.
        expected: &'static str,
    },
    /// The network is forbidden and the cache lacks the model.
    #[error(
        "{id} is not in the cache {cache}, and --offline or HF_HUB_OFFLINE is set: \
         fetch it once without them, or give --base a folder",
        cache = cache.display()
    )]
    Offline {
        /// The model.
        id: String,
        /// The cache.
        cache: PathBuf,
    },
    /// 401.
    #[error(
        "{endpoint} does not let us read {id} (401): it is private or does not exist; \
         check the name{token}"
    )]
    Unauthorised {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
        /// The remedy for the token.
        token: &'static str,
    },
    /// 403.
    #[error(
        "{endpoint} forbids {id} (403): accept its terms at {endpoint}/{id} and set HF_TOKEN to a \
         token of that account"
    )]
    Forbidden {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
    },
    /// 404.
    #[error(
        "{endpoint} has no model {id} with a config.json at revision {revision} (404): check the name"
    )]
    NotFound {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
        /// The branch, tag or commit.
        revision: String,
    },
    /// The model has no weights or no tokenizer that we can read.
    #[error("{id} has neither {files}: choose a model that has one of them")]
    MissingFile {
        /// The model.
        id: String,
        /// The files, any of which would have done.
        files: String,
    },
    /// Any other refusal.
    #[error("{endpoint} answers {status} for {file} of {id}: try again later")]
    Status {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
        /// The file.
        file: String,
        /// The status code.
        status: u16,
    },
    /// The hub cannot be reached or the connection breaks again and again.
    #[error(
        "cannot fetch {file} of {id} from {endpoint}: {reason}; check the network and run it again: \
         it goes on where it stopped"
    )]
    Network {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
        /// The file.
        file: String,
        /// The cause.
        reason: String,
    },
    /// The file came damaged, twice.
    #[error(
        "{file} of {id} came damaged from {endpoint}: its {what} is {found}, expected {expected}; \
         run it again, or try another network"
    )]
    Damaged {
        /// The hub.
        endpoint: String,
        /// The model.
        id: String,
        /// The file.
        file: String,
        /// "SHA-256" or "size".
        what: &'static str,
        /// Of what came.
        found: String,
        /// As the hub says.
        expected: String,
    },
    /// The cache could not be read or written.
    #[error("cannot {action} {path}: {source}; HF_HOME chooses another cache", path = path.display())]
    Io {
        /// The action that failed.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
}

impl HubError {
    /// A [`HubError::Io`] for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
