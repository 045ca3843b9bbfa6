//! `train calibrate` changes how scores are read and nothing of the network.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checkpoint::Label;
use clap::Parser;
use common::{root, succeed, tiny_base, train, weights};
use dataset::{Columns, Dataset, Example, FileLabel};
use scorer::{Options, Score, Scorer};
use serde_json::{Value, json};
use train::command::{Cli, Command as TrainCommand};
use train::outcome::{Outcome, Stopped};
use train::{Stop, calibrate};

/// A trained model and labelled posts that it has not seen.
struct Setting {
    folder: tempfile::TempDir,
    model: PathBuf,
    learned: PathBuf,
    unseen: PathBuf,
}

impl Setting {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = labelled(&root().join("data/sample_tweets.csv"));
        // Every third to learn from; both parts have both labels.
        let part = |name: &str, wanted: fn(usize) -> bool| {
            let rows =
                sample.iter().enumerate().filter(|(row, _)| wanted(row % 3)).map(|(_, post)| {
                    json!({ "text": post.text, "label": u8::from(post.label) }).to_string() + "\n"
                });
            let path = folder.path().join(name);
            fs::write(&path, rows.collect::<String>()).unwrap();
            path
        };
        let learned = part("learned.jsonl", |third| third == 0);
        let unseen = part("unseen.jsonl", |third| third > 0);
        let model = folder.path().join("model");
        let base = tiny_base(folder.path());
        succeed(&mut train(
            &base,
            &model,
            &["--data", learned.to_str().unwrap(), "--epochs", "2", "--model-version", "7"],
        ));
        Self { folder, model, learned, unseen }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn calibrate(&self, data: &Path, output: &Path, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-train"));
        command.current_dir(root()).arg("calibrate").arg("--checkpoint").arg(&self.model);
        command.arg("--data").arg(data).arg("--output").arg(output).args(flags);
        command
    }

    /// The unseen posts and what a checkpoint says of them.
    fn scored(&self, checkpoint: &Path) -> Vec<(Example, Score)> {
        let posts = labelled(&self.unseen);
        let texts: Vec<&str> = posts.iter().map(|post| post.text.as_str()).collect();
        let scores = Scorer::open(checkpoint, &Options::default()).unwrap().score(&texts).unwrap();
        let scored = posts.into_iter().zip(scores);
        scored.filter_map(|(post, verdict)| Some((post, verdict.score()?.clone()))).collect()
    }

    /// Their labels and what a checkpoint says of them.
    fn judged(&self, checkpoint: &Path) -> Vec<(bool, Score)> {
        self.scored(checkpoint).into_iter().map(|(post, score)| (post.label, score)).collect()
    }

    /// The unseen posts, the half with the higher scores labelled 0 and the other 1.
    fn backwards(&self) -> String {
        let mut judged: Vec<(Example, Score)> = self.scored(&self.model);
        judged.sort_by(|(_, a), (_, b)| a.logit.total_cmp(&b.logit));
        let half = judged.len() / 2;
        let rows = judged.iter().enumerate().map(|(rank, (post, _))| {
            json!({ "text": post.text, "label": u8::from(rank < half) }).to_string() + "\n"
        });
        rows.collect()
    }
}

