//! Reading and splitting, on small files written for the purpose.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::*;

const LABELS: [u8; 2] = [0, 1];

fn tokenizer() -> TweetTokenizer {
    TweetTokenizer::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/vocabulary"))
        .unwrap()
}

fn args(flags: &[&str]) -> FinetuneArgs {
    FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap()
}

/// What is said of flags that make no sense by themselves.
fn usage(flags: &[&str]) -> String {
    FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap_err().to_string()
}

/// Whether a text is among posts.
fn has(posts: &[TokenisedPost], text: &str) -> bool {
    let ids = tokenizer().encode(text, 128).unwrap().ids;
    posts.iter().any(|post| post.ids == ids)
}

fn file(folder: &Path, name: &str, contents: &str) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, contents).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Twenty rows of each label from each of three sources.
fn three_sources(column: &str) -> String {
    let mut csv = format!("text,label,{column}\n");
    for source in ["news", "sermons", "forum"] {
        for number in 0..20 {
            for label in LABELS {
                let word = ["pear", "apple"][usize::from(label)];
                writeln!(csv, "{source} {word} number {number},{label},{source}").unwrap();
            }
        }
    }
    csv
}

#[test]
fn a_held_out_source_is_on_neither_side() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("Source"));
    let whole = load(&args(&["--data", &data]), &tokenizer()).unwrap();
    assert_eq!(whole.training.len() + whole.validation.len(), 120);
    let flags = ["--data", &data, "--hold-out-source", "news, forum"];
    let held_out = load(&args(&flags), &tokenizer()).unwrap();
    let posts = [&held_out.training[..], &held_out.validation].concat();
    assert_eq!(posts.len(), 40);
    for number in 0..20 {
        assert!(has(&posts, &format!("sermons pear number {number}")));
        assert!(!has(&posts, &format!("news pear number {number}")));
        assert!(!has(&posts, &format!("forum apple number {number}")));
    }
    let lines = held_out.summary.lines();
    assert!(lines.contains(&"80 rows of held-out sources removed".to_owned()), "{lines:?}");
}

#[test]
fn a_cap_keeps_so_many_rows_of_each_source_and_all_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let free = file(folder.path(), "free.csv", "text,label\nno source a,0\nno source b,1\n");
    let flags = ["--data", &data, "--data", &free, "--rows-per-source", "12"];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert_eq!(loaded.training.len() + loaded.validation.len(), 3 * 12 + 2);
    assert_eq!(loaded.summary.found.beyond_cap, 84);
}

#[test]
fn labels_by_post_take_the_place_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let judged = "text,label\nNews apple one,1\nnews pear one,0\nnews plum one,1\n";
    let validation = file(folder.path(), "v.csv", judged);
    let hash = |text: &str| checkpoint::sha256(text.as_bytes());
    let letters = [
        ("news apple number 0", 'N'),
        ("news apple number 1", 'U'),
        ("news apple number 2", 'S'),
        ("news pear number 3", 'S'),
        ("news plum one", 'E'),
    ];
    let mut csv = "sha256,letter\n".to_owned();
    letters.iter().for_each(|(text, letter)| writeln!(csv, "{},{letter}", hash(text)).unwrap());
    let labels = file(folder.path(), "labels.csv", &csv);
    let flags = ["--data", &data, "--validation", &validation, "--labels", &labels];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    // 60 and 60, less one unclear, with one each way.
    assert_eq!(loaded.summary.training, [59, 60]);
    assert_eq!(loaded.summary.validation, [1, 2]);
    let left_out = [&flags[..], &["--not-supporting", "leave-out"]].concat();
    let loaded = load(&args(&left_out), &tokenizer()).unwrap();
    assert_eq!(loaded.summary.training, [59, 59]);
    let relabelled = loaded.summary.found.relabelled.unwrap();
    assert_eq!((relabelled.left_out, relabelled.unclear, relabelled.supporting), (1, 1, 2));
}

