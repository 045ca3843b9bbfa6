//! Answers and refusals of a scorer.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

use std::path::{Path, PathBuf};

use checkpoint::weights::safetensors::Storage;
use scorer::{Asked, DeviceKind, Options, Precision, Reason, Scorer, Verdict};
use tempfile::TempDir;
use testkit::models;

fn checkpoint(storage: Storage) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    models::lively(models::odd_sizes()).write(&path, storage).unwrap();
    (folder, path)
}

fn refusal(path: &Path, options: &Options) -> String {
    Scorer::open(path, options).expect_err("a refusal").to_string()
}

#[test]
fn answers_come_in_the_order_given_with_gaps_where_nothing_is_left() {
    let (_folder, path) = checkpoint(Storage::F32);
    let scorer = Scorer::open(&path, &Options::default()).unwrap();
    let texts = ["good morning", "", "https://t.co/abc", "rain is coming", "RT @someone:  "];
    let scores = scorer.score(&texts).unwrap();
    let is_there: Vec<bool> = scores.iter().map(|verdict| verdict.score().is_some()).collect();
    assert_eq!(is_there, [true, false, false, true, false]);
    assert_eq!(scorer.score(&["rain is coming"]).unwrap()[0], scores[3]);
    assert_eq!(scorer.score_one("rain is coming").unwrap(), scores[3]);
    assert_eq!(scorer.score_one("https://t.co/abc").unwrap().score(), None);
    assert_eq!(scorer.score::<String>(&[]).unwrap(), []);
    for (verdict, is_there) in scores.iter().zip(is_there) {
        let reason = (!is_there).then_some(Reason::NoText);
        assert_eq!((verdict.reason(), verdict.label().is_some()), (reason, is_there));
    }
}

#[test]
fn a_score_is_the_calibrated_logit_with_its_label_and_band() {
    let (_folder, path) = checkpoint(Storage::F32);
    let scorer = Scorer::open(&path, &Options::default()).unwrap();
    let calibration = scorer.checkpoint().calibration.clone();
    assert_eq!(calibration.temperature, 1.5);
    assert_eq!(scorer.checkpoint().config.name, "small");
    assert_eq!(scorer.checkpoint().training["seed"], 5);
    for verdict in scorer.score(&models::texts(20, 20)).unwrap() {
        let score = verdict.score().expect("it is English");
        assert_eq!((verdict.label(), verdict.band()), (Some(score.label), score.band));
        assert_eq!((verdict.reason(), verdict.lang()), (None, Some("en")));
        assert_eq!(score.score, calibration.score(score.logit));
        assert!((score.raw_score - 1.0 / (1.0 + (-score.logit).exp())).abs() < 1e-6);
        assert_eq!(score.label, calibration.label(score.score));
        assert_eq!(score.band, calibration.band(score.score));
    }
}

#[test]
fn weights_stored_in_half_precision_score_alike() {
    let (_full_folder, full) = checkpoint(Storage::F32);
    let (_half_folder, half) = checkpoint(Storage::F16);
    let texts = models::texts(20, 20);
    let score = |path: &Path| {
        let scorer = Scorer::open(path, &Options::default()).unwrap();
        scorer.score(&texts).unwrap().into_iter().map(|it| it.score().unwrap().score)
    };
    for (full, half) in score(&full).zip(score(&half)) {
        assert!((full - half).abs() < 2e-3, "{full} {half}");
    }
}

#[test]
fn changed_weights_are_refused() {
    let (_folder, path) = checkpoint(Storage::F32);
    let file = path.join("model.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert!(refusal(&path, &Options::default()).contains("SHA-256"));
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let line = refusal(&path, &Options::default());
    assert!(line.contains("model.safetensors") && line.contains("cut short"), "{line}");
}

#[test]
fn missing_and_misshapen_tensors_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let mut checkpoint = models::lively(models::odd_sizes());
    checkpoint.weights = checkpoint
        .weights
        .into_iter()
        .filter(|(name, _)| name != "classifier.bias")
        .map(|(name, mut tensor)| {
            if name == "pooler.dense.bias" {
                tensor.values.pop();
                tensor.shape[0] -= 1;
            }
            (name, tensor)
        })
        .collect();
    checkpoint.write(&path, Storage::F32).unwrap();
    let line = refusal(&path, &Options::default());
    assert!(line.contains("classifier.bias is missing"), "{line}");
    assert!(line.contains("pooler.dense.bias has shape [59], expected [60]"), "{line}");
}

#[test]
fn a_tokenizer_with_more_pieces_than_the_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let sizes = checkpoint::ElectraConfig { vocab_size: 10, ..models::odd_sizes() };
    models::lively(sizes).write(&path, Storage::F32).unwrap();
    let line = refusal(&path, &Options::default());
    assert!(line.contains("need 17 rows of word embeddings, but the model has 10"), "{line}");
}

