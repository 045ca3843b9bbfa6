//! Middleware around every request.
//!
//! - [`mod@observe`]: request id, trace id, log line, counts, security headers
//! - [`mod@guard`]: API key and rate limit, on the routes that cost something
//! - [`mod@cors`]: which other web pages may ask

mod cors;
mod guard;
mod observe;

pub(crate) use cors::cors;
pub(crate) use guard::guard;
pub(crate) use observe::observe;
