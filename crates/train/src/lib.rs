//! Fine-tunes ELECTRA on labelled tweets.
//!
//! # Layout
//!
//! - [`args`]: the command line, as typed. [`settings`]: what it means.
//! - [`data`]: files to tokenised posts, and what was found in them.
//! - [`batches`]: which posts make up which batch.
//! - [`trainer`]: the training loop, to be read from top to bottom.
//! - [`loss`], [`schedule`], [`optimizer`]: its parts. [`word_dropout`]: words hidden meanwhile.
//! - [`evaluation`]: the model on the validation posts.
//! - [`state`]: what an interrupted training needs to go on. [`stop`]: being asked to.
//! - [`calibrate`](mod@calibrate): temperature, threshold and bands, from validation only.
//!   [`threshold`]: the rule by which it is chosen.
//! - [`folds`]: training again and again to judge every post by a model that has not seen it.
//! - [`base`]: what a training starts from. [`hub`]: fetching it from a hub, once.
//! - [`texts`]: the texts of a file, for where labels do not matter.
//! - [`language`]: long trainings on plain text: [`pretrain`] and [`distill`] use it.
//! - [`recalibrate`]: another threshold for a model that is trained already.
//! - [`command`]: which of these is asked for.
//! - [`card`]: what a checkpoint says of itself. [`metadata`]: the header of its card.
//! - [`progress`]: what a person sees meanwhile. [`mod@trainer_state`]: the curves, for other tools.
//! - [`error`]: the mistakes a user can make.

pub mod args;
pub mod base;
pub mod batches;
pub mod calibrate;
pub mod card;
pub mod command;
pub mod data;
pub mod distill;
pub mod error;
pub mod evaluation;
pub mod folds;
pub mod hub;
pub mod language;
pub mod loss;
pub mod metadata;
pub mod optimizer;
pub mod pretrain;
pub mod progress;
pub mod recalibrate;
pub mod schedule;
pub mod settings;
pub mod state;
pub mod stop;
pub mod texts;
pub mod threshold;
pub mod trainer;
pub mod trainer_state;
pub mod word_dropout;

use std::collections::BTreeMap;
use std::path::PathBuf;

use checkpoint::base::Base;
use checkpoint::sha256;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{Checkpoint, CheckpointConfig};
use scorer::{Options, Scorer};

pub use args::Args;
pub use error::TrainError;
pub use stop::Stop;

use calibrate::{calibrate, reference, rounding};
use card::TrainingRecord;
use evaluation::TokenisedPost;
use progress::Progress;
use settings::{Circumstances, FileWeight, Hyperparameters};
use state::{TrainingState, state_folder};
use trainer::{Outcome, Trainer};
use trainer_state::trainer_state;

/// How a run of the program ended.
#[derive(Debug)]
pub enum Ended {
    /// A checkpoint was written.
    Finished {
        /// Where it is.
        checkpoint: PathBuf,
        /// What it says of its training.
        record: Box<TrainingRecord>,
    },
    /// Asked to stop; the state was saved.
    Stopped {
        /// Steps taken.
        step: usize,
        /// Steps of the whole training.
        total_steps: usize,
    },
}

/// Trains as the command line says.
///
/// # Errors
/// Any [`TrainError`]; a checkpoint that was at `--output` before is then still there.
pub fn run(args: &Args, stop: &Stop) -> Result<Ended, TrainError> {
    let args = &settings::completed(args);
    settings::check(args)?;
    checkpoint::folder::check_place(&args.output)?;
    let folder = state_folder(&args.output);
    let saved = TrainingState::take_up(&folder, args.resume, args.overwrite)?;
    let device = model::device::open(args.device)?;
    let mut base = base::open(args.base.as_deref(), args.offline, args.seed)?;
    base::fit(&mut base, args)?;
    let data = data::load(args, &base.tokenizer)?;
    for line in data.summary.lines() {
        eprintln!("{line}");
    }
    let circumstances = Circumstances::new(args, data.summary.training, &base)?;
    let hyperparameters = settings::hyperparameters(args, circumstances)?;

    let fingerprint = fingerprint(args, &hyperparameters, &base, &data)?;
    let state = TrainingState::begin(saved, fingerprint, || base.weights.clone())?;
    let step = state.record.steps_taken();
    let (trainer, model) = Trainer::new(
        &hyperparameters,
        &base.config,
        &device,
        &data.training,
        &data.validation,
        std::mem::take(&mut base.weights),
        state,
    )?;
    let mut progress = Progress::new(step, trainer.steps_to_take());
    let outcome = trainer.run(model, stop, &mut progress, |state| state.write(&folder));
    progress.finish();
    match outcome? {
        Outcome::Stopped { step, total_steps } => Ok(Ended::Stopped { step, total_steps }),
        Outcome::Finished(finished) => {
            let record = write_checkpoint(args, &hyperparameters, base, &data, *finished)?;
            state::remove(&folder)?;
            Ok(Ended::Finished { checkpoint: args.output.clone(), record: Box::new(record) })
        }
    }
}

