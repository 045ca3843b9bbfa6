//! The network's weights, packed for this CPU.

use std::sync::Arc;

use super::tensors::{Rows, Tensors};
use crate::workers::Workers;
use checkpoint::{CheckpointConfig, CheckpointError, ElectraConfig};
use kernels::{Dense, LayerNorm, Level, Linear, Precision};

/// ELECTRA with the threat head.
pub(crate) struct Network {
    pub(super) level: Level,
    pub(super) precision: Precision,
    pub(super) heads: usize,
    pub(super) hidden: usize,
    /// Word embeddings as they are stored: a batch touches a few hundred of 30,522 rows. Networks of
    /// the same file share them.
    pub(super) words: Arc<Rows>,
    /// Position embeddings with the first segment's added, `[max_length, embedding_size]`.
    pub(super) positions: Vec<f32>,
    pub(super) embedding_norm: Norm,
    /// From the embeddings' width to the encoder's, where they differ.
    pub(super) projection: Option<Linear>,
    pub(super) layers: Vec<Layer>,
    pub(super) pooler: Linear,
    pub(super) classifier: Linear,
}

/// One encoder layer.
pub(super) struct Layer {
    /// Of all its linear layers but `key_value`, which has the network's.
    pub(super) precision: Precision,
    /// Divides by the square root of the head's width as well.
    pub(super) query: Linear,
    pub(super) key_value: Linear,
    pub(super) attention_output: Linear,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Linear,
    pub(super) output: Linear,
    pub(super) output_norm: Norm,
}

/// A layer norm's weights.
pub(super) struct Norm {
    gamma: Vec<f32>,
    beta: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    pub(super) fn get(&self) -> LayerNorm<'_> {
        LayerNorm { gamma: &self.gamma, beta: &self.beta, epsilon: self.epsilon }
    }
}

/// The name of a table of embeddings.
pub(super) fn embeddings(which: &str) -> String {
    format!("electra.embeddings.{which}_embeddings.weight")
}

/// The source of weights, and the level that they are packed for.
struct Packer<'a> {
    tensors: &'a Tensors,
    config: &'a ElectraConfig,
    level: Level,
}

impl Network {
    /// Packs weights, for sequences as long as the configuration allows.
    pub(crate) fn pack(
        tensors: &Tensors,
        words: &Arc<Rows>,
        config: &CheckpointConfig,
        level: Level,
        precision: Precision,
        workers: &Workers,
    ) -> Result<Self, CheckpointError> {
        let (config, max_length) = (&config.electra, config.max_length);
        let packer = Packer { tensors, config, level };
        let hidden = config.hidden_size;
        let segment = tensors.get(&embeddings("token_type"))?;
        let mut positions = tensors.get(&embeddings("position"))?.into_owned();
        positions.truncate(max_length * config.embedding_size);
        for row in positions.chunks_exact_mut(config.embedding_size) {
            for (position, segment) in row.iter_mut().zip(segment.iter()) {
                *position += segment;
            }
        }
        let projection = config
            .has_projection()
            .then(|| {
                let inputs = config.embedding_size;
                packer.linear(finer(precision), inputs, &["electra.embeddings_project"], 1.0)
            })
            .transpose()?;
        let indices: Vec<usize> = (0..config.num_hidden_layers).collect();
        let layers = workers.map(&indices, 1, |&index| packer.layer(precision, index));
        let layers = layers.into_iter().collect::<Result<Vec<_>, _>>()?;
        // The head is one row of work a text: rounding it would save nothing.
        let pooler = packer.linear(Precision::F32, hidden, &["pooler.dense"], 1.0)?;
        let classifier = packer.linear(Precision::F32, hidden, &["classifier"], 1.0)?;
        let embedding_norm = packer.norm("electra.embeddings")?;
        Ok(Self {
            level,
            precision,
            heads: config.num_attention_heads,
            hidden,
            positions,
            embedding_norm,
            projection,
            layers,
            pooler,
            classifier,
            words: words.clone(),
        })
    }
}

/// The precision of what is little work: the projection of the embeddings, and the last layer,
/// which but for keys and values is one row of work a text. What 8 bits would save there is
/// nothing, and what they would round away reaches the logit undamped.
pub(super) fn finer(precision: Precision) -> Precision {
    match precision {
        Precision::Int8 => Precision::Bf16,
        other => other,
    }
}

impl Packer<'_> {
    fn layer(&self, precision: Precision, index: usize) -> Result<Layer, CheckpointError> {
        let is_last = index + 1 == self.config.num_hidden_layers;
        let own = if is_last { finer(precision) } else { precision };
        let (hidden, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let prefix = format!("electra.encoder.layer.{index}");
        let attention = format!("{prefix}.attention.self");
        let scale = 1.0 / (self.config.head_size() as f32).sqrt();
        let linear =
            |inputs: usize, names: &[&str], factor: f32| self.linear(own, inputs, names, factor);
        let (key, value) = (format!("{attention}.key"), format!("{attention}.value"));
        Ok(Layer {
            precision: own,
            query: linear(hidden, &[&format!("{attention}.query")], scale)?,
            key_value: self.linear(precision, hidden, &[&key, &value], 1.0)?,
            attention_output: linear(hidden, &[&format!("{prefix}.attention.output.dense")], 1.0)?,
            attention_norm: self.norm(&format!("{prefix}.attention.output"))?,
            intermediate: linear(hidden, &[&format!("{prefix}.intermediate.dense")], 1.0)?,
            output: linear(inner, &[&format!("{prefix}.output.dense")], 1.0)?,
            output_norm: self.norm(&format!("{prefix}.output"))?,
        })
    }

    /// Packs dense layers that share an input; their outputs follow each other.
    fn linear(
        &self,
        precision: Precision,
        inputs: usize,
        names: &[&str],
        factor: f32,
    ) -> Result<Linear, CheckpointError> {
        let read = |name: &&str| {
            let weight = self.tensors.get(&format!("{name}.weight"))?;
            Ok((weight, self.tensors.get(&format!("{name}.bias"))?))
        };
        let tensors = names.iter().map(read).collect::<Result<Vec<_>, CheckpointError>>()?;
        let layers: Vec<Dense<'_>> =
            tensors.iter().map(|(weight, bias)| Dense { weight, bias }).collect();
        Ok(Linear::pack(self.level, precision, inputs, &layers, factor))
    }

    fn norm(&self, name: &str) -> Result<Norm, CheckpointError> {
        Ok(Norm {
            gamma: self.tensors.get(&format!("{name}.LayerNorm.weight"))?.into_owned(),
            beta: self.tensors.get(&format!("{name}.LayerNorm.bias"))?.into_owned(),
            epsilon: self.config.layer_norm_eps as f32,
        })
    }
}
