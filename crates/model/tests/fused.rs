//! The CPU's fused layer and embeddings against the same of Burn's primitives, and against finite
//! differences.
#![allow(clippy::unwrap_used)]

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, s};
use checkpoint::Weights;
use checkpoint::weights::HostTensor;
use checkpoint::{ElectraConfig, Preset};
use kernels::Operands;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

fn config(dropout: f64) -> ElectraConfig {
    ElectraConfig {
        vocab_size: 60,
        embedding_size: 24,
        hidden_size: 48,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        intermediate_size: 80,
        max_position_embeddings: 40,
        hidden_dropout_prob: dropout,
        attention_probs_dropout_prob: dropout,
        ..ElectraConfig::preset(Preset::Small)
    }
}

/// Random weights, made larger so that no non-linearity is in its linear part.
fn weights(config: &ElectraConfig) -> Weights {
    let random = Weights::random(config, 11).into_iter().enumerate();
    random
        .map(|(index, (name, tensor))| {
            let bias = if name.ends_with("bias") { 0.1 * (index as f32).sin() } else { 0.0 };
            let values = tensor.values.iter().map(|value| value * 3.0 + bias).collect();
            (name, HostTensor { values, ..tensor })
        })
        .collect()
}

fn batch() -> TokenBatch {
    let sequence =
        |length: u32, step: u32| (0..length).map(|i| (i * step) % 60).collect::<Vec<_>>();
    let sequences = [sequence(7, 3), sequence(1, 5), sequence(33, 7), sequence(12, 11)];
    TokenBatch::new(sequences.iter().map(Vec::as_slice))
}

/// The loss `(states * factors).sum()` and all gradients by name, zeros where there are none.
fn state_gradients(model: &ElectraClassifier, states: Tensor<2>) -> (Vec<f32>, Weights) {
    let values = states.to_data().iter::<f32>().collect();
    let factors = (0..states.dims().iter().product()).map(|i: usize| (i as f32 * 0.7).sin());
    let factors = Tensor::<1>::from_floats(&*factors.collect::<Vec<_>>(), &states.device());
    let loss = (states.clone() * factors.reshape(states.dims())).sum();
    let gradients = GradientsParams::from_grads(loss.backward(), model);
    let gradients = model.clone().map(&mut TakeGradients(gradients));
    (values, gradients.weights())
}

/// The loss and all gradients by name of the packed or the padded path.
fn gradients(model: &ElectraClassifier, packed: bool, pass: Pass) -> (f32, Weights) {
    let batch = batch();
    let logits = if packed {
        model.forward(&batch, pass)
    } else {
        let hidden = model.electra.hidden_states(&batch, 0);
        let [sequences, _, width] = hidden.dims();
        let first = hidden.slice(s![.., 0..1, ..]).reshape([sequences, width]);
        model.classify(model.pool(first))
    };
    let factors = Tensor::<1>::from_floats([1.0, -2.0, 0.5, 3.0], &logits.device());
    let loss = (logits * factors).sum();
    let value = loss.clone().into_scalar();
    let gradients = GradientsParams::from_grads(loss.backward(), model);
    let gradients = model.clone().map(&mut TakeGradients(gradients));
    (value, gradients.weights())
}

/// Puts gradients in the place of parameters, so that they can be read by name; zeros where the
/// loss does not depend on one.
struct TakeGradients(GradientsParams);

impl burn::module::ModuleMapper for TakeGradients {
    fn map_float<const D: usize>(
        &mut self,
        param: burn::module::Param<Tensor<D>>,
    ) -> burn::module::Param<Tensor<D>> {
        let gradient = self.0.remove::<D>(param.id);
        let gradient = gradient.unwrap_or_else(|| param.val().inner().zeros_like());
        burn::module::Param::initialized(param.id, gradient)
    }
}

fn largest(tensor: &HostTensor) -> f32 {
    tensor.values.iter().fold(0.0, |most, value| value.abs().max(most))
}

fn assert_close(actual: &Weights, expected: &Weights, tolerance: f32) {
    for ((name, actual), (_, expected)) in actual.iter().zip(expected.iter()) {
        let pairs = actual.values.iter().zip(&expected.values);
        let difference = pairs.fold(0.0_f32, |most, (a, b)| (a - b).abs().max(most));
        assert!(
            difference <= tolerance * largest(expected).max(0.05),
            "{name}: {difference} of {}",
            largest(expected)
        );
    }
}

#[test]
fn gradients_are_those_of_burns_autodiff_on_the_unfused_graph() {
    let config = config(0.0);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    let (fused_loss, fused) = gradients(&model, true, Pass::default());
    let (loss, unfused) = gradients(&model, false, Pass::default());
    assert!((fused_loss - loss).abs() < 1e-4 * loss.abs().max(1.0), "{fused_loss} {loss}");
    assert_eq!(fused.iter().count(), config.tensor_shapes().len());
    assert_close(&fused, &unfused, 2e-4);
}

#[test]
fn a_last_layer_of_first_tokens_is_the_whole_layer_in_their_rows() {
    let config = config(0.2);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    let batch = batch();
    let starts: Vec<i64> = batch.starts()[..batch.len()].iter().map(|&at| at as i64).collect();
    for operands in [Operands::F32, Operands::Bf16] {
        let pass = Pass { dropout_key: Some(7), operands };
        let all = model.electra.packed_states(&batch, pass);
        let rows = Tensor::<1, Int>::from_ints(&*starts, &all.device());
        let (expected, of_all) = state_gradients(&model, all.select(0, rows));
        let (first, of_first) = state_gradients(&model, model.electra.first_states(&batch, pass));
        assert!(first == expected, "{operands:?}: states differ");
        assert!(of_first.iter().any(|(_, gradient)| largest(gradient) > 0.1));
        // Sums over tokens skip the zeros of those that are not wanted, in another order.
        assert_close(&of_first, &of_all, if operands == Operands::F32 { 1e-5 } else { 1e-2 });
    }
}