/// All that decides how a training goes: what `--resume` holds against the saved state.
///
/// # Errors
/// If a tensor of the base is too large to be written.
fn fingerprint(
    args: &Args,
    hyperparameters: &Hyperparameters,
    base: &Base,
    data: &data::Data,
) -> Result<BTreeMap<String, String>, TrainError> {
    let mut fingerprint = data.summary.found.fingerprint();
    let posts = |posts: &[TokenisedPost]| {
        let numbers = posts.iter().flat_map(|post| {
            let counts = [u32::MAX, post.target.to_bits(), post.weight.to_bits()];
            let windows = post.windows.iter().flatten().copied();
            post.ids.iter().copied().chain(counts).chain(windows)
        });
        sha256(&numbers.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
    };
    let weights = safetensors::serialize(&base.weights, Storage::F32, &args.output)?;
    // How often to save, what the threshold is chosen by and what is written at the end may be asked
    // for anew.
    let Hyperparameters {
        epochs,
        batch_size,
        learning_rate,
        warmup,
        optimizer,
        pos_weight,
        word_dropout,
        models,
        base_share: _,
        seed,
        evaluations_per_epoch,
        patience,
        save_every: _,
        threshold: _,
        device,
        precision,
    } = hyperparameters;
    let settings = [
        ("--base", args.base.clone().unwrap_or_default()),
        ("the base's architecture", format!("{:?}", base.config)),
        ("the base's weights", sha256(&weights)),
        ("the selection of training posts", posts(&data.training)),
        ("the selection of validation posts", posts(&data.validation)),
        ("--epochs", epochs.to_string()),
        ("--batch-size", batch_size.to_string()),
        ("--learning-rate", learning_rate.to_string()),
        ("--warmup", warmup.to_string()),
        ("the optimiser's settings", format!("{optimizer:?}")),
        ("--pos-weight", pos_weight.to_string()),
        ("--word-dropout", word_dropout.map_or(0.0, |hidden| hidden.share).to_string()),
        ("--average", models.to_string()),
        ("--weight", file_weights(&args.weight)),
        ("--seed", seed.to_string()),
        ("--evaluations", evaluations_per_epoch.to_string()),
        ("--patience", patience.to_string()),
        ("--device", device.to_string()),
        ("--precision", format!("{precision:?}")),
    ];
    fingerprint.extend(settings.map(|(name, value)| (name.to_owned(), value)));
    Ok(fingerprint)
}

/// The weights of files as they were given.
fn file_weights(given: &[FileWeight]) -> String {
    given.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn write_checkpoint(
    args: &Args,
    hyperparameters: &Hyperparameters,
    base: Base,
    data: &data::Data,
    finished: trainer::Finished,
) -> Result<TrainingRecord, TrainError> {
    let labels: Vec<bool> = data.validation.iter().map(|post| post.label).collect();
    let rule = hyperparameters.threshold;
    let (calibration, figures) = calibrate(&finished.logits, &labels, rule, 1.0)?;
    if !figures.keep_to(rule) {
        eprintln!(
            "note: no threshold keeps {rule} on the validation posts: the strictest was taken; \
             train calibrate chooses another without training again"
        );
    }
    let record = TrainingRecord::new(
        base::name(args.base.as_deref())?,
        hyperparameters,
        data.summary.clone(),
        &finished.record,
        figures,
        reference(
            &calibration,
            std::iter::zip(
                finished.logits.iter().copied().map(Some),
                data.validation_langs.clone(),
            )
            .chain(data.unjudged_langs.iter().map(|lang| (None, *lang))),
        ),
    );
    let config = CheckpointConfig {
        electra: base.config,
        languages: data.languages.clone(),
        max_length: args.max_length,
        name: card::model_name(&args.output),
        version: args.model_version.clone(),
    };
    let card = card::card(&config, &calibration, &record, args.base.as_deref());
    let training = serde_json::to_value(&record).map_err(|error| TrainError::State {
        path: args.output.join("training.json"),
        reason: error.to_string(),
    })?;
    let mut checkpoint = Checkpoint {
        config,
        calibration,
        training,
        weights: finished.weights,
        tokenizer: base.tokenizer,
        card,
    };
    checkpoint.write(&args.output, args.storage.into())?;
    // Rounded are the weights as they were written. Without the bound the checkpoint is whole, too.
    let scorer = Scorer::open(&args.output, &Options::default())?;
    let bound = rounding(&checkpoint.calibration, &scorer.roundings(&data.validation_texts));
    if bound.is_some() {
        checkpoint.calibration.rounding = bound;
        checkpoint.write(&args.output, args.storage.into())?;
    }
    let steps_per_epoch = data.training.len().div_ceil(hyperparameters.batch_size);
    let curves = trainer_state(hyperparameters, steps_per_epoch, &finished.record);
    trainer_state::write(&args.output, &curves)?;
    Ok(record)
}
