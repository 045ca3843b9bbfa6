//! The mistakes a user can make with a training, each with its remedy.

use std::path::PathBuf;

use checkpoint::CheckpointError;

/// Errors of a training or a calibration.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A labelled file could not be read.
    #[error(transparent)]
    Data(#[from] dataset::DatasetError),
    /// A base, tokenizer or checkpoint could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A vocabulary could not be read or written.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// The network cannot be built, or not on this device.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// A checkpoint cannot score.
    #[error(transparent)]
    Scorer(#[from] scorer::ScorerError),
    /// A base could not be fetched from a hub.
    #[error(transparent)]
    Hub(#[from] crate::hub::HubError),
    /// A metric is undefined on the validation data.
    #[error("cannot evaluate the model on the validation data: {0}")]
    Metric(#[from] metrics::MetricError),
    /// One label is missing.
    #[error(
        "{side} has {positives} rows of label 1 and {negatives} of label 0: both are needed; {hint}"
    )]
    OneClass {
        /// The part of the data, such as "the training data".
        side: &'static str,
        /// Rows of label 1.
        positives: usize,
        /// Rows of label 0.
        negatives: usize,
        /// The remedy.
        hint: String,
    },
    /// The loss is no number any more.
    #[error(
        "the loss became {loss} at step {step}: lower --learning-rate (now {learning_rate:e}) \
         or raise --warmup, and start again"
    )]
    NotFinite {
        /// The step.
        step: usize,
        /// The loss.
        loss: f32,
        /// The peak learning rate.
        learning_rate: f64,
    },
    /// A tensor that the optimiser cannot update.
    #[error("the tensor {tensor} cannot be trained on this device: {reason}; give a base in f32")]
    NotF32 {
        /// Its name.
        tensor: String,
        /// What it is instead.
        reason: String,
    },
    /// The model gives every post the same score.
    #[error(
        "the model gives all validation posts the same score (between {lowest:.4} and \
         {highest:.4}) at step {step}: it collapsed to one class; lower --learning-rate (now \
         {learning_rate:e}), raise --warmup, try another --seed, or balance the labels with \
         --pos-weight"
    )]
    Collapsed {
        /// The step.
        step: usize,
        /// Lowest score.
        lowest: f64,
        /// Highest score.
        highest: f64,
        /// The peak learning rate.
        learning_rate: f64,
    },
    /// `--resume` without anything to resume.
    #[error("--resume: there is no unfinished training at {folder}: run the same command without --resume", folder = folder.display())]
    NothingToResume {
        /// The folder that was searched for the state.
        folder: PathBuf,
    },
    /// `--resume` with other settings or data.
    #[error(
        "--resume: {what} differs from the interrupted training ({then} then, {now} now): give the same flags and files, or --overwrite instead of --resume to start again"
    )]
    ResumeDiffers {
        /// The setting.
        what: String,
        /// Its value in the saved state.
        then: String,
        /// Its value now.
        now: String,
    },
    /// The saved state is damaged.
    #[error("{path} cannot be resumed: {reason}; give --overwrite to start again", path = path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A flag's value makes no sense.
    #[error("{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// The fault and the remedy.
        reason: String,
    },
    /// An earlier, unfinished training would be lost.
    #[error(
        "{folder} holds an unfinished training: continue it with --resume, or give --overwrite to start again",
        folder = folder.display()
    )]
    Unfinished {
        /// The state's folder.
        folder: PathBuf,
    },
}
