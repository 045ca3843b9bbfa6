//! The log: to standard error, as lines for people or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{LogArguments, LogFormat};

/// Starts the log for the whole process; a second call changes nothing.
///
/// # Errors
/// A line saying what is wrong with the filter.
pub fn start(arguments: &LogArguments) -> Result<(), String> {
    let filter = EnvFilter::try_new(&arguments.log)
        .map_err(|error| format!("--log {:?} is not a filter: {error}", arguments.log))?;
    let registry = tracing_subscriber::registry().with(filter);
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    // An error means that an embedding program has a log already.
    let _ = match arguments.log_format {
        LogFormat::Text => {
            registry.with(format.with_ansi(std::io::stderr().is_terminal())).try_init()
        }
        LogFormat::Json => registry.with(format.json().flatten_event(true)).try_init(),
    };
    Ok(())
}
