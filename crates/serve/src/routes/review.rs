//! `/v1/review`: posts to read, verdicts on them, and what these say.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use scorer::{Asked, Verdict as Judgement};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::failures::{BadRequest, Failed, NoItem, ReviewOff, ReviewUnavailable};
use super::score::{check_count, check_length};
use super::threat_level::{query, unless_empty};
use crate::api::{ApiError, Code, Contribution, ErrorBody, ErrorReply, Item, ModelRef, read_json};
use crate::engine::Question;
use crate::explain;
use crate::model::Model;
use crate::request::{Client, request_id};
use crate::review::export::ExportForm;
use crate::review::figures::Figures;
use crate::review::item::{Added, Progress, Said, Scored, Shown};
use crate::review::store::{self, Trouble};
use crate::review::{Answer, NewItem, Order, Review, ReviewStore, Verdict};
use crate::state::{AppState, Given};

/// Longest note, name of a source, and id, in characters.
const MOST_NOTE: usize = 2_000;
const MOST_NAME: usize = 200;

/// Settings of the review, and your progress.
#[derive(Serialize, ToSchema)]
pub(crate) struct AboutReview {
    /// The name under which your verdicts are kept.
    reviewer: String,
    /// True if scores are hidden until the verdict.
    blind: bool,
    /// The policy that reviewers hold posts to.
    policy: String,
    /// Order of the posts, unless a request asks for another.
    order: Order,
    /// Share of the posts shown that are drawn at random.
    random_share: f64,
    /// Share of posts that two reviewers read.
    second_reader: f64,
    /// Hard posts after which a break is suggested; 0 for never.
    break_after: u32,
    /// Time that a post is held for the reviewer it is shown to, in seconds.
    lease_seconds: u64,
    /// Your progress and that of the queue.
    progress: Progress,
    /// The id of this request.
    request_id: String,
}

/// Settings of the review, and the name by which you are known.
#[utoipa::path(
    get, path = "/v1/review", tag = "review",
    responses(
        (status = 200, description = "How posts are reviewed here.", body = AboutReview),
        ReviewOff, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn about(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let reviewer = reviewer(&review, &request);
    let (store, name) = (Arc::clone(&review.store), reviewer.clone());
    let progress = in_store(move || store.progress(&name)).await?;
    let settings = &review.settings;
    Ok(HttpResponse::Ok().json(AboutReview {
        reviewer,
        blind: settings.blind,
        policy: review.policy.clone(),
        order: settings.order,
        random_share: settings.draws.random_share,
        second_reader: settings.draws.second_reader,
        break_after: settings.break_after,
        lease_seconds: settings.draws.lease.as_secs(),
        progress,
        request_id: request_id(&request).as_ref().to_owned(),
    }))
}

/// Posts to put into the queue. [`PostsBody`] describes the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostsRequest {
    items: Vec<Item>,
    source: Option<String>,
}

/// Posts to put into the queue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // for the description; parsing lets each post fail alone
pub(crate) struct PostsBody {
    /// The posts. What is none has an error in its place.
    #[schema(min_items = 1)]
    items: Vec<PostedItem>,
    /// Their source, in a word; it is shown to reviewers.
    #[schema(example = "reports", max_length = 200)]
    source: Option<String>,
}

/// A post to put into the queue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedItem {
    /// The text.
    #[schema(
        example = "Lovely weather at the lake today",
        pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]"
    )]
    text: String,
    /// Your own id of it.
    #[schema(example = "20", max_length = 200)]
    id: Option<String>,
    /// The platform's own word for its language, heard where the text leaves it open.
    #[schema(example = "en")]
    lang: Option<String>,
}

/// Results for the posts.
#[derive(Serialize, ToSchema)]
pub(crate) struct PostsReply {
    /// One result or error a post, in the order of the request.
    results: Vec<PostResult>,
    /// The model that scored them.
    model: ModelRef,
    /// The id of this request.
    request_id: String,
}

/// Result for one post.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PostResult {
    /// It is in the queue.
    Queued(QueuedPost),
    /// It is not; the others are not touched by that.
    Failed {
        /// The error.
        error: ErrorBody,
    },
}

/// A post that is in the queue.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueuedPost {
    #[serde(flatten)]
    added: Added,
    /// Calibrated score; null where the text is not judged.
    score: Option<f64>,
    /// Its review band.
    band: String,
    /// Reason that the text is not judged.
    reason: Option<String>,
}