#[test]
fn a_word_piece_with_an_id_beyond_the_network_is_refused() {
    let (_folder, path) = checkpoint(Storage::F32);
    let tokenizer = path.join("tokenizer.json");
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&tokenizer).unwrap()).unwrap();
    json["model"]["vocab"]["rain"] = 1_000.into();
    std::fs::write(&tokenizer, json.to_string()).unwrap();
    let line = refusal(&path, &Options::default());
    assert!(line.contains("need 1001 rows of word embeddings, but the model has 40"), "{line}");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let (_folder, path) = checkpoint(Storage::F32);
    let int8_elsewhere =
        Options { device: DeviceKind::Gpu, precision: Precision::Int8, ..Options::default() };
    assert!(refusal(&path, &int8_elsewhere).contains("int8 is for the cpu"));
    let no_threads = Options { threads: Some(0), ..Options::default() };
    assert!(refusal(&path, &no_threads).contains("at least one"));
    let nowhere = path.join("nowhere");
    assert!(refusal(&nowhere, &Options::default()).contains("train one first"));
}

/// Whatever a layer rounds its numbers to, one that is none comes through to the end.
#[test]
fn a_network_that_computes_nonsense_is_named() {
    for name in ["classifier.bias", "electra.encoder.layer.0.intermediate.dense.bias"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        let mut checkpoint = models::lively(models::odd_sizes());
        let mut bias = checkpoint.weights.remove(name).unwrap();
        bias.values[0] = f32::NAN;
        checkpoint.weights.insert(name, bias);
        checkpoint.write(&path, Storage::F32).unwrap();
        for precision in [Precision::Auto, Precision::F32, Precision::Bf16, Precision::Int8] {
            let options = Options { precision, ..Options::default() };
            let scorer = Scorer::open(&path, &options).unwrap();
            let error = scorer.score(&["", "rain"]).unwrap_err().to_string();
            assert!(error.contains("text 1 is NaN"), "{name}, {precision}: {error}");
        }
    }
}

/// A checkpoint that comes with the project.
fn shipped() -> Scorer {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checkpoints");
    let folder = checkpoint::default_folder(&root).unwrap();
    Scorer::open(&folder, &Options::default()).unwrap()
}

#[test]
fn what_cannot_be_judged_has_no_score_and_says_why() {
    let scorer = shipped();
    for (text, reason, lang) in [
        ("Buongiorno a tutti, oggi il tempo è bello", Reason::Language, Some("it")),
        ("おはようございます", Reason::Language, Some("ja")),
        ("God morgon allihopa, idag skiner solen", Reason::Language, Some("sv")),
        ("😀😀😀", Reason::NoWords, None),
        ("123456", Reason::NoWords, None),
        ("https://t.co/a @someone", Reason::NoText, None),
    ] {
        let verdict = scorer.score(&[text]).unwrap().remove(0);
        assert_eq!(verdict, Verdict::NotJudged { reason, lang }, "{text}");
        assert_eq!((verdict.score(), verdict.label()), (None, None));
        assert!(verdict.band() < checkpoint::Band::None, "{text}");
    }
}

#[test]
fn the_english_part_of_a_text_counts_whatever_stands_around_it() {
    let scorer = shipped();
    let statement = "I support the caliphate and wish it victory";
    let alone = scorer.score(&[statement]).unwrap().remove(0);
    let alone = alone.score().unwrap();
    for text in [
        format!("صباح الخير يا أصدقاء كيف حالكم {statement} مساء الخير يا أصدقاء"),
        format!("Bonjour les amis, il fait très beau et je suis au marché. {statement}"),
        format!("{statement}. Selamat pagi semua, hari ini cuaca sangat bagus dan saya di pasar"),
        format!("Доброе утро, друзья, как у вас дела сегодня? {statement}"),
        statement.split(' ').collect::<Vec<_>>().join(" والله "),
    ] {
        let verdict = scorer.score(&[&text]).unwrap().remove(0);
        let score = verdict.score().unwrap_or_else(|| panic!("{text}: {verdict:?}"));
        assert!(score.score > alone.score - 0.05, "{text}: {} {}", score.score, alone.score);
        assert!(score.band >= alone.band, "{text}: {:?} {:?}", score.band, alone.band);
    }
}

#[test]
fn a_hint_is_heard_and_an_explanation_is_not_held_up_by_a_language() {
    let scorer = shipped();
    let asked = [
        Asked { lang: Some("en"), ..Asked::new("God morgon") },
        Asked { lang: Some("sv"), ..Asked::new("God morgon") },
        Asked { judge: false, ..Asked::new("God morgon") },
    ];
    let verdicts = scorer.score_asked(&asked).unwrap();
    let reasons: Vec<Option<Reason>> = verdicts.iter().map(Verdict::reason).collect();
    assert_eq!(reasons, [None, Some(Reason::Language), None]);
    assert_eq!(verdicts[0], verdicts[2]);
}
