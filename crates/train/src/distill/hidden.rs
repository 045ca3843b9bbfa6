//! The student learns what the teacher's layers make of each word.
//!
//! Layer `t` of the teacher's `T` is the target of the student's layer `t · S / T`, or, if the student
//! has fewer, of each of its layers `s` the teacher's layer `s · T / S`, through a dense
//! layer of its own, which bridges the widths and is thrown away afterwards (as in TinyBERT, Jiao
//! et al., 2020). Besides, the student's last state of `[CLS]` learns the teacher's mean over all
//! words: a head on `[CLS]` then finds there what the text as a whole says. Every loss is the
//! squared error as a share of the target's variance.

use burn::module::Module;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use checkpoint::ElectraConfig;
use checkpoint::Weights;
use checkpoint::base::Base;
use checkpoint::weights::HostTensor;
use kernels::Operands;
use model::binding;
use model::electra::{Electra, ElectraClassifier, Pass, TokenBatch};

use super::shallow::target;
use crate::error::TrainError;
use crate::language::Objective;
use crate::learning::step::Figures;

/// The student and its bridges to the teacher.
#[derive(Module, Debug)]
pub struct Student {
    /// The network that becomes the base.
    pub electra: Electra,
    /// From the student's width to the teacher's, one for each pair of layers.
    pub to_layer: Vec<Linear>,
    /// From the state of `[CLS]` to the teacher's mean.
    pub to_mean: Linear,
}

/// Teaches hidden states.
pub struct HiddenStates {
    teacher: Electra,
    teacher_layers: usize,
    student_layers: usize,
    operands: Operands,
}

impl HiddenStates {
    /// Builds the teacher, which does not learn, on `device`.
    ///
    /// # Errors
    /// [`TrainError::Model`] if its weights do not fit its architecture.
    pub fn new(
        teacher: &Base,
        student: &ElectraConfig,
        operands: Operands,
        device: &Device,
    ) -> Result<Self, TrainError> {
        Ok(Self {
            teacher: ElectraClassifier::new(&teacher.config, &teacher.weights, device)?.electra,
            teacher_layers: teacher.config.num_hidden_layers,
            student_layers: student.num_hidden_layers,
            operands,
        })
    }

    /// The layers of student and teacher, counted from 1, that pair `pair` is of.
    fn layers_of(&self, pair: usize) -> (usize, usize) {
        let pairs = pairs(self.student_layers, self.teacher_layers);
        (target(pair, pairs, self.student_layers), target(pair, pairs, self.teacher_layers))
    }
}

/// Pairs of a layer of the student and one of the teacher that it learns from.
fn pairs(student_layers: usize, teacher_layers: usize) -> usize {
    student_layers.min(teacher_layers)
}

impl Student {
    /// Bridges beside the weights of a student's body: random, but for a student as wide as the
    /// teacher, whose layers are compared as they are at first.
    pub fn weights(
        body: Weights,
        student: &ElectraConfig,
        teacher: &ElectraConfig,
        seed: u64,
    ) -> Weights {
        let bridge = |name: String| {
            let weight = (format!("{name}.weight"), vec![teacher.hidden_size, student.hidden_size]);
            [weight, (format!("{name}.bias"), vec![teacher.hidden_size])]
        };
        let pairs = pairs(student.num_hidden_layers, teacher.num_hidden_layers);
        let bridges = (0..pairs)
            .map(|layer| format!("to_layer.{layer}"))
            .chain(["to_mean".to_owned()])
            .flat_map(bridge);
        let mut weights = Weights::random_tensors(bridges, seed);
        let width = student.hidden_size;
        if width == teacher.hidden_size {
            let mut values = vec![0.0; width * width];
            values.iter_mut().step_by(width + 1).for_each(|diagonal| *diagonal = 1.0);
            let identity = HostTensor { shape: vec![width, width], values };
            let name = |pair| format!("to_layer.{pair}.weight");
            weights.extend((0..pairs).map(|pair| (name(pair), identity.clone())));
        }
        weights.extend(body);
        weights
    }

    /// Builds the student with these weights, on a device with autodiff.
    ///
    /// # Errors
    /// [`TrainError::Model`] naming every tensor that does not fit.
    pub fn new(
        student: &ElectraConfig,
        teacher: &ElectraConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let bridge = || {
            LinearConfig::new(student.hidden_size, teacher.hidden_size)
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        let zeros = Self {
            electra: Electra::zeros(student, device),
            to_layer: (0..pairs(student.num_hidden_layers, teacher.num_hidden_layers))
                .map(|_| bridge())
                .collect(),
            to_mean: bridge(),
        };
        Ok(binding::load(zeros, weights)?)
    }
}

impl Objective for HiddenStates {
    type Model = Student;

    fn loss(
        &self,
        student: &Student,
        batch: &TokenBatch,
        pass: Pass,
    ) -> Result<(Tensor<1>, Figures), TrainError> {
        let teacher_pass = Pass { dropout_key: None, operands: self.operands };
        let targets = self.teacher.layer_states(batch, teacher_pass);
        let states = student.electra.layer_states(batch, pass);
        let device = states[0].device();
        let (mut words, mut last) = (None::<Tensor<1>>, None);
        for (pair, bridge) in (1..).zip(&student.to_layer) {
            let (layer, of_teacher) = self.layers_of(pair);
            let state = states[layer].clone();
            let target = targets[of_teacher].clone().into_data();
            let error = share_of_variance(bridge.forward(state), &target, &device);
            words = Some(match words {
                Some(sum) => sum + error,
                None => error,
            });
            last = Some(target);
        }
        let (Some(words), Some(last)) = (words, last) else {
            let reason = "it has no layer to learn from".to_owned();
            return Err(TrainError::Flag { flag: "--teacher", reason });
        };
        let words = words / student.to_layer.len() as f64;
        let firsts: Vec<i64> =
            batch.starts()[..batch.len()].iter().map(|&start| start as i64).collect();
        let firsts = Tensor::<1, Int>::from_data(TensorData::new(firsts, [batch.len()]), &device);
        let first = states[self.student_layers].clone().select(0, firsts);
        let whole =
            share_of_variance(student.to_mean.forward(first), &means(&last, batch), &device);
        let shown = |loss: &Tensor<1>| f64::from(loss.clone().into_scalar::<f32>());
        let figures = vec![("words", shown(&words)), ("whole", shown(&whole))];
        Ok((words + whole, figures))
    }
}

/// The squared error of `predicted` as a share of what varies in `target`, both
/// `[rows, width]`: 1 for always saying the mean of all numbers, 0 for perfect.
fn share_of_variance(predicted: Tensor<2>, target: &TensorData, device: &Device) -> Tensor<1> {
    let variance = variance(target.as_slice::<f32>().unwrap_or_default());
    let target = Tensor::<2>::from_data(target.clone(), device);
    (predicted - target).powi_scalar(2).mean() / variance.max(1e-12)
}

fn variance(values: &[f32]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count
}

/// The mean of each sequence's rows.
fn means(states: &TensorData, batch: &TokenBatch) -> TensorData {
    let width = states.shape()[1];
    let values = states.as_slice::<f32>().unwrap_or_default();
    let mut means = vec![0.0_f32; batch.len() * width];
    for (mean, pair) in means.chunks_exact_mut(width).zip(batch.starts().windows(2)) {
        let share = 1.0 / (pair[1] - pair[0]) as f32;
        for row in values[pair[0] * width..pair[1] * width].chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x * share);
        }
    }
    TensorData::new(means, [batch.len(), width])
}