#[test]
fn a_teacher_softens_labels_and_stands_in_for_those_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let validation = file(folder.path(), "v.csv", "text,label\na pear,0\nan apple,1\n");
    let unlabelled = "News apple number 0\nan apple\nA quince\na quince\na medlar\n";
    let unlabelled = file(folder.path(), "u.txt", unlabelled);
    let mut csv = "sha256,logit\n".to_owned();
    for (text, logit) in [("news apple number 0", 0.0), ("an apple", -1.0), ("a quince", 2.0)] {
        writeln!(csv, "{},{logit}", checkpoint::sha256(text.as_bytes())).unwrap();
    }
    let logits = file(folder.path(), "logits.csv", &csv);
    let flags = ["--data", &data, "--validation", &validation, "--teacher-logits", &logits];
    let flags = [&flags[..], &["--teacher-share=0.4", "--unlabelled", &unlabelled]].concat();
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    let post = |text: &str| {
        let ids = tokenizer().encode(text, 128).unwrap().ids;
        loaded.training.iter().filter(|post| post.ids == ids).collect::<Vec<_>>()
    };
    // The label's 1 and the teacher's .5; an unknown post has its label; a post without a label has the
    // teacher's score, once; what is validated by is not learned from.
    assert_eq!(post("news apple number 0")[0].target, 0.8);
    assert_eq!(post("news apple number 1")[0].target, 1.0);
    assert_eq!(post("a quince").len(), 1);
    assert!((post("a quince")[0].target - 0.880_797).abs() < 1e-6);
    assert!(!has(&loaded.training, "an apple") && !has(&loaded.training, "a medlar"));
    assert!(loaded.validation.iter().all(|post| post.target == f32::from(u8::from(post.label))));
    assert_eq!(loaded.training.len(), 121);
    let taught = loaded.summary.teacher.unwrap();
    assert_eq!((taught.labelled, taught.unlabelled), (1, 1));
    assert!(usage(&["--unlabelled=u.txt"]).contains("--teacher-logits"));
}

#[test]
fn rows_of_a_held_out_source_in_the_validation_file_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("from"));
    let judged = "text,label,from\na new pear,0,news\na new apple,1,news\n";
    let validation = file(folder.path(), "v.csv", judged);
    let flags = ["--data", &data, "--validation", &validation, "--source-column", "from"];
    let held_out = load(&args(&[&flags[..], &["--hold-out-source=news"]].concat()), &tokenizer());
    let held_out = held_out.unwrap();
    assert_eq!((held_out.training.len(), held_out.validation.len()), (80, 2));
    assert!(!has(&held_out.training, "news apple number 3"));
}

#[test]
fn a_source_that_does_not_exist_is_refused_with_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let refusal = |flags: &[&str]| {
        let flags = [&["--data", &data, "--hold-out-source", "gossip"], flags].concat();
        load(&args(&flags), &tokenizer()).unwrap_err().to_string()
    };
    let message = refusal(&[]);
    assert!(message.starts_with("--hold-out-source: "), "{message}");
    assert!(
        message.contains("\"gossip\"") && message.contains("forum, news, sermons"),
        "{message}"
    );
    let message = refusal(&["--source-column", "place"]);
    assert!(message.contains("\"place\"") && message.contains("--source-column"), "{message}");
}

fn refusal(flags: &[&str]) -> String {
    load(&args(flags), &tokenizer()).unwrap_err().to_string()
}

#[test]
fn rows_of_a_label_that_are_all_of_one_author_cannot_be_parted() {
    let folder = tempfile::tempdir().unwrap();
    let of = |author: fn(usize) -> &'static str| {
        let mut csv = "text,label,author\n".to_owned();
        for number in 0..20 {
            let label = number % 2;
            writeln!(
                csv,
                "we had a quiet day in the garden on day {number},{label},{}",
                author(label)
            )
            .unwrap();
        }
        csv
    };
    for csv in [of(|_| "one"), of(|label| ["one", "other"][label])] {
        let data = file(folder.path(), "d.csv", &csv);
        let message = refusal(&["--data", &data]);
        assert!(message.starts_with("--author-column: all 10 rows of label 1"), "{message}");
        assert!(message.contains("--validation"), "{message}");
    }
    let blank = file(folder.path(), "d.csv", &of(|_| ""));
    let loaded = load(&args(&["--data", &blank]), &tokenizer()).unwrap();
    assert!(!loaded.summary.found.has_authors());
}

#[test]
fn texts_that_all_carry_both_labels_are_named_where_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..8)
        .map(|number| format!("we had a quiet day in the garden {},{}\n", number / 2, number % 2));
    let csv = format!("text,label\n{}", rows.collect::<String>());
    let data = file(folder.path(), "d.csv", &csv);
    let message = refusal(&["--data", &data]);
    assert!(message.contains("0 rows of label 1 and 0 of label 0"), "{message}");
    assert!(message.contains("give each text one label"), "{message}");
    assert!(message.contains("8 rows removed because their text carries both"), "{message}");
}

