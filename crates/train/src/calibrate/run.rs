//! From the command line of `train calibrate` to a checkpoint.

use std::path::{Path, PathBuf};

use checkpoint::combine::{lay_on_one_scale, own_calibration};
use checkpoint::{
    CHECKPOINTS, Calibration, CheckpointError, Manifest, Reference, folder, lists_file,
};
use cli::ModelFolder;
use dataset::{Dataset, FileLabel};
use scorer::{Options, Scorer, ScorerError, Verdict};
use serde_json::{Value, json};

use super::args::CalibrateArgs;
use super::card;
use super::each::{Calibrated, Fit, Post, check_labels};
use super::fit::reference;
use super::threshold::ThresholdRule;
use crate::combine;
use crate::data::FileSummary;
use crate::data::read::summarise;
use crate::data::relabel::{self, NotSupporting};
use crate::error::TrainError;
use crate::learning::progress::PostProgress;
use crate::learning::stop::Stop;
use crate::model_card::{self, model_name};
use crate::outcome::{Outcome, Stopped};

/// The field of `training.json` with the record of the calibration.
const RECORD: &str = "calibration";

/// Texts that are scored between two looks at the clock and at the request to stop.
const TEXTS_AT_ONCE: usize = 512;

/// Re-chooses temperature, threshold and bands and writes the checkpoint with them; the network
/// stays as it is, byte for byte. Of a checkpoint with several models each is calibrated on the posts that it
/// judges, and then laid on the main one's scale; one for which these posts do not suffice keeps its own.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &CalibrateArgs, stop: &Stop) -> Result<Outcome<Vec<Calibrated>>, TrainError> {
    let source = source(&args.model)?;
    let scorer = Scorer::open(&source, &Options::default())?;
    let mut manifest = scorer.checkpoint().clone();
    let names: Vec<&str> = manifest.others.iter().map(|other| other.folder.as_str()).collect();
    folder::check_place_of(&args.output, &names)?;
    let sources = manifest.folders(&source);
    for (model, source) in manifest.models().zip(&sources) {
        check_record(&model.training, source)?;
    }
    let rule = |model: &Manifest| args.threshold.unwrap_or_else(|| recorded_rule(&model.training));
    eprintln!("model: {}, rule for the threshold: {}", source.display(), rule(&manifest));
    let mut dataset = read(args)?;
    let files = summarise(&dataset, &vec![1.0; dataset.files.len()])?;
    for model in manifest.models() {
        check_files(&files, &model.training)?;
    }
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

    let Some(posts) = score(&scorer, &dataset, stop)? else {
        return Ok(Outcome::Stopped(Stopped::Nothing));
    };
    let Some(roundings) = roundings(&scorer, &dataset, stop) else {
        return Ok(Outcome::Stopped(Stopped::Nothing));
    };
    print_not_judged(posts.iter().filter(|post| post.judged.is_none()).count());
    let mut fits = Vec::new();
    for (numbered, roundings) in manifest.models().enumerate().zip(&roundings) {
        let (at, model) = numbered;
        let fit = Fit::new(numbered, rule(model), &posts, roundings);
        fits.push(match fit {
            Err(error @ (TrainError::OneClass { .. } | TrainError::Flag { .. })) if at > 0 => {
                eprintln!("note: {} keeps its calibration: {error}", sources[at].display());
                None
            }
            fit => Some(fit?),
        });
    }
    manifest.config.name = model_name(&args.output);
    if let Some(version) = &args.model_version {
        manifest.config.version.clone_from(version);
    }
    let own = std::iter::zip(&fits, manifest.models()).map(|(fit, model)| match fit {
        Some(fit) => fit.calibration.clone(),
        None => own_calibration(model),
    });
    let own = own.collect::<Vec<_>>();
    lay_on_one_scale(&mut manifest, &own, &sources)?;

    let references = references(&manifest, &own, &posts);
    let (mut cards, mut done) = (Vec::new(), Vec::new());
    let main = manifest.calibration.clone();
    for (at, (fit, reference)) in std::iter::zip(fits, references).enumerate() {
        let model = manifest.model_mut(at);
        let mut card = combine::card::alone(&model_card::read(&sources[at])?);
        if let Some(fit) = fit {
            let by_model = posts.iter().filter(|post| post.judged.is_some_and(|(by, _)| by == at));
            let not_judged = posts.len() - by_model.count();
            let calibrated = fit.done(model, files.clone(), not_judged, reference);
            card = card::card(&card, &model.config, &calibrated.calibration, &calibrated.record);
            if let Some(training) = model.training.as_object_mut() {
                training.insert(RECORD.to_owned(), json!(calibrated.record));
            }
            done.push(calibrated);
        }
        cards.push(if at == 0 { card } else { combine::card::other(&card, &main, &own[at]) });
    }
    manifest.write(&sources, &args.output, &cards)?;
    Ok(Outcome::Finished(done))
}

