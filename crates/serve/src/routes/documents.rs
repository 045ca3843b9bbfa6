//! `/openapi.json`, generated from the code, and the pages: `/` to try a text, `/docs/` to read and try the
//! routes.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpResponse, web};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::api::{ApiError, Code};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Threat Indicator",
        description = "Scores how much a post resembles posts that support ISIS, for a person who reviews it. HEAD works wherever GET does. A body may be compressed with gzip.",
        license(name = "MIT", identifier = "MIT"),
    ),
    // Named in a query alone.
    components(schemas(crate::review::export::ExportForm)),
    // Beside this document, wherever a proxy puts it.
    servers((url = ".")),
    paths(
        super::threat_level::threat_level,
        super::tweets::tweet,
        super::tweets::tweets,
        super::tweets::forget,
        super::score::score,
        super::feedback::record,
        super::feedback::summary,
        super::review::about,
        super::review::add,
        super::review::next,
        super::review::answer,
        super::review::undo,
        super::review::words,
        super::review::forget,
        super::review::summary,
        super::review::export,
        super::moderations::moderations,
        super::model::model,
        super::perspective::analyze,
        super::suggest_score::suggest_score,
        super::discovery::document,
        super::probes::healthz,
        super::probes::readyz,
        super::probes::metrics,
    )
)]
struct Description;

/// The description of every route, generated from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components.add_security_scheme(
        "api_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))),
    );
    components.add_security_scheme(
        "goog_api_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Goog-Api-Key"))),
    );
    components
        .add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("key"))));
    description
}

/// The description as JSON.
pub(crate) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}

/// The page to try a text or a tweet id.
pub(crate) async fn page() -> HttpResponse {
    html(include_str!("../../page/index.html"))
}

/// Swagger UI sets styles in its elements and draws its icons from `data:` addresses.
const SWAGGER_UI_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Swagger UI, to read what each route does and to try it. Its files are in the program, and it asks nobody else:
/// neither for fonts nor to have the description validated.
pub(crate) async fn docs(file: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let config = utoipa_swagger_ui::Config::from("../openapi.json")
        .validator_url("none")
        .query_config_enabled(false)
        .try_it_out_enabled(true)
        .default_models_expand_depth(-1);
    let found = utoipa_swagger_ui::serve(&file, Arc::new(config));
    let found = found.ok().flatten().ok_or(Code::RouteNotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(found.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, SWAGGER_UI_POLICY))
        .body(found.bytes.into_owned()))
}

/// The files lie below `docs/`. The address is relative, so that it holds behind a proxy that puts a prefix before it.
pub(crate) async fn docs_without_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "docs/")).finish()
}

/// The page to review posts.
pub(crate) async fn review() -> HttpResponse {
    html(include_str!("../../page/review.html"))
}

/// The page of what the verdicts say.
pub(crate) async fn review_summary() -> HttpResponse {
    html(include_str!("../../page/summary.html"))
}

/// The page's addresses are relative as well; with a slash at the end they would lead astray.
pub(crate) async fn review_with_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "../review")).finish()
}

fn html(body: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}

/// A file that the pages need.
pub(crate) async fn asset(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (kind, body) = match name.as_str() {
        "page.css" => ("text/css; charset=utf-8", include_str!("../../page/page.css")),
        "icon.svg" => ("image/svg+xml", include_str!("../../page/icon.svg")),
        "page.js" => ("text/javascript; charset=utf-8", include_str!("../../page/page.js")),
        "elements.js" => ("text/javascript; charset=utf-8", include_str!("../../page/elements.js")),
        "review.css" => ("text/css; charset=utf-8", include_str!("../../page/review.css")),
        "review.js" => ("text/javascript; charset=utf-8", include_str!("../../page/review.js")),
        "summary.js" => ("text/javascript; charset=utf-8", include_str!("../../page/summary.js")),
        _ => return Err(Code::RouteNotFound.into()),
    };
    Ok(HttpResponse::Ok().content_type(kind).body(body))
}
