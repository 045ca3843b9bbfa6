//! A file of posts, scored and put into the queue.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dataset::{Format, Quoting, Reading, RowReader};
use tokio::sync::mpsc::{Sender, channel};

use super::item::{NewItem, Scored};
use super::store::Trouble;
use super::{Review, ReviewStore};
use crate::api::{ApiError, Code};
use crate::engine::{Question, Scored as Answers};
use crate::error::ServeError;
use crate::state::{AppState, Given};

/// Posts scored together.
const CHUNK: usize = 64;
/// Longest time for one of these chunks.
const PATIENCE: Duration = Duration::from_mins(10);

/// A post as it stands in the file.
struct Post {
    id: Option<String>,
    text: String,
    lang: Option<String>,
}

/// Result of loading a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// Posts that are in the queue now and were not before.
    pub(crate) new: u64,
    /// Posts that were in it already.
    pub(crate) known: u64,
    /// Rows without a text to judge: no text, or only links and handles.
    pub(crate) empty: u64,
}

/// Opens the file, of any form that the project reads.
///
/// # Errors
/// [`ServeError::Read`], or [`ServeError::Dataset`] if it has no column `text`.
pub(super) fn open(path: &Path) -> Result<RowReader<File>, ServeError> {
    let file = File::open(path).map_err(|source| ServeError::Read {
        path: path.to_owned(),
        source,
        flag: "--review-load",
    })?;
    let reading = Reading { format: Format::of(path), text_column: "text", quoting: Quoting::Auto };
    Ok(RowReader::open(file, &reading, path)?.keep_faulty())
}

/// Scores the posts of a file and puts them into the queue; those that are in it already are passed over.
///
/// # Errors
/// One line: the file cannot be read to its end, the model fails, or the queue cannot be written. What was
/// put into the queue before stays there.
pub(crate) async fn load(state: &AppState, review: &Review, path: &Path) -> Result<Loaded, String> {
    let (sender, mut chunks) = channel::<Vec<Post>>(2);
    let (file, store) = (path.to_owned(), Arc::clone(&review.store));
    let reading = tokio::task::spawn_blocking(move || read(&file, &store, &sender));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let source = format!("file:{name}");
    let mut loaded = Loaded::default();
    while let Some(chunk) = chunks.recv().await {
        let answers = score(state, &chunk).await.map_err(|error| error.to_string())?;
        let given = chunk.iter().zip(&answers.verdicts);
        let judged = given.filter(|(_, verdict)| verdict.reason() != Some(scorer::Reason::NoText));
        let recorded = judged.clone().map(|(post, verdict)| Given {
            tweet_id: None,
            text: &post.text,
            verdict,
        });
        state.record_as("review-load", None, answers.info(), recorded);
        let items: Vec<NewItem> = judged
            .map(|(post, verdict)| NewItem {
                id: post.id.clone(),
                text: post.text.clone(),
                source: source.clone(),
                scored: Scored::new(verdict, answers.info()),
            })
            .collect();
        loaded.empty += (chunk.len() - items.len()) as u64;
        let store = Arc::clone(&review.store);
        let added = tokio::task::spawn_blocking(move || store.add(&items));
        let added = added.await.map_err(|panic| panic.to_string())?.map_err(line)?;
        for post in added {
            *(if post.known { &mut loaded.known } else { &mut loaded.new }) += 1;
        }
    }
    loaded.known += reading.await.map_err(|panic| panic.to_string())??;
    Ok(loaded)
}

/// Reads the file in chunks of posts that are not in the queue yet; tells how many others there were.
fn read(path: &Path, store: &ReviewStore, sender: &Sender<Vec<Post>>) -> Result<u64, String> {
    let mut rows = open(path).map_err(|error| error.to_string())?;
    let header = rows.header().map(<[String]>::to_vec);
    let mut known = 0;
    loop {
        let mut posts = Vec::with_capacity(CHUNK);
        for row in rows.by_ref().take(CHUNK) {
            let row = row.map_err(|error| error.to_string())?;
            let field = |name: &str| {
                row.content.field(header.as_deref(), name).filter(|value| !value.is_empty())
            };
            // Programs that know no whole numbers of this size round `id` and leave `id_str`.
            let id = field("id_str").or_else(|| field("id"));
            posts.push(Post { id, lang: field("lang"), text: row.text });
        }
        if posts.is_empty() {
            return Ok(known);
        }
        let there = store
            .known(posts.iter().map(|post| (post.id.as_deref(), &*post.text)))
            .map_err(line)?;
        known += there.iter().filter(|there| **there).count() as u64;
        let mut there = there.into_iter();
        posts.retain(|_| there.next() == Some(false));
        // An error means that nobody waits for it any more.
        if !posts.is_empty() && sender.blocking_send(posts).is_err() {
            return Ok(known);
        }
    }
}

/// Scores a chunk; what other requests leave of the model is waited for.
async fn score(state: &AppState, posts: &[Post]) -> Result<Answers, ApiError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let questions = posts
            .iter()
            .map(|post| Question::new(&*post.text).in_language(post.lang.clone()))
            .collect();
        match state.engine.score(questions, deadline).await {
            Err(error) if error.code == Code::Overloaded && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            done => return done,
        }
    }
}

fn line(trouble: Trouble) -> String {
    match trouble {
        Trouble::File(reason) => reason,
        Trouble::NoItem => "there is no such post".to_owned(),
    }
}
