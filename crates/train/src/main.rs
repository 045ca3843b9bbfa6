//! `train`: parses the command line, trains or calibrates, reports.

use std::process::ExitCode;

use train::calibrate::run::{Ended as Calibrated, Recalibrated};
use train::command::{Cli, Command};
use train::finetune::Ended;
use train::language::Learned;
use train::{Args, Stop, calibrate, cross_validate, distill, finetune, pretrain};

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
    let done = prepared.map_err(anyhow::Error::from).and_then(|stop| match &cli.command {
        None if cli.fine_tune.folds.is_some() => cross_validated(&cli.fine_tune, &stop),
        None => fine_tune(&cli.fine_tune, &stop),
        Some(Command::Pretrain(args)) => pretrained(args, &stop),
        Some(Command::Distill(args)) => distilled(args, &stop),
        Some(Command::Calibrate(args)) => recalibrated(args, &stop),
    });
    done.unwrap_or_else(|error| {
        // Its message has the cause in it: printing the chain as well would say it twice.
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn stopped(step: usize, total_steps: usize) -> ExitCode {
    eprintln!("stopped after step {step} of {total_steps} and saved: go on with --resume");
    ExitCode::from(STOPPED)
}

fn pretrained(args: &pretrain::PretrainArgs, stop: &Stop) -> anyhow::Result<ExitCode> {
    match pretrain::run(args, stop)? {
        Learned::Stopped { step, total_steps } => return Ok(stopped(step, total_steps)),
        Learned::Finished { .. } => say_base(&args.language.output),
    }
    Ok(ExitCode::SUCCESS)
}

fn distilled(args: &distill::DistillArgs, stop: &Stop) -> anyhow::Result<ExitCode> {
    match distill::run(args, stop)? {
        Learned::Stopped { step, total_steps } => return Ok(stopped(step, total_steps)),
        Learned::Finished { .. } => say_base(&args.language.output),
    }
    Ok(ExitCode::SUCCESS)
}

fn say_base(folder: &std::path::Path) {
    println!("base                  {}", folder.display());
    println!();
    println!("fine-tune it: cargo run -p train -- --base {} --data FILE.csv", folder.display());
}

fn fine_tune(args: &Args, stop: &Stop) -> anyhow::Result<ExitCode> {
    match finetune::run(args, stop)? {
        Ended::Finished { checkpoint, record } => {
            let figures = &record.validation;
            println!("validation loss       {:.4}", figures.loss);
            println!("binary accuracy       {:.4}", figures.binary_accuracy);
            println!("ROC AUC               {:.4}", figures.roc_auc);
            println!("F1 at the threshold   {:.4}", figures.f1);
            println!("checkpoint            {}", checkpoint.display());
            println!();
            println!("try it: cargo run -p serve -- --checkpoint {}", checkpoint.display());
            Ok(ExitCode::SUCCESS)
        }
        Ended::Stopped { step, total_steps } => Ok(stopped(step, total_steps)),
    }
}

fn cross_validated(args: &Args, stop: &Stop) -> anyhow::Result<ExitCode> {
    let count = args.folds.unwrap_or_default();
    match cross_validate::run(args, stop, |fold| println!("{}", fold.line(count)))? {
        cross_validate::Ended::Finished { report, file } => {
            println!();
            report.lines().iter().for_each(|line| println!("{line}"));
            println!();
            println!("figures               {}", file.display());
            println!("no checkpoint is written: run the same without --folds for one");
            Ok(ExitCode::SUCCESS)
        }
        cross_validate::Ended::Stopped { done, count, file } => {
            let kept = match file {
                Some(file) => format!("figures of those are in {}", file.display()),
                None => "nothing is written".to_owned(),
            };
            eprintln!("stopped with {done} of {count} folds done: {kept}; folds are not resumed");
            Ok(ExitCode::from(STOPPED))
        }
    }
}

fn recalibrated(args: &calibrate::CalibrateArgs, stop: &Stop) -> anyhow::Result<ExitCode> {
    match calibrate::run(args, stop)? {
        Calibrated::Finished(done) => {
            say_calibrations(&done);
            let folder = args.output.display();
            println!("checkpoint            {folder}");
            println!();
            println!("use it: cargo run -p serve -- --checkpoint {folder}");
            Ok(ExitCode::SUCCESS)
        }
        Calibrated::Stopped => {
            eprintln!("stopped: nothing is written");
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// The former calibration and the new one, judged on the same posts.
fn say_calibrations(done: &Recalibrated) {
    let (former, now) = (&done.record.former, &done.calibration);
    let (before, after) = (&done.before, &done.record.figures);
    let say = |name: &str, before: f64, after: f64| println!("{name:<22}{before:<10.4}{after:.4}");
    println!("{:<22}{:<10}now", "", "before");
    say("temperature", former.temperature.into(), now.temperature.into());
    say("threshold", former.threshold.into(), now.threshold.into());
    say("flagged of label 1", before.recall, after.recall);
    say("flagged of label 0", before.false_positive_rate, after.false_positive_rate);
    say("precision", before.precision, after.precision);
    say("F1", before.f1, after.f1);
    println!();
}
