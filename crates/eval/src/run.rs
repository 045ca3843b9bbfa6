//! From the command line to a written report.

use std::path::{Path, PathBuf};

use crate::{
    args::Args,
    checkpoint,
    error::EvalError,
    evaluate::evaluate,
    fill,
    inputs::Inputs,
    load,
    progress::Progress,
    report::{Report, html, model::ModelFacts, suite},
    settings::Settings,
};

/// The suite that comes with the project.
const SUITE: &str = "data/functional_suite.csv";
/// The threshold of scores that come without one.
const MIDDLE: f64 = 0.5;

/// Makes the report that the arguments ask for and writes it. Answers it and its folder.
///
/// # Errors
/// Whatever is wrong with flags, files or checkpoint.
pub fn run(args: &Args, progress: &Progress) -> Result<(Report, PathBuf), EvalError> {
    for document in &args.fill {
        fill::check(document)?;
    }
    // Files first: a wrong column should not cost the time of opening a model.
    let mut inputs = load::load(args)?;
    let bundled = || Some(PathBuf::from(SUITE)).filter(|file| file.is_file());
    if let Some(file) = args.suite.clone().or_else(bundled) {
        let cases = suite::read(&file)?;
        inputs.suite = Some((file, cases));
    }
    if let Some(column) = &args.score_column {
        inputs.scores = Some(load::column_scores(&inputs.posts, column)?);
        inputs.model.name = format!("scores in column {column}");
        inputs.settings = settings(args, MIDDLE);
    } else {
        progress("opening the checkpoint", 0, 0);
        open_checkpoints(args, &mut inputs)?;
    }
    let folder = output(args, &inputs.model);
    let report = evaluate(inputs, progress)?;
    write(&report, &folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for document in &args.fill {
        let blocks = fill::fill(document, &report, &name)?;
        eprintln!("{}: {blocks} blocks filled", document.display());
    }
    Ok((report, folder))
}

/// Writes `report.json` and `report.html` into a folder, which is made if need be.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn write(report: &Report, folder: &Path) -> Result<(), EvalError> {
    std::fs::create_dir_all(folder).map_err(EvalError::io("create", folder))?;
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        ::checkpoint::file::write(&file, text.as_bytes()).map_err(EvalError::io("write", file))
    };
    let json = serde_json::to_string_pretty(report)
        .map_err(|error| EvalError::io("write", folder.join("report.json"))(error.into()))?;
    write("report.json", &(json + "\n"))?;
    write("report.html", &html::page(report))
}

/// Opens the checkpoint to evaluate, and a second one where asked for.
fn open_checkpoints(args: &Args, inputs: &mut Inputs) -> Result<(), EvalError> {
    let mut opened = checkpoint::open(&checkpoint::folder(args)?, args)?;
    inputs.data.mark_used(opened.facts.trainings());
    inputs.settings = settings(args, opened.classifier.threshold);
    opened.classifier.threshold = inputs.settings.threshold;
    inputs.model = opened.facts;
    inputs.classifier = Some(opened.classifier);
    inputs.bands = opened.bands;
    if let Some(folder) = &args.against {
        let other = checkpoint::open(folder, args)?;
        inputs.against = Some((other.facts, other.classifier));
    }
    Ok(())
}

fn settings(args: &Args, threshold: f64) -> Settings {
    Settings {
        threshold: args.threshold.unwrap_or(threshold),
        replicates: args.replicates,
        seed: args.seed,
        confidence: args.confidence,
        slices: args.slice.clone(),
        slice_min_rows: args.slice_min_rows.max(1),
        hold_out_sources: args.hold_out_source.clone(),
        invariance_posts: args.invariance_posts,
        show_errors: args.show_errors,
        one_label: args.one_label,
    }
}

fn output(args: &Args, model: &ModelFacts) -> PathBuf {
    let name = Path::new(&model.folder)
        .file_name()
        .map_or_else(|| "scores".into(), std::ffi::OsStr::to_owned);
    args.output.clone().unwrap_or_else(|| Path::new("reports").join(name))
}
