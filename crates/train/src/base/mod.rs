//! The start of a training: random weights, a folder, or a hub's base. [`source`]: the meaning of `--base`.

pub mod source;

use std::path::Path;

use checkpoint::base::Base;
use text::TweetTokenizer;

use crate::error::TrainError;
use crate::finetune::args::Args;
use crate::hub::{self, HubSettings};

pub use source::{BaseSource, base_source};

/// The vocabulary that comes with the project, for training from random weights.
const BUNDLED_VOCABULARY: &str = "data/vocabulary";

/// Opens what `--base` names, where it names nothing the bundled base, and says what it is.
///
/// # Errors
/// [`TrainError::Flag`] if it is nothing of the kind, or what reading and fetching can meet.
pub fn open(base: Option<&str>, offline: bool, seed: u64) -> Result<Base, TrainError> {
    let source = base_source(base)?;
    let base = match &source {
        BaseSource::Random(preset) => {
            let vocabulary = Path::new(BUNDLED_VOCABULARY);
            if !vocabulary.is_dir() {
                return Err(TrainError::Flag {
                    flag: "--base",
                    reason: format!(
                        "the bundled vocabulary {BUNDLED_VOCABULARY} is not here: run in the \
                         project's folder, or give a base with a tokenizer of its own"
                    ),
                });
            }
            let tokenizer = TweetTokenizer::open(vocabulary)?;
            eprintln!("base: random weights");
            Base::random(*preset, tokenizer, seed)
        }
        BaseSource::Folder(folder) => {
            eprintln!("base: {}", folder.display());
            Base::open(folder, seed)?
        }
        BaseSource::Hub(id) => {
            let settings = HubSettings::from_env(offline);
            let folder = hub::fetch(id, &settings, &hub::progress_bar())?;
            eprintln!("base: {id}, in {}", folder.display());
            Base::open(&folder, seed)?
        }
    };
    if !base.unused.is_empty() {
        eprintln!("base: not used: {}", base.unused.join(", "));
    }
    if base.trained_head {
        eprintln!("base: one of our checkpoints; its head is kept");
    }
    Ok(base)
}

/// The name of `--base` in a training's record.
///
/// # Errors
/// [`TrainError::Flag`] if it is nothing of the kind.
pub fn name(base: Option<&str>) -> Result<String, TrainError> {
    Ok(match (base, base_source(base)?) {
        (Some(name), _) => name.to_owned(),
        (None, BaseSource::Random(_)) => "random".to_owned(),
        (None, _) => "the bundled base".to_owned(),
    })
}

/// Holds the base to the flags of a fine-tuning, and takes its dropout from them.
///
/// # Errors
/// [`TrainError::Flag`] if it cannot read posts of `--max-length`.
pub fn fit(base: &mut Base, args: &Args) -> Result<(), TrainError> {
    if !(3..=base.config.max_position_embeddings).contains(&args.max_length) {
        return Err(TrainError::Flag {
            flag: "--max-length",
            reason: format!(
                "{} is not between 3 and the {} word pieces that the base can read",
                args.max_length, base.config.max_position_embeddings
            ),
        });
    }
    if let Some(dropout) = args.dropout {
        base.config.hidden_dropout_prob = dropout;
        base.config.attention_probs_dropout_prob = dropout;
    }
    Ok(())
}
