//! What the command line means, resolved once; the rest of the program sees only this.

use std::path::{Path, PathBuf};

use dataset::LabelledFile;
use kernels::Operands;
use model::DeviceKind;
use model::base::Base;
use model::electra::Preset;

use crate::args::{Args, Precision, Recipe};
use crate::error::TrainError;
use crate::optimizer::AdamWSettings;
use crate::threshold::ThresholdRule;
use crate::word_dropout::WordDropout;

/// The sample that comes with the project, used where no data is given.
const BUNDLED_SAMPLE: &str = "data/sample_tweets.csv";

/// The base that comes with the project, used where it is there and none is given.
const BUNDLED_BASE: &str = "checkpoints/electra-small-tweets";

/// With fewer posts than this, more epochs are needed to get anywhere.
const FEW_POSTS: usize = 5_000;

/// Where the training starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum BaseSource {
    /// Untrained weights.
    Random(Preset),
    /// A folder on this machine.
    Folder(PathBuf),
    /// `owner/name` on a hub.
    Hub(String),
}

/// How much of the data to train on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// So many rows.
    Rows(usize),
    /// Such a share of the rows.
    Share(f64),
}

/// How much a positive post weighs in the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PosWeight {
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
    pub operands: Operands,
}

/// Resolves `--base`.
///
/// # Errors
/// [`TrainError::Flag`] if it is neither a folder nor looks like a hub id.
pub fn base_source(base: Option<&str>) -> Result<BaseSource, TrainError> {
    let Some(base) = base else {
        let bundled = Path::new(BUNDLED_BASE);
        return Ok(if bundled.is_dir() {
            BaseSource::Folder(bundled.to_owned())
        } else {
            BaseSource::Random(Preset::Small)
        });
    };
    match base {
        "random" | "random-small" => return Ok(BaseSource::Random(Preset::Small)),
        "random-base" => return Ok(BaseSource::Random(Preset::Base)),
        "random-large" => return Ok(BaseSource::Random(Preset::Large)),
        _ => {}
    }
    let folder = Path::new(base);
    let parts: Vec<&str> = base.split('/').collect();
    let looks_like_hub_id = parts.len() == 2
        && parts.iter().all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        });
    if folder.is_dir() {
        Ok(BaseSource::Folder(folder.to_owned()))
    } else if looks_like_hub_id && !folder.exists() {
        Ok(BaseSource::Hub(base.to_owned()))
    } else {
        Err(TrainError::Flag {
            flag: "--base",
            reason: format!(
                "{base} is no folder, no hub id (owner/name) and not random: check the path"
            ),
        })
    }
}

/// The labelled files to learn from, where none are given the bundled sample.
pub fn data_files(args: &Args) -> Vec<PathBuf> {
    let given = !(args.data.is_empty() && args.positives.is_empty() && args.negatives.is_empty());
    if given { args.data.clone() } else { vec![PathBuf::from(BUNDLED_SAMPLE)] }
}

/// Reads `--sample`.
///
/// # Errors
/// [`TrainError::Flag`] if it is no whole number and no share.
pub fn sample(args: &Args) -> Result<Option<Sample>, TrainError> {
    let Some(text) = &args.sample else { return Ok(None) };
    let refuse = || TrainError::Flag {
        flag: "--sample",
        reason: format!("{text} is neither a number of rows (1000) nor a share (0.25)"),
    };
    if let Ok(rows) = text.parse::<usize>() {
        if rows == 0 { Err(refuse()) } else { Ok(Some(Sample::Rows(rows))) }
    } else {
        let share = text.parse::<f64>().map_err(|_| refuse())?;
        if share > 0.0 && share <= 1.0 { Ok(Some(Sample::Share(share))) } else { Err(refuse()) }
    }
}

/// Holds `--validation-share` to what a share can be.
///
/// # Errors
/// [`TrainError::Flag`] if it is not above 0 and below 1.
pub fn check_validation_share(args: &Args) -> Result<(), TrainError> {
    if args.validation_share > 0.0 && args.validation_share < 1.0 {
        return Ok(());
    }
    Err(TrainError::Flag {
        flag: "--validation-share",
        reason: "it is a share of the rows: above 0 and below 1".to_owned(),
    })
}

/// Reads `--near-duplicates`: from which similarity on texts are near, if anybody asks.
///
/// # Errors
/// [`TrainError::Flag`] if it is not above 0 and at most 1.
pub fn near_duplicates(args: &Args) -> Result<Option<f64>, TrainError> {
    match args.near_duplicates {
        Some(similarity) if !(similarity > 0.0 && similarity <= 1.0) => Err(TrainError::Flag {
            flag: "--near-duplicates",
            reason: format!(
                "{similarity} is no similarity: above 0 and at most 1, which is the same words \
                 in the same order"
            ),
        }),
        near => Ok(near),
    }
}

