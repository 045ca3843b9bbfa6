//! The start of a training: random weights, a folder, or a hub's base. [`source`]: the meaning of `--base`.

pub mod source;

use std::path::Path;

use checkpoint::Manifest;
use checkpoint::base::Base;
use text::TweetTokenizer;

use crate::error::TrainError;
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
    if let BaseSource::Folder(folder) = &source
        && base.trained_head
    {
        for other in Manifest::open(folder)?.others {
            eprintln!(
                "base: only its main model; {} stays behind: train combine --with {} adds it again",
                other.folder,
                folder.join(&other.folder).display()
            );
        }
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

/// Holds the base to `--max-length`, and takes its dropout from `--dropout`, if it is given.
///
/// # Errors
/// [`TrainError::Flag`] if it cannot read texts of that length.
pub fn fit(base: &mut Base, max_length: usize, dropout: Option<f64>) -> Result<(), TrainError> {
    let room = base.config.max_position_embeddings;
    if !(3..=room).contains(&max_length) {
        let reason = format!(
            "{max_length} is not between 3 and the {room} word pieces that the base can read"
        );
        return Err(TrainError::Flag { flag: "--max-length", reason });
    }
    if let Some(dropout) = dropout {
        base.config.hidden_dropout_prob = dropout;
        base.config.attention_probs_dropout_prob = dropout;
    }
    Ok(())
}
