//! The training loop, to be read from top to bottom.

use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use checkpoint::ElectraConfig;
use checkpoint::Weights;
use model::DeviceKind;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

use super::batches::BatchPlan;
use super::evaluation::{Evaluation, logits};
use super::settings::Hyperparameters;
use crate::data::TokenisedPost;
use crate::error::TrainError;
use crate::learning::loss::binary_cross_entropies;
use crate::learning::optimizer::AdamW;
use crate::learning::progress::Progress;
use crate::learning::schedule::Schedule;
use crate::learning::state::{Report, StateRecord, TrainingState};
use crate::learning::stop::Stop;

/// Steps after the warm-up within which even a healthy model may give all posts nearly one score.
const STEPS_TO_TELL_APART: usize = 100;

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
    schedule: Schedule,
    optimizer: AdamW,
    /// What every network starts from.
    start: Weights,
    best_weights: Option<Weights>,
    mean_weights: Option<Weights>,
    record: StateRecord,
    started: Instant,
}

fn optimizer(hyperparameters: &Hyperparameters, config: &ElectraConfig) -> AdamW {
    let on_host = hyperparameters.device.is_host();
    AdamW::new(hyperparameters.optimizer, config.num_hidden_layers, on_host)
}

/// How a training ended.
#[derive(Debug)]
pub enum Outcome {
    /// All steps are done, or validation has not improved for too long.
    Finished(Box<Finished>),
    /// It was asked to stop and has saved its state.
    Stopped {
        /// Steps taken.
        step: usize,
        /// Steps of the whole training.
        total_steps: usize,
    },
}

/// A finished training.
#[derive(Debug)]
pub struct Finished {
    /// The weights when validation was best, or the mean of those of several networks.
    pub weights: Weights,
    /// Their validation logits, in the order of the validation posts.
    pub logits: Vec<f64>,
    /// Counters and figures.
    pub record: StateRecord,
}

