//! Sizes of the network: presets, and Hugging Face's `config.json`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CheckpointError;

/// The largest size that a `config.json` may name, and the most layers: far above any BERT, and low
/// enough that a slip of the pen asks for no impossible amount of memory.
const LARGEST_SIZE: u64 = 1 << 24;
const MOST_LAYERS: u64 = 1_000;

/// The architecture, under Hugging Face's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElectraConfig {
    /// Word pieces in the vocabulary.
    pub vocab_size: usize,
    /// Width of the embedding tables.
    pub embedding_size: usize,
    /// Width of the encoder.
    pub hidden_size: usize,
    /// Encoder layers.
    pub num_hidden_layers: usize,
    /// Attention heads of a layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// Longest sequence, in word pieces.
    pub max_position_embeddings: usize,
    /// Segments; tweets use the first.
    pub type_vocab_size: usize,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f64,
    /// Dropout after embeddings and after each block's dense layer.
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities.
    pub attention_probs_dropout_prob: f64,
}

/// The sizes that ELECTRA was published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// 14 M parameters.
    Small,
    /// 110 M parameters.
    Base,
    /// 335 M parameters.
    Large,
}

impl ElectraConfig {
    /// One of the published sizes (Clark et al., "ELECTRA", 2020, table 6).
    pub fn preset(preset: Preset) -> Self {
        let (embedding_size, hidden_size, num_hidden_layers, num_attention_heads) = match preset {
            Preset::Small => (128, 256, 12, 4),
            Preset::Base => (768, 768, 12, 12),
            Preset::Large => (1024, 1024, 24, 16),
        };
        Self {
            vocab_size: 30_522,
            embedding_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size: 4 * hidden_size,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
        }
    }

    /// Width of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// True if embeddings pass through a projection to reach the encoder's width.
    pub fn has_projection(&self) -> bool {
        self.embedding_size != self.hidden_size
    }

    /// The name and shape of every tensor of the network, head included; dense weights `[out, in]`.
    pub fn tensor_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let (width, hidden) = (self.embedding_size, self.hidden_size);
        let mut shapes = BTreeMap::new();
        let mut dense = |name: String, d_output: usize, d_input: usize| {
            shapes.insert(format!("{name}.weight"), vec![d_output, d_input]);
            shapes.insert(format!("{name}.bias"), vec![d_output]);
        };
        if self.has_projection() {
            dense("electra.embeddings_project".to_owned(), hidden, width);
        }
        for layer in 0..self.num_hidden_layers {
            let prefix = format!("electra.encoder.layer.{layer}");
            for projection in ["query", "key", "value"] {
                dense(format!("{prefix}.attention.self.{projection}"), hidden, hidden);
            }
            dense(format!("{prefix}.attention.output.dense"), hidden, hidden);
            dense(format!("{prefix}.intermediate.dense"), self.intermediate_size, hidden);
            dense(format!("{prefix}.output.dense"), hidden, self.intermediate_size);
        }
        dense("pooler.dense".to_owned(), hidden, hidden);
        dense("classifier".to_owned(), 1, hidden);

        let mut layer_norm = |name: String, size: usize| {
            shapes.insert(format!("{name}.LayerNorm.weight"), vec![size]);
            shapes.insert(format!("{name}.LayerNorm.bias"), vec![size]);
        };
        layer_norm("electra.embeddings".to_owned(), width);
        for layer in 0..self.num_hidden_layers {
            layer_norm(format!("electra.encoder.layer.{layer}.attention.output"), hidden);
            layer_norm(format!("electra.encoder.layer.{layer}.output"), hidden);
        }

