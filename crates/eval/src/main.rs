//! Accuracy and ROC report of a checkpoint on labelled files.

use std::{io::Write, process::ExitCode};

use eval::{args::Args, progress::Console, report::console::text, run::run};

fn main() -> ExitCode {
    let mut args: Args = cli::parse();
    let prepared = cli::file_size::limit_is_an_error().map_err(|error| error.to_string());
    args.compute.level = match prepared.and_then(|()| cli::level::from_environment()) {
        Ok(level) => level,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let console = Console::default();
    let result = run(&args, &|stage, done, total| console.show(stage, done, total));
    console.finish();
    match result {
        Ok((report, folder)) => {
            // A reader that closes the pipe early has seen what it wanted.
            let _ = write!(std::io::stdout(), "{}", text(&report, &folder));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
