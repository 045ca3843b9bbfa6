//! Network, weights and tokenizer held to what `transformers` computes for tiny random models.
//! `tests/reference/golden.py` wrote the folder `golden` beside this file.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, s};
use checkpoint::CheckpointError;
use checkpoint::base::Base;
use checkpoint::fit::check;
use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::weights::{HostTensor, Weights};
use model::electra::{ElectraClassifier, Pass, TokenBatch};
use serde::Deserialize;
use text::TweetTokenizer;

/// The largest difference to `transformers` that counts as rounding.
const TOLERANCE: f32 = 1e-5;

/// The results of `transformers`.
#[derive(Deserialize)]
struct Golden {
    texts: Vec<Tokenised>,
    unigram: Vec<Tokenised>,
    /// Token ids.
    sequences: Vec<Vec<u32>>,
    /// Last hidden states of every sequence, `[length * 32]`.
    electra: Vec<Vec<f32>>,
    bert: Vec<Vec<f32>>,
    logits: Logits,
}

#[derive(Deserialize)]
struct Tokenised {
    text: String,
    ids: Vec<u32>,
}

/// One logit a sequence, by the pooler's weights.
#[derive(Deserialize)]
struct Logits {
    identity: Vec<f32>,
    random: Vec<f32>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden() -> Golden {
    serde_json::from_str(&fs::read_to_string(folder("golden.json")).unwrap()).unwrap()
}

fn open(name: &str) -> Base {
    Base::open(&folder(name), 1).unwrap()
}

fn classifier(base: &Base) -> ElectraClassifier {
    ElectraClassifier::new(&base.config, &base.weights, &Device::flex()).unwrap()
}

fn pack(sequences: &[Vec<u32>]) -> TokenBatch {
    TokenBatch::new(sequences.iter().map(Vec::as_slice))
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn assert_close(computed: &[f32], expected: &[f32], what: &str) {
    assert_eq!(computed.len(), expected.len(), "{what}");
    for (place, (computed, expected)) in computed.iter().zip(expected).enumerate() {
        let difference = (computed - expected).abs();
        assert!(difference <= TOLERANCE, "{what}, value {place}: {computed} is not {expected}");
    }
}

/// Hidden states of the sequences' own tokens by Burn's primitives on a rectangle at least `width`
/// wide; padding left out, one list a sequence.
fn padded_states(model: &ElectraClassifier, batch: &TokenBatch, width: usize) -> Vec<Vec<f32>> {
    let hidden = model.electra.hidden_states(batch, width);
    let [_, length, size] = hidden.dims();
    let all = values(hidden);
    let rows = all.chunks(length * size).zip(batch.lengths());
    rows.map(|(row, tokens)| row[..tokens * size].to_vec()).collect()
}

/// The same by the CPU's fused layers, which know no padding.
fn packed_states(model: &ElectraClassifier, batch: &TokenBatch) -> Vec<Vec<f32>> {
    let hidden = model.electra.packed_states(batch, Pass::default());
    let [_, size] = hidden.dims();
    let all = values(hidden);
    let rows = batch.starts().windows(2).map(|pair| all[pair[0] * size..pair[1] * size].to_vec());
    rows.collect()
}

/// In one batch, each alone, and padded further than any sequence needs.
fn holds_hidden_states_to(name: &str, expected: &[Vec<f32>]) {
    let model = classifier(&open(name));
    let sequences = golden().sequences;
    let batch = pack(&sequences);
    for (what, computed) in [
        ("in one batch", padded_states(&model, &batch, 0)),
        ("in one batch padded to 64", padded_states(&model, &batch, 64)),
        ("packed", packed_states(&model, &batch)),
    ] {
        for (sequence, (computed, expected)) in computed.iter().zip(expected).enumerate() {
            assert_close(computed, expected, &format!("{name}, sequence {sequence} {what}"));
        }
    }
    for (index, (sequence, expected)) in sequences.iter().zip(expected).enumerate() {
        let batch = TokenBatch::new([&sequence[..]]);
        for width in [0, sequence.len() + 1, 50] {
            let computed = padded_states(&model, &batch, width);
            let what = format!("{name}, sequence {index} alone, padded to {width}");
            assert_close(&computed[0], expected, &what);
        }
        let computed = packed_states(&model, &batch);
        assert_close(&computed[0], expected, &format!("{name}, sequence {index} alone, packed"));
    }
}

#[test]
fn electra_from_safetensors_gives_the_hidden_states_of_transformers() {
    holds_hidden_states_to("electra", &golden().electra);
}

#[test]
fn bert_from_an_old_pytorch_file_gives_the_hidden_states_of_transformers() {
    holds_hidden_states_to("bert", &golden().bert);
}

#[test]
fn texts_become_the_token_ids_of_transformers() {
    for (kind, texts) in [("electra", golden().texts), ("unigram", golden().unigram)] {
        let tokenizer = TweetTokenizer::open(&folder(kind)).unwrap();
        for Tokenised { text, ids } in texts {
            let encoding = tokenizer.encode(&text, 512).unwrap();
            assert_eq!(encoding.ids, ids, "{kind}: {text}");
            assert!(!encoding.truncated);
        }
    }
}

#[test]
fn a_long_text_is_cut_before_its_separator() {
    let tokenizer = TweetTokenizer::open(&folder("electra")).unwrap();
    let whole = tokenizer.encode("quality zum blor", 512).unwrap().ids;
    let cut = tokenizer.encode("quality zum blor", whole.len() - 1).unwrap();
    assert!(cut.truncated);
    assert_eq!(cut.ids[..cut.ids.len() - 1], whole[..whole.len() - 2]);
    assert_eq!(cut.ids.last(), whole.last());
}

#[test]
fn the_words_of_special_tokens_in_a_tweet_are_plain_text() {
    let tokenizer = TweetTokenizer::open(&folder("electra")).unwrap();
    let ids = tokenizer.encode("the [SEP] the [PAD]", 512).unwrap().ids;
    let (_, inner) = ids.split_first().unwrap();
    let (_, inner) = inner.split_last().unwrap();
    assert!(inner.iter().all(|id| ![0, 2, 3].contains(id)), "{ids:?}");
}

/// The tiny ELECTRA with one of the two heads of `head.safetensors`.
fn with_head(name: &str) -> ElectraClassifier {
    let heads = safetensors::read(&folder("head.safetensors")).unwrap();
    let prefix = format!("{name}.");
    let mut base = open("electra");
    base.weights.extend(heads.renamed(|tensor| tensor.strip_prefix(&prefix).map(str::to_owned)));
    classifier(&base)
}

/// Logits by the CPU's fused layers.
fn packed_logits(model: &ElectraClassifier, batch: &TokenBatch) -> Vec<f32> {
    values(model.forward(batch, Pass::default()))
}

/// Logits by Burn's primitives on a rectangle at least `width` wide.
fn padded_logits(model: &ElectraClassifier, batch: &TokenBatch, width: usize) -> Vec<f32> {
    let hidden = model.electra.hidden_states(batch, width);
    let [sequences, _, size] = hidden.dims();
    let first = hidden.slice(s![.., 0..1, ..]).reshape([sequences, size]);
    values(model.classify(model.pool(first)))
}

#[test]
fn the_sigmoid_head_gives_the_logits_of_torch() {
    let Golden { sequences, logits, .. } = golden();
    for (name, expected) in [("identity", logits.identity), ("random", logits.random)] {
        let (model, batch) = (with_head(name), pack(&sequences));
        let what = format!("the head with the {name} pooler");
        assert_close(&packed_logits(&model, &batch), &expected, &what);
        assert_close(&padded_logits(&model, &batch, 0), &expected, &what);
    }
}

#[test]
fn a_fresh_head_pools_with_the_identity() {
    let heads = safetensors::read(&folder("head.safetensors")).unwrap();
    let weights = open("electra").weights;
    for name in ["pooler.dense.weight", "pooler.dense.bias"] {
        assert_eq!(weights.get(name), heads.get(&format!("identity.{name}")), "{name}");
    }
}

#[test]
fn a_logit_depends_neither_on_padding_nor_on_the_batch() {
    let model = with_head("random");
    let sequences = golden().sequences;
    let together = packed_logits(&model, &pack(&sequences));
    assert_close(&padded_logits(&model, &pack(&sequences), 64), &together, "padded to 64");
    let mut backwards = sequences.clone();
    backwards.reverse();
    let mut reversed = packed_logits(&model, &pack(&backwards));
    reversed.reverse();
    assert_close(&reversed, &together, "in reverse order");
    for (sequence, &expected) in sequences.iter().zip(&together) {
        let batch = TokenBatch::new([&sequence[..]]);
        assert_close(&packed_logits(&model, &batch), &[expected], "alone, packed");
        for width in [0, 31, 64] {
            let alone = padded_logits(&model, &batch, width);
            assert_close(&alone, &[expected], &format!("alone, padded to {width}"));
        }
    }
}

#[test]
fn weights_come_out_of_the_network_as_they_went_in() {
    for name in ["electra", "bert"] {
        let base = open(name);
        assert_eq!(classifier(&base).weights(), base.weights, "{name}");
    }
}

#[test]
fn exported_weights_are_those_of_the_file() {
    let exported = classifier(&open("electra")).weights();
    let file = folder("electra").join("model.safetensors");
    let theirs = safetensors::read(&file).unwrap();
    let ours = exported.renamed(|name| name.strip_prefix("electra.").map(str::to_owned));
    let theirs =
        theirs.renamed(|name| Some(name.strip_prefix("electra.").unwrap_or(name).to_owned()));
    assert_eq!(ours, theirs);
}

#[test]
fn a_pretraining_head_is_named_as_unused() {
    assert_eq!(open("bert").unused, ["cls.seq_relationship.weight"]);
    assert!(open("electra").unused.is_empty());
}

/// A copy of the tiny ELECTRA's folder, to be spoilt.
fn copy_of_electra() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors", "vocab.txt"] {
        fs::copy(folder("electra").join(name), copy.path().join(name)).unwrap();
    }
    copy
}

