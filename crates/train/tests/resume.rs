//! An interrupted training ends where an uninterrupted one does.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::time::Duration;

use checkpoint::Weights;
use checkpoint::weights::safetensors;

use common::{
    record, record_lines, saved_step, start_and_wait_for_a_save_beyond, succeed, tiny_base, train,
    weights,
};

/// Short, with dropout of both kinds, several evaluations and many saves.
const FLAGS: [&str; 10] = [
    "--epochs",
    "4",
    "--learning-rate",
    "1e-3",
    "--word-dropout",
    "0.1",
    "--patience",
    "0",
    "--save-every",
    "7",
];

#[test]
fn a_training_killed_again_and_again_ends_in_the_same_weights_and_figures() {
    killed_again_and_again(&FLAGS);
}

#[test]
fn so_does_one_that_averages_several_networks() {
    let epochs = ["--epochs", "2"];
    killed_again_and_again(&[&epochs, &FLAGS[2..], &["--average", "2"]].concat());
}

fn killed_again_and_again(flags: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let whole = folder.path().join("whole");
    succeed(&mut train(&base, &whole, flags));

    let broken = folder.path().join("broken");
    let mut kills = 0;
    let mut step = 0;
    let mut command = train(&base, &broken, flags);
    while let Some(mut child) = start_and_wait_for_a_save_beyond(&mut command, &broken, step) {
        // Not at the save but some time after it, wherever the training is then.
        std::thread::sleep(Duration::from_millis(11 * (kills % 5)));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        step = saved_step(&broken).unwrap_or(step).max(step) + 20;
        command = train(&base, &broken, &[flags, &["--resume"]].concat());
    }
    assert!(kills >= 2, "the training ended before it could be killed twice");
    if !broken.is_dir() {
        succeed(&mut train(&base, &broken, &[flags, &["--resume"]].concat()));
    }
    assert!(weights(&whole) == weights(&broken), "the weights differ");
    assert_eq!(record_lines(&whole), record_lines(&broken));
    assert!(
        !train::learning::state::state_folder(&broken).exists(),
        "the state outlived the training"
    );
}

#[test]
fn a_signal_saves_and_ends_and_the_training_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let output = folder.path().join("mine");
    let mut command = train(&base, &output, &FLAGS);
    let child = start_and_wait_for_a_save_beyond(&mut command, &output, 0).unwrap();
    testkit::program::signal(child.id(), "TERM");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(!output.exists(), "a stopped training wrote a checkpoint");
    let step = saved_step(&output).unwrap();
    assert!(step > 0);

    let again = train(&base, &output, &FLAGS).output().unwrap();
    let message = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && message.contains("--resume"), "{message}");

    // A state that cannot be read bars the way to go on, and not the way to begin.
    let damaged = train::learning::state::state_folder(&output).join("moments.safetensors");
    let moments = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &moments[..moments.len() / 2]).unwrap();
    let refused = train(&base, &output, &[&FLAGS[..], &["--resume"]].concat()).output().unwrap();
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{message}");
    assert!(
        message.contains("moments.safetensors") && message.contains("--overwrite"),
        "{message}"
    );
    let anew = folder.path().join("anew");
    let states = [&output, &anew].map(|output| train::learning::state::state_folder(output));
    std::fs::create_dir(&states[1]).unwrap();
    for file in std::fs::read_dir(&states[0]).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), states[1].join(file.file_name())).unwrap();
    }
    succeed(&mut train(&base, &anew, &[&FLAGS[..], &["--overwrite"]].concat()));
    std::fs::write(&damaged, moments).unwrap();

    let other = [&FLAGS[..], &["--resume", "--seed", "7"]].concat();
    let other = train(&base, &output, &other).output().unwrap();
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success() && message.contains("differs"), "{message}");

    let resumed = [&FLAGS[..], &["--resume"]].concat();
    let resumed = succeed(&mut train(&base, &output, &resumed));
    assert!(String::from_utf8_lossy(&resumed.stderr).contains(&format!("after step {step}")));
    let whole = folder.path().join("whole");
    succeed(&mut train(&base, &whole, &FLAGS));
    assert!(weights(&whole) == weights(&output), "the weights differ");
    assert!(weights(&whole) == weights(&anew), "the weights differ");
}

#[test]
fn the_same_seed_gives_the_same_model_and_another_seed_another() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let trained = |name: &str, seed: &str, word_dropout: &str| {
        let output = folder.path().join(name);
        let flags = ["--epochs", "1", "--sample", "200", "--seed", seed];
        let flags = [&flags[..], &["--word-dropout", word_dropout]].concat();
        succeed(&mut train(&base, &output, &flags));
        assert_eq!(
            record(&output)["hyperparameters"]["word_dropout"].to_string().parse(),
            word_dropout.parse::<f64>()
        );
        weights(&output)
    };
    let first = trained("first", "5", "0");
    assert!(first == trained("second", "5", "0"), "the same seed gave other weights");
    assert!(first != trained("third", "6", "0"), "another seed gave the same weights");
    let hidden = trained("fourth", "5", "0.3");
    assert!(first != hidden, "hiding words changed nothing");
    assert!(hidden == trained("fifth", "5", "0.3"), "the same seed hid other words");
}

#[test]
fn an_average_is_the_mean_of_networks_that_saw_the_posts_in_other_orders_and_a_base_can_have_a_share()
 {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let trained = |name: &str, more: &[&str]| {
        let output = folder.path().join(name);
        let flags = ["--epochs", "1", "--sample", "200", "--evaluations", "1"];
        succeed(&mut train(&base, &output, &[&flags, more].concat()));
        output
    };
    let read = |folder: &Path| safetensors::read(&folder.join("model.safetensors")).unwrap();
    let [one, two, three] = [("one", "1"), ("two", "2"), ("three", "3")]
        .map(|(name, n)| trained(name, &["--average", n]));
    assert!(weights(&trained("plain", &[])) == weights(&one), "the mean of one is not itself");
    // The second network by itself, from the mean of both and the first; it must differ from it.
    let second = read(&one).towards(&read(&two), 2.0);
    let distance = |one: &Weights, other: &Weights| -> f32 {
        let values = |weights: &Weights| -> Vec<f32> {
            weights.iter().flat_map(|(_, tensor)| tensor.values.clone()).collect()
        };
        values(one).iter().zip(values(other)).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    };
    assert!(distance(&second, &read(&one)) > 0.01);
    // And the third, from the means of two and of three, is another than both.
    let third = read(&two).towards(&read(&three), 3.0);
    assert!(distance(&third, &read(&one)) > 0.01 && distance(&third, &second) > 0.01);
    // Of a base that scores already, a share can be kept in what is written.
    let again = |name: &str, more: &[&str]| {
        let output = folder.path().join(name);
        let flags = ["--epochs", "1", "--sample", "200", "--evaluations", "1"];
        succeed(&mut train(&one, &output, &[&flags, more].concat()));
        read(&output)
    };
    let learned = again("learned", &[]);
    let mixed = again("mixed", &["--base-share", "0.25"]);
    assert!(distance(&mixed, &learned.clone().towards(&read(&one), 0.25)) < 1e-6);
    assert!(distance(&mixed, &learned) > 1e-3);
    let kept = record(&three)["kept_steps"].as_array().unwrap().clone();
    let steps = record(&one)["steps"].as_u64().unwrap();
    assert_eq!(kept, [steps, 2 * steps, 3 * steps].map(serde_json::Value::from));
}
