//! Between Hugging Face's tensor names and the modules of the network.
//!
//! Modules carry Hugging Face's names, but for four: Rust cannot call a field `self`, and Burn
//! calls a layer norm's parameters gamma and beta.
//!
//! | module path | tensor name |
//! |---|---|
//! | `…attention.self_attention.query.weight` | `…attention.self.query.weight` |
//! | `…layer_norm.gamma`, `…layer_norm.beta` | `…LayerNorm.weight`, `…LayerNorm.bias` |
//!
//! Burn keeps a dense layer's weight as `[in, out]`, the files as `[out, in]`: those are
//! transposed on the way.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::ModelError;
use checkpoint::Weights;
use checkpoint::weights::HostTensor;

/// Fills every parameter of `module` from `weights`.
///
/// # Errors
/// [`ModelError::Weights`] naming every tensor that is missing or of another shape. Tensors
/// without a parameter are ignored.
pub fn load<M: Module>(module: M, weights: &Weights) -> Result<M, ModelError> {
    let mut loader = Loader { path: ModulePath::default(), weights, problems: Vec::new() };
    let module = module.map(&mut loader);
    if loader.problems.is_empty() {
        Ok(module)
    } else {
        Err(ModelError::Weights {
            origin: "this model".to_owned(),
            problems: loader.problems.join("; "),
        })
    }
}

/// Reads every parameter of `module` back.
pub fn export<M: Module>(module: &M) -> Weights {
    let mut exporter = Exporter { path: ModulePath::default(), weights: Weights::default() };
    module.visit(&mut exporter);
    exporter.weights
}

/// The place of a walk over a module, and the tensor name of that place.
#[derive(Debug, Default)]
pub struct ModulePath {
    segments: Vec<String>,
    containers: Vec<String>,
}

impl ModulePath {
    /// To be called from `enter_module`.
    pub fn enter(&mut self, name: &str, container: &str) {
        self.segments.push(name.to_owned());
        self.containers.push(container.to_owned());
    }

    /// To be called from `exit_module`.
    pub fn exit(&mut self) {
        self.segments.pop();
        self.containers.pop();
    }

    /// The tensor name of the parameter that the walk is at.
    pub fn tensor_name(&self) -> String {
        let segments = self.segments.iter().map(|segment| match segment.as_str() {
            "self_attention" => "self",
            "layer_norm" => "LayerNorm",
            "gamma" => "weight",
            "beta" => "bias",
            other => other,
        });
        segments.collect::<Vec<_>>().join(".")
    }

    /// True if Burn holds this parameter transposed.
    fn is_transposed(&self, rank: usize) -> bool {
        rank == 2 && self.containers.last().is_some_and(|container| container.ends_with("Linear"))
    }
}

struct Loader<'a> {
    path: ModulePath,
    weights: &'a Weights,
    problems: Vec<String>,
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.tensor_name();
        let transposed = self.path.is_transposed(D);
        let mut expected = param.lazy_shape().to_vec();
        if transposed {
            expected.reverse();
        }
        let Some(tensor) = self.weights.get(&name) else {
            self.problems.push(format!("{name} is missing"));
            return param;
        };
        if tensor.shape != expected {
            self.problems.push(format!("{name} is {:?}, expected {expected:?}", tensor.shape));
            return param;
        }
        let data = TensorData::new(tensor.values.clone(), tensor.shape.clone());
        let value = Tensor::<D>::from_data(data, &param.lazy_device());
        let value = if transposed { contiguous(value.swap_dims(0, 1)) } else { value };
        Param::from_tensor(value)
    }
}

/// A transposed view, laid out anew: later arithmetic should not stride.
fn contiguous<const D: usize>(view: Tensor<D>) -> Tensor<D> {
    let device = view.device();
    Tensor::from_data(view.into_data(), &device)
}

struct Exporter {
    path: ModulePath,
    weights: Weights,
}

impl ModuleVisitor for Exporter {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().detach();
        let value = if self.path.is_transposed(D) { value.swap_dims(0, 1) } else { value };
        let shape = value.dims().to_vec();
        let values = value.into_data().iter::<f32>().collect();
        self.weights.insert(self.path.tensor_name(), HostTensor { shape, values });
    }
}
