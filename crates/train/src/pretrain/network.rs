//! Generator and discriminator, which share the embedding tables.

use burn::module::{Module, Param};
use burn::nn::{Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use checkpoint::ElectraConfig;
use checkpoint::Weights;
use checkpoint::weights::HostTensor;
use model::binding;
use model::electra::classifier::Encoder;
use model::electra::{Electra, Pass, TokenBatch};

use crate::error::TrainError;

/// Both networks.
#[derive(Module, Debug)]
pub struct Pretraining {
    /// The discriminator's body, which becomes the base.
    pub electra: Electra,
    /// Its head.
    pub discriminator_predictions: DiscriminatorHead,
    /// Embeds with the discriminator's tables.
    pub generator: Generator,
}

/// `dense_prediction(gelu(dense(h)))` of each word.
#[derive(Module, Debug)]
pub struct DiscriminatorHead {
    /// `[hidden_size, hidden_size]`.
    pub dense: Linear,
    /// `[hidden_size, 1]`.
    pub dense_prediction: Linear,
}

/// A narrow encoder that guesses words.
#[derive(Module, Debug)]
pub struct Generator {
    /// From the embeddings' width to the generator's.
    pub embeddings_project: Linear,
    /// As deep as the discriminator.
    pub encoder: Encoder,
    /// From the generator's width back to the embeddings'.
    pub dense: Linear,
    /// Over `embedding_size`.
    pub layer_norm: LayerNorm,
    /// Of each word, `[vocab_size]`.
    pub bias: Param<Tensor<1>>,
    /// Of every layer norm.
    pub layer_norm_eps: f64,
}

/// The generator's sizes: `share` of the discriminator's width, heads and feed-forward width.
pub fn generator_config(config: &ElectraConfig, share: f64) -> ElectraConfig {
    let heads = ((config.num_attention_heads as f64 * share).round() as usize).max(1);
    let head_size = config.head_size();
    ElectraConfig {
        hidden_size: heads * head_size,
        num_attention_heads: heads,
        intermediate_size: (config.intermediate_size * heads / config.num_attention_heads).max(1),
        ..*config
    }
}

impl Pretraining {
    /// Random heads and generator beside the weights of a body.
    pub fn weights(
        body: Weights,
        config: &ElectraConfig,
        generator: &ElectraConfig,
        seed: u64,
    ) -> Weights {
        let (width, hidden) = (config.embedding_size, config.hidden_size);
        let dense = |name: &str, output: usize, input: usize| {
            let weight = (format!("{name}.weight"), vec![output, input]);
            [weight, (format!("{name}.bias"), vec![output])]
        };
        let heads = [
            dense("discriminator_predictions.dense", hidden, hidden),
            dense("discriminator_predictions.dense_prediction", 1, hidden),
            dense("generator.embeddings_project", generator.hidden_size, width),
            dense("generator.dense", width, generator.hidden_size),
        ];
        let encoder = generator.tensor_shapes().into_iter().filter_map(|(name, shape)| {
            let rest = name.strip_prefix("electra.encoder.")?;
            Some((format!("generator.encoder.{rest}"), shape))
        });
        let norm =
            ["weight", "bias"].map(|part| (format!("generator.LayerNorm.{part}"), vec![width]));
        let shapes = heads.into_iter().flatten().chain(encoder).chain(norm);
        let mut weights = Weights::random_tensors(shapes, seed);
        let zeros =
            HostTensor { shape: vec![config.vocab_size], values: vec![0.0; config.vocab_size] };
        weights.insert("generator.bias", zeros);
        weights.extend(body);
        weights
    }

    /// Builds both networks with these weights, on a device with autodiff.
    ///
    /// # Errors
    /// [`TrainError::Model`] naming every tensor that does not fit.
    pub fn new(
        config: &ElectraConfig,
        generator: &ElectraConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (width, hidden) = (config.embedding_size, config.hidden_size);
        let dense = |input, output| {
            LinearConfig::new(input, output).with_initializer(Initializer::Zeros).init(device)
        };
        let zeros = Self {
            electra: Electra::zeros(config, device),
            discriminator_predictions: DiscriminatorHead {
                dense: dense(hidden, hidden),
                dense_prediction: dense(hidden, 1),
            },
            generator: Generator {
                embeddings_project: dense(width, generator.hidden_size),
                encoder: Encoder::zeros(generator, device),
                dense: dense(generator.hidden_size, width),
                layer_norm: LayerNormConfig::new(width)
                    .with_epsilon(config.layer_norm_eps)
                    .init(device),
                bias: Param::from_tensor(Tensor::zeros([config.vocab_size], device)),
                layer_norm_eps: config.layer_norm_eps,
            },
        };
        Ok(binding::load(zeros, weights)?)
    }

    /// The generator's logits `[places, vocab_size]` of the words at `places` of a masked batch.
    pub fn guess(&self, masked: &TokenBatch, places: &[usize], pass: Pass) -> Tensor<2> {
        let generator = &self.generator;
        let embedded = self.electra.embed(masked, pass);
        let device = embedded.device();
        let hidden = generator.embeddings_project.forward(embedded);
        // Another key than the discriminator's, whose layers would else drop the same places.
        let pass = Pass { dropout_key: pass.dropout_key.map(|key| !key), ..pass };
        let mut states = generator.encoder.states(hidden, masked, generator.layer_norm_eps, pass);
        let hidden = states.swap_remove(states.len() - 1);
        let places: Vec<i64> = places.iter().map(|&place| place as i64).collect();
        let count = places.len();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &device);
        let words = generator.dense.forward(hidden.select(0, places));
        let words = generator.layer_norm.forward(gelu(words));
        let table = self.electra.embeddings.word_embeddings.weight.val();
        words.matmul(table.transpose()) + generator.bias.val().unsqueeze::<2>()
    }

    /// The discriminator's logits `[tokens]`: above 0 where it thinks that a word was replaced.
    pub fn discriminate(&self, batch: &TokenBatch, pass: Pass) -> Tensor<1> {
        let mut states = self.electra.layer_states(batch, pass);
        let hidden = states.swap_remove(states.len() - 1);
        let head = &self.discriminator_predictions;
        head.dense_prediction.forward(gelu(head.dense.forward(hidden))).flatten(0, 1)
    }
}
