//! `GET /v1/model`: what scores here, and what it may be used for.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::failures::Failed;
use crate::api::{ApiError, Code};
use crate::model::ModelInfo;
use crate::state::AppState;

/// The model, its labels, and the limits of this server.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelReply {
    #[serde(flatten)]
    #[schema(inline)]
    model: ModelInfo,
    /// The two labels, by class.
    labels: [&'static str; 2],
    /// The review bands, from none to most urgent, after that of texts that are not judged.
    bands: [&'static str; 4],
    /// The meaning of the score, and the uses that it must not have.
    meaning: &'static str,
    limits: LimitsReply,
}

/// Limits of one request.
#[derive(Serialize, ToSchema)]
pub(crate) struct LimitsReply {
    /// Largest body in bytes.
    max_body_bytes: usize,
    /// Most texts or ids.
    max_items: usize,
    /// Longest text in characters.
    max_text_chars: usize,
    /// Longest time in milliseconds.
    deadline_ms: u64,
}

pub(crate) const MEANING: &str = "How much the words of a post resemble posts that support ISIS, \
    as the training data of the model labels them; see its model card. For a person \
    who reviews the post itself; never for automatic action, and never about its author.";

/// The model, its labels, and the limits of this server.
#[utoipa::path(
    get, path = "/v1/model", tag = "model",
    responses(
        (status = 200, description = "The model.", body = ModelReply),
        Failed,
    ),
    security((), ("bearer" = []), ("api_key" = [])),
)]
pub(crate) async fn model(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let wait = ApiError::retry_after(Code::NotReady, Duration::from_secs(1));
    let model = state.engine.model().ok_or(wait)?;
    let limits = &state.limits;
    Ok(HttpResponse::Ok().json(ModelReply {
        model: ModelInfo::clone(&model.info),
        labels: ["not_pro_isis", "pro_isis"],
        bands: ["not_judged", "none", "review", "priority_review"],
        meaning: MEANING,
        limits: LimitsReply {
            max_body_bytes: limits.max_body_bytes,
            max_items: limits.max_items,
            max_text_chars: limits.max_text_chars,
            deadline_ms: limits.deadline_ms,
        },
    }))
}
