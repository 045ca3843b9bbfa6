//! `score`: parses the command line, scores, reports.

use std::process::ExitCode;

use score::stream::ROWS_IN_A_CHUNK;
use score::{Args, Stream};
use scorer::Scorer;

fn main() -> ExitCode {
    match run(cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Args) -> anyhow::Result<()> {
    #[cfg(unix)]
    end_cleanly_on_signals()?;
    cli::file_size::limit_is_an_error()?;
    args.compute.level = cli::level::from_environment().map_err(anyhow::Error::msg)?;
    let checkpoint = args.checkpoint()?;
    let scorer = Scorer::open(checkpoint, &args.compute.options())?;
    let job = args.job();
    #[cfg(feature = "parquet")]
    if let Some(table) = score::parquet::Table::open(&job, ROWS_IN_A_CHUNK)? {
        table.score(&scorer)?;
        return Ok(());
    }
    Stream::open(&job)?.score(&scorer, ROWS_IN_A_CHUNK)?;
    Ok(())
}

/// Ends the program at Ctrl-C or SIGTERM, and leaves no half-written output behind. A read from a
/// terminal or a pipe may take for ever, so that nobody else could look for a signal in between.
#[cfg(unix)]
fn end_cleanly_on_signals() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            score::sink::remove_unfinished();
            // As a shell reports a program that a signal ended.
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}
