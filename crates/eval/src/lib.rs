//! Judges a checkpoint on labelled posts and writes a report that a reviewer, an engineer and an
//! auditor can each use: `report.json` and a page that stands by itself, `report.html`.
//!
//! # Layout
//! - [`args`]: the command line, as typed.
//! - [`run`]: from the command line to a written report.
//! - [`load`]: labelled files into posts.
//! - [`checkpoint`]: a checkpoint as a judge.
//! - [`console`]: what the terminal shows.
//! - [`settings`]: every choice, resolved.
//! - [`posts`]: labelled posts, and posts with scores.
//! - [`judge`]: whatever gives scores.
//! - [`evaluate`]: from posts and a judge to a report.
//! - [`section`]: the parts of a report and how each is measured.
//! - [`report`]: the report as a whole; `file`: writing it.
//! - [`findings`]: the report in a few sentences.
//! - [`markdown`]: figures of a report inside a document.
//! - [`figure`]: a number with its interval.
//! - [`baseline`]: simple models to hold the figures against, as judges.
//! - [`text`]: what is looked up in a text without a model.
//! - [`html`]: the page.
//! - [`training_curves`]: how the model learned.
//! - [`number`]: numbers as a reader wants them.
//! - [`clock`]: the date without a library.
//! - `watch`: where the time goes.
//! - [`error`]: the mistakes a user can make.

pub mod args;
pub mod baseline;
pub mod checkpoint;
pub mod clock;
pub mod console;
pub mod error;
pub mod evaluate;
pub mod figure;
mod file;
pub mod findings;
pub mod html;
pub mod judge;
pub mod load;
pub mod markdown;
pub mod number;
pub mod posts;
pub mod report;
pub mod run;
pub mod section;
pub mod settings;
pub mod text;
pub mod training_curves;
mod watch;

pub use error::EvalError;
pub use evaluate::{Inputs, evaluate};
pub use judge::{Answer, Judge};
pub use posts::{Post, Scored};
pub use report::Report;
pub use run::run;
pub use settings::Settings;
