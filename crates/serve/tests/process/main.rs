//! Runs the program itself, on a small checkpoint: what only a process can show.
//!
//! - `support`: the program, a checkpoint, a plain HTTP client
//! - `configuration`: flag, environment and file; `--check`; what is wrong is one line
//! - `export`: labelled ids out of the verdicts
//! - `faults`: killed under load, the checkpoint swapped under load, stopped under load
//! - `several`: a checkpoint of two models
//! - `trace`: spans for a collector
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod configuration;
mod export;
mod faults;
mod review;
mod several;
mod support;
#[cfg(feature = "otlp")]
mod trace;
