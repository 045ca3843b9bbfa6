//! From the command line to a written report.

use std::path::{Path, PathBuf};

use crate::{
    args::Args,
    checkpoint,
    error::EvalError,
    evaluate::{Inputs, Progress, evaluate},
    file::write_file,
    html,
    load::{self, Rows},
    markdown,
    report::{ModelFacts, Report},
    section::suite,
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
        markdown::check(document)?;
    }
    // Files first: a wrong column should not cost the time of opening a model.
    let rows = load::load(args)?;
    let suite_file = match &args.suite {
        Some(file) => Some(file.clone()),
        None => Some(PathBuf::from(SUITE)).filter(|file| file.is_file()),
    };
    let suite = match suite_file {
        Some(file) => Some((suite::read(&file)?, file)),
        None => None,
    };
    let suite = suite.map(|(cases, file)| (file, cases));
    let inputs = if let Some(column) = &args.score_column {
        of_column(args, column, rows, suite)?
    } else {
        progress("opening the checkpoint", 0, 0);
        of_checkpoint(args, rows, suite)?
    };
    let folder = output(args, &inputs.model);
    let report = evaluate(inputs, progress)?;
    write(&report, &folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for document in &args.fill {
        let blocks = markdown::fill(document, &report, &name)?;
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
    let json = folder.join("report.json");
    let mut text = serde_json::to_string_pretty(report).map_err(|error| EvalError::Io {
        verb: "write",
        path: json.clone(),
        source: error.into(),
    })?;
    text.push('\n');
    write_file(&json, text.as_bytes())?;
    write_file(&folder.join("report.html"), html::page(report).as_bytes())
}

type Suite = Option<(PathBuf, Vec<suite::Case>)>;

/// Scores that stand in the files.
fn of_column(
    args: &Args,
    column: &str,
    rows: Rows,
    suite: Suite,
) -> Result<Inputs<'static>, EvalError> {
    let scores = load::column_scores(&rows.posts, column)?;
    let name = format!("scores in column {column}");
    Ok(Inputs {
        model: ModelFacts { name, ..ModelFacts::default() },
        scores: Some(scores),
        settings: settings(args, MIDDLE),
        ..inputs(rows, suite)
    })
}

/// Scores of a checkpoint, and of a second one where asked for.
fn of_checkpoint(args: &Args, mut rows: Rows, suite: Suite) -> Result<Inputs<'static>, EvalError> {
    let folder = checkpoint::folder(args)?;
    let mut opened = checkpoint::open(&folder, args)?;
    rows.data.mark_used(&opened.facts.training);
    let settings = settings(args, opened.judge.threshold);
    opened.judge.threshold = settings.threshold;
    let against = match &args.against {
        Some(folder) => {
            let other = checkpoint::open(folder, args)?;
            Some((other.facts, other.judge))
        }
        None => None,
    };
    Ok(Inputs {
        model: opened.facts,
        judge: Some(opened.judge),
        bands: opened.bands,
        against,
        settings,
        ..inputs(rows, suite)
    })
}

fn inputs(rows: Rows, suite: Suite) -> Inputs<'static> {
    Inputs {
        model: ModelFacts::default(),
        judge: None,
        scores: None,
        bands: Vec::new(),
        against: None,
        posts: rows.posts,
        data: rows.data,
        train: rows.train,
        train_files: rows.train_files,
        held_out_rows: rows.held_out_rows,
        suite,
        settings: Settings::default(),
    }
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
