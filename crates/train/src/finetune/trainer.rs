//! The training loop, to be read from top to bottom.

use std::time::Instant;

use burn::tensor::{Device, Tensor};
use checkpoint::ElectraConfig;
use checkpoint::Weights;
use model::DeviceKind;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

use super::batches::BatchPlan;
use super::settings::Hyperparameters;
use crate::data::TokenisedPost;
use crate::error::TrainError;
use crate::learning::evaluation::{Evaluation, logits};
use crate::learning::loss::binary_cross_entropies;
use crate::learning::optimizer::AdamW;
use crate::learning::progress::Progress;
use crate::learning::schedule::Schedule;
use crate::learning::state::{Report, StateRecord, TrainingState};
use crate::learning::step::{Figures, Learner};
use crate::learning::stop::Stop;
use crate::outcome::{Outcome, Stopped};

/// Steps after the warm-up within which even a healthy model may give all posts nearly one score.
const COLLAPSE_GRACE_STEPS: usize = 100;

/// Points that the curves of a network's training have, about.
const POINTS_OF_A_CURVE: usize = 100;

/// A training: what it works on and where it stands.
pub struct Trainer<'a> {
    hyperparameters: &'a Hyperparameters,
    config: &'a ElectraConfig,
    /// With autodiff.
    device: Device,
    training: &'a [TokenisedPost],
    validation: &'a [TokenisedPost],
    plan: BatchPlan,
    learner: Learner,
    /// The base: what every network starts from, and what has a share in what is written.
    start: Weights,
    best_weights: Option<Weights>,
    mean_weights: Option<Weights>,
    record: StateRecord,
    started: Instant,
}

/// A finished training.
#[derive(Debug)]
pub struct Trained {
    /// The weights when validation was best, or the mean of those of several networks.
    pub weights: Weights,
    /// Their validation logits, in the order of the validation posts.
    pub logits: Vec<f64>,
    /// Counters and figures.
    pub record: StateRecord,
}

impl<'a> Trainer<'a> {
    /// Sets a training up from a state, saved or fresh, and builds its network. `start` is the
    /// base: what each network after the first begins with where several are averaged, and what is mixed
    /// into what was learned if asked for.
    ///
    /// # Errors
    /// [`TrainError::Model`] if weights do not fit the architecture.
    pub fn new(
        hyperparameters: &'a Hyperparameters,
        config: &'a ElectraConfig,
        device: &Device,
        training: &'a [TokenisedPost],
        validation: &'a [TokenisedPost],
        start: Weights,
        state: TrainingState,
    ) -> Result<(Self, ElectraClassifier), TrainError> {
        let device = device.clone().autodiff();
        let model = ElectraClassifier::new(config, &state.weights, &device)?;
        let plan = BatchPlan::new(
            training.iter().map(|post| post.ids.len()).collect(),
            hyperparameters.batch_size,
            hyperparameters.device != DeviceKind::Cpu,
            hyperparameters.seed,
        );
        let total_steps = hyperparameters.epochs * plan.batches_per_epoch();
        let mut learner = Learner {
            optimizer: AdamW::new(
                hyperparameters.optimizer,
                config.num_hidden_layers,
                hyperparameters.device.is_host(),
            ),
            schedule: Schedule::new(
                hyperparameters.learning_rate,
                hyperparameters.warmup,
                total_steps,
            ),
            seed: hyperparameters.seed,
            operands: hyperparameters.precision.into(),
        };
        learner.restore(state.moments, state.record.step, &device.clone().inner());
        let trainer = Self {
            hyperparameters,
            config,
            device,
            training,
            validation,
            plan,
            learner,
            // One network that is written as it is needs no copy of its start while it trains.
            start: if hyperparameters.models > 1 || hyperparameters.base_share > 0.0 {
                start
            } else {
                Weights::default()
            },
            best_weights: state.best_weights,
            mean_weights: state.mean_weights,
            record: state.record,
            started: Instant::now(),
        };
        Ok((trainer, model))
    }

    /// All steps of the plan.
    fn total_steps(&self) -> usize {
        self.hyperparameters.models * self.learner.schedule.total_steps
    }

    /// All steps but those that early stopping has left out so far.
    pub fn steps_to_take(&self) -> usize {
        self.total_steps() - self.record.skipped
    }