/// Reads `--folds`.
///
/// # Errors
/// [`TrainError::Flag`] if there are fewer than two, as there are without the flag.
pub fn folds(args: &Args) -> Result<usize, TrainError> {
    match args.folds.unwrap_or_default() {
        few @ ..2 => Err(TrainError::Flag {
            flag: "--folds",
            reason: format!("{few} leaves nothing to judge by: give 2 or more, 5 are usual"),
        }),
        folds => Ok(folds),
    }
}

/// Reads `--pos-weight`.
///
/// # Errors
/// [`TrainError::Flag`] if it is neither `auto` nor a positive number.
pub fn pos_weight(args: &Args) -> Result<PosWeight, TrainError> {
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

/// Reads `--weight`: how much a row of each of these files counts in the loss.
///
/// # Errors
/// [`TrainError::Flag`] if it is no `FILE=X` with a number above 0, or names none of the files.
pub fn file_weights(args: &Args, files: &[LabelledFile]) -> Result<Vec<f64>, TrainError> {
    let refuse = |reason| Err(TrainError::Flag { flag: "--weight", reason });
    let mut weights = vec![1.0; files.len()];
    for given in &args.weight {
        // Of the right-most sign, since a path may have one too.
        let parts = given.rsplit_once('=');
        let Some((name, Ok(weight))) = parts.map(|(name, weight)| (name, weight.parse::<f64>()))
        else {
            return refuse(format!("{given} is no FILE=X, such as posts.csv=0.5"));
        };
        if !(weight.is_finite() && weight > 0.0) {
            return refuse(format!(
                "{given}: a weight is above 0; to leave a file out, do not name it"
            ));
        }
        let Some(file) = files.iter().position(|file| file.path == Path::new(name)) else {
            let names: Vec<String> =
                files.iter().map(|file| file.path.display().to_string()).collect();
            return refuse(format!(
                "{name} is none of the files that are learned from: {}",
                names.join(", ")
            ));
        };
        weights[file] = weight;
    }
    Ok(weights)
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
        (false, 257..=768) => 1e-4,
        (false, _) => 5e-5,
    });
    let layerwise_decay =
        args.layerwise_decay.unwrap_or(if now.pretrained && !tf { 0.8 } else { 1.0 });
    let pos_weight = match pos_weight(args)? {
        PosWeight::Fixed(weight) => weight,
        PosWeight::Auto => now.negatives as f64 / now.positives.max(1) as f64,
    };
    let refuse = |flag, reason: &str| Err(TrainError::Flag { flag, reason: reason.to_owned() });
    let positive = |value: f64| value.is_finite() && value > 0.0;
    if epochs == 0 {
        return refuse("--epochs", "0 passes over the data teach nothing: give 1 or more");
    }
    if args.batch_size == 0 {
        return refuse("--batch-size", "a batch needs at least 1 post");
    }
    if !positive(learning_rate) {
        return refuse("--learning-rate", "it must be above 0");
    }
    if !positive(layerwise_decay) || layerwise_decay > 1.0 {
        return refuse("--layerwise-decay", "it must be above 0 and at most 1");
    }
    if !(0.0..1.0).contains(&args.warmup) {
        return refuse("--warmup", "it is a share of the steps: 0 or more and less than 1");
    }
    if args.weight_decay.is_nan() || args.weight_decay < 0.0 {
        return refuse("--weight-decay", "it must be 0 or more");
    }
    if args.dropout.is_some_and(|dropout| !(0.0..1.0).contains(&dropout)) {
        return refuse("--dropout", "it must be 0 or more and less than 1");
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
        optimizer: AdamWSettings {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-6,
            weight_decay: args.weight_decay,
            max_norm: 1.0,
            layerwise_decay,
        },
        pos_weight,
        word_dropout,
        models: args.average,
        seed: args.seed,
        evaluations_per_epoch: args.evaluations,
        patience: args.patience,
        threshold: args.threshold,
        save_every: args.save_every,
        device: args.device,
        operands: match args.precision {
            Precision::F32 => Operands::F32,
            Precision::Bf16 => Operands::Bf16,
        },
    })
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
    fn a_sample_is_a_number_or_a_share() {
        assert_eq!(sample(&args(&["--sample", "500"])).unwrap(), Some(Sample::Rows(500)));
        assert_eq!(sample(&args(&["--sample", "0.25"])).unwrap(), Some(Sample::Share(0.25)));
        for nonsense in ["0", "1.5", "-1", "many"] {
            let error = sample(&args(&[&format!("--sample={nonsense}")])).unwrap_err().to_string();
            assert!(error.starts_with("--sample: "), "{error}");
        }
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

    #[test]
    fn a_base_is_a_folder_a_hub_id_or_random() {
        let source = |base| base_source(Some(base));
        assert_eq!(source("random").unwrap(), BaseSource::Random(Preset::Small));
        assert_eq!(source("src").unwrap(), BaseSource::Folder("src".into()));
        let hub = "google/electra-small-discriminator";
        assert_eq!(source(hub).unwrap(), BaseSource::Hub(hub.to_owned()));
        for nonsense in ["no-such-folder", "./gone/away", "a/b/c"] {
            assert!(source(nonsense).is_err(), "{nonsense}");
        }
    }
}
