//! One step of any training: forward, backward, update. Trainings differ in their loss; all else is here.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use checkpoint::Weights;
use kernels::Operands;
use model::electra::Pass;

use super::optimizer::AdamW;
use super::schedule::Schedule;
use super::state::StateRecord;
use crate::error::TrainError;

/// Figures to show beside a loss, each by a short name.
pub type Figures = Vec<(&'static str, f64)>;

/// What makes a network better by the loss of a batch.
#[derive(Debug)]
pub struct Learner {
    /// The optimiser and its memory of earlier steps.
    pub optimizer: AdamW,
    /// The learning rate of every step of a network.
    pub schedule: Schedule,
    /// The random seed.
    pub seed: u64,
    /// The rounding of operands in the CPU's matrix products.
    pub operands: Operands,
}

impl Learner {
    /// Takes up the optimiser's memory after `steps` steps, some of which may have been another network's.
    pub fn restore(&mut self, moments: Weights, steps: usize, device: &Device) {
        self.optimizer.restore(moments, steps % self.schedule.total_steps, device);
    }

    /// Learns from one batch; returns the changed network and the batch's loss. `record` counts the step and
    /// takes the loss and its figures.
    ///
    /// The network is moved in and out, so that nobody else holds its tensors and the optimiser can
    /// change them in place.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] if the loss stops being a number; those of the loss and the optimiser.
    pub fn step<M: Module>(
        &mut self,
        network: M,
        record: &mut StateRecord,
        loss: impl FnOnce(&M, Pass) -> Result<(Tensor<1>, Figures), TrainError> + Send,
    ) -> Result<(M, f64), TrainError> {
        // On one of the threads that share the work: from outside, each of some three hundred
        // products and passes of a step would wake them anew.
        rayon::scope(|_| self.step_on_this_thread(network, record, loss))
    }

    fn step_on_this_thread<M: Module>(
        &mut self,
        network: M,
        record: &mut StateRecord,
        loss: impl FnOnce(&M, Pass) -> Result<(Tensor<1>, Figures), TrainError>,
    ) -> Result<(M, f64), TrainError> {
        let step = record.step;
        // What is dropped depends on seed and step alone, so that a resumed training draws the same.
        let key = self.seed.rotate_left(32) ^ step as u64;
        let pass = Pass { dropout_key: Some(key), operands: self.operands };
        let (loss, figures) = loss(&network, pass)?;
        let value: f32 = loss.clone().into_scalar();
        if !value.is_finite() {
            let learning_rate = self.schedule.peak;
            return Err(TrainError::NotFinite { step, loss: value, learning_rate });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = self.optimizer.step(network, gradients, self.learning_rate(step))?;
        record.step += 1;
        record.recent.add("loss", f64::from(value));
        figures.into_iter().for_each(|(name, value)| record.recent.add(name, value));
        Ok((network, f64::from(value)))
    }

    /// The learning rate of a step, counted from 0 over all networks.
    pub fn learning_rate(&self, step: usize) -> f64 {
        self.schedule.learning_rate(step % self.schedule.total_steps)
    }
}
