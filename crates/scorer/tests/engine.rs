//! The packed engine against itself: rounded, and in other batches. `model/tests/engine.rs` holds it to
//! Burn's own arithmetic.
#![allow(missing_docs, clippy::unwrap_used)]

use checkpoint::ElectraConfig;
use checkpoint::weights::safetensors::Storage;
use kernels::Level;
use proptest::prelude::*;
use scorer::{Asked, Options, Precision, Score, Scorer, TOLERANCE};
use tempfile::TempDir;
use testkit::models;

const PRECISIONS: [Precision; 4] =
    [Precision::Auto, Precision::F32, Precision::Bf16, Precision::Int8];

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

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn spread(logits: &[f32]) -> f32 {
    let high = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    high - logits.iter().copied().fold(f32::INFINITY, f32::min)
}

#[test]
fn rounded_logits_stay_near() {
    let folder = checkpoint(models::odd_sizes());
    let texts = models::texts(40, 30);
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

/// Of the small network, whose scores are nearly all of the kind that is computed again, each must be
/// f32's to the bit or near it and of its band; without the second computation some are not.
#[test]
fn rounding_does_not_show_in_the_scores_of_auto() {
    let folder = checkpoint(models::odd_sizes());
    let texts = models::texts(400, 30);
    let scores = |precision, level| -> Vec<Score> {
        let verdicts = open(&folder, precision, 2, level).score(&texts).unwrap();
        verdicts.into_iter().map(|verdict| verdict.score().unwrap().clone()).collect()
    };
    for level in Level::variants() {
        let exact = scores(Precision::F32, level);
        for (auto, exact) in scores(Precision::Auto, level).iter().zip(&exact) {
            assert!((auto.score - exact.score).abs() <= TOLERANCE, "{level}");
            assert_eq!((auto.label, auto.band), (exact.label, exact.band), "{level}");
        }
        let rounded = scores(Precision::Int8, level);
        assert!(rounded.iter().zip(&exact).any(|(rounded, exact)| rounded.score != exact.score));
    }
}

#[test]
fn how_far_rounding_moves_a_logit_can_be_asked() {
    let folder = checkpoint(models::odd_sizes());
    let texts = models::texts(20, 30);
    for level in Level::variants() {
        let asked = open(&folder, Precision::Auto, 2, level).roundings(&texts);
        if level == Level::SCALAR {
            assert!(asked.concat().is_empty(), "auto does not round there");
            continue;
        }
        let alone = [Precision::Int8, Precision::F32]
            .map(|precision| logits(&open(&folder, precision, 1, level), &texts));
        let expected: Vec<[f32; 2]> = std::iter::zip(&alone[0], &alone[1])
            .map(|(rounded, exact)| [*rounded, *exact])
            .collect();
        assert_eq!(asked, [expected], "{level}");
    }
}

#[test]
fn embeddings_have_unit_length_and_are_the_same_in_any_batch() {
    let folder = checkpoint(models::odd_sizes());
    let scorer = open(&folder, Precision::F32, 2, Level::best());
    let texts = models::texts(30, 30);
    let mut asked: Vec<Asked> = texts.iter().map(|text| Asked::new(text)).collect();
    asked.push(Asked::new("12345"));
    let embeddings = scorer.embeddings(&asked);
    assert_eq!(embeddings.last().unwrap(), &None, "it has no words");
    for (asked, embedding) in asked.iter().zip(&embeddings).take(texts.len()) {
        let embedding = embedding.as_ref().unwrap();
        assert_eq!(embedding.len(), models::odd_sizes().hidden_size);
        let length: f32 = embedding.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
        assert_eq!(&scorer.embeddings(std::slice::from_ref(asked))[0], &Some(embedding.clone()));
    }
    assert_ne!(embeddings[0], embeddings[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_score_is_the_same_to_the_last_bit_in_any_batch(
        picks in proptest::collection::vec(0_usize..60, 1..40), threads in 1_usize..4,
    ) {
        // One folder and one set of scorers for all cases would be shared by threads; opening
        // this small network is quick.
        let folder = checkpoint(models::odd_sizes());
        let all = models::texts(60, 40);
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
    let folder = checkpoint(models::odd_sizes());
    let texts = models::texts(60, 30);
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
