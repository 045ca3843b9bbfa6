//! AdamW with global-norm clipping and a learning rate for every layer.
//!
//! Burn's own AdamW clips each tensor by itself; BERT, ELECTRA and `transformers` clip the norm of
//! all gradients together, which keeps their direction.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DataError, Device, Tensor, TensorData};
use checkpoint::weights::{HostTensor, Weights};
use kernels::Team;
use model::binding::ModulePath;

use super::schedule::{decays, layer_factor};
use crate::error::TrainError;

/// Hyper-parameters of AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization",
/// 2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWSettings {
    /// Decay of the gradients' mean.
    pub beta_1: f64,
    /// Decay of the gradients' squares.
    pub beta_2: f64,
    /// Added to the root of the squares.
    pub epsilon: f64,
    /// Share of a weight that is taken away each step, times the learning rate.
    pub weight_decay: f64,
    /// Longest allowed norm of all gradients together.
    pub max_norm: f64,
    /// See [`layer_factor`].
    pub layerwise_decay: f64,
}

impl AdamWSettings {
    /// ELECTRA's, but for what one may choose.
    pub fn new(weight_decay: f64, layerwise_decay: f64) -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-6,
            weight_decay,
            max_norm: 1.0,
            layerwise_decay,
        }
    }
}

/// The optimiser and what it remembers of every tensor.
#[derive(Debug)]
pub struct AdamW {
    settings: AdamWSettings,
    num_hidden_layers: usize,
    /// True if tensors live in this process's memory, where they are updated in place.
    on_host: bool,
    /// Steps taken.
    steps: usize,
    /// By tensor name.
    moments: BTreeMap<String, Moments>,
}

/// Running means of a tensor's gradients and of their squares, flattened.
#[derive(Debug, Clone)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

impl AdamW {
    /// A fresh optimiser.
    pub fn new(settings: AdamWSettings, num_hidden_layers: usize, on_host: bool) -> Self {
        Self { settings, num_hidden_layers, on_host, steps: 0, moments: BTreeMap::new() }
    }

    /// Forgets all steps, for another module to begin.
    pub fn reset(&mut self) {
        self.steps = 0;
        self.moments.clear();
    }

    /// Takes one step and returns the changed module.
    ///
    /// # Errors
    /// [`TrainError::NotF32`] naming the first tensor on the host that is not in single precision.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        gradients: GradientsParams,
        learning_rate: f64,
    ) -> Result<M, TrainError> {
        // Tensors are many and small: waking threads for each would cost more than it saves.
        let threads = if self.on_host { rayon::current_num_threads() } else { 1 };
        Team::gather(threads, None, |team| self.step_with(team, module, gradients, learning_rate))
    }

    fn step_with<M: Module>(
        &mut self,
        team: &Team<'_>,
        module: M,
        mut gradients: GradientsParams,
        learning_rate: f64,
    ) -> Result<M, TrainError> {
        self.steps += 1;
        let mut collector = Collector {
            team,
            path: ModulePath::default(),
            gradients: &mut gradients,
            by_name: BTreeMap::new(),
            on_host: self.on_host,
            squares: Squares::default(),
            refused: None,
        };
        module.visit(&mut collector);
        if let Some(error) = collector.refused {
            return Err(error);
        }
        let scale = collector.squares.scale(self.settings.max_norm);
        let by_name = collector.by_name;
        let mut updater = Updater {
            team,
            path: ModulePath::default(),
            gradients: by_name,
            learning_rate,
            scale,
            optimizer: self,
            refused: None,
        };
        let module = module.map(&mut updater);
        updater.refused.map_or(Ok(module), Err)
    }

    /// The optimiser's memory, as tensors to be written: `first.NAME` and `second.NAME`.
    pub fn state(&self) -> Weights {
        let host = |tensor: &Tensor<1>| {
            let values: Vec<f32> = tensor.clone().into_data().iter::<f32>().collect();
            HostTensor { shape: vec![values.len()], values }
        };
        let pairs = self.moments.iter().flat_map(|(name, moments)| {
            [
                (format!("first.{name}"), host(&moments.first)),
                (format!("second.{name}"), host(&moments.second)),
            ]
        });
        pairs.collect()
    }

    /// Takes up what [`AdamW::state`] wrote after `steps` steps.
    pub fn restore(&mut self, state: Weights, steps: usize, device: &Device) {
        self.steps = steps;
        let mut seconds: BTreeMap<String, Tensor<1>> = BTreeMap::new();
        let mut firsts: BTreeMap<String, Tensor<1>> = BTreeMap::new();
        for (name, tensor) in state {
            let value = Tensor::from_data(TensorData::new(tensor.values, tensor.shape), device);
            if let Some(name) = name.strip_prefix("first.") {
                firsts.insert(name.to_owned(), value);
            } else if let Some(name) = name.strip_prefix("second.") {
                seconds.insert(name.to_owned(), value);
            }
        }
        self.moments = firsts
            .into_iter()
            .filter_map(|(name, first)| {
                let second = seconds.remove(&name)?;
                Some((name, Moments { first, second }))
            })
            .collect();
    }
}

