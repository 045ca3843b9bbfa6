//! Writes the programs' shell completions and manual pages: `just completions FOLDER`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Command, CommandFactory, Parser, ValueEnum};
use clap_complete::{Shell, generate_to};

/// Writes shell completions and manual pages of threat-train, threat-eval, threat-score and threat-serve.
///
/// Where they go depends on the system; for bash and man they are usually
/// ~/.local/share/bash-completion/completions and ~/.local/share/man/man1.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Output folder: `completions` and `man1` come into it.
    folder: PathBuf,
}

fn main() -> Result<()> {
    write(&Args::parse().folder)
}

fn programs() -> [Command; 4] {
    [
        train::command::Cli::command(),
        eval::args::Args::command(),
        score::Args::command(),
        serve::Arguments::command(),
    ]
}

fn write(folder: &Path) -> Result<()> {
    let (completions, manual) = (folder.join("completions"), folder.join("man1"));
    for folder in [&completions, &manual] {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    for mut program in programs() {
        let name = program.get_name().to_owned();
        for shell in Shell::value_variants() {
            generate_to(*shell, &mut program, &name, &completions)
                .with_context(|| format!("cannot write to {}", completions.display()))?;
        }
        clap_mangen::generate_to(program, &manual)
            .with_context(|| format!("cannot write to {}", manual.display()))?;
    }
    println!("{} and {}", completions.display(), manual.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_program_has_completions_and_a_page_and_every_subcommand_too() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        for name in ["train", "eval", "score", "serve"] {
            assert!(
                read(&format!("completions/threat-{name}.bash")).contains("--checkpoint")
                    || name == "train"
            );
            assert!(read(&format!("man1/threat-{name}.1")).contains("threat\\-"));
        }
        assert!(read("completions/_threat-train").contains("calibrate"));
        assert!(read("man1/threat-train-calibrate.1").contains("verdicts"));
    }
}
