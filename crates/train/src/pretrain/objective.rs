//! The two losses: masked words for the generator, replaced words for the discriminator.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use dataset::Random;
use model::electra::{Pass, TokenBatch};

use super::masking::{draw, mask};
use super::network::Pretraining;
use crate::error::TrainError;
use crate::language::Objective;
use crate::learning::loss::binary_cross_entropies;
use crate::learning::step::Figures;

/// ELECTRA's objective.
#[derive(Debug, Clone, Copy)]
pub struct ReplacedTokens {
    /// The share of words that are masked.
    pub masked: f64,
    /// λ: how much the discriminator's loss weighs beside the generator's.
    pub discriminator_weight: f64,
    /// The id of `[MASK]`.
    pub mask_id: u32,
}

impl Objective for ReplacedTokens {
    type Model = Pretraining;

    fn loss(
        &self,
        model: &Pretraining,
        batch: &TokenBatch,
        pass: Pass,
    ) -> Result<(Tensor<1>, Figures), TrainError> {
        let mut random = Random::new(pass.dropout_key.unwrap_or_default() ^ 0x005E_ED0F_3A5C);
        let masked = mask(batch, self.masked, self.mask_id, &mut random);
        let truth: Vec<u32> = masked.places.iter().map(|&place| batch.input_ids()[place]).collect();

        let guesses = model.guess(&batch.with_ids(masked.input_ids), &masked.places, pass);
        let device = guesses.device();
        let (drawn, right) = {
            let data = guesses.clone().inner().into_data();
            draw(data.as_slice::<f32>().unwrap_or_default(), &truth, &mut random)
        };
        let rows: Vec<i64> = truth.iter().map(|&id| i64::from(id)).collect();
        let rows = TensorData::new(rows, [truth.len(), 1]);
        let rows = Tensor::<2, Int>::from_data(rows, &device);
        let generator_loss = log_softmax(guesses, 1).gather(1, rows).mean().neg();

        // No gradient flows through the draw: the generator learns from its own loss only.
        let mut shown = batch.input_ids().to_vec();
        let mut replaced = vec![false; shown.len()];
        for ((&place, &word), &truth) in masked.places.iter().zip(&drawn).zip(&truth) {
            shown[place] = word;
            replaced[place] = word != truth;
        }
        let logits = model.discriminate(&batch.with_ids(shown), pass);
        let scores: Vec<f64> = logits.clone().into_data().iter::<f32>().map(f64::from).collect();
        let targets: Vec<f32> = replaced.iter().map(|&is| f32::from(u8::from(is))).collect();
        let targets = Tensor::<1>::from_floats(targets.as_slice(), &device);
        let discriminator_loss = binary_cross_entropies(logits, targets).mean();

        let number = |loss: &Tensor<1>| f64::from(loss.clone().into_scalar::<f32>());
        let mut figures = vec![
            ("generator loss", number(&generator_loss)),
            ("generator accuracy", right as f64 / truth.len().max(1) as f64),
            ("discriminator loss", number(&discriminator_loss)),
        ];
        // A small batch may have no replaced word.
        if let Ok(auc) = metrics::roc_auc(&scores, &replaced) {
            figures.push(("discriminator AUC", auc));
        }
        let loss = generator_loss + discriminator_loss * self.discriminator_weight;
        Ok((loss, figures))
    }
}
