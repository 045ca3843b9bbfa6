//! A reviewer's day: posts wait in one SQLite file, reviewers read them one by one, and what they found
//! says how good the scores are.
//!
//! ```text
//! file | request | scored in a band ─ store ─ next ─ reviewer ─ verdict ─ summary, export
//! ```
//!
//! - [`item`]: a post that waits, and what can be said of it
//! - [`schema`]: the tables, and the view that a training reads
//! - [`store`]: the file: adding, the next post, verdicts, taking back, forgetting
//! - [`durable`]: waiting for the disk, once for many verdicts
//! - [`order`]: which post comes next; [`diversity`]: of those that the model is unsure of
//! - [`figures`]: what the verdicts say of the scores, and how far reviewers agree
//! - [`export`]: verdicts and tasks in the forms of other programs
//! - [`load`]: a file of posts, scored and put into the queue, with verdicts that were given elsewhere
//! - [`offers`]: scored requests that fall in a band
//! - [`near`]: which posts are nearly the same

mod diversity;
mod durable;
pub mod export;
pub mod figures;
pub mod item;
pub(crate) mod load;
mod near;
pub(crate) mod offers;
pub mod order;
mod schema;
pub mod store;

use std::time::Duration;

pub use item::{Answer, NewItem, Verdict};
pub use order::Order;
pub use store::ReviewStore;

use crate::feedback::Band;
use load::Take;
use offers::Offers;

/// Settings of the review queue.
#[derive(Debug, Clone)]
pub struct ReviewSettings {
    /// The file.
    pub path: std::path::PathBuf,
    /// Posts to score and put into the queue at the start.
    pub load: Option<std::path::PathBuf>,
    /// Posts with verdicts that were given elsewhere, to put into the queue at the start.
    pub import: Option<std::path::PathBuf>,
    /// Scored requests in this band or a more urgent one are put into the queue.
    pub band: Option<Band>,
    /// True if scores are hidden until the verdict.
    pub blind: bool,
    /// File of the policy that reviewers hold posts to, as plain text; none for [`POLICY`].
    pub policy: Option<std::path::PathBuf>,
    /// Name of the reviewer where no key gives one.
    pub reviewer: String,
    /// Order of the posts, unless a request asks for another.
    pub order: Order,
    /// Settings of the draw.
    pub draws: Draws,
    /// Posts found to support ISIS or scored highest, after which a break is suggested; 0 for never.
    pub break_after: u32,
    /// Days after which texts are deleted; 0 for never.
    pub keep_days: u32,
}

impl ReviewSettings {
    /// The files to read at the start, and what is taken from each.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&std::path::Path, Take)> {
        [(&self.load, Take::Posts), (&self.import, Take::Verdicts)]
            .into_iter()
            .filter_map(|(path, take)| Some((path.as_deref()?, take)))
    }
}

/// Settings of the draw of posts.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Share of the posts shown that are drawn at random from all of them.
    pub random_share: f64,
    /// Share of posts that two reviewers read.
    pub second_reader: f64,
    /// Time that a post is held for the reviewer it is shown to.
    pub lease: Duration,
}

/// The policy that reviewers hold posts to where the operator names no other.
pub const POLICY: &str = "\
Supports: the post praises, promotes or justifies ISIS or its acts, speaks as one of its supporters, \
passes on its messages with approval, or asks others to help it.
Does not: news, research, condemnation, mockery, religion, grief or politics, also where ISIS is named \
or its words are quoted.
Unsure: the words leave it open, or you would have to know what came before.
Judge what the post says, not who may have written it. You may skip any post.";

/// The review queue of a server.
pub struct Review {
    /// The file.
    pub store: std::sync::Arc<ReviewStore>,
    /// The settings.
    pub settings: ReviewSettings,
    /// The policy that reviewers hold posts to.
    pub policy: String,
    /// Takes scored requests.
    pub(crate) offers: Option<Offers>,
}

impl Review {
    /// Opens the file, and reads the policy.
    ///
    /// # Errors
    /// [`ServeError::Review`](crate::ServeError) for the file, [`Read`](crate::ServeError::Read) for the policy or the posts.
    pub fn open(
        settings: ReviewSettings,
        metrics: &std::sync::Arc<crate::metrics::Metrics>,
    ) -> Result<Self, crate::ServeError> {
        let policy = match &settings.policy {
            None => POLICY.to_owned(),
            Some(path) => std::fs::read_to_string(path).map_err(|source| {
                crate::ServeError::Read { path: path.clone(), source, flag: "--policy" }
            })?,
        };
        for (path, take) in settings.files() {
            // A mistake in the file's header is reported before anything is served.
            drop(load::open(path, take)?);
        }
        let store = std::sync::Arc::new(ReviewStore::open(&settings.path, settings.draws)?);
        let offers = settings.band.map(|band| {
            Offers::start(band, std::sync::Arc::clone(&store), std::sync::Arc::clone(metrics))
        });
        Ok(Self { store, settings, policy, offers })
    }
}

/// Time between two deletions of old texts.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Deletes texts that are older than the settings allow, now and every hour.
pub(crate) async fn forget_old(review: &Review) {
    if review.settings.keep_days == 0 {
        return;
    }
    loop {
        let before = crate::clock::days_ago(review.settings.keep_days);
        let store = std::sync::Arc::clone(&review.store);
        match tokio::task::spawn_blocking(move || store.forget_before(&before)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(texts)) => tracing::info!(texts, "old texts deleted from the review queue"),
            Ok(Err(trouble)) => tracing::error!(?trouble, "old texts are not deleted"),
            Err(panic) => tracing::error!(%panic, "old texts are not deleted"),
        }
        tokio::time::sleep(FORGET_EVERY).await;
    }
}
