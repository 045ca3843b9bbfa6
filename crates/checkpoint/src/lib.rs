//! A model on disk: configuration, weights, tokenizer, calibration, card. No Burn.
//!
//! # Layout
//!
//! - [`checkpoint`](mod@checkpoint): the folder that holds all of it.
//! - [`config`]: sizes, presets, Hugging Face's `config.json`.
//! - [`weights`]: named tensors and their files (safetensors, PyTorch).
//! - [`base`]: a pretrained Hugging Face folder that a training starts from.
//! - [`others`]: further models in the same folder, for other languages. [`mod@combine`]: putting them there.
//! - [`calibration`]: logit to score, label and band. [`scale`]: one scale for several models.
//! - [`fit`]: the check that weights fit an architecture.
//! - [`folder`], [`file`](mod@file): writing a folder or a file whole or not at all.
//! - [`shipped`]: the checkpoint that comes with the project.
//! - [`error`]: the mistakes a user can make here.

pub mod base;
pub mod calibration;
pub mod checkpoint;
pub mod combine;
pub mod config;
pub mod error;
pub mod file;
pub mod fit;
pub mod folder;
mod json;
pub mod others;
pub mod reference;
pub mod scale;
pub mod shipped;
pub mod weights;

pub use base::Base;
pub use calibration::{Band, Bands, Calibration, Label};
pub use checkpoint::{
    CHECKPOINTS, Checkpoint, CheckpointConfig, Manifest, OURS, default_folder, file_sha256,
    lists_file, reader_sha256, sha256,
};
pub use combine::combine;
pub use config::{ElectraConfig, Preset};
pub use error::CheckpointError;
pub use others::Other;
pub use reference::Reference;
pub use shipped::SHIPPED;
pub use weights::Weights;