/// Scores posts and puts them into the queue, with their texts; they are on the disk when this is answered.
/// A post that is there already, with the same text and id, is not put in again.
#[utoipa::path(
    post, path = "/v1/review/items", tag = "review",
    request_body = PostsBody,
    responses(
        (status = 200, description = "A result or error for each post.", body = PostsReply),
        (status = 413, description = "`body_too_large`, `too_many_items`", body = ErrorReply),
        (status = 503, description = "`review_unavailable`, `not_ready`", body = ErrorReply),
        BadRequest, ReviewOff, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn add(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let limit = state.limits.max_body_bytes;
    let body: PostsRequest = read_json(&request, payload, limit, state.body_patience()).await?;
    check_count(body.items.len(), state.limits.max_items)?;
    let source = body.source.unwrap_or_else(|| "request".to_owned());
    check_name("source", &source)?;
    state.check_audit()?;
    let posts: Vec<Result<PostedItem, ApiError>> = body
        .items
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let post: PostedItem = item.object("items", place)?;
            check_length(&post.text, state.limits.max_text_chars)?;
            check_name("id", post.id.as_deref().unwrap_or_default())?;
            Ok(post)
        })
        .collect();
    let question = |post: &PostedItem| Question::new(&*post.text).in_language(post.lang.clone());
    let questions = posts.iter().flatten().map(question).collect();
    let scored = state.engine.score(questions, state.deadline()).await?;
    let info = scored.info();
    let mut verdicts = scored.verdicts.iter();
    let judged: Vec<Result<(PostedItem, &Judgement), ApiError>> = posts
        .into_iter()
        .map(|post| {
            let post = post?;
            Ok((post, unless_empty(verdicts.next())?))
        })
        .collect();
    let given = judged.iter().flatten();
    let client = client(&request);
    state.record_as(
        &request_id(&request),
        client.as_deref(),
        info,
        given.map(|(post, verdict)| Given { tweet_id: None, text: &post.text, verdict }),
    );
    let mut items = Vec::with_capacity(judged.len());
    let mut failed = Vec::with_capacity(judged.len());
    for post in judged {
        match post {
            Ok((post, verdict)) => {
                let scored = Scored::new(verdict, info);
                items.push(NewItem {
                    id: post.id,
                    text: post.text,
                    source: source.clone(),
                    scored,
                });
                failed.push(None);
            }
            Err(error) => failed.push(Some(error)),
        }
    }
    let store = Arc::clone(&review.store);
    let (items, added) = in_store(move || store.add(&items).map(|added| (items, added))).await?;
    let mut queued = items.into_iter().zip(added).map(|(item, added)| QueuedPost {
        added,
        score: item.scored.score,
        band: item.scored.band,
        reason: item.scored.reason,
    });
    let results = failed
        .into_iter()
        .filter_map(|failed| match failed {
            Some(error) => Some(PostResult::Failed { error: error.body() }),
            None => queued.next().map(PostResult::Queued),
        })
        .collect();
    Ok(HttpResponse::Ok().json(PostsReply {
        results,
        model: info.into(),
        request_id: request_id(&request).as_ref().to_owned(),
    }))
}

/// Query for the next post.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NextWishes {
    /// The order, if not the server's own.
    order: Option<Order>,
}

/// The post to read next.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextReply {
    /// The post; null where none is left for you.
    item: Option<Shown>,
    /// Your progress and that of the queue.
    progress: Progress,
    /// The id of this request.
    request_id: String,
}

/// The post to read next. It is held for you: others do not get it until you have said something of it or its
/// time is up, unless it was drawn for two readers. Asked again, it is the same post.
#[utoipa::path(
    get, path = "/v1/review/next", tag = "review",
    params(NextWishes),
    responses(
        (status = 200, description = "A post, or none.", body = NextReply),
        BadRequest, ReviewOff, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn next(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let order = query::<NextWishes>(&request)?.order.unwrap_or(review.settings.order);
    let (reviewer, hidden) = (reviewer(&review, &request), review.settings.blind);
    let store = Arc::clone(&review.store);
    let name = reviewer.clone();
    let found = in_store(move || {
        let item = store.next(&name, order, hidden)?;
        Ok((item, store.progress(&name)?))
    });
    let (item, progress) = found.await?;
    if let Some(model) = state.engine.model().filter(|_| order == Order::Learn) {
        let store = Arc::clone(&review.store);
        // For the next choice: nobody waits for it.
        drop(tokio::task::spawn_blocking(move || embed(&store, &reviewer, &model)));
    }
    let request_id = request_id(&request).as_ref().to_owned();
    Ok(HttpResponse::Ok().json(NextReply { item, progress, request_id }))
}

fn embed(store: &ReviewStore, reviewer: &str, model: &Model) {
    let embedded = store.embed(reviewer, &model.info.sha256, |texts| {
        let asked =
            texts.iter().map(|(text, lang)| Asked { lang: lang.as_deref(), ..Asked::new(text) });
        model.scorer.embeddings(&asked.collect::<Vec<_>>())
    });
    if let Err(trouble) = embedded {
        tracing::warn!(?trouble, "posts are chosen among as if they were all unlike each other");
    }
}

/// A reviewer's answer to a post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    /// The verdict, or `skip` to leave the post to others.
    verdict: Answer,
    /// Whatever he wants to add; at most 2,000 characters.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// The verdict is on the disk.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerReply {
    /// The post's number.
    item: i64,
    /// Your answer.
    yours: Answer,
    /// True if it took the place of another answer of yours to this post.
    replaced: bool,
    /// The verdict of its readers so far; null where they differ, or nobody has read it.
    verdict: Option<Verdict>,
    /// The score and others' verdicts, also where they were hidden until now.
    said: Said,
    /// Your progress and that of the queue.
    progress: Progress,
    /// The id of this request.
    request_id: String,
}