/// The error of opening the tiny ELECTRA after `change` was made to its tensors.
fn refusal_of_weights(change: impl FnOnce(&mut Weights)) -> String {
    let copy = copy_of_electra();
    let path = copy.path().join("model.safetensors");
    let mut weights = safetensors::read(&path).unwrap();
    change(&mut weights);
    safetensors::write(&weights, Storage::F32, &path).unwrap();
    let error = Base::open(copy.path(), 1).unwrap_err();
    assert!(matches!(error, CheckpointError::Weights { .. }), "{error}");
    assert!(error.to_string().contains("model.safetensors"), "{error}");
    error.to_string()
}

/// The file's name of the tensor that ends thus.
fn full_name(weights: &Weights, end: &str) -> String {
    weights.names().find(|name| name.ends_with(end)).unwrap().to_owned()
}

#[test]
fn every_missing_tensor_is_named() {
    let ends = ["layer.1.attention.self.key.bias", "embeddings_project.weight"];
    let message = refusal_of_weights(|weights| {
        for end in ends {
            let name = full_name(weights, end);
            weights.remove(&name);
        }
    });
    assert!(ends.iter().all(|end| message.contains(&format!("{end} is missing"))), "{message}");
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let message = refusal_of_weights(|weights| {
        let name = full_name(weights, "layer.0.intermediate.dense.weight");
        weights.insert(name, HostTensor { shape: vec![32, 64], values: vec![0.0; 2048] });
    });
    assert!(
        message.contains("layer.0.intermediate.dense.weight is [32, 64], expected [64, 32]"),
        "{message}"
    );
}

