//! The whole network: embeddings, encoder, pooler and one sigmoid unit.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData, s};

use super::TokenBatch;
use super::embeddings::Embeddings;
use super::fused::{Geometry, LayerDropout, Wanted};
use super::layer::{EncoderLayer, zero_linear};
use super::pass::{Pass, Site};
use crate::{ModelError, binding};
use checkpoint::{ElectraConfig, Weights};

/// ELECTRA with the threat head: `classifier(dropout(tanh(pooler(h[CLS]))))`.
///
/// The original system pools with a 256×256 layer that starts as the identity; so does this one
/// (see [`Weights::random_head`]).
#[derive(Module, Debug)]
pub struct ElectraClassifier {
    /// The pretrained part.
    pub electra: Electra,
    /// On the first token's hidden state.
    pub pooler: Pooler,
    /// Before the sigmoid unit.
    pub dropout: Dropout,
    /// One unit, `[hidden_size, 1]`.
    pub classifier: Linear,
}

/// The discriminator's body.
#[derive(Module, Debug)]
pub struct Electra {
    /// Word pieces to vectors.
    pub embeddings: Embeddings,
    /// From `embedding_size` to `hidden_size`, where they differ.
    pub embeddings_project: Option<Linear>,
    /// The stack of layers.
    pub encoder: Encoder,
    /// Of every layer norm.
    pub layer_norm_eps: f64,
}

/// A stack of layers.
#[derive(Module, Debug)]
pub struct Encoder {
    /// First to last.
    pub layer: Vec<EncoderLayer>,
}

/// `tanh(dense(h))`.
#[derive(Module, Debug)]
pub struct Pooler {
    /// `[hidden_size, hidden_size]`.
    pub dense: Linear,
}

impl ElectraClassifier {
    /// Builds the network on `device` with these weights. Gradients flow if the device has
    /// autodiff, and only then is dropout active.
    ///
    /// # Errors
    /// [`ModelError::Weights`] naming every tensor that is missing or of another shape.
    pub fn new(
        config: &ElectraConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let hidden = config.hidden_size;
        let zeros = Self {
            electra: Electra::zeros(config, device),
            pooler: Pooler { dense: zero_linear(hidden, hidden, device) },
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
            classifier: zero_linear(hidden, 1, device),
        };
        binding::load(zeros, weights)
    }

    /// The network's weights as they are now, under Hugging Face's names.
    pub fn weights(&self) -> Weights {
        binding::export(self)
    }

    /// Logits of a batch, `[sequences]`. A logit does not depend on what else is in the batch.
    ///
    /// # Panics
    /// If a sequence is empty.
    pub fn forward(&self, batch: &TokenBatch, pass: Pass) -> Tensor<1> {
        let device = self.electra.device();
        if device.clone().inner() == Device::flex() {
            let pooled = self.pool(self.electra.first_states(batch, pass));
            self.classify(pass.dropout(Site::Head, &self.dropout, pooled))
        } else {
            // Burn draws these masks on the device, from a generator that only a seed controls.
            if let Some(key) = pass.dropout_key {
                device.seed(key);
            }
            let positions = self.electra.embeddings.position_embeddings.weight.dims()[0];
            let hidden = self.electra.hidden_states(batch, batch.width().min(positions));
            let [sequences, _, hidden_size] = hidden.dims();
            let first = hidden.slice(s![.., 0..1, ..]).reshape([sequences, hidden_size]);
            self.classify(self.dropout.forward(self.pool(first)))
        }
    }

    /// `tanh` of the pooler's dense layer on first-token states `[sequences, hidden_size]`.
    pub fn pool(&self, first: Tensor<2>) -> Tensor<2> {
        self.pooler.dense.forward(first).tanh()
    }

    /// The sigmoid unit's logits `[sequences]` of pooled states `[sequences, hidden_size]`.
    pub fn classify(&self, pooled: Tensor<2>) -> Tensor<1> {
        self.classifier.forward(pooled).flatten(0, 1)
    }
}

