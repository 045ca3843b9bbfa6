//! A file of posts, scored and put into the queue; with the verdicts that people gave elsewhere, if it has any.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dataset::{Format, Quoting, Reading, Row, RowReader, Vote, parse_label};
use tokio::sync::mpsc::{Sender, channel};

use super::item::{Answer, NewItem, Scored};
use super::store::{Given as GivenAnswer, Trouble};
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
    /// The verdicts given elsewhere, where they are asked for.
    answers: Vec<Answer>,
}

/// What is taken from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    /// Posts that are not in the queue yet.
    Posts,
    /// All posts, and the verdicts on them.
    Verdicts,
}

impl Take {
    /// The flag that names the file.
    fn flag(self) -> &'static str {
        match self {
            Self::Posts => "--review-load",
            Self::Verdicts => "--review-import",
        }
    }
}

/// Result of loading a file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// Posts that are in the queue now and were not before.
    pub(crate) new: u64,
    /// Posts that were in it already.
    pub(crate) known: u64,
    /// Rows without a text to judge: no text, or only links and handles.
    pub(crate) empty: u64,
    /// Verdicts taken.
    pub(crate) verdicts: u64,
    /// Rows whose verdict could not be read.
    pub(crate) refused: u64,
    /// The fault of the first of these.
    pub(crate) first_refused: Option<String>,
}

/// What the reader of a file passes over.
#[derive(Default)]
struct Passed {
    known: u64,
    refused: u64,
    first_refused: Option<String>,
}

/// Opens the file, of any form that the project reads.
///
/// # Errors
/// [`ServeError::Read`], or [`ServeError::Dataset`] if it has no column `text`.
pub(super) fn open(path: &Path, take: Take) -> Result<RowReader<File>, ServeError> {
    let file = File::open(path).map_err(|source| ServeError::Read {
        path: path.to_owned(),
        source,
        flag: take.flag(),
    })?;
    let reading = Reading { format: Format::of(path), text_column: "text", quoting: Quoting::Auto };
    Ok(RowReader::open(file, &reading, path)?.keep_faulty())
}

/// Scores the posts of a file and puts them into the queue, and takes the verdicts on them if asked to.
///
/// # Errors
/// One line: the file cannot be read to its end, the model fails, or the queue cannot be written. What was
/// put into the queue before stays there.
pub(crate) async fn load(
    state: &AppState,
    review: &Review,
    path: &Path,
    take: Take,
) -> Result<Loaded, String> {
    let (sender, mut chunks) = channel::<Vec<Post>>(2);
    let (file, store) = (path.to_owned(), Arc::clone(&review.store));
    let reading = tokio::task::spawn_blocking(move || read(&file, take, &store, &sender));
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
        let (items, said): (Vec<NewItem>, Vec<Vec<Answer>>) = judged
            .map(|(post, verdict)| {
                let item = NewItem {
                    id: post.id.clone(),
                    text: post.text.clone(),
                    source: source.clone(),
                    scored: Scored::new(verdict, answers.info()),
                };
                (item, post.answers.clone())
            })
            .unzip();
        loaded.empty += (chunk.len() - items.len()) as u64;
        let store = Arc::clone(&review.store);
        let added = tokio::task::spawn_blocking(move || put(&store, &items, &said));
        let (new, known, verdicts) =
            added.await.map_err(|panic| panic.to_string())?.map_err(line)?;
        loaded.new += new;
        loaded.known += known;
        loaded.verdicts += verdicts;
        state.metrics.review_verdicts.add(verdicts);
    }
    let passed = reading.await.map_err(|panic| panic.to_string())??;
    loaded.known += passed.known;
    (loaded.refused, loaded.first_refused) = (passed.refused, passed.first_refused);
    Ok(loaded)
}

/// Puts posts into the queue with the verdicts on them; tells how many were new, known, and taken.
fn put(
    store: &ReviewStore,
    items: &[NewItem],
    said: &[Vec<Answer>],
) -> Result<(u64, u64, u64), Trouble> {
    let added = store.add(items)?;
    let known = added.iter().filter(|post| post.known).count() as u64;
    let mut verdicts = 0;
    for (post, answers) in added.iter().zip(said) {
        // An export does not name its annotators: the first reader of a post is another than its second.
        for (reader, answer) in (1..).zip(answers) {
            store.answer(&GivenAnswer {
                item: post.item,
                reviewer: &format!("import.{reader}"),
                answer: *answer,
                note: None,
                blind: false,
                request_id: "review-import",
            })?;
            verdicts += 1;
        }
    }
    Ok((added.len() as u64 - known, known, verdicts))
}

/// Reads the file in chunks of posts: of those that are not in the queue yet, or of all with verdicts.
fn read(
    path: &Path,
    take: Take,
    store: &ReviewStore,
    sender: &Sender<Vec<Post>>,
) -> Result<Passed, String> {
    let mut rows = open(path, take).map_err(|error| error.to_string())?;
    let header = rows.header().map(<[String]>::to_vec);
    let mut passed = Passed::default();
    loop {
        let mut posts = Vec::with_capacity(CHUNK);
        let mut read = 0;
        for row in rows.by_ref().take(CHUNK) {
            let row = row.map_err(|error| error.to_string())?;
            read += 1;
            let answers = match take {
                Take::Posts => Ok(Vec::new()),
                Take::Verdicts => answers(&row, header.as_deref()),
            };
            let answers = match answers {
                Ok(answers) => answers,
                Err(fault) => {
                    passed.refused += 1;
                    passed.first_refused.get_or_insert(format!("row {}: {fault}", row.line));
                    continue;
                }
            };
            let field = |name: &str| {
                row.content.field(header.as_deref(), name).filter(|value| !value.is_empty())
            };
            // Programs that know no whole numbers of this size round `id` and leave `id_str`.
            let id = field("id_str").or_else(|| field("id"));
            // An annotation tool gives a task an id of its own.
            let id = match take {
                Take::Posts => id,
                Take::Verdicts => store.id_of(&row.text, id).map_err(line)?,
            };
            posts.push(Post { id, lang: field("lang"), text: row.text, answers });
        }
        if read == 0 {
            return Ok(passed);
        }
        if take == Take::Posts {
            let there = store
                .known(posts.iter().map(|post| (post.id.as_deref(), &*post.text)))
                .map_err(line)?;
            passed.known += there.iter().filter(|there| **there).count() as u64;
            let mut there = there.into_iter();
            posts.retain(|_| there.next() == Some(false));
        }
        // An error means that nobody waits for it any more.
        if !posts.is_empty() && sender.blocking_send(posts).is_err() {
            return Ok(passed);
        }
    }
}

/// The verdicts on a row: the answers to the question `verdict`, or else to `label`.
fn answers(row: &Row, header: Option<&[String]>) -> Result<Vec<Answer>, String> {
    let mut votes = row.votes(header, "verdict")?;
    if votes.is_empty() {
        votes = row.votes(header, "label")?;
    }
    votes.iter().map(answer).collect()
}

fn answer(vote: &Vote) -> Result<Answer, String> {
    let (name, holds) = match vote {
        Vote::For(name) => (name, true),
        Vote::Against(name) => (name, false),
    };
    let supports = match &*name.trim().to_lowercase() {
        "supports" => true,
        "not" => false,
        "unsure" if holds => return Ok(Answer::Unsure),
        _ => parse_label(name, None).ok_or_else(|| {
            let name: String = name.chars().take(60).collect();
            format!("{name:?} is no verdict: supports, not or unsure, 1 or 0")
        })?,
    };
    Ok(if supports == holds { Answer::Supports } else { Answer::Not })
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
