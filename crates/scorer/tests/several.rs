//! Checkpoints of several models: each text goes to the one that claims its language.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

use std::path::PathBuf;

use checkpoint::Manifest;
use kernels::Level;
use scorer::{Asked, Options, Precision, Reason, Scorer, Verdict};
use tempfile::TempDir;
use testkit::models;

const ARABIC: &str = "صباح الخير يا أصدقاء كيف حالكم اليوم";
const FRENCH: &str = "bonjour les amis il fait très beau";
const RUSSIAN: &str = "Доброе утро, друзья! Как у вас дела сегодня?";
const ENGLISH: &str = "good morning rain is coming to the city today";
/// English by its letters, too: by these a model of Unigram's kind tells it, which knows words of all languages.
const LONG: &str =
    "we are going to the city today because there is rain in the morning and they play football";

/// A checkpoint of two models in `both`, and each by itself in `main` and `foreign`.
struct Folders(TempDir);

impl Folders {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        models::combined(&folder.path().join("both"));
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, name: &str, options: &Options) -> Scorer {
        Scorer::open(self.path(name), options).unwrap()
    }
}

/// Texts of every kind, each some times in other words.
fn texts() -> Vec<String> {
    let english = |at: usize| {
        let words: Vec<&str> = LONG.split(' ').collect();
        words[..8 + at % 9].join(" ")
    };
    let foreign = |at: usize| {
        let words =
            (0..3 + at % 30).map(|word| models::FOREIGN_WORDS[(at * at + word * (at + 3)) % 7]);
        words.collect::<Vec<_>>().join(" ")
    };
    let mut texts = Vec::new();
    for (at, text) in models::texts(24, 40).into_iter().enumerate() {
        texts.push(text);
        texts.push(foreign(at));
        texts.push(format!("{} {}", english(at), foreign(at)));
        texts.push(vec![FRENCH; 1 + at].join(" "));
        texts.push(RUSSIAN.to_owned());
        texts.push("12345".to_owned());
    }
    texts
}

#[test]
fn a_text_goes_to_the_model_that_claims_its_language() {
    let folders = Folders::new();
    let [both, main, foreign] =
        ["both", "main", "both/foreign"].map(|name| folders.open(name, &Options::default()));
    for (text, lang, alone) in
        [(ENGLISH, "en", &main), (ARABIC, "ar", &foreign), (FRENCH, "fr", &foreign)]
    {
        let verdict = both.score_one(text).unwrap();
        assert_eq!(verdict.lang(), Some(lang), "{text}");
        assert!(verdict.score().is_some());
        assert_eq!(verdict, alone.score_one(text).unwrap(), "{text}");
    }
    let unread = |text| both.score_one(text).unwrap();
    assert_eq!(unread(RUSSIAN), Verdict::NotJudged { reason: Reason::Language, lang: Some("ru") });
    assert_eq!(unread("12345"), Verdict::NotJudged { reason: Reason::NoWords, lang: None });
    assert_eq!(unread(""), Verdict::NotJudged { reason: Reason::NoText, lang: None });
    assert_eq!(main.score_one(FRENCH).unwrap().reason(), Some(Reason::Language));
    assert!(both.readable(ARABIC).reason().is_none() && both.readable(RUSSIAN).reason().is_some());
}

#[test]
fn of_a_mixed_text_each_model_reads_its_part_and_the_highest_score_counts() {
    let folders = Folders::new();
    let [both, main, foreign] =
        ["both", "main", "both/foreign"].map(|name| folders.open(name, &Options::default()));
    let mut won = [0, 0];
    for text in
        texts().iter().filter(|text| text.starts_with("we are going") && text.contains("صباح"))
    {
        let alone = [&main, &foreign].map(|scorer| scorer.score_one(text).unwrap());
        let scores = alone.each_ref().map(|it| it.score().map_or(-1.0, |it| it.score));
        let highest = usize::from(scores[1] > scores[0]);
        assert_eq!(both.score_one(text).unwrap(), alone[highest], "{text}");
        won[highest] += usize::from(scores.iter().all(|score| *score >= 0.0));
    }
    assert!(won.iter().all(|won| *won > 0), "of texts that both read: {won:?}");
}

#[test]
fn a_few_words_in_the_script_of_a_claimed_language_are_found_in_any_text() {
    let folders = Folders::new();
    let scorer = folders.open("both/foreign", &Options::default());
    let alone = scorer.score_one("صباح الخير أصدقاء").unwrap();
    let around = "the weather in the city was very good today and we went to the market";
    for text in [
        format!("{around} صباح الخير أصدقاء {around}"),
        format!("{RUSSIAN} صباح الخير أصدقاء"),
        "good صباح morning الخير everyone أصدقاء in this town today".to_owned(),
    ] {
        let verdict = scorer.score_one(&text).unwrap();
        let score = verdict.score().unwrap_or_else(|| panic!("{text}: {verdict:?}"));
        assert_eq!(score.part.as_deref().map(str::trim), Some("صباح الخير أصدقاء"), "{text}");
        assert_eq!((score.lang, score.logit), ("ar", alone.score().unwrap().logit));
    }
    let two = scorer.score_one(&format!("{around} صباح الخير {around}")).unwrap();
    assert_eq!(two.reason(), Some(Reason::Language));
    // Of a language in the same script that it does not claim.
    let persian = "این پیچ گچی چه چیزی دارد که دیگران نگفتند";
    assert_eq!(scorer.score_one(persian).unwrap().reason(), Some(Reason::Language));
}

