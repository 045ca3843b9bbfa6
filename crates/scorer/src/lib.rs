//! Texts in, verdicts out.
//!
//! ```no_run
//! let scorer = scorer::Scorer::open("checkpoints/mine".as_ref(), &scorer::Options::default())?;
//! for verdict in scorer.score(&["good morning", "bonjour tout le monde", "https://t.co/x"])? {
//!     println!("{} {:?}", verdict.band().as_str(), verdict.score().map(|score| score.score));
//! }
//! # Ok::<(), scorer::ScorerError>(())
//! ```
//!
//! On the CPU a score depends on its text only: to the last bit the same alone and in any batch,
//! for any number of threads.
//!
//! # Layout
//!
//! - [`scorer`]: [`Scorer`]: checkpoint, tokenizer, engine, and the batches between them.
//! - [`options`]: where, how precisely, on how many threads.
//! - [`score`](mod@score): what goes in and what comes out for a text.
//! - `reading`: what of a text is read.
//! - `batches`: which texts are computed together.
//! - `workers`: the threads that work goes to.
//! - `packed`: the engine for the CPU: all tokens of a batch in one matrix, nothing padded.
//! - `burn_engine` (features `gpu` and `ndarray`): the engine for other devices, `model`'s network in Burn.
//! - [`error`]: what can go wrong.

mod batches;
#[cfg(feature = "burn")]
mod burn_engine;
pub mod error;
pub mod options;
mod packed;
mod reading;
pub mod score;
pub mod scorer;
mod workers;

pub use error::ScorerError;
pub use kernels::DeviceKind;
pub use kernels::Precision;
pub use options::Options;
pub use score::{Asked, Score, Verdict};
pub use scorer::{CheckpointInfo, Scorer};
pub use text::Reason;
