//! The numbers of the training loop.

use std::str::FromStr;

use checkpoint::base::Base;
use cli::value;
use model::DeviceKind;

use crate::base::{BaseSource, base_source};
use crate::calibrate::threshold::ThresholdRule;
use crate::error::TrainError;
use crate::finetune::args::{FinetuneArgs, PublishedRecipe};
use crate::finetune::word_dropout::WordDropout;
use crate::learning::args::Precision;
use crate::learning::optimizer::AdamWSettings;

/// With fewer posts than this, more epochs are needed to get anywhere.
const FEW_POSTS: usize = 5_000;

/// The weight of a positive post in the loss: `--pos-weight`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PosWeight {
    /// Negatives divided by positives.
    Auto,
    /// A number.
    Fixed(f64),
}

impl FromStr for PosWeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let weight = value::above_zero(text).map(Self::Fixed);
        weight.map_err(|_| format!("{text} is neither `auto` nor a number above 0"))
    }
}

/// The numbers of the training loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Hyperparameters {
    /// Passes over the data.
    pub epochs: usize,
    /// Posts in a batch.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Share of steps in which it rises.
    pub warmup: f64,
    /// AdamW's numbers.
    pub optimizer: AdamWSettings,
    /// Weight of positives in the loss.
    pub pos_weight: f64,
    /// The hiding of words while it learns, if any.
    pub word_dropout: Option<WordDropout>,
    /// Models whose weights are averaged.
    pub models: usize,
    /// Share of the base in the weights that are written (Wortsman et al., "Robust fine-tuning of
    /// zero-shot models", 2022).
    pub base_share: f64,
    /// The random seed.
    pub seed: u64,
    /// Evaluations an epoch.
    pub evaluations_per_epoch: usize,
    /// Evaluations without improvement before stopping; 0 for never.
    pub patience: usize,
    /// The rule that the threshold is chosen by.
    pub threshold: ThresholdRule,
    /// Steps between saves; 0 for none.
    pub save_every: usize,
    /// The device to compute on.
    pub device: DeviceKind,
    /// The rounding of operands in the CPU's matrix products.
    pub precision: Precision,
}

/// Facts besides the flags that the numbers of the loop depend on.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Posts of label 1 in training.
    pub positives: usize,
    /// Posts of label 0 in training.
    pub negatives: usize,
    /// Width of the encoder.
    pub hidden_size: usize,
    /// True if the base learned language before.
    pub pretrained: bool,
    /// The id of `[MASK]`, if the base's vocabulary has it.
    pub mask_id: Option<u32>,
}

impl Circumstances {
    /// Those of so many posts of label 1 and 0 and this base.
    ///
    /// # Errors
    /// [`TrainError::Flag`] if `--base` is nothing that a training can start from.
    pub fn new(
        args: &FinetuneArgs,
        [positives, negatives]: [usize; 2],
        base: &Base,
    ) -> Result<Self, TrainError> {
        let source = base_source(args.base.as_deref())?;
        Ok(Self {
            positives,
            negatives,
            hidden_size: base.config.hidden_size,
            pretrained: !matches!(source, BaseSource::Random(_)),
            mask_id: base.tokenizer.mask_id(),
        })
    }
}