/// The posts in counts, for each model: for the main one as all models judge them, on the one scale; for the
/// others as each judges them by itself.
fn references(manifest: &Manifest, own: &[Calibration], posts: &[Post]) -> Vec<Reference> {
    let on_one_scale: Vec<&Calibration> =
        manifest.models().map(|model| &model.calibration).collect();
    let of = |at: usize| {
        reference(posts.iter().map(|post| {
            let judged = post.judged.filter(|(by, _)| at == 0 || *by == at);
            let calibration = |by: usize| if at == 0 { on_one_scale[by] } else { &own[by] };
            (judged.map(|(by, logit)| (logit, calibration(by))), post.lang)
        }))
    };
    (0..own.len()).map(of).collect()
}

/// The folder of the trained model: the one given, or the usual one.
///
/// # Errors
/// [`TrainError::Checkpoint`] if there is none.
pub(crate) fn source(model: &ModelFolder) -> Result<PathBuf, TrainError> {
    model.find().ok_or_else(|| {
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

/// Refuses a record that nothing can be added to.
fn check_record(training: &Value, source: &Path) -> Result<(), TrainError> {
    if training.is_object() {
        return Ok(());
    }
    Err(CheckpointError::damaged(&source.join("training.json"), "it is no JSON object").into())
}

/// The rule by which the model's threshold was chosen last; where there is none, the usual one.
fn recorded_rule(training: &Value) -> ThresholdRule {
    let last = training.get(RECORD).or_else(|| training.get("hyperparameters"));
    let rule = last.and_then(|record| record["threshold"].as_str()?.parse().ok());
    rule.unwrap_or_default()
}

/// Refuses a file that the model has learned from, whose posts it knows too well, and one that is
/// given twice. A copy with a change in it is not recognised.
fn check_files(files: &[FileSummary], training: &Value) -> Result<(), TrainError> {
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

/// What the models say of every post. Nothing at all if asked to stop.
fn score(scorer: &Scorer, dataset: &Dataset, stop: &Stop) -> Result<Option<Vec<Post>>, TrainError> {
    let models: Vec<&Manifest> = scorer.checkpoint().models().collect();
    let judged = |verdict: &Verdict| {
        let score = verdict.score()?;
        let by = models.iter().position(|model| model.config.languages.has(score.lang))?;
        Some((by, f64::from(score.logit)))
    };
    let mut progress = PostProgress::new(dataset.examples.len());
    let mut posts = Vec::with_capacity(dataset.examples.len());
    for chunk in dataset.examples.chunks(TEXTS_AT_ONCE) {
        if stop.requested() {
            progress.finish();
            return Ok(None);
        }
        let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
        let verdicts = scorer.score(&texts).map_err(|error| match error {
            ScorerError::NotANumber { index, logit } => {
                ScorerError::NotANumber { index: index + posts.len(), logit }
            }
            other => other,
        })?;
        posts.extend(std::iter::zip(verdicts, chunk).map(|(verdict, example)| Post {
            judged: judged(&verdict),
            lang: verdict.lang(),
            label: example.label,
        }));
        progress.advance(chunk.len());
    }
    progress.finish();
    Ok(Some(posts))
}

/// The logits of all posts with 8 bits and in f32, by model; none if asked to stop.
fn roundings(scorer: &Scorer, dataset: &Dataset, stop: &Stop) -> Option<Vec<Vec<[f32; 2]>>> {
    let texts: Vec<&str> = dataset.examples.iter().map(|example| example.text.as_str()).collect();
    let mut roundings = vec![Vec::new(); scorer.checkpoint().models().count()];
    for chunk in texts.chunks(TEXTS_AT_ONCE) {
        if stop.requested() {
            return None;
        }
        for (all, found) in roundings.iter_mut().zip(scorer.roundings(chunk)) {
            all.extend(found);
        }
    }
    Some(roundings)
}

fn print_not_judged(rows: usize) {
    if rows > 0 {
        eprintln!(
            "{rows} rows left out: the model does not judge their language, or they hold no words"
        );
    }
}