        let tables = [
            ("word", self.vocab_size),
            ("position", self.max_position_embeddings),
            ("token_type", self.type_vocab_size),
        ];
        for (table, rows) in tables {
            let name = format!("electra.embeddings.{table}_embeddings.weight");
            shapes.insert(name, vec![rows, width]);
        }
        shapes
    }

    /// Reads the architecture out of a Hugging Face `config.json` of type `electra` or `bert`.
    ///
    /// # Errors
    /// [`CheckpointError::Architecture`] if a size is missing or the file describes something that
    /// this network does not compute.
    pub fn from_hugging_face(json: &Value, path: &Path) -> Result<Self, CheckpointError> {
        let refuse =
            |reason: String| CheckpointError::Architecture { path: path.to_owned(), reason };
        let model_type = json["model_type"].as_str().unwrap_or("(none)");
        if !matches!(model_type, "electra" | "bert") {
            return Err(refuse(format!(
                "model_type is {model_type}, but only electra and bert are supported"
            )));
        }
        let expected = [("hidden_act", "gelu"), ("position_embedding_type", "absolute")];
        for (key, supported) in expected {
            let value = json[key].as_str().unwrap_or(supported);
            if value != supported {
                return Err(refuse(format!("{key} is {value}, but only {supported} is supported")));
            }
        }
        let count = |key: &str, most: u64| {
            json[key]
                .as_u64()
                .filter(|value| (1..=most).contains(value))
                .map(|value| value as usize)
                .ok_or_else(|| {
                    refuse(format!("{key} is missing or not a whole number from 1 to {most}"))
                })
        };
        let size = |key: &str| count(key, LARGEST_SIZE);
        let number = |key: &str, default: f64, range: Range<f64>| match &json[key] {
            Value::Null => Ok(default),
            value => value.as_f64().filter(|value| range.contains(value)).ok_or_else(|| {
                let Range { start, end } = &range;
                refuse(format!("{key} is {value}, not a number from {start} to below {end}"))
            }),
        };
        let hidden_size = size("hidden_size")?;
        let config = Self {
            vocab_size: size("vocab_size")?,
            embedding_size: match &json["embedding_size"] {
                Value::Null => hidden_size,
                _ => size("embedding_size")?,
            },
            hidden_size,
            num_hidden_layers: count("num_hidden_layers", MOST_LAYERS)?,
            num_attention_heads: size("num_attention_heads")?,
            intermediate_size: size("intermediate_size")?,
            max_position_embeddings: size("max_position_embeddings")?,
            type_vocab_size: size("type_vocab_size")?,
            layer_norm_eps: number("layer_norm_eps", 1e-12, 0.0..1.0)?,
            hidden_dropout_prob: number("hidden_dropout_prob", 0.1, 0.0..1.0)?,
            attention_probs_dropout_prob: number("attention_probs_dropout_prob", 0.1, 0.0..1.0)?,
        };
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return Err(refuse(format!(
                "hidden_size {} is not a multiple of num_attention_heads {}",
                config.hidden_size, config.num_attention_heads
            )));
        }
        Ok(config)
    }

    /// The `config.json` keys that `transformers` needs to build this network. Padding has the id 0 in BERT's
    /// vocabularies; `padding_id` is the tokenizer's own.
    pub fn to_hugging_face(&self, padding_id: Option<u32>) -> serde_json::Map<String, Value> {
        let mut json = serde_json::Map::new();
        json.insert("model_type".to_owned(), "electra".into());
        json.insert("architectures".to_owned(), vec!["ElectraModel"].into());
        json.insert("hidden_act".to_owned(), "gelu".into());
        json.insert("position_embedding_type".to_owned(), "absolute".into());
        json.insert("pad_token_id".to_owned(), padding_id.unwrap_or(0).into());
        if let Ok(Value::Object(sizes)) = serde_json::to_value(self) {
            json.extend(sizes);
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_for_hugging_face_reads_back() {
        for preset in [Preset::Small, Preset::Base, Preset::Large] {
            let config = ElectraConfig::preset(preset);
            let json = Value::Object(config.to_hugging_face(None));
            let read = ElectraConfig::from_hugging_face(&json, Path::new("config.json"));
            assert_eq!(read.ok(), Some(config));
        }
    }

    #[test]
    fn a_bert_config_embeds_at_hidden_size() {
        let mut json = Value::Object(ElectraConfig::preset(Preset::Small).to_hugging_face(None));
        json["model_type"] = "bert".into();
        json.as_object_mut().map(|object| object.remove("embedding_size"));
        let config = ElectraConfig::from_hugging_face(&json, Path::new("config.json"));
        assert!(
            config.is_ok_and(|config| config.embedding_size == 256 && !config.has_projection())
        );
    }

    #[test]
    fn other_architectures_are_refused_by_name() {
        let cases = [
            (json!({"model_type": "roberta"}), "roberta"),
            (json!({"model_type": "electra", "hidden_act": "relu"}), "relu"),
            (json!({"model_type": "electra"}), "hidden_size"),
            (json!({"model_type": "a\nb\u{0}"}), "model_type is a\\nb\\u{0}, but"),
        ];
        for (json, named) in cases {
            let refused = ElectraConfig::from_hugging_face(&json, Path::new("config.json"));
            assert!(refused.is_err_and(|error| error.to_string().contains(named)));
        }
    }
}