#[test]
fn files_of_a_text_a_line_have_no_header() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |word: &str| (0..10).map(|number| format!("{word} {number}\r")).collect::<String>();
    let positives =
        file(folder.path(), "pos.txt", &lines("the pears in our garden are ripe this week"));
    let negatives =
        file(folder.path(), "neg.txt", &lines("the apples in our garden are red this week"));
    let flags = ["--positives", &positives, "--negatives", &negatives];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert_eq!(loaded.training.len() + loaded.validation.len(), 20);
    let message = refusal(&["--data", &positives]);
    assert!(message.contains("pos.txt") && message.contains("--positives"), "{message}");
}

#[test]
fn quotes_and_named_labels_are_what_they_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..20).map(|number| {
        format!(
            "\"we had a quiet day in the garden {number},{}\n",
            ["support", "other"][number % 2]
        )
    });
    let csv = format!("text,label\n{}", rows.collect::<String>());
    let data = file(folder.path(), "d.csv", &csv);
    let flags = ["--data", &data, "--quoting", "none"];
    assert!(refusal(&["--data", &data]).contains("--quoting none"));
    assert!(refusal(&flags).contains("--positive-label"));
    let flags = [&flags[..], &["--positive-label", "Support"]].concat();
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert_eq!(loaded.training.len() + loaded.validation.len(), 20);
}

const JUDGED: &str = "the match was moved to sunday because of the heavy rain in the city tonight";

#[test]
fn training_rows_near_a_validation_row_are_removed_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let near = JUDGED.replace("tonight", "today");
    let other = "nothing like it at all";
    let data = format!("text,label\n{JUDGED}!,0\n{near},0\n{other},0\nan apple a day,1\n");
    let data = file(folder.path(), "d.csv", &data);
    let validation = format!("text,label\n{JUDGED},0\nsome apples,1\n");
    let validation = file(folder.path(), "v.csv", &validation);
    let flags = ["--data", &data, "--validation", &validation];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert!(has(&loaded.training, &near));
    assert_eq!((loaded.training.len(), loaded.summary.near_validation), (4, 0));

    let flags = [&flags[..], &["--near-duplicates", "0.8"]].concat();
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert!(!has(&loaded.training, &near) && has(&loaded.training, other));
    assert_eq!((loaded.training.len(), loaded.summary.near_validation), (2, 2));
    let lines = loaded.summary.lines().join("\n");
    assert!(lines.contains("2 training rows removed because their text is nearly one"), "{lines}");
}

#[test]
fn near_texts_are_on_one_side_of_what_is_held_out_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "text,label\n".to_owned();
    for pair in 0..60 {
        let words: Vec<String> = (0..12).map(|word| format!("w{pair}x{word}")).collect();
        for end in ["first", "second"] {
            writeln!(csv, "{} {end},{}", words.join(" "), pair % 2).unwrap();
        }
    }
    let data = file(folder.path(), "d.csv", &csv);
    let parted = |flags: &[&str]| {
        let args = args(&[&["--data", &data, "--validation-share", "0.4"], flags].concat());
        let rows = read(&args, &tokenizer()).unwrap().training;
        assert_eq!(rows.len(), 120);
        let near = args.near_duplicates;
        let (kept, held) = split::held_out(rows, &args, near);
        let pair = |row: &Row| row.key.split(' ').next().unwrap().to_owned();
        let kept: HashSet<String> = kept.iter().map(pair).collect();
        held.iter().map(pair).filter(|pair| kept.contains(pair)).count()
    };
    assert!(parted(&[]) > 0);
    assert_eq!(parted(&["--near-duplicates", "0.7"]), 0);
}

#[test]
fn a_similarity_out_of_range_is_refused() {
    for nonsense in ["0", "1.5", "NaN"] {
        let error = usage(&["--near-duplicates", nonsense]);
        assert!(error.contains("'--near-duplicates <SIMILARITY>'"), "{error}");
    }
}

