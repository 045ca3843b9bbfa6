//! Evaluates a checkpoint on labelled posts and writes a report that a reviewer, an engineer and an
//! auditor can each use: `report.json` and a page that stands by itself, `report.html`.
//!
//! # Layout
//! To change a part of the report, open its file in [`report`]: what it measures, how it is shown and
//! what it finds stand there together.
//!
//! From files to a report:
//! - [`args`]: the command line, as typed; [`settings`]: every choice, resolved.
//! - [`run`](mod@run): from the command line to a written report.
//! - [`load`]: labelled files into [`posts`]: texts, normalised once, with labels and scores.
//! - [`checkpoint`]: a checkpoint as a [`classifier`], which is whatever gives scores.
//! - [`inputs`]: everything a report is made of.
//! - [`evaluate`](mod@evaluate): the order in which sections are measured.
//! - [`report`]: the sections, a file each, and the report as a whole.
//! - [`fill`]: figures of a report inside a document.
//!
//! What sections are made of:
//! - [`figure`]: a number with its interval; [`metric`]: names and meanings of metrics;
//!   [`number`]: numbers as a reader wants them.
//! - [`finding`]: one sentence, and how to take it.
//! - [`near`]: texts that are the same, or nearly.
//! - [`page`]: paragraphs, tables and charts; their markup is in `templates/`.
//!
//! Besides:
//! - [`progress`]: what the terminal shows meanwhile; [`stopwatch`]: where the time goes.
//! - [`clock`]: the date without a library.
//! - [`error`]: the mistakes a user can make.

pub mod args;
pub mod checkpoint;
pub mod classifier;
pub mod clock;
pub mod error;
pub mod evaluate;
pub mod figure;
pub mod fill;
pub mod finding;
pub mod inputs;
pub mod load;
pub mod metric;
pub mod near;
pub mod number;
pub mod page;
pub mod posts;
pub mod progress;
pub mod report;
pub mod run;
pub mod settings;
pub mod stopwatch;

pub use classifier::{Classifier, Prediction};
pub use error::EvalError;
pub use evaluate::evaluate;
pub use inputs::Inputs;
pub use posts::{Post, Scored, Text};
pub use report::Report;
pub use run::run;
pub use settings::Settings;