impl Encoder {
    /// Layers of the right shapes, for weights to be loaded into.
    pub fn zeros(config: &ElectraConfig, device: &Device) -> Self {
        let layers = 0..config.num_hidden_layers;
        Self { layer: layers.map(|_| EncoderLayer::zeros(config, device)).collect() }
    }

    /// `hidden` `[tokens, hidden_size]` and what each layer makes of it, of the same shape. On
    /// any device: where there are no fused layers, padded rectangles are computed.
    pub fn states(
        &self,
        hidden: Tensor<2>,
        batch: &TokenBatch,
        layer_norm_eps: f64,
        pass: Pass,
    ) -> Vec<Tensor<2>> {
        let device = hidden.device();
        if device.clone().inner() == Device::flex() {
            return self.packed(hidden, batch, layer_norm_eps, pass, Wanted::All).collect();
        }
        if let Some(key) = pass.dropout_key {
            device.seed(key);
        }
        let rectangle = batch.rectangle();
        let [sequences, length] = rectangle.shape;
        let width = hidden.dims()[1];
        let rows = |rows: &[i64]| {
            Tensor::<1, Int>::from_data(TensorData::new(rows.to_vec(), [rows.len()]), &device)
        };
        let (to_rectangle, back) = (rows(&rectangle.from_token), rows(&rectangle.of_token));
        let padding = TensorData::new(rectangle.padding, [sequences, 1, 1, length]);
        let padding = Tensor::<4, Bool>::from_data(padding, &device);
        let mut padded = hidden.clone().select(0, to_rectangle).reshape([sequences, length, width]);
        let mut states = vec![hidden];
        for layer in &self.layer {
            padded = layer.forward(padded, padding.clone());
            let flat = padded.clone().reshape([sequences * length, width]);
            states.push(flat.select(0, back.clone()));
        }
        states
    }

    /// As [`Encoder::states`], one after the other, by the CPU's fused layers; the last layer gives
    /// what is `wanted` of it.
    fn packed(
        &self,
        hidden: Tensor<2>,
        batch: &TokenBatch,
        layer_norm_eps: f64,
        pass: Pass,
        wanted: Wanted,
    ) -> impl Iterator<Item = Tensor<2>> {
        let dropout_key = pass.dropout_key.filter(|_| hidden.device().is_autodiff());
        let starts: std::sync::Arc<[usize]> = batch.starts().into();
        let mut latest = hidden.clone();
        let last = self.layer.len().saturating_sub(1);
        let layers = self.layer.iter().enumerate().map(move |(index, layer)| {
            let attention = &layer.attention.self_attention;
            let dropout = dropout_key.map(|key| LayerDropout {
                // Multiplied so that neighbouring layers' keys differ in many bits.
                key: (key ^ (index as u64 + 1)).wrapping_mul(0xD6E8_FEB8_6659_FD93),
                hidden: layer.output.dropout.prob as f32,
                attention: attention.dropout.prob as f32,
            });
            let geometry = Geometry {
                starts: starts.clone(),
                heads: attention.heads,
                wanted: if index == last { wanted } else { Wanted::All },
                epsilon: layer_norm_eps as f32,
                dropout,
                operands: pass.operands,
            };
            latest = layer.forward_packed(latest.clone(), geometry);
            latest.clone()
        });
        std::iter::once(hidden).chain(layers)
    }
}

impl Electra {
    /// A body of the right shapes, for weights to be loaded into.
    pub fn zeros(config: &ElectraConfig, device: &Device) -> Self {
        let (width, hidden) = (config.embedding_size, config.hidden_size);
        Self {
            embeddings: Embeddings::zeros(config, device),
            embeddings_project: config.has_projection().then(|| zero_linear(width, hidden, device)),
            encoder: Encoder::zeros(config, device),
            layer_norm_eps: config.layer_norm_eps,
        }
    }

