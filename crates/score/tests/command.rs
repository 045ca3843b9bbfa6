//! The program itself on a tiny untrained model: streams, exit codes, one line on every mistake.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use checkpoint::weights::safetensors::Storage;
use scorer::{Options, Scorer};
use tempfile::TempDir;
use testkit::models;
use testkit::program::{one_error, signal, without_settings};

/// A folder with a checkpoint in it.
struct Place {
    folder: TempDir,
    checkpoint: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoints/tiny");
    let mut checkpoint = models::golden();
    checkpoint.config.max_length = 32;
    checkpoint.write(&path, Storage::F32).unwrap();
    Place { folder, checkpoint: path }
}

impl Place {
    /// The program in this folder, where it finds the checkpoint by itself.
    fn score(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threat-score"));
        without_settings(command.current_dir(&self.folder).args(arguments));
        command
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), contents).unwrap();
    }

    /// The error message, which must be one line.
    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.score(arguments).output().unwrap();
        assert!(output.stdout.is_empty(), "{output:?}");
        let message = one_error(&output, 1);
        assert_eq!(text(&output.stderr).trim_end(), message);
        message
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs a command with something on its standard input.
fn with_input(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_file_gets_the_scores_of_the_model() {
    let place = place();
    place.put("in.csv", "id,text\n1,the blor quality\n2,https://t.co/x\n3,\"the, zum\"\n");
    let output = place.score(&["--input", "in.csv", "--output", "out.csv"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stderr).contains("3 rows in "), "{output:?}");
    let written = fs::read_to_string(place.folder.path().join("out.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(written.as_bytes());
    assert_eq!(
        rows.headers().unwrap(),
        vec!["id", "text", "score", "label", "band", "reason", "lang", "truncated"]
    );
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    // The program may have been told which instructions to use.
    let level = cli::level::from_environment().unwrap();
    let options = Options { level, ..Options::default() };
    let scorer = Scorer::open(&place.checkpoint, &options).unwrap();
    let expected = scorer.score(&["the blor quality", "the, zum"]).unwrap();
    for (row, expected) in [&rows[0], &rows[2]].into_iter().zip(expected) {
        let expected = expected.score().unwrap();
        assert_eq!(row[2].parse::<f32>().unwrap().to_bits(), expected.score.to_bits());
        assert_eq!((&row[3], &row[4]), (expected.label.as_str(), expected.band.as_str()));
    }
    assert_eq!((&rows[1][2], &rows[1][3], &rows[1][4]), ("", "", "not_judged"));
    assert_eq!((&rows[1][5], &rows[1][6]), ("no_text", ""));
    assert_eq!([&rows[0][7], &rows[1][7], &rows[2][7]], ["false", "", "false"]);
}

/// A model of 32 word pieces: what stands behind them was once not read, and nobody was told.
#[test]
fn a_long_text_is_read_to_its_end_and_a_very_long_one_is_said_to_be_cut() {
    let place = place();
    let long = |sentences: usize| "the blor. ".repeat(sentences);
    place.put("in.txt", format!("{}\n{}\nzum\n", long(100), long(40_000)));
    let output = place.score(&["in.txt"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let rows = text(&output.stdout);
    let ends: Vec<&str> = rows.lines().map(|row| row.rsplit(',').next().unwrap()).collect();
    assert_eq!(ends, ["truncated", "false", "true", "false"]);
    let said = text(&output.stderr);
    assert!(said.contains("2 rows are longer than the model reads at once"), "{said}");
    assert!(said.contains("1 are longer still"), "{said}");
}

#[test]
fn a_stream_goes_through() {
    let place = place();
    let output = with_input(place.score(&["--format", "lines"]), "zum blor\nthe grom\n");
    assert!(output.status.success(), "{output:?}");
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(
        (lines.len(), lines[0].as_str()),
        (3, "text,score,label,band,reason,lang,truncated")
    );
    assert!(lines[1].starts_with("zum blor,0."), "{lines:?}");
}

#[test]
fn json_on_standard_input_is_recognised() {
    let place = place();
    for input in ["{\"text\":\"the blor\"}\n", "[\n {\"text\": \"the blor\"}\n]\n"] {
        let output = with_input(place.score(&[]), input);
        assert!(output.status.success(), "{output:?}");
        assert!(
            text(&output.stdout).starts_with("{\"text\":\"the blor\",\"score\":0."),
            "{output:?}"
        );
    }
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let place = place();
    let rows = "zum blor quality the grom\n".repeat(20_000);
    place.put("in.txt", rows);
    let mut command = place.score(&["--input", "in.txt"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    assert_eq!(&start, b"text,score");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn each_mistake_is_one_line_and_status_1() {
    let place = place();
    place.put("ok.csv", "text\nzum\n");
    place.put("empty.csv", "");
    place.put("other.csv", "id,note\n1,2\n");
    place.put("latin1.csv", b"text\nok\ncaf\xE9\n");
    let out = ["--output", "out.csv"];
    for (arguments, expected) in [
        (["--input", "missing.csv"], "cannot read missing.csv"),
        (["--input", "checkpoints"], "cannot read checkpoints"),
        (["--input", "empty.csv"], "empty.csv is empty"),
        (["--input", "other.csv"], "name the right one with --text-column"),
        (["--input", "latin1.csv"], "latin1.csv, line 3"),
    ] {
        let message = place.refusal(&[arguments, out].concat());
        assert!(message.contains(expected), "{message}");
    }
    let input = ["--input", "ok.csv"];
    for (arguments, expected) in [
        (["--output", "no/such/out.csv"], "there is no folder no/such"),
        (["--output", "ok.csv"], "input and --output are both"),
        (["--output", "checkpoints"], "is a folder"),
        (["--checkpoint", "elsewhere"], "cargo run -p train"),
    ] {
        let message = place.refusal(&[input, arguments].concat());
        assert!(message.contains(expected), "{message}");
    }
    let mut names: Vec<String> = fs::read_dir(&place.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["checkpoints", "empty.csv", "latin1.csv", "ok.csv", "other.csv"]);
}

#[test]
fn the_instructions_can_be_chosen_by_name() {
    let place = place();
    place.put("in.csv", "text\ngood morning\n");
    let score =
        |level: &str| place.score(&["in.csv"]).env("THREAT_KERNELS", level).output().unwrap();
    let number = |output: &Output| -> f32 {
        let line = text(&output.stdout).lines().nth(1).unwrap().to_owned();
        line.split(',').nth(1).unwrap().parse().unwrap()
    };
    assert!((number(&score("scalar")) - number(&score(""))).abs() < 1e-5);
    let refused = score("mmx");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let message = text(&refused.stderr);
    assert!(message.contains("THREAT_KERNELS") && message.contains("scalar"), "{message}");
}

#[test]
fn an_installed_program_finds_the_model_of_the_project_that_it_was_built_in() {
    let place = place();
    place.put("ok.csv", "text\nthe bus was late again\n");
    fs::remove_dir_all(place.folder.path().join("checkpoints")).unwrap();
    let output = place.score(&["--input", "ok.csv"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).lines().nth(1).unwrap().contains(",en,"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_leaves_nothing_behind() {
    let place = place();
    let before = fs::read_dir(place.folder.path()).unwrap().count();
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = place.score(&["--output", "out.csv"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // The input stays open: it waits for more.
        child.stdin.as_mut().unwrap().write_all(b"text\na quiet day\n").unwrap();
        let begun = std::time::Instant::now();
        while fs::read_dir(place.folder.path()).unwrap().count() == before {
            assert!(begun.elapsed().as_secs() < 30, "no output was begun");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        signal(child.id(), name);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), before);
    }
}