#[test]
fn a_batch_without_sequences_has_no_logits_and_no_gradient() {
    let config = config(0.2);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    let batch = TokenBatch::new([]);
    let (states, gradients) =
        state_gradients(&model, model.electra.first_states(&batch, Pass::default()));
    assert!(states.is_empty());
    assert!(gradients.iter().all(|(_, gradient)| largest(gradient) == 0.0));
}

#[test]
#[should_panic(expected = "an empty sequence has no first token")]
fn an_empty_sequence_is_refused() {
    let config = config(0.0);
    let model = ElectraClassifier::new(&config, &weights(&config), &Device::flex()).unwrap();
    model.electra.first_states(&TokenBatch::new([&[1, 2][..], &[]]), Pass::default());
}

#[test]
fn bf16_products_give_gradients_of_nearly_the_same_direction() {
    let config = config(0.0);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    let pass = Pass { operands: Operands::Bf16, ..Pass::default() };
    let (_, rounded) = gradients(&model, true, pass);
    let (_, exact) = gradients(&model, true, Pass::default());
    for ((name, rounded), (_, exact)) in rounded.iter().zip(exact.iter()) {
        let dot = |a: &HostTensor, b: &HostTensor| {
            a.values.iter().zip(&b.values).map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let norms = (dot(rounded, rounded) * dot(exact, exact)).sqrt();
        // A key's bias changes no attention: its gradient is rounding noise and has no direction.
        let cosine = if norms < 1e-6 { 1.0 } else { dot(rounded, exact) / norms };
        assert!(cosine > 0.99, "{name}: cosine {cosine}");
    }
}

#[test]
fn gradients_with_dropout_are_finite_differences_of_the_loss_under_the_same_key() {
    let config = config(0.2);
    let weights = weights(&config);
    let device = Device::flex().autodiff();
    let pass = Pass { dropout_key: Some(99), ..Pass::default() };
    let model = ElectraClassifier::new(&config, &weights, &device).unwrap();
    let (_, exact) = gradients(&model, true, pass);
    let loss_at = |weights: &Weights| {
        let model = ElectraClassifier::new(&config, weights, &device).unwrap();
        f64::from(gradients(&model, true, pass).0)
    };
    for (index, (name, tensor)) in weights.iter().enumerate() {
        // One number of the embeddings' tensors and of every third other, the one whose gradient
        // is largest.
        if index % 3 != 0 && !name.contains("embeddings") {
            continue;
        }
        let gradient = exact.get(name).unwrap();
        let by_size =
            |a: &usize, b: &usize| gradient.values[*a].abs().total_cmp(&gradient.values[*b].abs());
        let place = (0..gradient.values.len()).max_by(by_size).unwrap();
        let step = 1e-3;
        let moved = |by: f32| {
            let mut tensor = tensor.clone();
            tensor.values[place] += by;
            let mut weights = weights.clone();
            weights.insert(name, tensor);
            loss_at(&weights)
        };
        let difference = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
        let gradient = f64::from(gradient.values[place]);
        assert!(
            (difference - gradient).abs() <= 0.03 * gradient.abs() + 0.01,
            "{name}: {difference} by differences, {gradient} by the backward pass"
        );
    }
}

#[test]
fn a_dropout_key_draws_one_mask_and_another_key_another() {
    let config = config(0.2);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    let loss = |key| gradients(&model, true, Pass { dropout_key: key, ..Pass::default() }).0;
    assert_eq!(loss(Some(1)), loss(Some(1)));
    assert_ne!(loss(Some(1)), loss(Some(2)));
    assert_ne!(loss(Some(1)), loss(None));
}

#[test]
fn any_number_of_threads_gives_the_same_loss_and_gradients() {
    let config = config(0.2);
    let model =
        ElectraClassifier::new(&config, &weights(&config), &Device::flex().autodiff()).unwrap();
    for operands in [Operands::F32, Operands::Bf16] {
        let pass = Pass { dropout_key: Some(5), operands };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| gradients(&model, true, pass))
        };
        let (loss, alone) = run(1);
        for threads in [2, 5] {
            let (other, shared) = run(threads);
            assert_eq!(loss, other, "{threads} threads");
            for ((name, alone), (_, shared)) in alone.iter().zip(shared.iter()) {
                // The head is Burn's own, and so is the order in which it sums.
                if name.starts_with("electra.") {
                    assert!(alone.values == shared.values, "{name}: {threads} threads");
                }
            }
        }
    }
}

#[test]
fn a_sequence_has_the_same_states_alone_and_in_any_batch() {
    let config = config(0.0);
    let model = ElectraClassifier::new(&config, &weights(&config), &Device::flex()).unwrap();
    let batch = batch();
    for operands in [Operands::F32, Operands::Bf16] {
        let pass = Pass { operands, ..Pass::default() };
        let states = |batch: &TokenBatch| -> Vec<f32> {
            let states = model.electra.packed_states(batch, pass);
            states.into_data().iter::<f32>().collect()
        };
        let together = states(&batch);
        for pair in batch.starts().windows(2) {
            let alone = TokenBatch::new([&batch.input_ids()[pair[0]..pair[1]]]);
            assert!(states(&alone) == together[pair[0] * 48..pair[1] * 48], "{operands:?}");
        }
    }
}