    /// Trains `model` to the end, calling `save` whenever the state should be written.
    ///
    /// # Errors
    /// If the loss stops being a number, the model collapses to one class, or `save` fails.
    pub fn run(
        mut self,
        mut model: ElectraClassifier,
        stop: &Stop,
        progress: &mut Progress,
        mut save: impl FnMut(&TrainingState) -> Result<(), TrainError>,
    ) -> Result<Outcome<Trained>, TrainError> {
        let per_epoch = self.plan.batches_per_epoch();
        // Evaluations are spread evenly over an epoch, the last one at its end.
        let evaluations = self.hyperparameters.evaluations_per_epoch;
        let due = |step: usize| (step % per_epoch) * evaluations / per_epoch;
        let mut epoch = usize::MAX;
        let mut batches = Vec::new();

        while self.record.step < self.total_steps() {
            if stop.requested() {
                save(&self.state(&model))?;
                let (step, total_steps) = (self.record.steps_taken(), self.steps_to_take());
                return Ok(Outcome::Stopped(Stopped::Training { step, total_steps }));
            }
            if epoch != self.record.step / per_epoch {
                epoch = self.record.step / per_epoch;
                batches = self.plan.epoch(epoch);
            }
            let batch = &batches[self.record.step % per_epoch];
            let tokens = batch.iter().map(|&post| self.training[post].ids.len()).sum();
            let loss;
            (model, loss) = self.step(model, batch)?;
            let (sum, count) = self.record.recent_loss;
            self.record.recent_loss = (sum + loss, count + 1);
            progress.step(self.record.steps_taken(), (sum + loss) / (count + 1) as f64, tokens);

            self.log();
            let step = self.record.step;
            if step.is_multiple_of(per_epoch) || due(step) > due(step - 1) {
                self.evaluate(&model, progress)?;
                if self.has_stalled() {
                    progress.print("validation has not improved for a while: stopping early");
                    self.skip_to_the_end_of_this_network();
                    progress.set_total(self.steps_to_take());
                }
            }
            if self.record.step.is_multiple_of(self.learner.schedule.total_steps) {
                model = self.next_network(model, progress)?;
            }
            let save_every = self.hyperparameters.save_every;
            if save_every > 0 && step.is_multiple_of(save_every) && step < self.total_steps() {
                save(&self.state(&model))?;
            }
        }
        Ok(Outcome::Finished(self.finish()?))
    }

    /// Keeps the learning rate of the step just taken beside its loss, for the curves (`trainer_state.json`).
    fn log(&mut self) {
        let record = &mut self.record;
        let in_network = (record.step - 1) % self.learner.schedule.total_steps;
        record.recent.add("learning_rate", self.learner.learning_rate(record.step - 1));
        let every = self.learner.schedule.total_steps.div_ceil(POINTS_OF_A_CURVE);
        if (in_network + 1).is_multiple_of(every) {
            let figures = std::mem::take(&mut record.recent).means();
            record.reports.push(Report { step: record.steps_taken(), figures });
        }
    }

    /// Learns from one batch; returns the changed model and the batch's loss.
    ///
    /// # Errors
    /// Those of [`Learner::step`].
    pub fn step(
        &mut self,
        model: ElectraClassifier,
        batch: &[usize],
    ) -> Result<(ElectraClassifier, f64), TrainError> {
        let (hyperparameters, device) = (self.hyperparameters, &self.device);
        let posts = batch.iter().map(|&post| &self.training[post]);
        self.learner.step(model, &mut self.record, |model, pass| {
            Ok((loss(model, posts, hyperparameters, device, pass), Figures::new()))
        })
    }

    /// Judges the model on the validation posts and keeps it if it is the best so far.
    fn evaluate(
        &mut self,
        model: &ElectraClassifier,
        progress: &mut Progress,
    ) -> Result<(), TrainError> {
        let logits = logits(model, self.validation);
        let labels: Vec<bool> = self.validation.iter().map(|post| post.label).collect();
        let evaluation = Evaluation::new(self.record.steps_taken(), &logits, &labels)?;
        let earlier = self.record.evaluations.last();
        let steps = self.record.step - self.first_step();
        let warm = steps > self.learner.schedule.warmup_steps + COLLAPSE_GRACE_STEPS;
        if warm && evaluation.collapsed() && earlier.is_some_and(Evaluation::collapsed) {
            return Err(TrainError::Collapsed {
                step: self.record.step,
                lowest: evaluation.lowest,
                highest: evaluation.highest,
                learning_rate: self.learner.schedule.peak,
            });
        }
        let is_best = self
            .record
            .best
            .is_none_or(|best| evaluation.roc_auc > self.record.evaluations[best].roc_auc);
        if is_best {
            self.record.best = Some(self.record.evaluations.len());
            self.best_weights = Some(model.weights());
        }
        let (sum, count) = std::mem::take(&mut self.record.recent_loss);
        progress.evaluation(&evaluation, sum / count.max(1) as f64, is_best);
        self.record.evaluations.push(evaluation);
        Ok(())
    }