/// Keeps your verdict on a post; it is on the disk when this is answered. The same verdict again changes nothing,
/// and another one takes its place.
#[utoipa::path(
    post, path = "/v1/review/items/{item}/verdict", tag = "review",
    params(("item" = i64, Path, description = "The post's number.")),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "It is kept.", body = AnswerReply),
        BadRequest, NoItem, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn answer(
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let item = item(&request)?;
    let limit = state.limits.max_body_bytes;
    let body: AnswerBody = read_json(&request, payload, limit, state.body_patience()).await?;
    let note = body.note.filter(|note| !note.trim().is_empty());
    if note.as_deref().is_some_and(|note| note.chars().count() > MOST_NOTE) {
        let detail = format!("`note` may have {MOST_NOTE} characters.");
        return Err(ApiError::with_detail(Code::BadRequest, detail));
    }
    let (yours, blind) = (body.verdict, review.settings.blind);
    let (reviewer, request_id) =
        (reviewer(&review, &request), request_id(&request).as_ref().to_owned());
    let (store, id) = (Arc::clone(&review.store), request_id.clone());
    let kept = in_store(move || {
        let taken = store.answer(&store::Given {
            item,
            reviewer: &reviewer,
            answer: yours,
            note: note.as_deref(),
            blind,
            request_id: &id,
        })?;
        Ok((taken, store.progress(&reviewer)?))
    });
    let (store::Taken { replaced, said, verdict }, progress) = kept.await?;
    state.metrics.review_verdicts.add(1);
    let reply = AnswerReply { item, yours, replaced, verdict, said, progress, request_id };
    Ok(HttpResponse::Ok().json(reply))
}

