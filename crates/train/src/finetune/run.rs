//! From the command line of a fine-tuning to a checkpoint.

use std::collections::BTreeMap;

use checkpoint::base::Base;
use checkpoint::sha256;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{Checkpoint, CheckpointConfig};
use scorer::{Options, Scorer};

use super::args::FinetuneArgs;
use super::card::{self, TrainingRecord};
use super::settings::{self, Circumstances, FileWeight, Hyperparameters};
use super::trainer::{Trained, Trainer};
use super::trainer_state::{self, trainer_state};
use crate::base;
use crate::calibrate::fit::{calibrate, reference, rounding};
use crate::data::{self, TokenisedPost};
use crate::error::TrainError;
use crate::learning::progress::Progress;
use crate::learning::state::{self, TrainingState, state_folder};
use crate::learning::stop::Stop;
use crate::model_card::model_name;
use crate::outcome::Outcome;

/// Trains as the command line says.
///
/// # Errors
/// Any [`TrainError`]; a checkpoint that was at `--output` before is then still there.
pub fn run(args: &FinetuneArgs, stop: &Stop) -> Result<Outcome<TrainingRecord>, TrainError> {
    let args = &settings::completed(args);
    settings::check(args)?;
    checkpoint::folder::check_place(&args.output)?;
    let folder = state_folder(&args.output);
    let saved = TrainingState::take_up(&folder, args.running.resume, args.running.overwrite)?;
    let device = model::device::open(args.running.device)?;
    let mut base = base::open(args.base.as_deref(), args.offline, args.seed)?;
    base::fit(&mut base, args.max_length, args.regularisation.dropout)?;
    settings::check_base(args, &base)?;
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
    outcome?.and_then(|trained| {
        let record = write_checkpoint(args, &hyperparameters, base, &data, trained)?;
        state::remove(&folder)?;
        Ok(record)
    })
}

/// All that decides how a training goes: what `--resume` holds against the saved state.
///
/// # Errors
/// If a tensor of the base is too large to be written.
fn fingerprint(
    args: &FinetuneArgs,
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
    // How often to save, what the threshold is chosen by and what is mixed in at the end may be asked for
    // anew.
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
    args: &FinetuneArgs,
    hyperparameters: &Hyperparameters,
    base: Base,
    data: &data::Data,
    trained: Trained,
) -> Result<TrainingRecord, TrainError> {
    let labels: Vec<bool> = data.validation.iter().map(|post| post.label).collect();
    let rule = hyperparameters.threshold;
    let (calibration, figures) = calibrate(&trained.logits, &labels, rule, 1.0)?;
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
        &trained.record,
        figures,
        reference(
            std::iter::zip(&trained.logits, &data.validation_langs)
                .map(|(logit, lang)| (Some((*logit, &calibration)), *lang))
                .chain(data.unjudged_langs.iter().map(|lang| (None, *lang))),
        ),
    );
    let config = CheckpointConfig {
        electra: base.config,
        languages: data.languages.clone(),
        max_length: args.max_length,
        name: model_name(&args.output),
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
        weights: trained.weights,
        tokenizer: base.tokenizer,
        card,
    };
    checkpoint.write(&args.output, args.storage.into())?;
    // Rounded are the weights as they were written. Without the bound the checkpoint is whole, too.
    let scorer = Scorer::open(&args.output, &Options::default())?;
    let roundings = scorer.roundings(&data.validation_texts).concat();
    let bound = rounding(&checkpoint.calibration, &roundings);
    if bound.is_some() {
        checkpoint.calibration.rounding = bound;
        checkpoint.write(&args.output, args.storage.into())?;
    }
    let steps_per_epoch = data.training.len().div_ceil(hyperparameters.batch_size);
    let curves = trainer_state(hyperparameters, steps_per_epoch, &trained.record);
    trainer_state::write(&args.output, &curves)?;
    Ok(record)
}