/// Resolves the numbers of the training loop.
///
/// # Errors
/// [`TrainError::Flag`] for words to be hidden behind a `[MASK]` that the base does not have.
pub fn hyperparameters(
    args: &FinetuneArgs,
    now: Circumstances,
) -> Result<Hyperparameters, TrainError> {
    let tf = args.preset == PublishedRecipe::Tf;
    let few = now.positives + now.negatives < FEW_POSTS;
    let epochs = args.epochs.unwrap_or(match (tf, few) {
        (true, _) => 5,
        (false, true) => 10,
        (false, false) => 3,
    });
    let learning_rate = args.learning_rate.unwrap_or(match (tf, now.hidden_size) {
        (true, _) => 3e-5,
        (false, ..=256) => 3e-4,
        (false, ..=512) => 2e-4,
        (false, ..=768) => 1e-4,
        (false, _) => 5e-5,
    });
    let layerwise_decay =
        args.layerwise_decay.unwrap_or(if now.pretrained && !tf { 0.8 } else { 1.0 });
    let pos_weight = match args.pos_weight {
        PosWeight::Fixed(weight) => weight,
        PosWeight::Auto => now.negatives as f64 / now.positives.max(1) as f64,
    };
    let word_dropout = word_dropout(args.word_dropout, now.mask_id)?;
    Ok(Hyperparameters {
        epochs,
        batch_size: args.batch_size,
        learning_rate,
        warmup: args.warmup,
        optimizer: AdamWSettings::new(args.regularisation.weight_decay, layerwise_decay),
        pos_weight,
        word_dropout,
        models: args.average,
        base_share: args.base_share,
        seed: args.seed,
        evaluations_per_epoch: args.evaluations,
        patience: args.patience,
        threshold: args.threshold,
        save_every: args.save_every,
        device: args.running.device,
        precision: args.running.precision,
    })
}

/// Resolves `--word-dropout`.
fn word_dropout(share: f64, mask_id: Option<u32>) -> Result<Option<WordDropout>, TrainError> {
    match mask_id {
        _ if share == 0.0 => Ok(None),
        Some(mask_id) => Ok(Some(WordDropout { share, mask_id })),
        None => Err(TrainError::Flag {
            flag: "--word-dropout",
            reason: "the base's vocabulary has no [MASK]: use --word-dropout 0".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser;

    fn args(flags: &[&str]) -> FinetuneArgs {
        FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap()
    }

    const NOW: Circumstances = Circumstances {
        positives: 4_000,
        negatives: 8_000,
        hidden_size: 256,
        pretrained: true,
        mask_id: Some(103),
    };

    #[test]
    fn the_default_recipe_is_electras() {
        let recipe = hyperparameters(&args(&[]), NOW).unwrap();
        assert_eq!((recipe.learning_rate, recipe.epochs), (3e-4, 3));
        assert_eq!(recipe.optimizer.layerwise_decay, 0.8);
        for (hidden_size, learning_rate) in [(384, 2e-4), (768, 1e-4), (1024, 5e-5)] {
            let wider = Circumstances { hidden_size, ..NOW };
            assert_eq!(hyperparameters(&args(&[]), wider).unwrap().learning_rate, learning_rate);
        }
        let random = Circumstances { pretrained: false, ..NOW };
        assert_eq!(hyperparameters(&args(&[]), random).unwrap().optimizer.layerwise_decay, 1.0);
    }

    #[test]
    fn the_tf_preset_is_the_original_systems_and_single_flags_override_it() {
        let recipe = hyperparameters(&args(&["--preset", "tf"]), NOW).unwrap();
        assert_eq!((recipe.learning_rate, recipe.epochs), (3e-5, 5));
        let recipe = hyperparameters(&args(&["--preset", "tf", "--epochs", "2"]), NOW).unwrap();
        assert_eq!((recipe.learning_rate, recipe.epochs), (3e-5, 2));
    }

    #[test]
    fn automatic_pos_weight_balances_the_labels() {
        let recipe = hyperparameters(&args(&["--pos-weight", "auto"]), NOW).unwrap();
        assert_eq!(recipe.pos_weight, 2.0);
    }

    #[test]
    fn words_are_hidden_behind_the_mask_of_the_base() {
        let args = args(&["--word-dropout", "0.2"]);
        let hidden = hyperparameters(&args, NOW).unwrap().word_dropout;
        assert_eq!(hidden, Some(WordDropout { share: 0.2, mask_id: 103 }));
        let maskless = Circumstances { mask_id: None, ..NOW };
        let error = hyperparameters(&args, maskless).unwrap_err().to_string();
        assert!(error.starts_with("--word-dropout: "), "{error}");
    }
}
