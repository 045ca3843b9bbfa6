//! The loop of a long training on plain text.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Tensor;
use checkpoint::Weights;
use model::binding;
use model::electra::{Pass, TokenBatch};

use super::batches::TokenPlan;
use super::{Corpus, LanguageArgs};
use crate::error::TrainError;
use crate::learning::optimizer::{AdamW, AdamWSettings};
use crate::learning::progress::Progress;
use crate::learning::schedule::Schedule;
use crate::learning::state::{Report, StateRecord, TrainingState, state_folder};
use crate::learning::step::{Figures, Learner};
use crate::learning::stop::Stop;
use crate::outcome::{Outcome, Stopped};

/// The objective of a training on plain text.
pub trait Objective: Sync {
    /// The model that learns.
    type Model: Module;

    /// The loss of a batch, and figures to show beside it.
    ///
    /// # Errors
    /// If a figure is undefined.
    fn loss(
        &self,
        model: &Self::Model,
        batch: &TokenBatch,
        pass: Pass,
    ) -> Result<(Tensor<1>, Figures), TrainError>;
}

/// A training that is set up.
pub struct Run<'a> {
    args: &'a LanguageArgs,
    corpus: &'a Corpus,
    plan: TokenPlan,
    /// Steps before each epoch.
    boundaries: Vec<usize>,
    schedule: Schedule,
    state: TrainingState,
}

/// A finished training.
#[derive(Debug)]
pub struct Learned {
    /// All tensors of what learned, under their names.
    pub weights: Weights,
    /// Counters and figures.
    pub record: StateRecord,
}

impl<'a> Run<'a> {
    /// Takes up the saved state where `--resume` asks for it, or begins with `weights`.
    /// `fingerprint` is what the saved state must agree with besides the shared flags.
    ///
    /// # Errors
    /// If there is nothing to resume, a state that would be lost, or one of other settings.
    pub fn new(
        args: &'a LanguageArgs,
        corpus: &'a Corpus,
        weights: Weights,
        fingerprint: BTreeMap<String, String>,
    ) -> Result<Self, TrainError> {
        let mut fingerprint = fingerprint;
        fingerprint.extend(args.fingerprint());
        let hashes: Vec<&str> =
            corpus.summary.files.iter().map(|(_, hash)| hash.as_str()).collect();
        fingerprint.insert("--text".to_owned(), hashes.join(" "));
        fingerprint.insert("the number of texts".to_owned(), corpus.texts.len().to_string());

        let folder = state_folder(&args.output);
        let saved = TrainingState::take_up(&folder, args.running.resume, args.running.overwrite)?;
        let state = TrainingState::begin(saved, fingerprint, || weights)?;
        let lengths = corpus.texts.iter().map(|text| text.len() as u32).collect();
        let plan = TokenPlan::new(lengths, args.max_tokens, args.seed);
        let boundaries = boundaries(&plan, args);
        let total_steps = args.steps.unwrap_or(boundaries[boundaries.len() - 1]);
        let schedule = Schedule::new(args.learning_rate, args.warmup, total_steps);
        Ok(Self { args, corpus, plan, boundaries, schedule, state })
    }

    /// The weights that the model is to be built with.
    pub fn weights(&self) -> &Weights {
        &self.state.weights
    }

    /// Trains `model`, built with [`Run::weights`], to the end.
    ///
    /// # Errors
    /// If the loss stops being a number or the disk refuses the state.
    pub fn learn<O: Objective>(
        self,
        objective: &O,
        mut model: O::Model,
        layers: usize,
        stop: &Stop,
    ) -> Result<Outcome<Learned>, TrainError> {
        let Self { args, corpus, plan, boundaries, schedule, state } = self;
        let folder = state_folder(&args.output);
        let device = model::device::open(args.running.device)?;
        let settings = AdamWSettings::new(args.regularisation.weight_decay, 1.0);
        let mut learner = Learner {
            optimizer: AdamW::new(settings, layers, args.running.device.is_host()),
            schedule,
            seed: args.seed,
            operands: args.running.precision.into(),
        };
        learner.restore(state.moments, state.record.step, &device);
        let mut record = state.record;
        let (started, seconds_before) = (Instant::now(), record.seconds);
        let total_steps = schedule.total_steps;
        let mut progress = Progress::new(record.step, total_steps);
        let snapshot = |record: &StateRecord, model: &O::Model, learner: &Learner| TrainingState {
            record: record.clone(),
            weights: binding::export(model),
            moments: learner.optimizer.state(),
            best_weights: None,
            mean_weights: None,
        };
        let mut epoch = usize::MAX;
        let mut batches = Vec::new();

        while record.step < total_steps {
            if stop.requested() {
                progress.finish();
                snapshot(&record, &model, &learner).write(&folder)?;
                let stopped = Stopped::Training { step: record.step, total_steps };
                return Ok(Outcome::Stopped(stopped));
            }
            let now = boundaries.partition_point(|&first| first <= record.step) - 1;
            if epoch != now {
                epoch = now;
                batches = plan.epoch(epoch);
            }
            let texts = batches[record.step - boundaries[epoch]].iter();
            let batch = TokenBatch::new(texts.map(|&text| corpus.texts[text].as_slice()));
            (model, _) = learner
                .step(model, &mut record, |model, pass| objective.loss(model, &batch, pass))?;
            record.seconds = seconds_before + started.elapsed().as_secs_f64();
            progress.step(record.step, record.recent.mean("loss"), batch.tokens());

            if record.step.is_multiple_of(args.report_every) || record.step == total_steps {
                let figures = std::mem::take(&mut record.recent).means();
                let shown: Vec<String> =
                    figures.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
                progress.print(&format!("step {:>6}  {}", record.step, shown.join("  ")));
                record.reports.push(Report { step: record.step, figures });
            }
            let due = args.save_every > 0 && record.step.is_multiple_of(args.save_every);
            if due && record.step < total_steps {
                snapshot(&record, &model, &learner).write(&folder)?;
            }
        }
        progress.finish();
        Ok(Outcome::Finished(Learned { weights: binding::export(&model), record }))
    }
}

/// The number of steps before each epoch, with as many epochs as `--steps` or `--epochs` need.
fn boundaries(plan: &TokenPlan, args: &LanguageArgs) -> Vec<usize> {
    let Some(steps) = args.steps else { return plan.boundaries(args.epochs) };
    let mut epochs = 1;
    loop {
        let boundaries = plan.boundaries(epochs);
        if boundaries[epochs] >= steps {
            return boundaries;
        }
        // Epochs differ by a few batches only.
        epochs += ((steps - boundaries[epochs]) / boundaries[1].max(1)).max(1);
    }
}