/// Takes gradients by tensor name and sums their squares.
struct Collector<'a> {
    team: &'a Team<'a>,
    path: ModulePath,
    gradients: &'a mut GradientsParams,
    by_name: BTreeMap<String, Tensor<1>>,
    on_host: bool,
    squares: Squares,
    refused: Option<TrainError>,
}

/// A sum of squares, on the host or waiting on a device.
#[derive(Default)]
struct Squares {
    host: f64,
    device: Option<Tensor<1>>,
}

impl Squares {
    /// The factor on gradients that keeps the norm of all at `max_norm` at most, as PyTorch's
    /// `clip_grad_norm_` has it.
    fn scale(self, max_norm: f64) -> Scale {
        match self.device {
            Some(squares) => {
                let scale = (squares.sqrt() + 1e-6).recip() * max_norm;
                Scale::Device(Box::new(scale.clamp_max(1.0)))
            }
            None => Scale::Host((max_norm / (self.host.sqrt() + 1e-6)).min(1.0)),
        }
    }
}

/// A factor on the host, or on a device, where it is left: to fetch it would be to wait for it.
enum Scale {
    Host(f64),
    Device(Box<Tensor<1>>),
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        let name = self.path.tensor_name();
        let gradient = gradient.flatten::<1>(0, D - 1);
        let gradient = if self.on_host {
            let data = gradient.into_data();
            let device = param.val().device().inner();
            match data.as_slice::<f32>() {
                Ok(values) => self.squares.host += kernels::sum_of_squares(self.team, values),
                Err(error) => refuse(&mut self.refused, &name, &error),
            }
            Tensor::from_data(data, &device)
        } else {
            let squares = gradient.clone().powi_scalar(2).sum();
            self.squares.device = Some(match self.squares.device.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
            gradient
        };
        self.by_name.insert(name, gradient);
    }
}

/// Changes every parameter that has a gradient.
struct Updater<'a> {
    team: &'a Team<'a>,
    path: ModulePath,
    gradients: BTreeMap<String, Tensor<1>>,
    learning_rate: f64,
    scale: Scale,
    optimizer: &'a mut AdamW,
    refused: Option<TrainError>,
}

impl ModuleMapper for Updater<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.tensor_name();
        let Some(gradient) = self.gradients.remove(&name) else { return param };
        let optimizer = &mut *self.optimizer;
        let AdamWSettings { beta_1, beta_2, epsilon, weight_decay, layerwise_decay, .. } =
            optimizer.settings;
        let factor = layer_factor(&name, optimizer.num_hidden_layers, layerwise_decay);
        let learning_rate = self.learning_rate * factor;
        let steps = optimizer.steps as i32;
        let update = kernels::AdamWUpdate {
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            weight_decay: if decays(&name) { weight_decay } else { 0.0 },
            correction_1: 1.0 - beta_1.powi(steps),
            correction_2: 1.0 - beta_2.powi(steps),
            gradient_scale: 1.0,
        };
        let (id, value, mapper) = param.consume();
        let shape = value.shape();
        let value = value.inner().flatten::<1>(0, D - 1);
        let zeros = || Tensor::zeros_like(&gradient);
        let moments = optimizer
            .moments
            .remove(&name)
            .unwrap_or_else(|| Moments { first: zeros(), second: zeros() });
        let (value, moments) = match &self.scale {
            &Scale::Host(gradient_scale) => {
                let update = kernels::AdamWUpdate { gradient_scale, ..update };
                let (value, moments, done) =
                    update_in_place(self.team, update, value, gradient, moments);
                if let Err(error) = done {
                    refuse(&mut self.refused, &name, &error);
                }
                (value, moments)
            }
            Scale::Device(scale) => {
                update_on_device(update, value, gradient * (**scale).clone(), moments)
            }
        };
        optimizer.moments.insert(name, moments);
        // Not by way of `into_data`, which would fetch every weight from the device and send it back.
        let value = Tensor::from_inner(value).reshape(shape);
        Param::from_mapped_value(id, value.detach().require_grad(), mapper)
    }
}

