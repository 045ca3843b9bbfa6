//! Writes a checkpoint of this project without training one, for other programs to read.
//!
//! ```sh
//! cargo run -p checkpoint --example write_checkpoint -- BASE OUTPUT
//! cargo run -p checkpoint --example write_checkpoint -- random:BASE OUTPUT
//! ```
//!
//! `BASE` is a Hugging Face ELECTRA or BERT folder; with `random:` only its tokenizer is taken, and
//! the weights are those that a training from nothing starts with. The head is fresh either way.

use std::error::Error;
use std::path::Path;

use checkpoint::Preset;
use checkpoint::base::Base;
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Calibration, Checkpoint, CheckpointConfig};
use serde_json::json;
use text::{Claims, TweetTokenizer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, output] = &arguments[..] else {
        return Err("usage: write_checkpoint BASE|random:BASE OUTPUT".into());
    };
    let base = match base.strip_prefix("random:") {
        Some(folder) => Base::random(Preset::Small, TweetTokenizer::open(Path::new(folder))?, 1),
        None => Base::open(Path::new(base), 1)?,
    };
    let checkpoint = Checkpoint {
        config: CheckpointConfig {
            languages: Claims::english(),
            max_length: base.config.max_position_embeddings.min(64),
            electra: base.config,
            name: "untrained".to_owned(),
            version: "0".to_owned(),
        },
        calibration: Calibration::default(),
        training: json!({}),
        weights: base.weights,
        tokenizer: base.tokenizer,
        card: "An untrained model: its scores mean nothing.\n".to_owned(),
    };
    checkpoint.write(Path::new(output), Storage::F32)?;
    Ok(())
}
