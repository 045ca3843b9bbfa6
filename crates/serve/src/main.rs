//! Hosts threat scores over HTTP.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use serve::{Application, Arguments, Settings, telemetry};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Each message holds its cause already.
            eprintln!("serve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    cli::file_size::limit_is_an_error().context("cannot handle signals")?;
    read_files_of_variables()?;
    let mut arguments: Arguments = cli::parse();
    arguments.engine.compute.level =
        cli::level::from_environment().map_err(|reason| anyhow!(reason))?;
    if let (Some(target), Some(verdicts)) =
        (&arguments.feedback.feedback_export, &arguments.feedback.feedback_db)
    {
        let rows = serve::feedback::export(verdicts, target)?;
        eprintln!("{rows} labelled posts written to {}", target.display());
        return Ok(());
    }
    telemetry::start(&arguments.log).map_err(|reason| anyhow!(reason))?;
    // Ends after the runtime, and sends what is left.
    #[cfg(feature = "otlp")]
    let _export = (arguments.log.otlp_endpoint.as_deref().map(serve::trace::start).transpose())
        .map_err(|reason| anyhow!(reason))?;
    let check_only = arguments.check;
    let settings = Settings::resolve(arguments, |name| std::env::var(name).ok())?;
    let kernels = settings.options.level.unwrap_or_else(scorer::Level::best);
    tracing::info!(?settings, %kernels, "starting");
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(async {
        if check_only {
            Application::check(settings).await?;
            println!("everything is in order");
            return Ok(());
        }
        let application = Application::build(settings).await?;
        // Scripts that ask for port 0 read the port here.
        println!("listening on http://{}", application.address());
        application.run_until_stopped().await?;
        Ok(())
    })
}

/// Puts the variables of `--config` or, without it, of `.env` into the environment, before the
/// arguments are read from it. What is set already stays.
fn read_files_of_variables() -> Result<()> {
    if let Some(file) = config_file() {
        serve::config_file::read(&file)?;
        return dotenvy::from_path(&file).context("cannot read the file of --config");
    }
    // In this folder only: a file further up, of another project, must not turn anything on.
    match dotenvy::from_path(".env") {
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(dotenvy::Error::Io(error)) => Err(anyhow!("cannot read .env: {error}")),
        // The error would repeat the line, which may hold a secret.
        Err(_) => Err(anyhow!("the file .env has a line that is not KEY=VALUE")),
        Ok(()) => Ok(()),
    }
}

fn config_file() -> Option<PathBuf> {
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(file) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(file.into());
        }
    }
    std::env::var_os("THREAT_CONFIG").map(PathBuf::from)
}
