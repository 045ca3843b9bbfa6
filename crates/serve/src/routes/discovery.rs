//! `GET /$discovery/rest`: what Google's own clients read first, to learn where Perspective's routes
//! are and what goes over them. With it such a client needs another address and nothing else.

use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::threat_level::query;
use crate::api::perspective::{GoogleError, in_googles_shape};
use crate::api::{ApiError, Code};
use crate::security::proxies;
use crate::state::AppState;

const VERSION: &str = "v1alpha1";

/// The document, but for the address of the server.
const DOCUMENT: &str = include_str!("../api/discovery.json");

/// Query for the document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The only version there is.
    #[param(pattern = "^v1alpha1$", example = "v1alpha1")]
    version: Option<String>,
}

/// The routes of Perspective API as Google describes an interface (a discovery document).
#[utoipa::path(
    get, path = "/$discovery/rest", tag = "texts",
    params(Wanted),
    responses(
        (status = 200, description = "The document.", body = serde_json::Value),
        (status = "default", description = "The request failed.", body = GoogleError),
    ),
)]
pub(crate) async fn document(state: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    match filled(&state, &request) {
        Ok(document) => HttpResponse::Ok().json(document),
        Err(error) => in_googles_shape(&error),
    }
}

fn filled(state: &AppState, request: &HttpRequest) -> Result<Value, ApiError> {
    if query::<Wanted>(request)?.version.is_some_and(|version| version != VERSION) {
        let detail = format!("The only version is {VERSION}.");
        return Err(ApiError::with_detail(Code::RouteNotFound, detail));
    }
    let mut document: Value = serde_json::from_str(DOCUMENT).map_err(|_| Code::RouteNotFound)?;
    let root = root(request, proxies::is_trusted(request.peer_addr(), &state.access.trusted_proxy));
    document["rootUrl"] = root.as_str().into();
    document["baseUrl"] = root.into();
    Ok(document)
}

/// The address at which the client sees this server, with a slash at the end: the one that it asked,
/// or the one that a named proxy says it asked.
fn root(request: &HttpRequest, behind_proxy: bool) -> String {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    if behind_proxy {
        let seen = request.connection_info();
        let prefix = header("x-forwarded-prefix").unwrap_or_default().trim().trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        return format!("{}://{}/{prefix}{slash}", seen.scheme(), seen.host());
    }
    // A client may name the host in the address instead.
    let asked = request.uri().authority().map(|authority| authority.as_str());
    let host = asked.or_else(|| header(HOST.as_str()));
    format!("http://{}/", host.unwrap_or_else(|| request.app_config().host()))
}
