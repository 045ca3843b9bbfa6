//! A pretrained model that a training starts from: a Hugging Face ELECTRA or BERT folder, one of
//! our own checkpoints, or random weights.

use std::path::{Path, PathBuf};

use text::TweetTokenizer;

use crate::checkpoint::{Checkpoint, OURS};
use crate::config::{ElectraConfig, Preset};
use crate::fit::compare;
use crate::json::read_json;
use crate::weights::{pytorch, safetensors};
use crate::{CheckpointError, Weights};

/// Everything that a training starts from.
#[derive(Debug, Clone)]
pub struct Base {
    /// The architecture.
    pub config: ElectraConfig,
    /// The whole network's weights; the head is fresh unless the base is one of our checkpoints.
    pub weights: Weights,
    /// The word pieces that the weights know.
    pub tokenizer: TweetTokenizer,
    /// Tensors of the file that this network has no place for, such as a pretraining head.
    pub unused: Vec<String>,
    /// True if the head was trained before.
    pub trained_head: bool,
}

impl Base {
    /// Random weights in one of the published sizes.
    pub fn random(preset: Preset, tokenizer: TweetTokenizer, seed: u64) -> Self {
        let config = ElectraConfig::preset(preset);
        let weights = Weights::random(&config, seed);
        Self { config, weights, tokenizer, unused: Vec::new(), trained_head: false }
    }

    /// Reads a folder with `config.json`, `model.safetensors` or `pytorch_model.bin`, and
    /// `tokenizer.json` or `vocab.txt`; or one of our checkpoints. `seed` is for the fresh head.
    ///
    /// # Errors
    /// A [`CheckpointError`] naming the file that is missing or does not fit; every missing tensor is
    /// named.
    pub fn open(folder: &Path, seed: u64) -> Result<Self, CheckpointError> {
        if !folder.is_dir() {
            return Err(CheckpointError::MissingFile {
                folder: folder.to_owned(),
                file: "such folder".to_owned(),
                hint: "give a folder with config.json, model.safetensors and tokenizer.json, \
                       or `random`"
                    .to_owned(),
            });
        }
        let config_path = folder.join("config.json");
        let json = read_json(&config_path)?;
        if json.get(OURS).is_some() {
            let Checkpoint { config, weights, tokenizer, .. } = Checkpoint::open(folder)?;
            let config = config.electra;
            return Ok(Self { config, weights, tokenizer, unused: Vec::new(), trained_head: true });
        }
        let config = ElectraConfig::from_hugging_face(&json, &config_path)?;
        let tokenizer = TweetTokenizer::open(folder)?;
        if tokenizer.vocab_size() > config.vocab_size {
            let reason = format!(
                "the ids of the tokenizer beside it need a vocab_size of {}, not {}",
                tokenizer.vocab_size(),
                config.vocab_size
            );
            return Err(CheckpointError::Architecture { path: config_path, reason });
        }
        let (path, file) = read_weights(folder)?;
        let (mut weights, unused) = adopt(file);
        // The head is made only once the file has borne out the sizes, which may be of any order.
        let mut shapes = config.tensor_shapes();
        shapes.retain(|name, _| name.starts_with("electra."));
        compare(&weights, &shapes, &path)?;
        weights.extend(Weights::random_head(&config, seed));
        Ok(Self { config, weights, tokenizer, unused, trained_head: false })
    }
}

fn read_weights(folder: &Path) -> Result<(PathBuf, Weights), CheckpointError> {
    let safe = folder.join("model.safetensors");
    let torch = folder.join("pytorch_model.bin");
    if safe.is_file() {
        let weights = safetensors::read(&safe)?;
        Ok((safe, weights))
    } else if torch.is_file() {
        let weights = pytorch::read(&torch)?;
        Ok((torch, weights))
    } else {
        Err(CheckpointError::MissingFile {
            folder: folder.to_owned(),
            file: "model.safetensors or pytorch_model.bin".to_owned(),
            hint: "a base needs its weights".to_owned(),
        })
    }
}

/// Brings a file's tensors under our names and sorts out those that the network has no place for.
///
/// A file may prefix the body with `electra.`, `bert.` or nothing, and old ones call a layer
/// norm's parameters gamma and beta. Position ids are a constant, not a weight.
fn adopt(file: Weights) -> (Weights, Vec<String>) {
    let mut unused = Vec::new();
    let mut weights = Weights::default();
    for (name, tensor) in file {
        let body = name.strip_prefix("electra.").or(name.strip_prefix("bert.")).unwrap_or(&name);
        let is_body = ["embeddings.", "embeddings_project.", "encoder."]
            .iter()
            .any(|prefix| body.starts_with(prefix));
        if body.ends_with("position_ids") || body.ends_with("token_type_ids") {
            continue;
        }
        if is_body {
            let body = body
                .replace("LayerNorm.gamma", "LayerNorm.weight")
                .replace("LayerNorm.beta", "LayerNorm.bias");
            weights.insert(format!("electra.{body}"), tensor);
        } else {
            unused.push(name);
        }
    }
    (weights, unused)
}
