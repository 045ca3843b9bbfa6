//! The command line: what is typed, and what it means.

#![allow(clippy::doc_markdown)] // doc comments here are help texts, read on a terminal

use std::path::{Path, PathBuf};

use checkpoint::CHECKPOINTS;
use clap::{Parser, ValueEnum};
use cli::{Compute, ModelFolder, TextColumn};
use dataset::{Format, Quoting};

use crate::ScoreError;

/// Scores the rows of a file or stream and writes them out with score, label, band, reason, lang
/// and truncated added.
///
/// Order and columns stay as they are. score is between 0 and 1; label is pro_isis or
/// not_pro_isis; band is none, review or priority_review. A row that cannot be judged has the band
/// not_judged, neither score nor label, and a reason: no_text for one that is only links and
/// handles, no_words for one without words, language for one in a language that the model has not
/// learned, unreadable for JSON whose text is a number, say, or a line that is none. lang is the language of what was read. A
/// text longer than the model reads at once is read in windows that overlap, and the highest score
/// counts. truncated is true where it is longer than 2,100 windows, which a post of 25,000 characters
/// is not: its end was not read. Where the input has a column of such a name, a gold label perhaps,
/// the added one is called threat_label and so on.
///
///   cargo run -p score -- tweets.csv --output scored.csv
///
///   cat *.txt | cargo run -p score -- --format lines --output scored.csv
///
/// A score is for a person's attention, not for a decision.
#[derive(Debug, Clone, Parser)]
#[command(name = "threat-score", version, max_term_width = 100)]
pub struct Args {
    /// File to score; it wins over --input.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// File to score; - for standard input.
    #[arg(long, env = "THREAT_INPUT", value_name = "FILE|-", default_value = "-")]
    pub input: PathBuf,
    /// File for the scored rows; - for standard output. It appears when it is whole and replaces
    /// what was there.
    #[arg(long, env = "THREAT_OUTPUT", value_name = "FILE|-", default_value = "-")]
    pub output: PathBuf,
    /// Input format. csv may also be separated by semicolons, tabs, bars and others and comes out with
    /// commas; jsonl, one object per line or a list of them, comes out as one object per line; lines,
    /// one text each, come out as csv with a header, empty lines left out. Each may be packed by gzip
    /// or zstd. [default: by the file's name, .json, .jsonl, .tsv, .txt, else by how it begins]
    #[arg(long, env = "THREAT_FORMAT", value_name = "FORMAT")]
    pub format: Option<InputFormat>,
    /// The text column.
    #[command(flatten)]
    pub column: TextColumn,
    /// The column or JSON field with the platform's own word for the language (en, ar, und). It is
    /// heard only where the text leaves its language open. [default: none]
    #[arg(long, env = "THREAT_LANG_COLUMN", value_name = "NAME", help_heading = "Data")]
    pub lang_column: Option<String>,
    /// The model.
    #[command(flatten)]
    pub model: ModelFolder,
    /// Compute options.
    #[command(flatten)]
    pub compute: Compute,
}

/// Input format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// A header, then one row a record.
    Csv,
    /// JSON objects.
    Jsonl,
    /// One text a line.
    Lines,
}

/// A scoring job, apart from the model.
#[derive(Debug, Clone)]
pub struct Job {
    /// `None` for standard input.
    pub input: Option<PathBuf>,
    /// `None` for standard output.
    pub output: Option<PathBuf>,
    /// Of the input.
    pub format: Format,
    /// The column with the text.
    pub text_column: String,
    /// Meaning of quotes around fields.
    pub quoting: Quoting,
    /// The column with the platform's own word for the language.
    pub lang_column: Option<String>,
}

impl Args {
    /// The job that the flags describe.
    pub fn job(&self) -> Job {
        let file = |path: &PathBuf| (path != Path::new("-")).then(|| path.clone());
        let input = self.file.as_ref().unwrap_or(&self.input);
        let format = match self.format {
            Some(InputFormat::Csv) => Format::Csv,
            Some(InputFormat::Jsonl) => Format::JsonLines,
            Some(InputFormat::Lines) => Format::Lines,
            None => Format::of(input),
        };
        Job {
            input: file(input),
            output: file(&self.output),
            format,
            text_column: self.column.text_column.clone(),
            quoting: self.column.quoting,
            lang_column: self.lang_column.clone(),
        }
    }

    /// The folder of the model: the one given, or the usual one.
    ///
    /// # Errors
    /// [`ScoreError::NoCheckpoint`].
    pub fn checkpoint(&self) -> Result<PathBuf, ScoreError> {
        self.model.find().ok_or_else(|| ScoreError::NoCheckpoint { root: CHECKPOINTS.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(arguments: &[&str]) -> Option<Job> {
        let arguments = std::iter::once(&"score").chain(arguments);
        Args::try_parse_from(arguments).ok().map(|args| args.job())
    }

    #[test]
    fn a_dash_or_nothing_is_a_standard_stream_of_a_kind_to_be_seen() {
        for arguments in [&[][..], &["--input", "-", "--output", "-"]] {
            assert!(job(arguments).is_some_and(|job| job.input.is_none()
                && job.output.is_none()
                && job.format == Format::Unknown));
        }
    }

    #[test]
    fn a_file_may_be_given_by_its_name_alone() {
        let named = job(&["a.jsonl"]);
        assert!(named.is_some_and(|job| {
            job.input.as_deref() == Some(Path::new("a.jsonl")) && job.format == Format::JsonLines
        }));
        let dash = job(&["--input", "a.csv", "-"]);
        assert!(dash.is_some_and(|job| job.input.is_none()));
    }

    #[test]
    fn the_format_is_that_of_the_name_unless_it_is_given() {
        let format = |arguments: &[&str]| job(arguments).map(|job| job.format);
        assert_eq!(format(&["--input", "a.jsonl"]), Some(Format::JsonLines));
        assert_eq!(format(&["--input", "a.txt"]), Some(Format::Lines));
        assert_eq!(format(&["--input", "a.txt", "--format", "csv"]), Some(Format::Csv));
        assert_eq!(format(&["--format", "lines"]), Some(Format::Lines));
    }

    #[test]
    fn quotes_are_what_they_are_said_to_be() {
        let quoting = |arguments: &[&str]| job(arguments).map(|job| job.quoting);
        assert_eq!(quoting(&["a.csv"]), Some(Quoting::Auto));
        assert_eq!(quoting(&["a.csv", "--quoting", "none"]), Some(Quoting::None));
        assert_eq!(quoting(&["a.csv", "--quoting", "some"]), None);
    }

    #[test]
    fn flags_that_make_no_sense_are_refused() {
        assert!(job(&["--format", "xml"]).is_none());
        assert!(job(&["--device", "abacus"]).is_none());
        assert!(job(&["--precision", "f64"]).is_none());
        assert!(job(&["--threads", "0"]).is_none());
    }
}
