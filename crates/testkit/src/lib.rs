//! What the tests of several crates share. A dev-dependency: no program is built with it.
//!
//! - [`corpus`]: the seeds of the fuzz targets, whole and changed
//! - [`program`]: running a program, and what it says where it refuses
//! - [`server`]: a running server, and plain HTTP
//! - `models`, a feature: small untrained models
//! - `by_length`, a feature: a scorer whose answers a test can foretell

// A helper of tests fails as they do.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

#[cfg(feature = "by_length")]
pub mod by_length;
pub mod corpus;
#[cfg(feature = "models")]
pub mod models;
pub mod program;
pub mod server;

use std::path::{Path, PathBuf};

/// The project's root, where a person runs the programs.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