#[test]
fn a_layer_that_the_configuration_does_not_know_is_named() {
    let message = refusal_of_weights(|weights| {
        let name = full_name(weights, "layer.1.output.dense.bias");
        let tensor = weights.get(&name).cloned().unwrap();
        weights.insert(name.replace("layer.1", "layer.2"), tensor);
    });
    assert!(message.contains("layer.2.output.dense.bias has no place in it"), "{message}");
}

#[test]
fn weights_that_do_not_fit_are_refused_by_the_network_too() {
    let mut base = open("electra");
    base.weights.remove("classifier.bias");
    let error = ElectraClassifier::new(&base.config, &base.weights, &Device::flex()).unwrap_err();
    assert!(error.to_string().contains("classifier.bias is missing"), "{error}");
    let error = check(&base.weights, &base.config, Path::new("x.safetensors")).unwrap_err();
    assert!(error.to_string().contains("x.safetensors"), "{error}");
}

/// A copy of the tiny ELECTRA with `key` of its `config.json` set to `value`.
fn copy_with_config(key: &str, value: serde_json::Value) -> tempfile::TempDir {
    let copy = copy_of_electra();
    let path = copy.path().join("config.json");
    let mut json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    json[key] = value;
    fs::write(&path, json.to_string()).unwrap();
    copy
}

