//! From the command line of `train calibrate` to a checkpoint.

use std::path::{Path, PathBuf};

use checkpoint::{CHECKPOINTS, lists_file};
use checkpoint::{Calibration, CheckpointError, Reference, folder};
use dataset::{Dataset, FileLabel};
use scorer::{Options, Scorer, ScorerError, Verdict};
use serde::Serialize;
use serde_json::{Map, Value, json};
use text::language::Code;

use super::args::CalibrateArgs;
use super::card;
use super::fit::{ValidationFigures, calibrate, reference, rounding};
use super::threshold::ThresholdRule;
use crate::data::FileSummary;
use crate::data::read::summarise;
use crate::data::relabel::{self, NotSupporting};
use crate::data::row::{check_both_labels, counts};
use crate::error::TrainError;
use crate::learning::progress::PostProgress;
use crate::learning::stop::Stop;
use crate::model_card::model_name;
use crate::outcome::{Outcome, Stopped};

/// The field of `training.json` with the [`CalibrationRecord`].
const RECORD: &str = "calibration";

/// Texts that are scored between two looks at the clock and at the request to stop.
const TEXTS_AT_ONCE: usize = 512;

/// The logit of a post, if the model scores it, and its language.
type Scored = (Option<f64>, Option<Code>);

/// With fewer posts of a label, a handful of them decides the threshold.
const FEW: usize = 100;

/// A new calibration beside the former one, measured on the same posts.
#[derive(Debug)]
pub struct Calibrated {
    /// The checkpoint's record of it.
    pub record: CalibrationRecord,
    /// The new one.
    pub calibration: Calibration,
    /// The former one on these posts.
    pub former_figures: ValidationFigures,
}

/// The record of a calibration (`calibration` in `training.json`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationRecord {
    /// The version of this program.
    pub program: &'static str,
    /// The rule for the threshold.
    pub threshold: ThresholdRule,
    /// The files of the posts.
    pub files: Vec<FileSummary>,
    /// Posts of label 1 and 0.
    pub posts: [usize; 2],
    /// Posts that the model does not judge: in other languages, without words, or with nothing left
    /// after normalisation. They have no score.
    pub not_judged: usize,
    /// The calibration that this one replaces.
    pub former: Calibration,
    /// The new one on the posts that it was chosen on.
    pub figures: ValidationFigures,
    /// The posts in counts, to hold others against.
    pub reference: Reference,
}

/// Re-chooses temperature, threshold and bands and writes the checkpoint with them; the network
/// stays as it is, byte for byte.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &CalibrateArgs, stop: &Stop) -> Result<Outcome<Calibrated>, TrainError> {
    folder::check_place(&args.output)?;
    let source = checkpoint(args)?;
    let scorer = Scorer::open(&source, &Options::default())?;
    let mut manifest = scorer.checkpoint().clone();
    let former_card = card::read(&source)?;
    let training = as_object(&mut manifest.training, &source)?;
    let rule = args.threshold.unwrap_or_else(|| recorded_rule(training));
    eprintln!("model: {}, rule for the threshold: {rule}", source.display());
    let mut dataset = read(args)?;
    let files = summarise(&dataset, &vec![1.0; dataset.files.len()])?;
    check_files(&files, training)?;
    files.iter().for_each(|file| eprintln!("{}", file.line("data")));
    if let Some(labels) = relabel::open(&args.labels)? {
        let found = relabel::relabel(&mut dataset.examples, &labels, NotSupporting::Negative);
        eprintln!(
            "labels: --labels knows {} posts, of which {} that it cannot tell are left out",
            found.known(),
            found.unclear
        );
    }
    check_labels(dataset.examples.iter().map(|example| example.label))?;

    let Some(all) = logits(&scorer, &dataset, stop)? else {
        return Ok(Outcome::Stopped(Stopped::Nothing));
    };
    let not_judged = all.iter().filter(|(logit, _)| logit.is_none()).count();
    let scored = all.iter().zip(&dataset.examples);
    let (logits, labels): (Vec<f64>, Vec<bool>) =
        scored.filter_map(|((logit, _), example)| Some(((*logit)?, example.label))).unzip();
    let posts = check_labels(labels.iter().copied())?;
    print_left_out(not_judged, posts);

    let former = manifest.calibration.clone();
    let (mut calibration, figures) = calibrate(&logits, &labels, rule, former.temperature)?;
    let Some(roundings) = roundings(&scorer, &dataset, stop) else {
        return Ok(Outcome::Stopped(Stopped::Nothing));
    };
    // The network is the same: what was measured before, on other posts, holds as well.
    let bounds = [rounding(&calibration, &roundings), former.rounding];
    calibration.rounding = bounds.into_iter().flatten().reduce(f32::max);
    check_rule(rule, &figures)?;
    let former_figures = ValidationFigures::of(&former, &logits, &labels)?;
    let record = CalibrationRecord {
        program: env!("CARGO_PKG_VERSION"),
        threshold: rule,
        files,
        posts,
        not_judged,
        former,
        figures,
        reference: reference(&calibration, all),
    };
    manifest.calibration = calibration.clone();
    manifest.config.name = model_name(&args.output);
    if let Some(version) = &args.model_version {
        manifest.config.version.clone_from(version);
    }
    training.insert(RECORD.to_owned(), json!(record));
    let card = card::card(&former_card, &manifest.config, &calibration, &record);
    manifest.write(&source, &args.output, &card)?;
    Ok(Outcome::Finished(Calibrated { record, calibration, former_figures }))
}

