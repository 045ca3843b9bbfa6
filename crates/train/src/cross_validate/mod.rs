//! Cross-validation: every post judged once, by a model that has not seen it or its author.
//!
//! One split says how good a model is on the posts that chance put on one side. Folds say it of all
//! posts, and how much it hangs on chance. Within a fold nothing is chosen by looking at the test
//! posts: the weights kept, the temperature and the threshold come from a validation part of the others.
//!
//! # Layout
//!
//! - [`plan`](mod@plan): which rows each fold learns from, chooses by and is tested on.
//! - [`run`](mod@run): the trainings, one after the other.
//! - [`figures`]: how good scores and decisions are; their mean and spread.
//! - [`baselines`]: simple models on the same rows.
//! - [`report`]: `NAME.folds.json`. [`lines`](mod@lines): the same for a person.

pub mod baselines;
pub mod figures;
pub mod lines;
pub mod plan;
pub mod report;
pub mod run;

pub use baselines::{Rival, Rivals};
pub use figures::{Prediction, TestFigures};
pub use plan::{Fold, Plan, plan};
pub use report::{FoldRecord, Report, report_file};
pub use run::run;
