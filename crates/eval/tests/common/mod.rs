//! Made-up posts, a classifier that is right most of the time, a browser.
#![allow(dead_code)] // each file uses its part

use std::path::{Path, PathBuf};
use std::process::Command;

use eval::report::bands::BandStart;
use eval::report::data::DataFacts;
use eval::report::model::ModelFacts;
use eval::report::suite::Case;
use eval::{Classifier, Inputs, Post, Settings, Text};

/// `count` posts of two labels; files, sources and authors as real sets have them.
pub(crate) fn posts(count: usize, seed: usize) -> Vec<Post> {
    let neutral =
        ["rain", "bus", "tea", "match", "song", "work", "mosul", "isis", "muslim", "state"];
    let positive = ["lions", "dawlah", "state", "victory", "isis", "brothers", "banner", "news"];
    (0..count)
        .map(|row| {
            let mixed = (row + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let label = row % 3 == 0;
            let words = if label { &positive[..] } else { &neutral[..] };
            let text: Vec<&str> = (0..4 + mixed % 17)
                .map(|place| words[(mixed >> (place % 40)) % words.len()])
                .collect();
            let mut post = Post::new(format!("{} {}", text.join(" "), mixed % 9_973), label);
            "posts.csv".clone_into(&mut post.file);
            post.line = row as u64 + 2;
            post.fields.insert("author".to_owned(), format!("a{}", mixed % 41));
            if row % 5 == 1 && !label {
                "news.csv".clone_into(&mut post.file);
                let source = ["radio", "paper", "agency"][mixed % 3];
                post.fields.insert("source".to_owned(), source.to_owned());
            }
            post
        })
        .collect()
}

/// Scores by the share of a few words, so that rewrapping a text changes nothing.
pub(crate) fn classifier(name: &str, weight: f64) -> Classifier<'static> {
    let score = move |text: &&Text| {
        let text = text.normalised();
        if text.is_empty() {
            return None;
        }
        let words: Vec<String> = baselines::words(text).collect();
        let listed = ["lions", "dawlah", "state", "victory", "brothers", "banner"];
        let hits = words.iter().filter(|word| listed.contains(&word.as_str())).count();
        let noise = words.iter().map(String::len).sum::<usize>() % 13;
        let share = hits as f64 / words.len().max(1) as f64;
        let z = weight * (share - 0.3) + (noise as f64 - 6.0) / 3.0;
        Some(((-z).exp() + 1.0).recip())
    };
    Classifier::of_scores(name, 0.5, move |texts| texts.iter().map(score).collect())
}

/// Everything a report can hold.
pub(crate) fn inputs(count: usize) -> Inputs<'static> {
    Inputs {
        model: ModelFacts {
            name: "made-up <model>".to_owned(),
            threshold: Some(Settings::default().threshold),
            ..ModelFacts::default()
        },
        classifier: Some(classifier("made-up", 6.0)),
        bands: vec![
            BandStart { name: "review", from: 0.5 },
            BandStart { name: "priority_review", from: 0.8 },
        ],
        against: Some((
            ModelFacts { name: "a duller one".to_owned(), ..ModelFacts::default() },
            classifier("duller", 2.0),
        )),
        posts: posts(count, 1),
        data: DataFacts { rows: count, ..Default::default() },
        train: posts(count, 77_777),
        train_files: vec!["train.csv".to_owned()],
        suite: Some(("suite.csv".into(), suite())),
        settings: Settings {
            replicates: 200,
            slices: vec!["author".to_owned()],
            show_errors: 3,
            ..Settings::default()
        },
        ..Inputs::default()
    }
}

fn suite() -> Vec<Case> {
    [
        ("news_report", "the state army took the town on monday", false),
        ("news_report", "four reporters freed, the agency says", false),
        ("goddess", "Isis the goddess with her wings, in the museum", false),
        ("plain_support", "the lions of dawlah, victory to the state", true),
    ]
    .map(|(function, text, expected)| Case {
        function: function.to_owned(),
        text: Text::new(text),
        expected,
        why: "made up".to_owned(),
    })
    .to_vec()
}

/// A headless Chromium with a profile of its own in `folder`, if the machine has one. It may
/// not talk to anybody.
pub(crate) fn chromium(folder: &Path) -> Option<Command> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let path = std::env::var_os("PATH")?;
    let mut folders = std::env::split_paths(&path);
    let program: PathBuf = folders.find_map(|folder| {
        names.iter().map(|name| folder.join(name)).find(|program| program.is_file())
    })?;
    let mut command = Command::new(program);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()));
    Some(command)
}