/// The folder of the trained model: the one given, or the usual one.
fn checkpoint(args: &CalibrateArgs) -> Result<PathBuf, TrainError> {
    args.model.find().ok_or_else(|| {
        TrainError::Checkpoint(CheckpointError::MissingFile {
            folder: CHECKPOINTS.into(),
            file: "checkpoint".to_owned(),
            hint: "name one with --checkpoint, or train one first: cargo run -p train".to_owned(),
        })
    })
}

fn read(args: &CalibrateArgs) -> Result<Dataset, TrainError> {
    let columns = args.text.with(&args.label);
    let mut dataset = Dataset::default();
    for file in args.data.iter().chain(&args.reviewed.verdicts) {
        dataset.read(file, &columns, FileLabel::Column)?;
    }
    Ok(dataset)
}

fn as_object<'a>(
    training: &'a mut Value,
    source: &Path,
) -> Result<&'a mut Map<String, Value>, TrainError> {
    let path = source.join("training.json");
    let damaged = || CheckpointError::damaged(&path, "it is no JSON object".to_owned());
    Ok(training.as_object_mut().ok_or_else(damaged)?)
}

/// The rule by which the model's threshold was chosen last; where there is none, the usual one.
fn recorded_rule(training: &Map<String, Value>) -> ThresholdRule {
    let last = training.get(RECORD).or_else(|| training.get("hyperparameters"));
    let rule = last.and_then(|record| record["threshold"].as_str()?.parse().ok());
    rule.unwrap_or_default()
}

/// Refuses a file that the model has learned from, whose posts it knows too well, and one that is
/// given twice. A copy with a change in it is not recognised.
fn check_files(files: &[FileSummary], training: &Map<String, Value>) -> Result<(), TrainError> {
    let refuse = |file: &FileSummary, reason: &str| {
        let reason = format!("{} {reason}", file.file.display());
        Err(TrainError::Flag { flag: "--data", reason })
    };
    let learned = training.get("data").map_or(&Value::Null, |data| &data["training_files"]);
    for (index, file) in files.iter().enumerate() {
        if lists_file(learned, &file.sha256) {
            let reason = "is one of the model's training files: a threshold chosen on it would not hold \
                          elsewhere; give posts that the model has not seen";
            return refuse(file, reason);
        }
        if files[..index].iter().any(|earlier| earlier.sha256 == file.sha256) {
            return refuse(file, "is given twice, or is a copy of another file: give it once");
        }
    }
    Ok(())
}

/// Counts labels 1 and 0, and refuses if one is missing.
fn check_labels(labels: impl Iterator<Item = bool>) -> Result<[usize; 2], TrainError> {
    let counts = counts(labels);
    check_both_labels("the data", counts, "add a --data file with the other")?;
    Ok(counts)
}

/// Refuses a threshold that is not what was asked for.
fn check_rule(rule: ThresholdRule, figures: &ValidationFigures) -> Result<(), TrainError> {
    if figures.keep_to(rule) {
        return Ok(());
    }
    let reason = format!(
        "no threshold keeps {rule} on these posts: the strictest flags {:.1} % of label 0, at a precision \
         of {:.1} %; give another rule, or more posts",
        100.0 * figures.false_positive_rate,
        100.0 * figures.precision,
    );
    Err(TrainError::Flag { flag: "--threshold", reason })
}

/// The logit of every post, none for those that the model does not judge, and its language. Nothing at
/// all if asked to stop.
fn logits(
    scorer: &Scorer,
    dataset: &Dataset,
    stop: &Stop,
) -> Result<Option<Vec<Scored>>, TrainError> {
    let texts: Vec<&str> = dataset.examples.iter().map(|example| example.text.as_str()).collect();
    let mut progress = PostProgress::new(texts.len());
    let mut logits = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(TEXTS_AT_ONCE) {
        if stop.requested() {
            progress.finish();
            return Ok(None);
        }
        let scores = scorer.score(chunk).map_err(|error| match error {
            ScorerError::NotANumber { index, logit } => {
                ScorerError::NotANumber { index: index + logits.len(), logit }
            }
            other => other,
        })?;
        let logit = |verdict: &Verdict| verdict.score().map(|score| f64::from(score.logit));
        logits.extend(scores.iter().map(|verdict| (logit(verdict), verdict.lang())));
        progress.advance(chunk.len());
    }
    progress.finish();
    Ok(Some(logits))
}

/// The logits of all posts with 8 bits and in f32; none if asked to stop.
fn roundings(scorer: &Scorer, dataset: &Dataset, stop: &Stop) -> Option<Vec<[f32; 2]>> {
    let texts: Vec<&str> = dataset.examples.iter().map(|example| example.text.as_str()).collect();
    let mut roundings = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(TEXTS_AT_ONCE) {
        if stop.requested() {
            return None;
        }
        roundings.extend(scorer.roundings(chunk));
    }
    Some(roundings)
}

fn print_left_out(not_judged: usize, [positives, negatives]: [usize; 2]) {
    if not_judged > 0 {
        eprintln!(
            "{not_judged} rows left out: the model does not judge their language, or they hold no words"
        );
    }
    if positives.min(negatives) < FEW {
        eprintln!(
            "note: few posts, {positives} of label 1 and {negatives} of label 0: a handful \
             of them decides the threshold; give some hundreds of each"
        );
    }
}
