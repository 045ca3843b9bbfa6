//! Fetching a base from a hub: once, into the cache that `huggingface_hub` uses too.
//!
//! Files that the library has fetched are found here, and the other way round:
//!
//! ```text
//! ~/.cache/huggingface/hub/models--OWNER--NAME/
//!     refs/REVISION             the commit that a branch stood at
//!     snapshots/COMMIT/FILE     links into blobs
//!     blobs/ETAG                contents; ETAG.incomplete while they are on their way
//! ```
//!
//! # Layout
//!
//! - [`settings`]: the hub, cache and token, from the environment.
//! - [`cache`]: the folder above.
//! - [`client`]: requests, redirects, a hub's facts about a file, the meaning of its refusals.
//! - [`transfer`]: one file, however often the connection is cut.
//! - [`bar`]: progress for a person.
//! - [`error`]: errors of a fetch.

pub mod bar;
pub mod cache;
pub mod client;
pub mod error;
pub mod settings;
pub mod transfer;

use std::path::PathBuf;

pub use bar::progress_bar;
pub use error::HubError;
pub use settings::HubSettings;

use cache::Repository;
use client::{Client, FileInfo};

/// Progress of a file's fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileProgress<'a> {
    /// The file's name in the repository.
    pub file: &'a str,
    /// Bytes that are here.
    pub done: u64,
    /// All of its bytes, if the hub says how many.
    pub total: Option<u64>,
}

/// One of each group is needed; the first that there is.
const NEEDED: [&[&str]; 3] = [
    &["config.json"],
    &["model.safetensors", "pytorch_model.bin"],
    &["tokenizer.json", "vocab.txt"],
];

/// Taken along where there is one.
const WELCOME: &str = "tokenizer_config.json";

/// The local folder of the model `id` (`owner/name`), fetched first if it is not in the cache.
/// `progress` is called as bytes come in.
///
/// # Errors
/// [`HubError`]: no such model, no access, no network, a damaged file. What was fetched of a file
/// is kept, and the next call goes on from there.
pub fn fetch(
    id: &str,
    settings: &HubSettings,
    progress: &dyn Fn(FileProgress<'_>),
) -> Result<PathBuf, HubError> {
    let repository = Repository::new(&settings.cache, id)?;
    let revision = &settings.revision;
    if let Some(folder) = repository.complete(revision, &NEEDED) {
        return Ok(folder);
    }
    if settings.offline {
        return Err(HubError::Offline { id: id.to_owned(), cache: settings.cache.clone() });
    }
    let client = Client::new(settings, id)?;
    let Some(config) = client.describe(revision, "config.json")? else {
        return Err(client.no_such_model());
    };
    // A branch may move while we fetch: every file is of the commit of the first.
    let commit = config.commit.clone().unwrap_or_else(|| revision.clone());
    let get = |info: &FileInfo| transfer::fetch(&client, &repository, &commit, info, progress);
    get(&config)?;
    for group in &NEEDED[1..] {
        let Some(info) = client.describe_first(&commit, group)? else {
            let files = group.join(" nor ");
            return Err(HubError::MissingFile { id: id.to_owned(), files });
        };
        get(&info)?;
    }
    if let Some(info) = client.describe(&commit, WELCOME)? {
        get(&info)?;
    }
    repository.remember(revision, &commit)?;
    Ok(repository.snapshot(&commit))
}
