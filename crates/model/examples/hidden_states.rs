//! Prints what this project makes of texts, for comparison with other programs.
//!
//! ```sh
//! cargo run -p model --example hidden_states -- FOLDER MAX_LENGTH < texts.jsonl > states.jsonl
//! ```
//!
//! `FOLDER` is a Hugging Face ELECTRA or BERT folder, or one of our checkpoints. Standard input
//! has one text a line, each as a JSON string. Standard output has one JSON object a text:
//! `normalised`, token `ids`, and last hidden states `[ids * hidden_size]` by Burn's primitives
//! (`padded`) and by the CPU's fused layers (`packed`); `null` for a text of which nothing is left.

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::path::PathBuf;

use burn::tensor::Device;
use checkpoint::base::Base;
use model::electra::{ElectraClassifier, Pass, TokenBatch};
use serde_json::json;
use text::Encoding;

/// Texts that are computed together, so that padding has something to do.
const TEXTS_IN_A_BATCH: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, max_length] = &arguments[..] else {
        return Err("usage: hidden_states FOLDER MAX_LENGTH < texts.jsonl".into());
    };
    let base = Base::open(&PathBuf::from(folder), 0)?;
    let max_length = max_length.parse()?;
    let model = ElectraClassifier::new(&base.config, &base.weights, &Device::flex())?;
    let texts = std::io::stdin().lock().lines().map(|line| Ok(serde_json::from_str(&line?)?));
    let texts = texts.collect::<Result<Vec<String>, Box<dyn Error>>>()?;

    let mut output = BufWriter::new(std::io::stdout().lock());
    for texts in texts.chunks(TEXTS_IN_A_BATCH) {
        let encodings: Vec<Option<Encoding>> =
            texts.iter().map(|text| base.tokenizer.encode(text, max_length)).collect();
        let batch = TokenBatch::new(encodings.iter().flatten().map(|encoding| &encoding.ids[..]));
        let mut states = states(&model, &batch).into_iter();
        for (text, encoding) in texts.iter().zip(&encodings) {
            let line = match encoding {
                None => json!(null),
                Some(encoding) => {
                    let [padded, packed] = states.next().unwrap_or_default();
                    json!({
                        "normalised": text::normalise(text),
                        "ids": encoding.ids,
                        "padded": padded,
                        "packed": packed,
                    })
                }
            };
            writeln!(output, "{line}")?;
        }
    }
    Ok(())
}

/// Last hidden states of every sequence `[length * hidden_size]`: by Burn's primitives on a padded
/// rectangle, and by the fused layers.
fn states(model: &ElectraClassifier, batch: &TokenBatch) -> Vec<[Vec<f32>; 2]> {
    if batch.is_empty() {
        return Vec::new();
    }
    let padded = model.electra.hidden_states(batch, 0);
    let [_, length, size] = padded.dims();
    let padded: Vec<f32> = padded.into_data().iter().collect();
    let packed = model.electra.packed_states(batch, Pass::default());
    let packed: Vec<f32> = packed.into_data().iter().collect();
    let rows = padded.chunks(length * size).zip(batch.starts().windows(2));
    let rows = rows.map(|(row, pair)| {
        let padded = row[..(pair[1] - pair[0]) * size].to_vec();
        [padded, packed[pair[0] * size..pair[1] * size].to_vec()]
    });
    rows.collect()
}