    /// Last hidden states `[sequences, length, hidden_size]`, `length` being the longest
    /// sequence's or `width`, whichever is more. Rows of padding hold nothing of meaning.
    pub fn hidden_states(&self, batch: &TokenBatch, width: usize) -> Tensor<3> {
        let device = self.device();
        let (input_ids, padding) = batch.padded(width, &device);
        let [sequences, length] = input_ids.dims();
        let padding = padding.reshape([sequences, 1, 1, length]);
        let positions = Tensor::<1, Int>::arange(0..length as i64, &device).unsqueeze::<2>();
        let embedded = self.embeddings.forward(input_ids, positions);
        let embedded = self.embeddings.dropout.forward(embedded);
        let hidden = match &self.embeddings_project {
            Some(projection) => projection.forward(embedded),
            None => embedded,
        };
        let layers = &self.encoder.layer;
        layers.iter().fold(hidden, |hidden, layer| layer.forward(hidden, padding.clone()))
    }

    /// Last hidden states of all tokens of a batch, `[tokens, hidden_size]`, by the CPU's fused
    /// layers.
    ///
    /// # Panics
    /// On a device other than the CPU's `flex`.
    pub fn packed_states(&self, batch: &TokenBatch, pass: Pass) -> Tensor<2> {
        self.last_states(batch, pass, Wanted::All)
    }

    /// Last hidden state of each sequence's first token, `[sequences, hidden_size]`, by the CPU's
    /// fused layers: what [`Electra::packed_states`] has in these rows, without computing what no
    /// head reads of the last layer.
    ///
    /// # Panics
    /// On a device other than the CPU's `flex`, or if a sequence is empty.
    pub fn first_states(&self, batch: &TokenBatch, pass: Pass) -> Tensor<2> {
        let is_empty = batch.starts().windows(2).any(|pair| pair[0] == pair[1]);
        assert!(!is_empty, "an empty sequence has no first token");
        let last = self.last_states(batch, pass, Wanted::First);
        if !self.encoder.layer.is_empty() {
            return last;
        }
        let starts = batch.starts()[..batch.len()].iter().map(|&start| start as i64);
        let starts = TensorData::new(starts.collect::<Vec<_>>(), [batch.len()]);
        let device = last.device();
        last.select(0, Tensor::<1, Int>::from_data(starts, &device))
    }

    fn last_states(&self, batch: &TokenBatch, pass: Pass, wanted: Wanted) -> Tensor<2> {
        let hidden = self.projected(batch, pass);
        let states = self.encoder.packed(hidden, batch, self.layer_norm_eps, pass, wanted);
        states.fold(None, |_, hidden| Some(hidden)).unwrap_or_else(|| unreachable!("no states"))
    }

    /// Hidden states of all tokens of a batch, each `[tokens, hidden_size]`: what enters the
    /// encoder, then what each of its layers gives. On any device.
    pub fn layer_states(&self, batch: &TokenBatch, pass: Pass) -> Vec<Tensor<2>> {
        let hidden = self.projected(batch, pass);
        self.encoder.states(hidden, batch, self.layer_norm_eps, pass)
    }

    /// Embeddings of all tokens of a batch after norm and dropout, `[tokens, embedding_size]`. On
    /// any device.
    pub fn embed(&self, batch: &TokenBatch, pass: Pass) -> Tensor<2> {
        self.embeddings.packed(batch, None, self.layer_norm_eps, pass)
    }

    /// The input of the encoder, `[tokens, hidden_size]`.
    fn projected(&self, batch: &TokenBatch, pass: Pass) -> Tensor<2> {
        let projection = self.embeddings_project.as_ref();
        self.embeddings.packed(batch, projection, self.layer_norm_eps, pass)
    }

    fn device(&self) -> Device {
        self.embeddings.word_embeddings.weight.val().device()
    }
}