fn labelled(file: &Path) -> Vec<Example> {
    let mut dataset = Dataset::default();
    dataset.read(file, &Columns::default(), FileLabel::Column).unwrap();
    dataset.examples
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn refusal(run: &Output) -> String {
    testkit::program::one_error(run, 1)
}

#[test]
fn the_bound_on_rounding_that_was_measured_before_is_kept_unless_it_is_larger_now() {
    let setting = Setting::new();
    let file = setting.model.join("calibration.json");
    let mut calibration = read_json(&file);
    calibration["rounding"] = json!(2.0);
    fs::write(&file, calibration.to_string()).unwrap();
    let output = setting.path("mine");
    succeed(&mut setting.calibrate(&setting.unseen, &output, &[]));
    assert_eq!(read_json(&output.join("calibration.json"))["rounding"], 2.0);
}

#[test]
fn the_threshold_follows_the_rule_on_the_posts_given_and_the_network_stays() {
    let setting = Setting::new();
    let output = setting.path("mine");
    let run =
        succeed(&mut setting.calibrate(&setting.unseen, &output, &["--threshold", "fpr=0.1"]));
    for file in ["model.safetensors", "tokenizer.json"] {
        let read = |folder: &Path| fs::read(folder.join(file)).unwrap();
        assert!(read(&output) == read(&setting.model), "{file} changed");
    }

    // By the rule: at most a tenth of label 0 is flagged, and to find one more of label 1 it would
    // be more.
    let judged = setting.judged(&output);
    let of_label = |wanted: bool| {
        let judged = judged.iter().filter(move |(label, _)| *label == wanted);
        judged.map(|(_, score)| score).collect::<Vec<&Score>>()
    };
    let negatives = of_label(false);
    let limit = negatives.len() as f64 / 10.0;
    let flagged = negatives.iter().filter(|score| score.label == Label::ProIsis).count();
    assert!(flagged as f64 <= limit, "{flagged} of {}", negatives.len());
    let missed = of_label(true).into_iter().filter(|score| score.label == Label::NotProIsis);
    let next = missed.map(|score| score.score).fold(0.0, f32::max);
    let with_next = negatives.iter().filter(|score| score.score >= next).count();
    assert!(with_next as f64 > limit, "one more post could be found");

    // Scores are of the new temperature, logits are as they were.
    let before = setting.judged(&setting.model);
    let logits = |judged: &[(bool, Score)]| -> Vec<f32> {
        judged.iter().map(|(_, score)| score.logit).collect()
    };
    assert!(logits(&before) == logits(&judged), "a logit changed");

    // The printed figures are those of the checkpoint.
    let printed = String::from_utf8(run.stdout).unwrap();
    let line = printed.lines().find(|line| line.starts_with("flagged of label 0")).unwrap();
    let share = |judged: &[(bool, Score)]| {
        let negatives: Vec<_> = judged.iter().filter(|(label, _)| !label).collect();
        let flagged = negatives.iter().filter(|(_, score)| score.label == Label::ProIsis).count();
        format!("{:.4}", flagged as f64 / negatives.len() as f64)
    };
    let figures: Vec<&str> = line.split_whitespace().skip(4).collect();
    assert_eq!(figures, [share(&before), share(&judged)]);
}

#[test]
fn the_checkpoint_says_what_was_done_and_only_the_last_of_it() {
    let setting = Setting::new();
    let output = setting.path("mine");
    let former = read_json(&setting.model.join("calibration.json"));
    let training = read_json(&setting.model.join("training.json"));
    succeed(&mut setting.calibrate(&setting.unseen, &output, &["--threshold", "recall=0.9"]));

    let mut said = read_json(&output.join("training.json"));
    let record = said.as_object_mut().unwrap().remove("calibration").unwrap();
    assert_eq!(said, training, "what the training says changed");
    assert_eq!(record["threshold"], "recall=0.9");
    assert_eq!(record["former"], former);
    assert!(record["figures"]["recall"].as_f64().unwrap() >= 0.9);
    let ours = read_json(&output.join("config.json"))["threat_indicator"].clone();
    assert_eq!((&ours["name"], &ours["version"]), (&"mine".into(), &"7".into()));
    let card = fs::read_to_string(output.join("README.md")).unwrap();
    assert!(card.starts_with("---\nlanguage:\n- \"en\"\n"), "the former header: {card}");
    assert!(card.contains("\n---\n# mine, version 7\n\n> "), "{card}");
    assert!(card.contains("unseen.jsonl") && card.contains("`recall=0.9`"), "{card}");

    // In place, and again: one section, one note, of the last rule; what somebody added stays.
    fs::write(output.join("README.md"), card.clone() + "\n## Contact\nthe desk\n").unwrap();
    let mut again = Command::new(env!("CARGO_BIN_EXE_threat-train"));
    again.current_dir(root()).arg("calibrate").arg("--checkpoint").arg(&output).arg("--output");
    again.arg(&output).arg("--data").arg(&setting.unseen);
    succeed(again.args(["--threshold", "precision=0.8", "--model-version", "8"]));
    let again = fs::read_to_string(output.join("README.md")).unwrap();
    assert!(again.starts_with("---\n"), "{again}");
    assert!(again.contains("\n---\n# mine, version 8\n\n> "), "{again}");
    assert_eq!(again.matches("## Calibrated anew").count(), 1, "{again}");
    assert_eq!(again.matches("> Temperature").count(), 1, "{again}");
    assert!(again.contains("`precision=0.8`") && !again.contains("recall=0.9"), "{again}");
    let body =
        |card: &str| card.split("## Calibrated").next().unwrap().replace("version 7", "version 8");
    assert_eq!(body(&again), body(&card) + "## Contact\nthe desk\n\n", "the former card changed");
    assert!(weights(&output) == weights(&setting.model));
}

#[test]
fn posts_that_no_threshold_can_be_chosen_on_are_refused() {
    let setting = Setting::new();
    let output = setting.path("refused");
    let run = |data: &Path| refusal(&setting.calibrate(data, &output, &[]).output().unwrap());

    let message = run(&setting.learned);
    assert!(message.contains("--data") && message.contains("learned.jsonl"), "{message}");
    let one_label = setting.path("one.csv");
    fs::write(&one_label, "text,label\ngood morning,0\nhttps://t.co/a,1\n").unwrap();
    let message = run(&one_label);
    assert!(message.contains("0 rows of label 1"), "{message}");
    assert!(run(Path::new("no/such.csv")).contains("no/such.csv"));
    let twice = ["--data", setting.unseen.to_str().unwrap()];
    let twice = setting.calibrate(&setting.unseen, &output, &twice).output().unwrap();
    assert!(refusal(&twice).contains("given twice"));
    let wrong = setting.path("wrong.jsonl");
    fs::write(&wrong, setting.backwards()).unwrap();
    for rule in ["precision=0.99", "fpr=0.001"] {
        let run = setting.calibrate(&wrong, &output, &["--threshold", rule]).output().unwrap();
        let message = refusal(&run);
        assert!(message.contains("--threshold") && message.contains(rule), "{message}");
    }
    assert!(!output.exists(), "a refused calibration wrote a checkpoint");

    let foreign = setting.path("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let refused = setting.calibrate(&setting.unseen, &foreign, &[]).output().unwrap();
    assert!(refusal(&refused).contains("thesis.txt"));

    fs::write(setting.model.join("training.json"), "[]").unwrap();
    assert!(run(&setting.unseen).contains("training.json"));
    let nowhere = Setting { model: setting.path("no-such-model"), ..setting };
    let refused = nowhere.calibrate(&nowhere.unseen, &output, &[]).output().unwrap();
    assert!(refusal(&refused).contains("no-such-model"));
}

#[test]
fn where_nothing_is_said_the_rule_and_the_temperature_stay() {
    let setting = Setting::new();
    let record = setting.model.join("training.json");
    let mut training = read_json(&record);
    training["hyperparameters"]["threshold"] = "recall=0.75".into();
    fs::write(&record, training.to_string()).unwrap();
    let (first, second) = (setting.path("first"), setting.path("second"));
    succeed(&mut setting.calibrate(&setting.unseen, &first, &[]));
    let rule = |output: &Path| {
        read_json(&output.join("training.json"))["calibration"]["threshold"].clone()
    };
    assert_eq!(rule(&first), "recall=0.75");

    // The rule of the last calibration comes before that of the training; no temperature is the best
    // for scores that order the labels backwards.
    succeed(&mut setting.calibrate(&setting.unseen, &first, &["--threshold", "recall=0.6"]));
    let wrong = setting.path("wrong.jsonl");
    fs::write(&wrong, setting.backwards()).unwrap();
    let calibrated = Setting { model: first.clone(), ..setting };
    succeed(&mut calibrated.calibrate(&wrong, &second, &[]));
    assert_eq!(rule(&second), "recall=0.6");
    let temperature =
        |folder: &Path| read_json(&folder.join("calibration.json"))["temperature"].clone();
    assert_eq!(temperature(&second), temperature(&first));
}

#[test]
fn asked_to_stop_it_writes_nothing() {
    let setting = Setting::new();
    let output = setting.path("mine");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let cli = Cli::parse_from([
        "train".to_owned(),
        "calibrate".to_owned(),
        format!("--checkpoint={}", path(&setting.model)),
        format!("--data={}", path(&setting.unseen)),
        format!("--output={}", path(&output)),
    ]);
    let Some(TrainCommand::Calibrate(args)) = cli.command else { panic!("another command") };
    let stop = Stop::default();
    stop.request();
    assert!(matches!(calibrate::run(&args, &stop).unwrap(), Outcome::Stopped(Stopped::Nothing)));
    assert!(!output.exists());
}

#[test]
fn few_posts_are_said_to_be_few() {
    let setting = Setting::new();
    let few = setting.path("few.csv");
    fs::write(&few, "text,label\ngood morning,0\nthey will come,1\na nice day,0\n").unwrap();
    let run = succeed(&mut setting.calibrate(&few, &setting.path("mine"), &[]));
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert!(stderr.contains("note: few posts, 1 of label 1 and 2 of label 0"), "{stderr}");
}

#[test]
fn labels_by_post_go_before_those_of_the_file_and_what_cannot_be_told_is_left_out() {
    let setting = Setting::new();
    let judged = setting.scored(&setting.model);
    let positives = judged.iter().map(|(post, _)| post).filter(|post| post.label);
    let letters = positives.zip(["U", "N"].into_iter().cycle());
    let lines: Vec<String> = letters
        .take(20)
        .map(|(post, letter)| {
            let key = text::normalise(&post.text).to_lowercase();
            format!("{},{letter}\n", checkpoint::sha256(key.as_bytes()))
        })
        .collect();
    let labels = setting.path("labels.csv");
    fs::write(&labels, format!("sha256,letter\n{}", lines.concat())).unwrap();

    let counted = |flags: &[&str], name: &str| -> Vec<u64> {
        let output = setting.path(name);
        succeed(&mut setting.calibrate(&setting.unseen, &output, flags));
        let posts = read_json(&output.join("training.json"))["calibration"]["posts"].clone();
        posts.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect()
    };
    let by_file = counted(&[], "by-file");
    let by_post = counted(&["--labels", labels.to_str().unwrap()], "by-post");
    assert_eq!(by_post[0] + 20, by_file[0]);
    assert_eq!(by_post[1], by_file[1] + 10);
}
