//! The file of `--config`: one KEY=VALUE a line, put into the environment before the arguments are
//! read from it.
//!
//! A name that begins with `THREAT_` must be one that the server reads: a misspelt setting would
//! otherwise be left out in silence.

use std::path::Path;

use clap::CommandFactory;

use crate::args::Arguments;
use crate::error::ServeError;

/// Reads the settings of a file, in its order.
///
/// # Errors
/// [`ServeError::Read`] or [`ServeError::Config`].
pub fn read(path: &Path) -> Result<Vec<(String, String)>, ServeError> {
    let bad = |reason: String| ServeError::Config { path: path.to_owned(), reason };
    let unreadable = |source| ServeError::Read { path: path.to_owned(), source, flag: "--config" };
    let lines = dotenvy::from_path_iter(path).map_err(|error| match error {
        dotenvy::Error::Io(source) => unreadable(source),
        other => bad(other.to_string()),
    })?;
    let mut settings = Vec::new();
    for line in lines {
        let (name, value) = line.map_err(|error| match error {
            dotenvy::Error::Io(source) => unreadable(source),
            // The error quotes the line, which may hold a secret.
            _ => bad("a line is not KEY=VALUE".to_owned()),
        })?;
        if name.starts_with("THREAT_") && !is_known(&name) {
            return Err(bad(format!("there is no setting {name}; `serve --help` lists them")));
        }
        settings.push((name, value));
    }
    Ok(settings)
}

fn is_known(name: &str) -> bool {
    let command = Arguments::command();
    name == cli::level::VARIABLE
        || command.get_arguments().any(|flag| flag.get_env().is_some_and(|env| env == name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(content: &str) -> Result<Vec<(String, String)>, ServeError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        read(file.path())
    }

    #[test]
    fn settings_credentials_and_comments_are_read() {
        let settings = of("# ours\nTHREAT_PORT=8080\n\nBEARER_TOKEN='a b'\n").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(settings, [pair("THREAT_PORT", "8080"), pair("BEARER_TOKEN", "a b")]);
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        let message = of("THREAT_PROT=8080\n").unwrap_err().to_string();
        assert!(message.contains("THREAT_PROT") && message.contains("--help"), "{message}");
    }

    #[test]
    fn a_bad_line_is_refused_and_not_quoted() {
        let message = of("BEARER_TOKEN hunter2\n").unwrap_err().to_string();
        assert!(message.contains("KEY=VALUE") && !message.contains("hunter2"), "{message}");
    }

    #[test]
    fn a_missing_file_is_named_with_its_flag() {
        let message = read(Path::new("no/such/file")).unwrap_err().to_string();
        assert!(message.contains("no/such/file") && message.contains("--config"), "{message}");
    }
}
