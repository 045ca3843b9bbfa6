//! The packed engine against Burn's own arithmetic, and against itself in other batches.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use burn::tensor::s;
use infer::{DeviceKind, Options, Precision, Scorer};
use kernels::Level;
use model::Checkpoint;
use model::electra::{ElectraClassifier, ElectraConfig, TokenBatch};
use model::weights::safetensors::Storage;
use proptest::prelude::*;
use tempfile::TempDir;

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

fn checkpoint(config: ElectraConfig) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let weights = common::weights(&config);
    common::write(&folder.path().join("c"), config, weights, Storage::F32);
    folder
}

fn open(folder: &TempDir, precision: Precision, threads: usize, level: Level) -> Scorer {
    let options = Options { precision, threads: Some(threads), ..Options::default() };
    Scorer::open_at(&folder.path().join("c"), &options, level).unwrap()
}

fn logits(scorer: &Scorer, texts: &[String]) -> Vec<f32> {
    scorer.score(texts).unwrap().into_iter().map(|score| score.unwrap().logit).collect()
}

/// Logits by Burn's primitives alone, on padded rectangles: nothing of `kernels` takes part.
fn burn_logits(folder: &TempDir, texts: &[String]) -> Vec<f32> {
    let checkpoint = Checkpoint::open(&folder.path().join("c")).unwrap();
    let device = DeviceKind::Cpu.open().unwrap();
    let network =
        ElectraClassifier::new(&checkpoint.config.electra, &checkpoint.weights, &device).unwrap();
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
    let bert = ElectraConfig { embedding_size: 60, ..common::config() };
    for config in [common::config(), bert] {
        let folder = checkpoint(config);
        let texts = common::texts(40, 30);
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
fn rounded_logits_stay_near() {
    let folder = checkpoint(common::config());
    let texts = common::texts(40, 30);
    for level in Level::variants() {
        let exact = logits(&open(&folder, Precision::F32, 1, level), &texts);
        for (precision, bound) in [(Precision::Bf16, 0.03), (Precision::Int8, 0.06)] {
            let rounded = logits(&open(&folder, precision, 1, level), &texts);
            let difference = largest_difference(&exact, &rounded) / spread(&exact);
            assert!(difference <= bound, "{level} {precision}: {difference}");
            assert!(difference > 0.0, "{level} {precision}: nothing was rounded");
        }
    }
}

#[test]
fn a_text_of_the_greatest_length_scores_as_burn_has_it() {
    let folder = checkpoint(common::config());
    let texts = [vec!["rain"; 200].join(" "), "good morning".to_owned()];
    let scorer = open(&folder, Precision::F32, 2, Level::best());
    let scores = scorer.score(&texts).unwrap();
    assert_eq!(scores[0].map(|score| (score.tokens, score.truncated)), Some((48, true)));
    assert_eq!(scores[1].map(|score| (score.tokens, score.truncated)), Some((4, false)));
    let difference = largest_difference(&logits(&scorer, &texts), &burn_logits(&folder, &texts));
    assert!(difference <= 1e-5, "{difference}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_score_is_the_same_to_the_last_bit_in_any_batch(
        picks in proptest::collection::vec(0_usize..60, 1..40), threads in 1_usize..4,
    ) {
        // One folder and one set of scorers for all cases would be shared by threads; opening
        // this small network is quick.
        let folder = checkpoint(common::config());
        let all = common::texts(60, 40);
        let texts: Vec<String> = picks.iter().map(|&pick| all[pick].clone()).collect();
        for level in Level::variants() {
            for precision in PRECISIONS {
                let alone = open(&folder, precision, 1, level);
                let scorer = open(&folder, precision, threads, level);
                let together = logits(&scorer, &texts);
                for (text, together) in texts.iter().zip(together) {
                    let single = logits(&scorer, std::slice::from_ref(text))[0];
                    prop_assert_eq!(single.to_bits(), together.to_bits());
                    let single = logits(&alone, std::slice::from_ref(text))[0];
                    prop_assert_eq!(single.to_bits(), together.to_bits());
                }
            }
        }
    }
}

#[test]
fn many_callers_at_once_get_what_each_gets_alone() {
    let folder = checkpoint(common::config());
    let texts = common::texts(60, 30);
    let scorer = open(&folder, Precision::Int8, 2, Level::best());
    let wanted = logits(&scorer, &texts);
    std::thread::scope(|scope| {
        for first in 0..4 {
            let (scorer, texts, wanted) = (&scorer, &texts, &wanted);
            scope.spawn(move || {
                for (text, wanted) in texts.iter().zip(wanted).skip(first * 7) {
                    assert_eq!(logits(scorer, std::slice::from_ref(text)), [*wanted]);
                }
            });
        }
    });
}
