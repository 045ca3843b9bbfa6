//! Who may ask, and how often.

mod keys;
mod rate;

pub use keys::ApiKeys;
pub use rate::RateLimiter;
