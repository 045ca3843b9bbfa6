//! Middleware around every request.
//!
//! - [`observe`]: request id, trace id, log line, counts, security headers
//! - [`guard`]: API key and rate limit, on the routes that cost something
//! - [`cors`]: which other web pages may ask

mod cors;
mod guard;
mod observe;

pub(crate) use cors::cors;
pub(crate) use guard::guard;
pub(crate) use observe::observe;