    /// Whether validation has not improved for `patience` evaluations.
    fn has_stalled(&self) -> bool {
        let since = self.record.best.map_or(0, |best| self.record.evaluations.len() - 1 - best);
        self.hyperparameters.patience > 0 && since >= self.hyperparameters.patience
    }

    /// The step that the network in training began with. It is judged at the end of its last step.
    fn first_step(&self) -> usize {
        let steps = self.learner.schedule.total_steps;
        (self.record.step.max(1) - 1) / steps * steps
    }

    fn skip_to_the_end_of_this_network(&mut self) {
        let end = self.first_step() + self.learner.schedule.total_steps;
        self.record.skipped += end - self.record.step;
        self.record.step = end;
    }

    /// Takes what the network in training has come to into the mean, and starts the next one, if
    /// there is to be one.
    fn next_network(
        &mut self,
        model: ElectraClassifier,
        progress: &mut Progress,
    ) -> Result<ElectraClassifier, TrainError> {
        let weights = self.best_weights.take().unwrap_or_else(|| model.weights());
        self.record.kept.extend(self.record.best.take());
        let done = self.record.step / self.learner.schedule.total_steps;
        self.mean_weights = Some(match self.mean_weights.take() {
            None => weights,
            Some(mean) => mean.towards(&weights, 1.0 / done as f32),
        });
        if done == self.hyperparameters.models {
            return Ok(model);
        }
        progress.print(&format!("network {} of {}", done + 1, self.hyperparameters.models));
        self.learner.optimizer.reset();
        Ok(ElectraClassifier::new(self.config, &self.start, &self.device)?)
    }

    /// The training as it stands between two steps.
    fn state(&self, model: &ElectraClassifier) -> TrainingState {
        let mut record = self.record.clone();
        record.seconds += self.started.elapsed().as_secs_f64();
        TrainingState {
            record,
            weights: model.weights(),
            moments: self.learner.optimizer.state(),
            best_weights: self.best_weights.clone(),
            mean_weights: self.mean_weights.clone(),
        }
    }

    /// Takes the weights and their validation logits.
    fn finish(mut self) -> Result<Trained, TrainError> {
        self.record.seconds += self.started.elapsed().as_secs_f64();
        let learned = self.mean_weights.take().unwrap_or_default();
        let weights = learned.towards(&self.start, self.hyperparameters.base_share as f32);
        let model = ElectraClassifier::new(self.config, &weights, &self.device)?;
        let logits = logits(&model, self.validation);
        Ok(Trained { weights, logits, record: self.record })
    }
}

/// The mean of the posts' weighted losses.
fn loss<'a>(
    model: &ElectraClassifier,
    posts: impl Iterator<Item = &'a TokenisedPost> + Clone,
    hyperparameters: &Hyperparameters,
    device: &Device,
    pass: Pass,
) -> Tensor<1> {
    let batch = TokenBatch::new(posts.clone().map(|post| post.ids.as_slice()));
    let batch = match (&hyperparameters.word_dropout, pass.dropout_key) {
        (Some(words), Some(key)) => words.hide(&batch, key),
        _ => batch,
    };
    let of_label = |label| if label { hyperparameters.pos_weight as f32 } else { 1.0 };
    let weights: Vec<f32> = posts.clone().map(|post| post.weight * of_label(post.label)).collect();
    let targets: Vec<f32> = posts.map(|post| post.target).collect();
    let targets = Tensor::<1>::from_floats(targets.as_slice(), device);
    let weights = Tensor::<1>::from_floats(weights.as_slice(), device);
    let logits = model.forward(&batch, pass);
    (binary_cross_entropies(logits, targets) * weights).mean()
}
