//! Word pieces to vectors: word, position and segment embeddings, summed and normalised.

use burn::module::Module;
use burn::nn::{
    Dropout, DropoutConfig, Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig,
    Linear,
};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::TokenBatch;
use super::fused::Lookup;
use super::pass::{Pass, Site};
use checkpoint::ElectraConfig;

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

    /// Embeds all tokens of a batch, with dropout, and takes them through `projection`, if given:
    /// `[tokens, embedding_size]`, or as wide as the projection makes them. On any device; the CPU
    /// does it in one operation.
    pub(super) fn packed(
        &self,
        batch: &TokenBatch,
        projection: Option<&Linear>,
        layer_norm_eps: f64,
        pass: Pass,
    ) -> Tensor<2> {
        let device = self.word_embeddings.weight.val().device();
        if device.clone().inner() == Device::flex() {
            let lookup = Lookup {
                input_ids: batch.input_ids().to_vec(),
                positions: batch.positions().map(|position| position as u32).collect(),
                epsilon: layer_norm_eps as f32,
                dropout: pass.mask(Site::Embeddings, &self.dropout, &device),
            };
            return self.forward_packed(projection, lookup);
        }
        self.packed_by_primitives(batch, projection, pass)
    }

    /// As [`Embeddings::packed`], for any device.
    fn packed_by_primitives(
        &self,
        batch: &TokenBatch,
        projection: Option<&Linear>,
        pass: Pass,
    ) -> Tensor<2> {
        let device = self.word_embeddings.weight.val().device();
        let row = |values: Vec<i64>| {
            let shape = [1, batch.tokens()];
            Tensor::<2, Int>::from_data(TensorData::new(values, shape), &device)
        };
        let input_ids = row(batch.input_ids().iter().map(|&id| i64::from(id)).collect());
        let positions = row(batch.positions().map(|position| position as i64).collect());
        let embedded = self.forward(input_ids, positions).squeeze_dim::<2>(0);
        let embedded = pass.dropout(Site::Embeddings, &self.dropout, embedded);
        match projection {
            Some(projection) => projection.forward(embedded),
            None => embedded,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::electra::layer::zero_linear;
    use checkpoint::Preset;

    const WIDTH: usize = 24;

    fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.3, 1.0), device).require_grad()
    }

    fn embeddings(device: &Device) -> Embeddings {
        let config = ElectraConfig {
            vocab_size: 1500, // more rows than a thread takes at a time
            embedding_size: WIDTH,
            max_position_embeddings: 90,
            hidden_dropout_prob: 0.2,
            ..ElectraConfig::preset(Preset::Small)
        };
        let mut embeddings = Embeddings::zeros(&config, device);
        let tables = [
            &mut embeddings.word_embeddings,
            &mut embeddings.position_embeddings,
            &mut embeddings.token_type_embeddings,
        ];
        for table in tables {
            table.weight = table.weight.clone().map(|zeros| random(zeros.dims(), device));
        }
        let norm = &mut embeddings.layer_norm;
        norm.gamma = norm.gamma.clone().map(|ones| random(ones.dims(), device));
        norm.beta = norm.beta.clone().map(|beta| beta.map(|_| random([WIDTH], device)));
        embeddings
    }

    /// More tokens than a thread takes at a time, and many of them the same.
    fn batch() -> TokenBatch {
        let sequence = |length: u32| (0..length).map(|i| i * i % 40 * 37).collect::<Vec<_>>();
        let sequences = [sequence(83), sequence(1), sequence(30), sequence(57)];
        TokenBatch::new(sequences.iter().map(Vec::as_slice))
    }

    fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
        tensor.clone().into_data().iter::<f32>().collect()
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        let largest = expected.iter().fold(1.0, |most, value| value.abs().max(most));
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() <= 1e-4 * largest, "{actual} {expected}");
        }
    }

    /// The output, and the gradients of the sum of its products with `factors`.
    fn output_and_gradients(
        embeddings: &Embeddings,
        projection: Option<&Linear>,
        output: &Tensor<2>,
        factors: &Tensor<2>,
    ) -> Vec<Vec<f32>> {
        let gradients = (output.clone() * factors.clone()).sum().backward();
        let mut results = vec![values(output)];
        let norm = &embeddings.layer_norm;
        let tables = [
            &embeddings.word_embeddings,
            &embeddings.position_embeddings,
            &embeddings.token_type_embeddings,
        ];
        let matrices = tables.map(|table| &table.weight).into_iter();
        for matrix in matrices.chain(projection.map(|dense| &dense.weight)) {
            results.extend(matrix.val().grad(&gradients).map(|gradient| values(&gradient)));
        }
        let vectors = norm.beta.iter().chain(projection.and_then(|dense| dense.bias.as_ref()));
        for vector in std::iter::once(&norm.gamma).chain(vectors) {
            results.extend(vector.val().grad(&gradients).map(|gradient| values(&gradient)));
        }
        results
    }

    #[test]
    fn the_cpus_operation_gives_what_burns_primitives_do_under_the_same_dropout_mask() {
        let device = Device::flex().autodiff();
        let (embeddings, batch) = (embeddings(&device), batch());
        let mut dense = zero_linear(WIDTH, 40, &device);
        dense.weight = dense.weight.map(|_| random([WIDTH, 40], &device));
        dense.bias = dense.bias.map(|bias| bias.map(|_| random([40], &device)));
        for (projection, outputs) in [(None, WIDTH), (Some(&dense), 40)] {
            let factors = random([batch.tokens(), outputs], &device);
            for dropout_key in [None, Some(7)] {
                let pass = Pass { dropout_key, ..Pass::default() };
                let results = [
                    embeddings.packed(&batch, projection, 1e-12, pass),
                    embeddings.packed_by_primitives(&batch, projection, pass),
                ]
                .map(|output| output_and_gradients(&embeddings, projection, &output, &factors));
                let [fused, plain] = results;
                assert_eq!(fused.len(), if projection.is_some() { 8 } else { 6 });
                for (fused, plain) in fused.iter().zip(&plain) {
                    assert_close(fused, plain);
                }
            }
        }
    }

    #[test]
    fn no_tokens_are_no_rows_of_the_right_width() {
        let device = Device::flex().autodiff();
        let dense = zero_linear(WIDTH, 40, &device);
        let batch = TokenBatch::new([]);
        for (projection, outputs) in [(None, WIDTH), (Some(&dense), 40)] {
            let output = embeddings(&device).packed(&batch, projection, 1e-12, Pass::default());
            assert_eq!(output.dims(), [0, outputs]);
        }
    }
}