impl<'a> Trainer<'a> {
    /// Sets a training up from a state, saved or fresh, and builds its network. `start` is what
    /// each network after the first begins with, where several are averaged.
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
        let schedule = Schedule {
            peak: hyperparameters.learning_rate,
            warmup_steps: (hyperparameters.warmup * total_steps as f64).round() as usize,
            total_steps,
        };
        let mut optimizer = optimizer(hyperparameters, config);
        let steps = state.record.step % total_steps;
        optimizer.restore(state.moments, steps, &device.clone().inner());
        let trainer = Self {
            hyperparameters,
            config,
            device,
            training,
            validation,
            plan,
            schedule,
            optimizer,
            // One network starts only once: it needs no copy while it trains.
            start: if hyperparameters.models > 1 { start } else { Weights::default() },
            best_weights: state.best_weights,
            mean_weights: state.mean_weights,
            record: state.record,
            started: Instant::now(),
        };
        Ok((trainer, model))
    }

    /// All steps of the plan.
    fn total_steps(&self) -> usize {
        self.hyperparameters.models * self.schedule.total_steps
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
    ) -> Result<Outcome, TrainError> {
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
                return Ok(Outcome::Stopped { step, total_steps });
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

            self.log(loss);
            let step = self.record.step;
            if step.is_multiple_of(per_epoch) || due(step) > due(step - 1) {
                self.evaluate(&model, progress)?;
                if self.has_stalled() {
                    progress.say("validation has not improved for a while: stopping early");
                    self.skip_to_the_end_of_this_network();
                    progress.set_total(self.steps_to_take());
                }
            }
            if self.record.step.is_multiple_of(self.schedule.total_steps) {
                model = self.next_network(model, progress)?;
            }
            let save_every = self.hyperparameters.save_every;
            if save_every > 0 && step.is_multiple_of(save_every) && step < self.total_steps() {
                save(&self.state(&model))?;
            }
        }
        self.finish()
    }

    /// Keeps the loss and the learning rate of the step just taken for the curves (`trainer_state.json`).
    fn log(&mut self, loss: f64) {
        let record = &mut self.record;
        let in_network = (record.step - 1) % self.schedule.total_steps;
        record.recent.add("loss", loss);
        record.recent.add("learning_rate", self.schedule.learning_rate(in_network));
        let every = self.schedule.total_steps.div_ceil(POINTS_OF_A_CURVE);
        if (in_network + 1).is_multiple_of(every) {
            let figures = std::mem::take(&mut record.recent).means();
            record.reports.push(Report { step: record.steps_taken(), figures });
        }
    }

    /// Learns from one batch; returns the changed model and the batch's loss.
    ///
    /// The model is moved in and out, so that nobody else holds its tensors and the optimiser can
    /// change them in place.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] if the loss stops being a number.
    pub fn step(
        &mut self,
        model: ElectraClassifier,
        batch: &[usize],
    ) -> Result<(ElectraClassifier, f64), TrainError> {
        // On one of the threads that share the work: from outside, each of some three hundred
        // products and passes of a step would wake them anew.
        rayon::scope(|_| self.step_on_this_thread(model, batch))
    }

    fn step_on_this_thread(
        &mut self,
        model: ElectraClassifier,
        batch: &[usize],
    ) -> Result<(ElectraClassifier, f64), TrainError> {
        let step = self.record.step;
        // What is dropped depends on seed and step alone, so that a resumed training draws the same.
        let key = self.hyperparameters.seed.rotate_left(32) ^ step as u64;
        let pass = Pass { dropout_key: Some(key), operands: self.hyperparameters.precision.into() };
        let posts = batch.iter().map(|&post| &self.training[post]);
        let packed = TokenBatch::new(posts.clone().map(|post| post.ids.as_slice()));
        let packed = match &self.hyperparameters.word_dropout {
            Some(words) => words.hide(&packed, key),
            None => packed,
        };
        let of_label = |label| if label { self.hyperparameters.pos_weight as f32 } else { 1.0 };
        let weights: Vec<f32> =
            posts.clone().map(|post| post.weight * of_label(post.label)).collect();
        let targets: Vec<f32> = posts.map(|post| post.target).collect();
        let targets = Tensor::<1>::from_floats(targets.as_slice(), &self.device);
        let weights = Tensor::<1>::from_floats(weights.as_slice(), &self.device);

        let logits = model.forward(&packed, pass);
        let loss = (binary_cross_entropies(logits, targets) * weights).mean();
        let value: f32 = loss.clone().into_scalar();
        let learning_rate = self.schedule.learning_rate(step % self.schedule.total_steps);
        if !value.is_finite() {
            return Err(TrainError::NotFinite {
                step,
                loss: value,
                learning_rate: self.schedule.peak,
            });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let model = self.optimizer.step(model, gradients, learning_rate);
        self.record.step += 1;
        Ok((model, f64::from(value)))
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
        let warm = steps > self.schedule.warmup_steps + STEPS_TO_TELL_APART;
        if warm && evaluation.collapsed() && earlier.is_some_and(Evaluation::collapsed) {
            return Err(TrainError::Collapsed {
                step: self.record.step,
                lowest: evaluation.lowest,
                highest: evaluation.highest,
                learning_rate: self.schedule.peak,
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
        let steps = self.schedule.total_steps;
        (self.record.step.max(1) - 1) / steps * steps
    }

    fn skip_to_the_end_of_this_network(&mut self) {
        let end = self.first_step() + self.schedule.total_steps;
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
        let done = self.record.step / self.schedule.total_steps;
        self.mean_weights = Some(match self.mean_weights.take() {
            None => weights,
            Some(mean) => mean.towards(&weights, 1.0 / done as f32),
        });
        if done == self.hyperparameters.models {
            return Ok(model);
        }
        progress.say(&format!("network {} of {}", done + 1, self.hyperparameters.models));
        self.optimizer = optimizer(self.hyperparameters, self.config);
        Ok(ElectraClassifier::new(self.config, &self.start, &self.device)?)
    }

    /// The training as it stands between two steps.
    fn state(&self, model: &ElectraClassifier) -> TrainingState {
        let mut record = self.record.clone();
        record.seconds += self.started.elapsed().as_secs_f64();
        TrainingState {
            record,
            weights: model.weights(),
            moments: self.optimizer.state(),
            best_weights: self.best_weights.clone(),
            mean_weights: self.mean_weights.clone(),
        }
    }

    /// Takes the weights and their validation logits.
    fn finish(mut self) -> Result<Outcome, TrainError> {
        self.record.seconds += self.started.elapsed().as_secs_f64();
        let weights = self.mean_weights.take().unwrap_or_default();
        let model = ElectraClassifier::new(self.config, &weights, &self.device)?;
        let logits = logits(&model, self.validation);
        Ok(Outcome::Finished(Box::new(Finished { weights, logits, record: self.record })))
    }
}
