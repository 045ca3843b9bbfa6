//! Texts longer than the model reads at once: all of them is read, and the highest window counts.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

use std::path::Path;

use checkpoint::weights::safetensors::Storage;
use scorer::{Asked, MOST_WINDOWS, Options, Score, Scorer};
use tempfile::TempDir;
use testkit::models;
use text::{TweetTokenizer, normalise};

/// Of the small checkpoint.
const LENGTH: usize = 48;

fn small() -> (TempDir, Scorer, TweetTokenizer) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    models::lively(models::odd_sizes()).write(&path, Storage::F32).unwrap();
    let scorer = Scorer::open(&path, &Options::default()).unwrap();
    (folder, scorer, TweetTokenizer::open(&path).unwrap())
}

fn shipped() -> Scorer {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checkpoints");
    let folder = checkpoint::default_folder(&root).unwrap();
    Scorer::open(&folder, &Options::default()).unwrap()
}

fn score(scorer: &Scorer, text: &str) -> Score {
    let verdict = scorer.score_one(text).unwrap();
    verdict.score().unwrap_or_else(|| panic!("{text}: {verdict:?}")).clone()
}

/// The logit of a text of which something was judged already.
fn logit(scorer: &Scorer, text: &str) -> f32 {
    let asked = Asked { judge: false, ..Asked::new(text) };
    scorer.score_asked(&[asked]).unwrap()[0].score().unwrap().logit
}

#[test]
fn a_long_text_has_the_score_of_the_highest_of_its_windows_to_the_last_bit() {
    let (_folder, scorer, tokenizer) = small();
    let texts: Vec<String> = (1..12)
        .map(|at| {
            models::texts(at * 7, 40).split_off(at * 3).join(if at % 2 == 0 { ". " } else { " " })
        })
        .collect();
    let together = scorer.score(&texts).unwrap();
    for (text, verdict) in texts.iter().zip(together) {
        let found = verdict.score().unwrap();
        let normal = normalise(text);
        let windows = tokenizer.windows(&normal, LENGTH).unwrap();
        assert!(windows.windows.len() > 1, "{text}");
        let of_windows: Vec<f32> =
            windows.windows.iter().map(|it| logit(&scorer, &normal[it.place.clone()])).collect();
        let highest = of_windows.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(found.logit.to_bits(), highest.to_bits(), "{text}");
        let place = found.window.clone().unwrap();
        let counts = of_windows.iter().position(|&logit| logit == highest).unwrap();
        assert_eq!(place, windows.windows[counts].place);
        assert_eq!((found.tokens, found.truncated), (windows.tokens, false));
        assert_eq!(&score(&scorer, text), found, "alone and in a batch");
    }
}

#[test]
fn a_text_of_up_to_the_models_length_is_read_at_once() {
    let (_folder, scorer, tokenizer) = small();
    for words in [1, 20, 45, 46] {
        let text = vec!["rain"; words].join(" ");
        let found = score(&scorer, &text);
        assert_eq!((found.tokens, found.truncated, found.window), (words + 2, false, None));
        // The word pieces are those of all versions before, and nothing else is computed.
        let windows = tokenizer.windows(&text, LENGTH).unwrap().windows;
        assert_eq!(windows.len(), 1);
        assert_eq!(windows[0].ids, tokenizer.encode(&text, LENGTH).unwrap().ids);
    }
    let longer = score(&scorer, &vec!["rain"; 47].join(" "));
    assert_eq!((longer.tokens, longer.truncated, longer.window.is_some()), (49, false, true));
}

#[test]
fn a_text_beyond_the_cap_is_cut_and_says_so() {
    let (_folder, scorer, _) = small();
    let text = "we play football today. ".repeat(45_000);
    assert!(text.len() > 1_000_000);
    let found = score(&scorer, &text);
    assert!(found.truncated && found.tokens < 30 * MOST_WINDOWS, "{found:?}");
    let post = "we play football today. ".repeat(25_000 / 24);
    assert!(!score(&scorer, &post).truncated);
}

const NEUTRAL: [&str; 4] = [
    "The bakery at the corner has new opening hours this week.",
    "My sister and I walked along the river in the morning.",
    "There is a good film about whales on television tonight.",
    "The tomatoes on the balcony are nearly ripe now.",
];
const STATEMENT: &str = "I support the caliphate and wish it victory.";

fn neutral(count: usize) -> String {
    NEUTRAL.iter().cycle().take(count).copied().collect::<Vec<_>>().join(" ")
}

/// It was never read behind sixteen others, and nobody was told.
#[test]
fn a_supportive_sentence_at_the_end_of_a_long_post_counts() {
    let scorer = shipped();
    let before = score(&scorer, &neutral(16));
    for count in [16, 60] {
        let text = format!("{} {STATEMENT}", neutral(count));
        let found = score(&scorer, &text);
        assert!(found.score > before.score + 0.2, "{count}: {found:?} {before:?}");
        let window = found.window.unwrap();
        assert!(normalise(&text)[window].contains(STATEMENT));
    }
}

#[test]
fn a_long_foreign_post_is_judged_by_its_english_part_however_long_that_is() {
    let scorer = shipped();
    let foreign =
        "Ciao amici, oggi il tempo è molto bello e sono al mercato con mia madre. ".repeat(40);
    let alone = score(&scorer, STATEMENT);
    let found = score(&scorer, &format!("{foreign}{STATEMENT} {foreign}"));
    assert!((found.score - alone.score).abs() < 0.05, "{found:?} {alone:?}");
    assert_eq!((found.lang, found.window), ("en", None));
    assert!(found.part.unwrap().contains(STATEMENT));

    let long = format!("{foreign}{} {STATEMENT} {foreign}{foreign}", neutral(16));
    let found = score(&scorer, &long);
    let (part, window) = (found.part.unwrap(), found.window.unwrap());
    assert!(part[window].contains(STATEMENT), "{part}");
    let alone = scorer.score_one(&foreign).unwrap();
    assert_eq!(alone.lang(), Some("it"));
    assert_eq!(alone.score(), None);
}
