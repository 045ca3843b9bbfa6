//! Texts in, verdicts out.
//!
//! ```no_run
//! use scorer::{Band, Options, Scorer};
//!
//! let scorer = Scorer::open("checkpoints/threat-v2", &Options::default())?;
//! if let Some(score) = scorer.score_one("good morning")?.score() {
//!     println!("{:.3} {}", score.score, score.band.as_str());
//! }
//! let verdicts = scorer.score(&["good morning", "bonjour tout le monde", "https://t.co/x"])?;
//! assert_eq!(verdicts[2].score(), None, "nothing is left of a link");
//! let for_review = verdicts.iter().filter(|verdict| verdict.band() > Band::None);
//! # Ok::<(), scorer::ScorerError>(())
//! ```
//!
//! On the CPU a score depends on its text only: to the last bit the same alone and in any batch,
//! for any number of threads.
//!
//! A text longer than the model reads at once is read in [windows](text::windows), and the highest counts.
//! That is how every program of this project reads, so that their scores agree. It raises the scores of
//! long texts a little, since they have more chances, and costs short ones nothing.
//!
//! # Layout
//!
//! - [`scorer`]: [`Scorer`]: the models of a checkpoint, and which of them reads a text.
//! - `model`: one of them: tokenizer, engine, and the batches between them.
//! - [`options`]: where, how precisely, on how many threads.
//! - [`precision`]: how products are rounded, and which posts are computed once more without rounding.
//! - [`score`](mod@score): what goes in and what comes out for a text.
//! - [`score_texts`]: what a program asks of a model.
//! - `reading`: what of a text is read, in which windows, and which of them counts.
//! - `batches`: which texts are computed together.
//! - `workers`: the threads that work goes to.
//! - `packed`: the engine for the CPU: all tokens of a batch in one matrix, nothing padded.
//! - `burn_engine` (features `gpu` and `ndarray`): the engine for other devices, `model`'s network in Burn.
//! - [`error`]: what can go wrong.

mod batches;
#[cfg(feature = "burn")]
mod burn_engine;
pub mod error;
mod model;
pub mod options;
mod packed;
pub mod precision;
mod reading;
pub mod score;
pub mod score_texts;
pub mod scorer;
mod workers;

pub use checkpoint::{Band, Label};
pub use error::ScorerError;
pub use kernels::{DeviceKind, Level};
pub use options::Options;
pub use precision::{Precision, TOLERANCE};
pub use score::{Asked, Score, Verdict};
pub use score_texts::{Failure, ScoreTexts};
pub use scorer::{CheckpointInfo, Scorer};
pub use text::{MOST_WINDOWS, Reason};
