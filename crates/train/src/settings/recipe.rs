//! The numbers of the training loop.

use checkpoint::base::Base;
use model::DeviceKind;

use super::base::{BaseSource, base_source};
use crate::args::{Args, Precision, Recipe};
use crate::error::TrainError;
use crate::optimizer::AdamWSettings;
use crate::threshold::ThresholdRule;
use crate::word_dropout::WordDropout;

/// With fewer posts than this, more epochs are needed to get anywhere.
const FEW_POSTS: usize = 5_000;

/// How much a positive post weighs in the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PosWeight {
    /// Negatives divided by positives.
    Auto,
    /// A number.
    Fixed(f64),
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
    /// Which words are hidden while it learns, if any.
    pub word_dropout: Option<WordDropout>,
    /// Models whose weights are averaged.
    pub models: usize,
    /// Of everything random.
    pub seed: u64,
    /// Evaluations an epoch.
    pub evaluations_per_epoch: usize,
    /// Evaluations without improvement before stopping; 0 for never.
    pub patience: usize,
    /// What the threshold is chosen by.
    pub threshold: ThresholdRule,
    /// Steps between saves; 0 for none.
    pub save_every: usize,
    /// Where to compute.
    pub device: DeviceKind,
    /// How the CPU's matrix products round their operands.
    pub precision: Precision,
}

/// What the numbers of the loop depend on besides the flags.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Posts of label 1 in training.
    pub positives: usize,
    /// Posts of label 0 in training.
    pub negatives: usize,
    /// Width of the encoder.
    pub hidden_size: usize,
    /// Whether the base learned language before.
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
        args: &Args,
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
/// [`TrainError::Flag`] naming the flag that is out of range.
pub fn hyperparameters(args: &Args, now: Circumstances) -> Result<Hyperparameters, TrainError> {
    let tf = args.preset == Recipe::Tf;
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
    let pos_weight = match pos_weight(args)? {
        PosWeight::Fixed(weight) => weight,
        PosWeight::Auto => now.negatives as f64 / now.positives.max(1) as f64,
    };
    let refuse = |flag, reason: &str| Err(TrainError::Flag { flag, reason: reason.to_owned() });
    if epochs == 0 {
        return refuse("--epochs", "0 passes over the data teach nothing: give 1 or more");
    }
    if args.batch_size == 0 {
        return refuse("--batch-size", "a batch needs at least 1 post");
    }
    check_rates(learning_rate, args.warmup, args.weight_decay, args.dropout)?;
    if !(layerwise_decay > 0.0 && layerwise_decay <= 1.0) {
        return refuse("--layerwise-decay", "it must be above 0 and at most 1");
    }
    let word_dropout = word_dropout(args.word_dropout, now.mask_id)?;
    if args.average == 0 {
        return refuse("--average", "the mean of 0 models is none: give 1 or more");
    }
    if args.average > 1 && !now.pretrained {
        return refuse(
            "--average",
            "models that start from random weights end too far apart for a mean: give a --base, \
             or 1",
        );
    }
    if args.evaluations == 0 {
        return refuse("--evaluations", "at least one an epoch is needed to keep the best model");
    }
    Ok(Hyperparameters {
        epochs,
        batch_size: args.batch_size,
        learning_rate,
        warmup: args.warmup,
        optimizer: AdamWSettings::new(args.weight_decay, layerwise_decay),
        pos_weight,
        word_dropout,
        models: args.average,
        seed: args.seed,
        evaluations_per_epoch: args.evaluations,
        patience: args.patience,
        threshold: args.threshold,
        save_every: args.save_every,
        device: args.device,
        precision: args.precision,
    })
}

/// Holds to their ranges the numbers that every kind of training has.
///
/// # Errors
/// [`TrainError::Flag`] naming the flag that is out of range.
pub fn check_rates(
    learning_rate: f64,
    warmup: f64,
    weight_decay: f64,
    dropout: Option<f64>,
) -> Result<(), TrainError> {
    let refuse = |flag, reason: &str| Err(TrainError::Flag { flag, reason: reason.to_owned() });
    if !(learning_rate.is_finite() && learning_rate > 0.0) {
        return refuse("--learning-rate", "it must be above 0");
    }
    if !(0.0..1.0).contains(&warmup) {
        return refuse("--warmup", "it is a share of the steps: 0 or more and less than 1");
    }
    if weight_decay.is_nan() || weight_decay < 0.0 {
        return refuse("--weight-decay", "it must be 0 or more");
    }
    if dropout.is_some_and(|dropout| !(0.0..1.0).contains(&dropout)) {
        return refuse("--dropout", "it must be 0 or more and less than 1");
    }
    Ok(())
}

/// Reads `--pos-weight`.
///
/// # Errors
/// [`TrainError::Flag`] if it is neither `auto` nor a positive number.
fn pos_weight(args: &Args) -> Result<PosWeight, TrainError> {
    if args.pos_weight == "auto" {
        return Ok(PosWeight::Auto);
    }
    match args.pos_weight.parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight > 0.0 => Ok(PosWeight::Fixed(weight)),
        _ => Err(TrainError::Flag {
            flag: "--pos-weight",
            reason: format!("{} is neither `auto` nor a number above 0", args.pos_weight),
        }),
    }
}

/// Resolves `--word-dropout`.
fn word_dropout(share: f64, mask_id: Option<u32>) -> Result<Option<WordDropout>, TrainError> {
    let refuse =
        |reason: &str| Err(TrainError::Flag { flag: "--word-dropout", reason: reason.to_owned() });
    if !(0.0..1.0).contains(&share) {
        return refuse("it is a share of the words: 0 or more and less than 1");
    }
    match mask_id {
        _ if share == 0.0 => Ok(None),
        Some(mask_id) => Ok(Some(WordDropout { share, mask_id })),
        None => refuse("the base's vocabulary has no [MASK] to hide a word behind: give 0"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser;

    fn args(flags: &[&str]) -> Args {
        Args::try_parse_from([&["train"], flags].concat()).unwrap()
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
    fn flags_out_of_range_are_named() {
        for (flag, value) in [
            ("--epochs", "0"),
            ("--batch-size", "0"),
            ("--learning-rate", "0"),
            ("--warmup", "1"),
            ("--layerwise-decay", "2"),
            ("--dropout", "1"),
            ("--word-dropout", "1"),
            ("--pos-weight", "heavy"),
            ("--average", "0"),
        ] {
            let error = hyperparameters(&args(&[flag, value]), NOW).unwrap_err().to_string();
            assert!(error.starts_with(flag), "{error}");
        }
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

    #[test]
    fn networks_from_random_weights_are_not_averaged() {
        let args = args(&["--average", "2"]);
        assert_eq!(hyperparameters(&args, NOW).unwrap().models, 2);
        let random = Circumstances { pretrained: false, ..NOW };
        let error = hyperparameters(&args, random).unwrap_err().to_string();
        assert!(error.starts_with("--average: "), "{error}");
    }
}