/// Keeps the first tensor that is not in single precision: kernels update no other, and a tensor left out
/// would stay as it was while the loss falls.
fn refuse(refused: &mut Option<TrainError>, tensor: &str, error: &DataError) {
    refused.get_or_insert_with(|| TrainError::NotF32 {
        tensor: tensor.to_owned(),
        reason: error.to_string(),
    });
}

/// The update on memory of this process: data is taken out of the tensors and put back without
/// being copied. Tensors that are not in single precision come back as they were, with an error.
fn update_in_place(
    team: &Team<'_>,
    update: kernels::AdamWUpdate,
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
) -> (Tensor<1>, Moments, Result<(), DataError>) {
    let device = value.device();
    let gradient = gradient.into_data();
    let mut value = value.into_data();
    let mut first = moments.first.into_data();
    let mut second = moments.second.into_data();
    let mut apply = || -> Result<(), DataError> {
        let (value, gradient) = (value.as_mut_slice::<f32>()?, gradient.as_slice::<f32>()?);
        let (first, second) = (first.as_mut_slice::<f32>()?, second.as_mut_slice::<f32>()?);
        update.apply(team, value, gradient, first, second);
        Ok(())
    };
    let done = apply();
    // The next step's gradients take the same memory.
    if let Ok(gradient) = gradient.try_into_vec::<f32>() {
        kernels::Memory::give_back(gradient);
    }
    let tensor = |data| Tensor::from_data(data, &device);
    (tensor(value), Moments { first: tensor(first), second: tensor(second) }, done)
}

/// The same update by tensor operations, for devices with memory of their own. The gradient is
/// scaled already.
fn update_on_device(
    update: kernels::AdamWUpdate,
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
) -> (Tensor<1>, Moments) {
    let first = moments.first * update.beta_1 + gradient.clone() * (1.0 - update.beta_1);
    let second = moments.second * update.beta_2 + gradient.powi_scalar(2) * (1.0 - update.beta_2);
    let mean = first.clone() / update.correction_1;
    let deviation = (second.clone() / update.correction_2).sqrt() + update.epsilon;
    let shrunk = value * (1.0 - update.learning_rate * update.weight_decay);
    (shrunk - mean / deviation * update.learning_rate, Moments { first, second })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Distribution, FloatDType};
    use model::binding;

    use super::*;

    fn weights(module: &Linear) -> Vec<f32> {
        binding::export(module).into_iter().flat_map(|(_, tensor)| tensor.values).collect()
    }

    /// Both work on any memory, so that one device can show what each makes of the same gradients.
    #[test]
    fn the_update_by_tensor_operations_is_the_one_in_place() {
        let device = Device::flex().autodiff();
        let start: Linear = LinearConfig::new(7, 5).init(&device);
        // Long gradients, which are clipped, and short ones, which are not.
        for length in [100.0, 1e-3] {
            let input = Tensor::<2>::random([3, 7], Distribution::Normal(0.0, length), &device);
            let trained = [true, false].map(|on_host| {
                let settings = AdamWSettings::new(0.1, 1.0);
                let mut optimizer = AdamW::new(settings, 2, on_host);
                let mut module = start.clone();
                for _ in 0..3 {
                    let loss = module.forward(input.clone()).powi_scalar(2).sum();
                    let gradients = GradientsParams::from_grads(loss.backward(), &module);
                    module = optimizer.step(module, gradients, 0.01).unwrap();
                }
                weights(&module)
            });
            let [in_place, by_operations] = trained;
            assert_eq!(in_place.len(), 40);
            for (a, b) in in_place.iter().zip(&by_operations) {
                assert!((a - b).abs() < 1e-6, "{a} {b}");
            }
            // A weight may come back to where it was; not nearly all of them do.
            let moved = in_place.iter().zip(weights(&start)).filter(|(a, b)| (*a - b).abs() > 1e-3);
            assert!(moved.count() > 20);
        }
    }

    #[test]
    fn a_tensor_that_is_not_in_single_precision_is_named() {
        let device = Device::flex().autodiff();
        let mut module: Linear = LinearConfig::new(7, 5).with_bias(false).init(&device);
        let double = |shape| Tensor::<2>::ones(shape, &device).cast(FloatDType::F64);
        module.weight = Param::from_tensor(double([7, 5]));
        let loss = module.forward(double([3, 7])).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        let mut optimizer = AdamW::new(AdamWSettings::new(0.1, 1.0), 2, true);
        let error = optimizer.step(module, gradients, 0.01).unwrap_err().to_string();
        assert!(error.starts_with("the tensor ") && error.contains("F64"), "{error}");
    }
}
