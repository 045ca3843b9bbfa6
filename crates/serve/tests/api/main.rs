//! Drives the real server over HTTP, with a known function in the place of the network.
//!
//! - `support`: a server on a free port, the model, a mock of X; `browser`: a real browser
//! - the other modules are named after what they hold the server to

#![allow(clippy::unwrap_used)]

mod access;
mod audit;
mod browser;
mod engine;
mod feedback;
mod malformed;
mod moderations;
mod not_judged;
mod openapi;
mod page;
mod perspective;
mod probes;
mod reload;
mod review;
mod review_page;
mod score;
mod startup;
mod support;
mod threat_level;
mod tweets;
mod x_api;
