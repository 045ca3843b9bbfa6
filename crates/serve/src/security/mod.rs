//! Access control: API keys and rate limits.
//!
//! - [`keys`]: API keys
//! - [`rate`]: how often each client may ask
//! - [`proxies`]: who a client is behind a proxy

mod keys;
pub(crate) mod proxies;
mod rate;

pub use keys::ApiKeys;
pub use rate::RateLimiter;