/// Takes back your last verdict and puts its post before you again. Asked again, it takes back the one before.
#[utoipa::path(
    post, path = "/v1/review/undo", tag = "review",
    responses(
        (status = 200, description = "The post.", body = NextReply),
        (status = 404, description = "`review_off`, `nothing_to_undo`", body = ErrorReply),
        ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn undo(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let (reviewer, hidden) = (reviewer(&review, &request), review.settings.blind);
    let request_id = request_id(&request).as_ref().to_owned();
    let (store, id) = (Arc::clone(&review.store), request_id.clone());
    let undone = in_store(move || {
        let item = store.undo(&reviewer, &id, hidden)?;
        Ok((item, store.progress(&reviewer)?))
    });
    let (item, progress) = undone.await?;
    let item = Some(item.ok_or(Code::NothingToUndo)?);
    Ok(HttpResponse::Ok().json(NextReply { item, progress, request_id }))
}

/// The words of a post that moved its score.
#[derive(Serialize, ToSchema)]
pub(crate) struct WordsReply {
    /// The post's number.
    item: i64,
    /// Contribution of each word to the logit; empty where the text is not judged.
    words: Vec<Contribution>,
    /// The text as the model reads it; the places of words are places in it.
    read_text: Option<String>,
    /// The model in place, which need not be the one that scored the post.
    model: ModelRef,
    /// The id of this request.
    request_id: String,
}

/// Contribution of each word of a post to its score, by the model in place.
/// It costs a pass of the model for each word.
#[utoipa::path(
    get, path = "/v1/review/items/{item}/words", tag = "review",
    params(("item" = i64, Path, description = "The post's number.")),
    responses(
        (status = 200, description = "The words.", body = WordsReply),
        (status = 409, description = "`hidden_until_verdict`", body = ErrorReply),
        (status = 503, description = "`review_unavailable`, `not_ready`", body = ErrorReply),
        NoItem, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn words(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let item = item(&request)?;
    let (store, reviewer) = (Arc::clone(&review.store), reviewer(&review, &request));
    let (text, lang, answered) = in_store(move || store.text(item, &reviewer)).await?;
    if review.settings.blind && !answered {
        return Err(Code::HiddenUntilVerdict.into());
    }
    let deadline = state.deadline();
    let question = Question::new(&*text).in_language(lang);
    let scored = state.engine.score(vec![question], deadline).await?;
    let explained = match scored.verdicts.first().and_then(Judgement::score) {
        Some(score) => {
            Some(explain::by_word(&state.engine, &scored, &text, score, deadline).await?)
        }
        None => None,
    };
    let (words, read_text) =
        explained.map_or((Vec::new(), None), |it| (it.words, Some(it.read_text)));
    Ok(HttpResponse::Ok().json(WordsReply {
        item,
        words,
        read_text,
        model: scored.info().into(),
        request_id: request_id(&request).as_ref().to_owned(),
    }))
}

/// Deletes the text of a post, as when its author has deleted it. What was found of it stays.
#[utoipa::path(
    delete, path = "/v1/review/items/{item}", tag = "review",
    params(("item" = i64, Path, description = "The post's number.")),
    responses(
        (status = 204, description = "Its text is gone."),
        NoItem, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn forget(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let item = item(&request)?;
    let store = Arc::clone(&review.store);
    in_store(move || store.forget(item)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Query for the figures of a model.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SummaryWishes {
    /// SHA-256 of the weights that scored them; without it, all posts.
    #[param(pattern = "^[0-9a-f]{64}$")]
    model_sha256: Option<String>,
}

/// Figures from the verdicts.
#[derive(Serialize, ToSchema)]
pub(crate) struct SummaryReply {
    #[serde(flatten)]
    figures: Figures,
    /// The id of this request.
    request_id: String,
}

/// Figures from the verdicts, with intervals.
/// Precision by band, recall from the random share, both by language and week, and agreement of
/// reviewers.
#[utoipa::path(
    get, path = "/v1/review/summary", tag = "review",
    params(SummaryWishes),
    responses(
        (status = 200, description = "The figures.", body = SummaryReply),
        BadRequest, ReviewOff, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn summary(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let wishes = query::<SummaryWishes>(&request)?;
    let store = Arc::clone(&review.store);
    let model = state.engine.model();
    let figures = in_store(move || {
        let info = model.as_ref().map(|model| &model.info);
        let reference = info.and_then(|info| info.reference.as_ref());
        let sha256 = info.map(|info| info.sha256.as_str());
        store.figures(wishes.model_sha256.as_deref(), sha256.zip(reference))
    })
    .await?;
    let request_id = request_id(&request).as_ref().to_owned();
    Ok(HttpResponse::Ok().json(SummaryReply { figures, request_id }))
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportWishes {
    /// Format of the export.
    #[serde(default)]
    format: ExportForm,
}

/// Verdicts and tasks in the forms of other programs.
#[utoipa::path(
    get, path = "/v1/review/export", tag = "review",
    params(ExportWishes),
    responses(
        (status = 200, description = "CSV with `csv` and `ids`, JSON with `label_studio` and `argilla`.", content(
            (String = "text/csv"), (Vec<serde_json::Value> = "application/json"),
        )),
        BadRequest, ReviewOff, ReviewUnavailable, Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn export(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let review = review(&state)?;
    let form = query::<ExportWishes>(&request)?.format;
    let store = Arc::clone(&review.store);
    let written = in_store(move || store.export(form)).await?;
    let file = format!("attachment; filename=\"{}\"", form.file_name());
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, form.content_type()))
        .insert_header((CONTENT_DISPOSITION, file))
        .body(written))
}

fn review(state: &AppState) -> Result<Arc<Review>, ApiError> {
    state.review.clone().ok_or_else(|| Code::ReviewOff.into())
}

fn client(request: &HttpRequest) -> Option<Arc<str>> {
    request.extensions().get::<Client>().map(Client::name)
}

/// Name of the reviewer who asks.
fn reviewer(review: &Review, request: &HttpRequest) -> String {
    client(request).map_or_else(|| review.settings.reviewer.clone(), |name| name.to_string())
}

fn item(request: &HttpRequest) -> Result<i64, ApiError> {
    request.match_info().query("item").parse().map_err(|_| Code::ItemNotFound.into())
}

fn check_name(field: &str, name: &str) -> Result<(), ApiError> {
    if name.chars().count() <= MOST_NAME && !name.contains(char::is_control) {
        return Ok(());
    }
    let detail =
        format!("`{field}` may have {MOST_NAME} characters, none of them a control character.");
    Err(ApiError::with_detail(Code::BadRequest, detail))
}

/// Off the async threads: the disk may be slow, and another server may hold the file.
async fn in_store<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, ApiError> {
    let reason = match web::block(work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(Trouble::NoItem)) => return Err(Code::ItemNotFound.into()),
        Ok(Err(Trouble::File(reason))) => reason,
        Err(cancelled) => cancelled.to_string(),
    };
    tracing::error!(reason, "the review queue cannot be used");
    Err(ApiError::retry_after(Code::ReviewUnavailable, Duration::from_secs(5)))
}