#[test]
fn texts_of_excluded_files_are_on_neither_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let data = file(path, "d.csv", &three_sources("source"));
    let lines =
        file(path, "judged.txt", "News  PEAR number 3 https://t.co/x\n\nforum apple number 5\n");
    let table = file(path, "judged.csv", "text,label\nsermons apple number 7,1\nnever seen,0\n");
    let json = file(path, "judged.jsonl", "{\"text\": \"news apple number 9\"}\n");
    let exclude = format!("{lines},{table}");
    let flags = ["--data", &data, "--exclude", &exclude, "--exclude", &json];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    let posts = [&loaded.training[..], &loaded.validation].concat();
    assert_eq!(posts.len(), 120 - 4);
    for text in [
        "news pear number 3",
        "forum apple number 5",
        "sermons apple number 7",
        "news apple number 9",
    ] {
        assert!(!has(&posts, text), "{text}");
    }
    assert!(has(&posts, "news pear number 4"));
    let found = &loaded.summary.found;
    assert_eq!((found.excluded, found.excluded_files.len(), found.duplicates), (4, 3, 0));
    let lines = loaded.summary.lines();
    let line = "4 rows removed because their text is in the files of --exclude";
    assert!(lines.contains(&line.to_owned()), "{lines:?}");
    // Cross-validation deals these rows out.
    assert_eq!(
        read(&args(&[&flags[..], &["--folds", "3"]].concat()), &tokenizer())
            .unwrap()
            .training
            .len(),
        116
    );
}

#[test]
fn an_excluded_text_of_a_validation_file_is_not_judged_by() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let judged = "text,label\na new pear,0\na new apple,1\nA new plum!,1\n";
    let validation = file(folder.path(), "v.csv", judged);
    let column = "message\na NEW plum!\n";
    let excluded = file(folder.path(), "later.csv", column);
    let flags = ["--data", &data, "--validation", &validation, "--exclude", &excluded];
    let error = load(&args(&flags), &tokenizer()).unwrap_err().to_string();
    assert!(error.contains("later.csv") && error.contains("--text-column"), "{error}");
    file(folder.path(), "later.csv", &column.replace("message", "text"));
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    assert_eq!((loaded.validation.len(), loaded.summary.found.excluded), (2, 1));
}

#[test]
fn a_post_longer_than_the_greatest_length_is_cut_to_learn_from_and_whole_to_judge_by() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d.csv", &three_sources("source"));
    let long = "We saw an apple and a pear at the market today. ".repeat(30);
    let judged = format!("text,label\n{long},1\na new pear,0\n");
    let judged = file(folder.path(), "v.csv", &judged);
    let flags = ["--data", &data, "--validation", &judged, "--max-length", "40"];
    let loaded = load(&args(&flags), &tokenizer()).unwrap();
    let (long, short): (Vec<_>, Vec<_>) = loaded.validation.iter().partition(|post| post.label);
    assert_eq!((long.len(), short.len(), loaded.summary.truncated), (1, 1, 1));
    assert_eq!((long[0].ids.len(), short[0].windows.len()), (40, 0));
    assert!(long[0].windows.len() > 10 && long[0].windows.iter().all(|ids| ids.len() <= 32));
}

#[test]
fn rows_weigh_what_was_said_of_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "d=1.csv", &three_sources("source"));
    let few = file(folder.path(), "few.csv", "text\nplums are ripe\nplums are blue\n");
    let flags = ["--data", &data, "--positives", &few, "--validation-share", "0.3"];
    let weights = |more: &[&str]| {
        let data = load(&args(&[&flags, more].concat()), &tokenizer())?;
        let posts = [&data.training[..], &data.validation].concat();
        let id = tokenizer().encode("plums", 128).unwrap().ids[1];
        let (few, many): (Vec<_>, Vec<_>) = posts.into_iter().partition(|post| post.ids[1] == id);
        assert_eq!((few.len(), many.len()), (2, 120));
        let all =
            |posts: Vec<TokenisedPost>, weight| posts.iter().all(|post| post.weight == weight);
        Ok::<_, TrainError>(move |plums, others| all(few, plums) && all(many, others))
    };
    assert!(weights(&[]).unwrap()(1.0, 1.0));
    let both = format!("{few}=4,{data}=0.5");
    assert!(weights(&["--weight", &both]).unwrap()(4.0, 0.5));
    for (wrong, about) in [
        (few.clone(), "is not FILE=X"),
        (format!("{few}=much"), "is not FILE=X"),
        (format!("{few}=0"), "a weight is above 0"),
        (format!("{few}=inf"), "a weight is above 0"),
    ] {
        let error = usage(&["--weight", &wrong]);
        assert!(error.contains("--weight") && error.contains(about), "{error}");
    }
    let error = weights(&["--weight", "other.csv=2"]).err().unwrap().to_string();
    let about = "not among the training files";
    assert!(error.contains("--weight") && error.contains(about), "{error}");
}
