//! `train`: parses the command line, runs the command, reports.

use std::path::Path;
use std::process::ExitCode;

use checkpoint::Manifest;
use checkpoint::combine::own_calibration;
use train::calibrate::Calibrated;
use train::command::{Cli, Command};
use train::finetune::TrainingRecord;
use train::outcome::Outcome;
use train::{Stop, TrainError};
use train::{calibrate, combine, cross_validate, distill, finetune, pretrain};

/// The exit status of work that was asked to stop.
const STOPPED: u8 = 130;

fn main() -> ExitCode {
    let cli: Cli = cli::parse();
    match cli::level::from_environment() {
        Ok(Some(level)) => {
            level.make_best();
        }
        Ok(None) => {}
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    let prepared = cli::file_size::limit_is_an_error().and_then(|()| Stop::on_signals());
    let outcome = prepared.map_err(anyhow::Error::from).and_then(|stop| Ok(run(&cli, &stop)?));
    match outcome {
        Ok(Outcome::Finished(())) => ExitCode::SUCCESS,
        Ok(Outcome::Stopped(stopped)) => {
            eprintln!("{stopped}");
            ExitCode::from(STOPPED)
        }
        Err(error) => {
            // Its message has the cause in it: printing the chain as well would say it twice.
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command and reports what it has done.
fn run(cli: &Cli, stop: &Stop) -> Result<Outcome<()>, TrainError> {
    match &cli.command {
        None => match cli.fine_tune.folds {
            None => {
                let done = finetune::run(&cli.fine_tune, stop)?;
                Ok(done.map(|record| print_training(&record, &cli.fine_tune.output)))
            }
            Some(count) => {
                let print_fold =
                    |fold: &cross_validate::FoldRecord| println!("{}", fold.line(count));
                let done = cross_validate::run(&cli.fine_tune, stop, print_fold)?;
                Ok(done.map(|report| print_folds(&report, &cli.fine_tune.output)))
            }
        },
        Some(Command::Pretrain(args)) => {
            Ok(pretrain::run(args, stop)?.map(|()| print_base(&args.language.output)))
        }
        Some(Command::Distill(args)) => {
            Ok(distill::run(args, stop)?.map(|()| print_base(&args.language.output)))
        }
        Some(Command::Calibrate(args)) => {
            Ok(calibrate::run(args, stop)?.map(|done| print_calibrations(&done, &args.output)))
        }
        Some(Command::Combine(args)) => {
            let manifest = combine::run(args)?;
            print_models(&manifest, &args.output);
            Ok(Outcome::Finished(()))
        }
    }
}

fn print_training(record: &TrainingRecord, folder: &Path) {
    let figures = &record.validation;
    println!("validation loss       {:.4}", figures.loss);
    println!("binary accuracy       {:.4}", figures.binary_accuracy);
    println!("ROC AUC               {:.4}", figures.roc_auc);
    println!("F1 at the threshold   {:.4}", figures.f1);
    println!("checkpoint            {}", folder.display());
    println!();
    println!("try it: cargo run -p serve -- --checkpoint {}", folder.display());
}

fn print_folds(report: &cross_validate::Report, output: &Path) {
    println!();
    report.lines().iter().for_each(|line| println!("{line}"));
    println!();
    println!("figures               {}", cross_validate::report_file(output).display());
    println!("no checkpoint is written: run the same without --folds for one");
}

fn print_base(folder: &Path) {
    println!("base                  {}", folder.display());
    println!();
    println!("fine-tune it: cargo run -p train -- --base {} --data FILE.csv", folder.display());
}

/// The former calibrations and the new ones, by their figures on the same posts.
fn print_calibrations(done: &[Calibrated], folder: &Path) {
    for calibrated in done {
        if done.len() > 1 {
            println!("model {}, by its own scale", calibrated.name);
        }
        print_calibration(calibrated);
        println!();
    }
    println!("checkpoint            {}", folder.display());
    println!();
    println!("use it: cargo run -p serve -- --checkpoint {}", folder.display());
}

fn print_calibration(done: &Calibrated) {
    let (former, new) = (&done.record.former, &done.calibration);
    let (figures, new_figures) = (&done.former_figures, &done.record.figures);
    let print = |name: &str, former: f64, new: f64| println!("{name:<22}{former:<10.4}{new:.4}");
    println!("{:<22}{:<10}now", "", "before");
    print("temperature", former.temperature.into(), new.temperature.into());
    print("threshold", former.threshold.into(), new.threshold.into());
    print("flagged of label 1", figures.recall, new_figures.recall);
    print("flagged of label 0", figures.false_positive_rate, new_figures.false_positive_rate);
    print("precision", figures.precision, new_figures.precision);
    print("F1", figures.f1, new_figures.f1);
}

/// The models of a checkpoint, with the threshold that each had by itself.
fn print_models(manifest: &Manifest, folder: &Path) {
    println!("{:<22}{:<10}languages", "model", "threshold");
    for model in manifest.models() {
        let (config, own) = (&model.config, own_calibration(model));
        println!(
            "{:<22}{:<10.4}{}",
            config.name,
            own.threshold,
            config.languages.codes().join(", ")
        );
    }
    println!();
    println!("threshold of all      {:.4}", manifest.calibration.threshold);
    println!("checkpoint            {}", folder.display());
    println!();
    println!("use it: cargo run -p serve -- --checkpoint {}", folder.display());
    println!("drift is told when train calibrate has counted posts for all of them");
}
