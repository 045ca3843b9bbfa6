//! The scorer's packed engine against Burn's own arithmetic.
#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, s};
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Checkpoint, ElectraConfig};
use kernels::Level;
use model::electra::{ElectraClassifier, TokenBatch};
use scorer::{Options, Precision, Scorer};
use tempfile::TempDir;
use testkit::models;

fn checkpoint(config: ElectraConfig) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    models::lively(config).write(&folder.path().join("c"), Storage::F32).unwrap();
    folder
}

fn open(folder: &TempDir, precision: Precision, threads: usize, level: Level) -> Scorer {
    let options =
        Options { precision, threads: Some(threads), level: Some(level), ..Options::default() };
    Scorer::open(folder.path().join("c"), &options).unwrap()
}

fn logits(scorer: &Scorer, texts: &[String]) -> Vec<f32> {
    scorer.score(texts).unwrap().into_iter().map(|verdict| verdict.score().unwrap().logit).collect()
}

/// Logits by Burn's primitives alone, on padded rectangles: nothing of `kernels` takes part.
fn burn_logits(folder: &TempDir, texts: &[String]) -> Vec<f32> {
    let checkpoint = Checkpoint::open(&folder.path().join("c")).unwrap();
    let network =
        ElectraClassifier::new(&checkpoint.config.electra, &checkpoint.weights, &Device::flex())
            .unwrap();
    let encode = |text: &String| checkpoint.tokenizer.encode(text, 48).unwrap().ids;
    let sequences: Vec<Vec<u32>> = texts.iter().map(encode).collect();
    let batch = TokenBatch::new(sequences.iter().map(Vec::as_slice));
    let hidden = network.electra.hidden_states(&batch, 0);
    let [count, _, width] = hidden.dims();
    let first = hidden.slice(s![.., 0..1, ..]).reshape([count, width]);
    network.classify(network.pool(first)).into_data().iter::<f32>().collect()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn spread(logits: &[f32]) -> f32 {
    let high = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    high - logits.iter().copied().fold(f32::INFINITY, f32::min)
}

#[test]
fn unrounded_logits_are_burns_to_1e_5_at_every_level() {
    let bert = ElectraConfig { embedding_size: 60, ..models::odd_sizes() };
    for config in [models::odd_sizes(), bert] {
        let folder = checkpoint(config);
        let texts = models::texts(40, 30);
        let wanted = burn_logits(&folder, &texts);
        assert!(spread(&wanted) > 0.1, "the texts are all the same to this network: {wanted:?}");
        for level in Level::variants() {
            let found = logits(&open(&folder, Precision::F32, 2, level), &texts);
            let difference = largest_difference(&found, &wanted);
            assert!(difference <= 1e-5, "{level}: {difference}");
        }
    }
}

#[test]
fn a_text_of_the_greatest_length_scores_as_burn_has_it() {
    let folder = checkpoint(models::odd_sizes());
    let texts = [vec!["rain"; 46].join(" "), "good morning".to_owned()];
    let scorer = open(&folder, Precision::F32, 2, Level::best());
    let scores = scorer.score(&texts).unwrap();
    assert_eq!(scores[0].score().map(|score| (score.tokens, score.truncated)), Some((48, false)));
    assert_eq!(scores[1].score().map(|score| (score.tokens, score.truncated)), Some((4, false)));
    let difference = largest_difference(&logits(&scorer, &texts), &burn_logits(&folder, &texts));
    assert!(difference <= 1e-5, "{difference}");
}
