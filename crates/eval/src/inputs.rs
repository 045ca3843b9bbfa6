//! Everything a report is made of.

use std::path::PathBuf;

use crate::{
    classifier::Classifier,
    posts::Post,
    report::{bands::BandStart, data::DataFacts, model::ModelFacts, suite::Case},
    settings::Settings,
};

/// Everything a report is made of.
#[derive(Default)]
pub struct Inputs<'a> {
    /// The evaluated model.
    pub model: ModelFacts,
    /// It, to score posts; absent where the scores came with the data.
    pub classifier: Option<Classifier<'a>>,
    /// Scores that came with the data, one for each post.
    pub scores: Option<Vec<Option<f64>>>,
    /// The review bands of the checkpoint, by rising score.
    pub bands: Vec<BandStart>,
    /// A second model.
    pub against: Option<(ModelFacts, Classifier<'a>)>,
    /// The evaluated posts.
    pub posts: Vec<Post>,
    /// The files they came from.
    pub data: DataFacts,
    /// Rows that the baselines are trained on and that the posts are compared with.
    pub train: Vec<Post>,
    /// Files that the training rows came from.
    pub train_files: Vec<String>,
    /// Training rows dropped because their source is held out.
    pub held_out_rows: usize,
    /// The functional suite.
    pub suite: Option<(PathBuf, Vec<Case>)>,
    /// The settings of the report.
    pub settings: Settings,
}
