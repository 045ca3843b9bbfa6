//! `score`: parses the command line, scores, reports.

use std::process::ExitCode;

use clap::Parser;
use infer::Scorer;
use score::stream::ROWS_IN_A_CHUNK;
use score::{Args, Stream};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let checkpoint = args.checkpoint()?;
    let scorer = Scorer::open(&checkpoint, &args.options())?;
    Stream::open(&args.job())?.score(&scorer, ROWS_IN_A_CHUNK)?;
    Ok(())
}
