//! The command line, as typed.

use std::path::PathBuf;

use clap::Parser;
use cli::value::{between_zero_and_one, positive, zero_to_one};
use cli::{Compute, GroupColumns, LabelColumn, ModelFolder, TextColumn};

/// Evaluates a checkpoint on labelled posts and writes report.json and report.html.
///
/// Without flags it evaluates the bundled checkpoint (or else the newest) on the bundled sample of
/// synthetic tweets, which shows the report and says nothing about real posts. For that, give
/// labelled posts that the model was not trained on:
///
///   cargo run -p eval -- --checkpoint checkpoints/mine --data test.csv --data news.csv
///
/// Every flag can be given as an environment variable instead.
#[derive(Debug, Clone, Parser)]
#[command(name = "threat-eval", version, max_term_width = 100)]
pub struct Args {
    /// Labelled files, as with --data.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The checkpoint to evaluate.
    #[command(flatten)]
    pub model: ModelFolder,
    /// Column with scores of another tool, from 0 to 1, to evaluate instead of a checkpoint. An empty
    /// field is a post without a score.
    #[arg(
        long,
        env = "THREAT_SCORE_COLUMN",
        value_name = "NAME",
        conflicts_with_all = ["checkpoint", "against"],
        help_heading = "Model"
    )]
    pub score_column: Option<String>,
    /// Decision threshold, instead of the checkpoint's own. Do not choose it on these rows.
    #[arg(long, env = "THREAT_THRESHOLD", value_name = "SCORE", value_parser = zero_to_one, help_heading = "Model")]
    pub threshold: Option<f64>,
    /// Second checkpoint, to compare with on the same rows.
    #[arg(long, env = "THREAT_AGAINST", value_name = "DIR", help_heading = "Model")]
    pub against: Option<PathBuf>,
    /// Compute options.
    #[command(flatten)]
    pub compute: Compute,

    /// Labelled file: CSV, JSON or an export of an annotation tool; repeatable. [default: the bundled sample]
    #[arg(
        long,
        env = "THREAT_EVAL_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        num_args = 1..,
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// File whose rows all have label 1; repeatable.
    #[arg(
        long,
        env = "THREAT_EVAL_POSITIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub positives: Vec<PathBuf>,
    /// File whose rows all have label 0, to see false alarms; repeatable.
    #[arg(
        long,
        env = "THREAT_EVAL_NEGATIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub negatives: Vec<PathBuf>,
    /// Labels of single posts, as for `train --labels`. They replace the labels of the data files (S
    /// is 1, U is left out), and the letter becomes the column `post_label`; repeatable.
    #[arg(
        long,
        env = "THREAT_EVAL_LABELS",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub labels: Vec<PathBuf>,
    /// Accept rows of one label only. Most figures are then undefined.
    #[arg(long, env = "THREAT_ONE_LABEL", help_heading = "Data")]
    pub one_label: bool,
    /// The column with the text.
    #[command(flatten)]
    pub text: TextColumn,
    /// The column with the label.
    #[command(flatten)]
    pub label: LabelColumn,
    /// The columns by which rows belong together.
    #[command(flatten)]
    pub groups: GroupColumns,

    /// Columns to slice by, such as source,topic,author; repeatable. Slices by length and language are
    /// always made.
    #[arg(
        long,
        env = "THREAT_SLICE",
        value_name = "COLUMN",
        value_delimiter = ',',
        help_heading = "Report"
    )]
    pub slice: Vec<String>,
    /// Minimum number of rows of a listed slice or source.
    #[arg(
        long,
        env = "THREAT_SLICE_MIN_ROWS",
        value_name = "N",
        default_value_t = 20,
        help_heading = "Report"
    )]
    pub slice_min_rows: usize,
    /// Functional suite: CSV with function,text,expected,why.
    /// [default: the bundled suite]
    #[arg(long, env = "THREAT_SUITE", value_name = "FILE", help_heading = "Report")]
    pub suite: Option<PathBuf>,
    /// Number of posts for the invariance check, which adds a retweet header, link, handles, escapes
    /// and more and compares scores; 0 leaves it out.
    #[arg(
        long,
        env = "THREAT_INVARIANCE_POSTS",
        value_name = "N",
        default_value_t = 300,
        help_heading = "Report"
    )]
    pub invariance_posts: usize,
    /// List the N worst mistakes of each kind with their texts. Without it the report has no text of
    /// the files.
    #[arg(
        long,
        env = "THREAT_SHOW_ERRORS",
        value_name = "N",
        default_value_t = 0,
        default_missing_value = "20",
        num_args = 0..=1,
        help_heading = "Report"
    )]
    pub show_errors: usize,
    /// Number of bootstrap samples for each interval.
    #[arg(
        long,
        env = "THREAT_REPLICATES",
        value_name = "N", value_parser = positive,
        default_value_t = 1_000,
        help_heading = "Report"
    )]
    pub replicates: usize,
    /// Confidence level of the intervals, for example 0.95.
    #[arg(
        long,
        env = "THREAT_CONFIDENCE",
        value_name = "SHARE", value_parser = between_zero_and_one,
        default_value_t = 0.95,
        help_heading = "Report"
    )]
    pub confidence: f64,
    /// Random seed of the bootstrap samples: the same seed gives the same report.
    #[arg(
        long,
        env = "THREAT_SEED",
        value_name = "N",
        default_value_t = 0,
        help_heading = "Report"
    )]
    pub seed: u64,
    /// Output folder of the report. [default: reports/ and the checkpoint's name]
    #[arg(long, env = "THREAT_REPORT", value_name = "DIR", help_heading = "Report")]
    pub output: Option<PathBuf>,
    /// Markdown file to fill with figures of this report; repeatable. A block to fill lies between a
    /// line `<!-- eval metrics -->` and a line `<!-- /eval -->`; beside metrics there are data,
    /// operating, prevalence, sources, `not_judged`, mentions, suite, invariance, leaks and baselines.
    /// `<!-- eval metrics from NAME -->` is filled only if the report's folder is called NAME.
    #[arg(
        long,
        env = "THREAT_FILL",
        value_name = "FILE.md",
        value_delimiter = ',',
        help_heading = "Report"
    )]
    pub fill: Vec<PathBuf>,

    /// Labelled file to train simple baselines on, for comparison; repeatable. Best the file that the
    /// model was trained on: the report then also lists texts and authors of both sides. Rows that
    /// duplicate an evaluated row, or nearly, are not used.
    #[arg(
        long,
        env = "THREAT_BASELINE_TRAIN",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Baselines"
    )]
    pub baseline_train: Vec<PathBuf>,
    /// Source (a value of --source-column) to leave out of the baselines' training; repeatable. Only
    /// rows of such sources and rows without one are then evaluated.
    #[arg(
        long,
        env = "THREAT_HOLD_OUT_SOURCE",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Baselines"
    )]
    pub hold_out_source: Vec<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_may_follow_a_flag_or_stand_alone() {
        let args = Args::try_parse_from(["eval", "a.csv", "--data", "b.csv", "c.csv"]).unwrap();
        assert_eq!(args.files, [PathBuf::from("a.csv")]);
        assert_eq!(args.data, [PathBuf::from("b.csv"), PathBuf::from("c.csv")]);
    }

    #[test]
    fn show_errors_has_a_number_of_its_own() {
        let shown = |arguments: &[&str]| {
            Args::try_parse_from(std::iter::once(&"eval").chain(arguments)).unwrap().show_errors
        };
        assert_eq!(shown(&[]), 0);
        assert_eq!(shown(&["--show-errors"]), 20);
        assert_eq!(shown(&["--show-errors", "5"]), 5);
    }

    #[test]
    fn scores_of_a_file_and_a_checkpoint_exclude_each_other() {
        let both = ["eval", "--score-column", "score", "--checkpoint", "x"];
        assert!(Args::try_parse_from(both).is_err());
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_the_flag_that_has_them() {
        for (flag, value) in [
            ("--threshold", "1.5"),
            ("--confidence", "1"),
            ("--replicates", "0"),
            ("--device", "abacus"),
            ("--precision", "f64"),
            ("--threads", "0"),
        ] {
            let refused = Args::try_parse_from(["eval", flag, value]);
            assert!(refused.is_err_and(|error| error.to_string().contains(flag)), "{flag}");
        }
    }
}
