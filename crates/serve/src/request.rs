//! Facts about a request that the middleware finds for the handlers.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};

/// The client: the name of its API key, where keys are asked for.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Arc<str>);

impl Client {
    /// The key's name.
    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// The id of a request: the client's `X-Request-Id` if it is a sane one, else a random one.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// The id that `observe` gave this request.
pub(crate) fn request_id(request: &HttpRequest) -> Arc<str> {
    request.extensions().get::<RequestId>().map_or_else(|| "".into(), |id| Arc::clone(&id.0))
}