#[test]
fn scores_are_the_same_to_the_last_bit_alone_in_any_batch_and_on_any_threads() {
    let folders = Folders::new();
    let texts = texts();
    for precision in [Precision::Auto, Precision::F32, Precision::Int8] {
        let options = |threads| Options { precision, threads: Some(threads), ..Options::default() };
        let one = folders.open("both", &options(1));
        let together = one.score(&texts).unwrap();
        assert_eq!(folders.open("both", &options(3)).score(&texts).unwrap(), together);
        let backwards: Vec<&String> = texts.iter().rev().collect();
        let mut turned = one.score(&backwards).unwrap();
        turned.reverse();
        assert_eq!(turned, together);
        let alone = ["main", "both/foreign"].map(|name| folders.open(name, &options(2)));
        for (text, verdict) in texts.iter().zip(&together) {
            assert_eq!(&one.score_one(text).unwrap(), verdict, "{text}");
            let model = usize::from(verdict.lang() != Some("en"));
            assert_eq!(&alone[model].score_one(text).unwrap(), verdict, "{text}");
        }
    }
}

#[test]
fn a_text_that_is_judged_whatever_its_language_goes_to_the_model_named_or_told() {
    let folders = Folders::new();
    let [both, main, foreign] =
        ["both", "main", "both/foreign"].map(|name| folders.open(name, &Options::default()));
    let logit = |scorer: &Scorer, text, lang| {
        let asked = Asked { lang, judge: false, ..Asked::new(text) };
        scorer.score_asked(&[asked]).unwrap()[0].score().unwrap().logit
    };
    for (text, lang, alone) in [
        (ENGLISH, None, &main),
        (FRENCH, None, &foreign),
        (RUSSIAN, None, &main),
        (ENGLISH, Some("fr"), &foreign),
        (ENGLISH, Some("fr-CA"), &foreign),
        (FRENCH, Some("en"), &main),
        (FRENCH, Some("ru"), &foreign),
    ] {
        assert_eq!(logit(&both, text, lang), logit(alone, text, None), "{text} {lang:?}");
    }
    assert_ne!(logit(&main, FRENCH, None), logit(&foreign, FRENCH, None));
}

#[test]
fn roundings_are_told_by_model_and_embeddings_of_two_models_have_nothing_in_common() {
    let folders = Folders::new();
    let [both, main, foreign] =
        ["both", "main", "both/foreign"].map(|name| folders.open(name, &Options::default()));
    let texts = [ENGLISH, ARABIC, FRENCH, RUSSIAN];
    let found = both.roundings(&texts);
    assert_eq!(found, [main.roundings(&[ENGLISH]), foreign.roundings(&[ARABIC, FRENCH])].concat());
    if Level::best() != Level::SCALAR {
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }
    let asked = texts.map(Asked::new);
    let embeddings = both.embeddings(&asked);
    assert_eq!(embeddings[3], None);
    let product = |a: usize, b: usize| -> f32 {
        let of = |at: usize| embeddings[at].as_deref().unwrap().iter();
        of(a).zip(of(b)).map(|(x, y)| x * y).sum()
    };
    assert_eq!((product(0, 1), product(2, 0)), (0.0, 0.0));
    assert!(product(1, 2) != 0.0 && (product(2, 2) - 1.0).abs() < 1e-5);
    assert_eq!(embeddings[0], main.embeddings(&asked[..1])[0]);
}

#[test]
fn threshold_and_bands_are_those_of_the_main_model_and_a_text_keeps_its_label() {
    let folders = Folders::new();
    let [both, main, before] =
        ["both", "main", "foreign"].map(|name| folders.open(name, &Options::default()));
    assert_eq!(both.checkpoint().calibration, main.checkpoint().calibration);
    assert_eq!(both.checkpoint().languages(), ["en", "ar", "fr"]);
    let texts = texts();
    let verdicts = std::iter::zip(both.score(&texts).unwrap(), before.score(&texts).unwrap());
    let (mut judged, mut flagged) = (0, 0);
    for (now, before) in verdicts.filter(|(now, _)| matches!(now.lang(), Some("ar" | "fr"))) {
        let (now, before) = (now.score().unwrap(), before.score().unwrap());
        assert_eq!(
            (now.label, now.band, now.raw_score),
            (before.label, before.band, before.raw_score)
        );
        assert_ne!(now.score, before.score);
        judged += 1;
        flagged += usize::from(now.label == scorer::Label::ProIsis);
    }
    assert!(0 < flagged && flagged < judged, "{flagged} of {judged}");
}

#[test]
fn the_hash_names_all_models_and_changes_with_any() {
    let folders = Folders::new();
    let hash = |name: &str| Manifest::open(&folders.path(name)).unwrap().sha256();
    let (both, main, foreign) = (hash("both"), hash("main"), hash("foreign"));
    assert_eq!(both, checkpoint::sha256(format!("{main}\n{foreign}\n").as_bytes()));
    assert_eq!(hash("both/foreign"), foreign);
}

#[test]
fn a_changed_weight_of_any_model_is_refused() {
    let folders = Folders::new();
    let file = folders.path("both/foreign/model.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let refusal = Scorer::open(folders.path("both"), &Options::default()).unwrap_err().to_string();
    assert!(refusal.contains("both/foreign/model.safetensors"), "{refusal}");
    assert!(refusal.contains("SHA-256") && !refusal.contains('\n'), "{refusal}");
}
