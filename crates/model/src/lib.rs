//! What a score *is*: everything between a tweet's text and its calibrated score.
//!
//! ```text
//! text ─ normalise ─ word pieces ─ ELECTRA ─ pooler ─ logit ─ calibrate ─ score, band
//! ```
//!
//! # Layout
//!
//! - [`text`]: normalisation, so that a score measures language and not encodings.
//! - [`tokenizer`]: normalised text to word pieces.
//! - [`electra`]: the network in Burn: configuration, encoder, sigmoid head, batches.
//! - [`weights`]: named tensors, their files (safetensors, PyTorch), and the network's side of them.
//! - [`base`]: a pretrained Hugging Face folder that a training starts from.
//! - [`calibration`]: logit to score, label and band.
//! - [`checkpoint`]: the folder that holds all of it.
//! - [`folder`]: writing a folder whole or not at all.
//! - [`device`]: where Burn computes.
//! - [`error`]: the mistakes a user can make here.

pub mod base;
pub mod calibration;
pub mod checkpoint;
pub mod device;
pub mod electra;
pub mod error;
pub mod folder;
pub mod text;
pub mod tokenizer;
pub mod weights;

pub use calibration::{Band, Bands, Calibration, Label};
pub use checkpoint::{Checkpoint, CheckpointConfig};
pub use device::DeviceKind;
pub use error::ModelError;
pub use tokenizer::{Encoding, TweetTokenizer};
pub use weights::Weights;
