//! Word pieces to vectors: word, position and segment embeddings, summed and normalised.

use burn::module::Module;
use burn::nn::{
    Dropout, DropoutConfig, Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig,
};
use burn::tensor::{Device, Int, Tensor};

use super::ElectraConfig;

/// `LayerNorm(word + position + token_type)`, with dropout after it.
#[derive(Module, Debug)]
pub struct Embeddings {
    /// `[vocab_size, embedding_size]`.
    pub word_embeddings: Embedding,
    /// `[max_position_embeddings, embedding_size]`.
    pub position_embeddings: Embedding,
    /// `[type_vocab_size, embedding_size]`; a tweet is all segment 0.
    pub token_type_embeddings: Embedding,
    /// Over `embedding_size`.
    pub layer_norm: LayerNorm,
    /// `hidden_dropout_prob`.
    pub dropout: Dropout,
}

impl Embeddings {
    /// All-zero tables of the right shapes, for weights to be loaded into.
    pub(super) fn zeros(config: &ElectraConfig, device: &Device) -> Self {
        let table = |rows| {
            EmbeddingConfig::new(rows, config.embedding_size)
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: table(config.max_position_embeddings),
            token_type_embeddings: table(config.type_vocab_size),
            layer_norm: LayerNormConfig::new(config.embedding_size)
                .with_epsilon(config.layer_norm_eps)
                .init(device),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
        }
    }

    /// Embeds token ids `[sequences, length]` at `positions` of the same shape, or `[1, length]`
    /// for all sequences alike, as `[sequences, length, embedding_size]`, dropout not yet applied.
    pub(super) fn forward(
        &self,
        input_ids: Tensor<2, Int>,
        positions: Tensor<2, Int>,
    ) -> Tensor<3> {
        let segment = Tensor::<2, Int>::zeros([1, 1], &input_ids.device());
        let sum = self.word_embeddings.forward(input_ids)
            + self.position_embeddings.forward(positions)
            + self.token_type_embeddings.forward(segment);
        self.layer_norm.forward(sum)
    }
}
