//! The command line, as typed.

use std::path::PathBuf;

use clap::Parser;
use scorer::{DeviceKind, Options, Precision};

/// Judges a checkpoint on labelled posts and writes report.json and report.html.
///
/// Without flags it judges the bundled checkpoint (or else the newest) on the bundled sample of
/// synthetic tweets, which shows the report and says nothing about real posts. For that, give
/// labelled posts that the model was not trained on:
///
///   cargo run -p eval -- --checkpoint checkpoints/mine --data test.csv --data news.csv
///
/// Every flag can be given as an environment variable instead.
#[derive(Debug, Clone, Parser)]
#[command(name = "eval", version, max_term_width = 100)]
pub struct Args {
    /// Labelled files, as with --data.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The checkpoint to judge. [default: checkpoints/threat-v1, or else the newest folder under
    /// checkpoints]
    #[arg(long, env = "THREAT_CHECKPOINT", value_name = "DIR", help_heading = "Model")]
    pub checkpoint: Option<PathBuf>,
    /// Judge scores that stand in this column of the files, 0 to 1, instead of a checkpoint: the
    /// work of another tool. An empty field is a post without a score.
    #[arg(
        long,
        env = "THREAT_SCORE_COLUMN",
        value_name = "NAME",
        conflicts_with_all = ["checkpoint", "against"],
        help_heading = "Model"
    )]
    pub score_column: Option<String>,
    /// Flag from this score on, instead of the checkpoint's own threshold. Choose it on other
    /// rows than these.
    #[arg(long, env = "THREAT_THRESHOLD", value_name = "SCORE", help_heading = "Model")]
    pub threshold: Option<f64>,
    /// A second checkpoint to compare with on the same rows.
    #[arg(long, env = "THREAT_AGAINST", value_name = "DIR", help_heading = "Model")]
    pub against: Option<PathBuf>,
    /// Where to compute: cpu; gpu or ndarray in a build with that cargo feature.
    #[arg(
        long,
        env = "THREAT_DEVICE",
        value_name = "DEVICE",
        default_value_t = DeviceKind::Cpu,
        help_heading = "Model"
    )]
    pub device: DeviceKind,
    /// How the CPU's matrix products round: f32, bf16 or int8. Less precise is faster; a report
    /// of another precision than the one that serves is a report of another model.
    #[arg(
        long,
        env = "THREAT_PRECISION",
        value_name = "PRECISION",
        default_value_t = Precision::F32,
        help_heading = "Model"
    )]
    pub precision: Precision,
    /// Threads on the CPU. [default: all cores]
    #[arg(
        long,
        env = "THREAT_THREADS",
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Model"
    )]
    pub threads: Option<u16>,

    /// A labelled CSV or JSON-lines file; repeatable. [default: the bundled sample]
    #[arg(
        long,
        env = "THREAT_EVAL_DATA",
        value_name = "FILE",
        value_delimiter = ',',
        num_args = 1..,
        help_heading = "Data"
    )]
    pub data: Vec<PathBuf>,
    /// A file whose rows are all of label 1; repeatable.
    #[arg(
        long,
        env = "THREAT_EVAL_POSITIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub positives: Vec<PathBuf>,
    /// A file whose rows are all of label 0, to see what is flagged wrongly; repeatable.
    #[arg(
        long,
        env = "THREAT_EVAL_NEGATIVES",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    pub negatives: Vec<PathBuf>,
    /// Labels of single posts, as for `train --labels`: a post that the file knows takes its label
    /// from there (S is 1, U is left out), and its letter becomes the column `post_label`;
    /// repeatable.
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
    #[arg(
        long,
        env = "THREAT_TEXT_COLUMN",
        value_name = "NAME",
        default_value = "text",
        help_heading = "Data"
    )]
    pub text_column: String,
    /// The column with the label, 0 or 1.
    #[arg(
        long,
        env = "THREAT_LABEL_COLUMN",
        value_name = "NAME",
        default_value = "label",
        help_heading = "Data"
    )]
    pub label_column: String,
    /// The column with the author, for the leak audit, folds and slices. A file without it is
    /// fine; in reports the column is called author.
    #[arg(
        long,
        env = "THREAT_AUTHOR_COLUMN",
        value_name = "NAME",
        default_value = "author",
        help_heading = "Data"
    )]
    pub author_column: String,

    /// The column with the place that a row was collected from, for figures by source and
    /// --hold-out-source. A file without it is fine.
    #[arg(
        long,
        env = "THREAT_SOURCE_COLUMN",
        value_name = "NAME",
        default_value = "source",
        help_heading = "Data"
    )]
    pub source_column: String,

    /// Columns to slice by, such as source,topic,author; repeatable. Length and language are
    /// always there.
    #[arg(
        long,
        env = "THREAT_SLICE",
        value_name = "COLUMN",
        value_delimiter = ',',
        help_heading = "Report"
    )]
    pub slice: Vec<String>,
    /// Slices and sources of fewer rows are not listed.
    #[arg(
        long,
        env = "THREAT_SLICE_MIN_ROWS",
        value_name = "N",
        default_value_t = 20,
        help_heading = "Report"
    )]
    pub slice_min_rows: usize,
    /// The functional suite: CSV with function,text,expected,why.
    /// [default: the bundled suite]
    #[arg(long, env = "THREAT_SUITE", value_name = "FILE", help_heading = "Report")]
    pub suite: Option<PathBuf>,
    /// Posts that are edited (retweet header, link, handles, escapes, …) to see whether their
    /// score moves; 0 leaves the check out.
    #[arg(
        long,
        env = "THREAT_INVARIANCE_POSTS",
        value_name = "N",
        default_value_t = 300,
        help_heading = "Report"
    )]
    pub invariance_posts: usize,
    /// List the N worst mistakes of each kind with their texts. Without it no text of the files
    /// stands in the report.
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
    /// Bootstrap samples behind each interval.
    #[arg(
        long,
        env = "THREAT_REPLICATES",
        value_name = "N",
        default_value_t = 1_000,
        help_heading = "Report"
    )]
    pub replicates: usize,
    /// What an interval should hold.
    #[arg(
        long,
        env = "THREAT_CONFIDENCE",
        value_name = "SHARE",
        default_value_t = 0.95,
        help_heading = "Report"
    )]
    pub confidence: f64,
    /// Seed of the samples behind the intervals: the same seed gives the same report.
    #[arg(
        long,
        env = "THREAT_SEED",
        value_name = "N",
        default_value_t = 0,
        help_heading = "Report"
    )]
    pub seed: u64,
    /// The folder of the report. [default: reports/ and the checkpoint's name]
    #[arg(long, env = "THREAT_REPORT", value_name = "DIR", help_heading = "Report")]
    pub output: Option<PathBuf>,
    /// A Markdown file whose marked blocks are filled with figures of this report; repeatable. A
    /// block lies between a line `<!-- eval metrics -->` and a line `<!-- /eval -->`; beside
    /// metrics there are data, operating, prevalence, sources, mentions, suite, invariance, leaks,
    /// baselines and folds. `<!-- eval metrics from NAME -->` is filled only if the report's
    /// folder is called NAME.
    #[arg(
        long,
        env = "THREAT_FILL",
        value_name = "FILE.md",
        value_delimiter = ',',
        help_heading = "Report"
    )]
    pub fill: Vec<PathBuf>,

    /// Train simple baselines on this labelled file and put them beside the model; repeatable.
    /// Best the file that the model was trained on: the report then also says what the two sides
    /// share. Rows whose text is, or nearly is, that of a judged one are not used.
    #[arg(
        long,
        env = "THREAT_BASELINE_TRAIN",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Baselines"
    )]
    pub baseline_train: Vec<PathBuf>,
    /// A source (value of --source-column) that the baselines must not see; repeatable. Judged
    /// are then only rows of such sources and rows without one.
    #[arg(
        long,
        env = "THREAT_HOLD_OUT_SOURCE",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Baselines"
    )]
    pub hold_out_source: Vec<String>,
    /// Also train and judge the strongest baseline across this many folds of its file (or, without
    /// one, of the judged rows): once with near texts kept together and once with groups.
    #[arg(
        long,
        env = "THREAT_FOLDS",
        value_name = "N",
        default_value_t = 0,
        help_heading = "Baselines"
    )]
    pub folds: usize,
    /// The column whose values the folds keep together.
    #[arg(
        long,
        env = "THREAT_GROUP",
        value_name = "COLUMN",
        default_value = "author",
        help_heading = "Baselines"
    )]
    pub group: String,
}

impl Args {
    /// How to compute.
    pub fn options(&self) -> Options {
        let threads = self.threads.map(usize::from);
        Options { device: self.device, precision: self.precision, threads }
    }
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
}