/// The error of opening such a copy.
fn refusal_of_config(key: &str, value: serde_json::Value) -> String {
    let error = Base::open(copy_with_config(key, value).path(), 1).unwrap_err().to_string();
    assert!(error.contains("config.json"), "{error}");
    error
}

#[test]
fn models_of_another_kind_are_refused_by_name() {
    for (key, value) in [
        ("model_type", "roberta"),
        ("hidden_act", "relu"),
        ("position_embedding_type", "relative_key"),
    ] {
        let message = refusal_of_config(key, value.into());
        assert!(message.contains(&format!("{key} is {value}")), "{message}");
    }
}

#[test]
fn sizes_that_cannot_be_are_refused_by_name() {
    for (key, value) in [("hidden_size", -4), ("num_attention_heads", 5), ("vocab_size", 60)] {
        let message = refusal_of_config(key, value.into());
        assert!(message.contains(key), "{message}");
    }
}

#[test]
fn numbers_that_no_network_has_are_refused_by_name() {
    use serde_json::json;
    for (key, value) in [
        ("hidden_size", json!(1_u64 << 40)),
        ("intermediate_size", json!(0)),
        ("embedding_size", json!("128")),
        ("num_hidden_layers", json!(100_000)),
        ("hidden_dropout_prob", json!(1.0)),
        ("attention_probs_dropout_prob", json!(-0.1)),
        ("layer_norm_eps", json!(-1.0)),
        ("layer_norm_eps", json!("1e-12")),
    ] {
        let message = refusal_of_config(key, value.clone());
        assert!(message.contains(key) && !message.contains('\n'), "{value}: {message}");
    }
}

/// Nothing of that size is asked of the memory before the file was held to it.
#[test]
fn sizes_that_the_weights_do_not_bear_out_are_refused() {
    let copy = copy_with_config("hidden_size", 16_000_000.into());
    let message = Base::open(copy.path(), 1).unwrap_err().to_string();
    assert!(message.contains("expected") && message.contains("16000000"), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let message = refusal_of_weights(|weights| {
        let (name, mut tensor) = weights.clone().into_iter().next().unwrap();
        tensor.values[0] = f32::INFINITY;
        weights.insert(name, tensor);
    });
    assert!(message.contains("NaN or infinite") && !message.contains('\n'), "{message}");
}

#[test]
fn a_base_without_one_of_its_files_says_which() {
    for file in ["config.json", "model.safetensors", "vocab.txt"] {
        let copy = copy_of_electra();
        fs::remove_file(copy.path().join(file)).unwrap();
        let error = Base::open(copy.path(), 1).unwrap_err();
        assert!(error.to_string().contains(file), "{error}");
    }
    let error = Base::open(Path::new("no/such/folder"), 1).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn a_pytorch_file_cut_short_is_refused_by_name() {
    let copy = tempfile::tempdir().unwrap();
    for name in ["config.json", "vocab.txt"] {
        fs::copy(folder("bert").join(name), copy.path().join(name)).unwrap();
    }
    let whole = fs::read(folder("bert").join("pytorch_model.bin")).unwrap();
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(copy.path().join("pytorch_model.bin"), &whole[..length]).unwrap();
        let error = Base::open(copy.path(), 1).unwrap_err();
        assert!(error.to_string().contains("pytorch_model.bin"), "{length}: {error}");
    }
}
