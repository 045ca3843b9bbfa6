//! The rows that are learned from, and their weights.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;

/// The sample that comes with the project, used where no data is given.
const BUNDLED_SAMPLE: &str = "data/sample_tweets.csv";

/// All labelled texts that come with the project: some of them are learned beside verdicts, so that what
/// these teach does not replace them.
const BUNDLED_TEXTS: [&str; 8] = [
    BUNDLED_SAMPLE,
    "data/stance_pairs.csv",
    "data/feed_pairs.csv",
    "data/contrast_pairs.csv",
    "data/stance_negatives.csv",
    "data/war_and_opposition.csv",
    "data/everyday_posts.csv",
    "data/ordinary_voices.csv",
];

/// The part of the data to train on: `--sample`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// So many rows.
    Rows(usize),
    /// Such a share of the rows.
    Share(f64),
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sample = match (text.parse(), text.parse()) {
            (Ok(rows), _) => Some(Self::Rows(rows)).filter(|_| rows > 0),
            (_, Ok(share)) => Some(Self::Share(share)).filter(|_| share > 0.0 && share <= 1.0),
            _ => None,
        };
        sample
            .ok_or_else(|| format!("{text} is neither a number of rows (1000) nor a share (0.25)"))
    }
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => rows.fmt(f),
            Self::Share(share) => share.fmt(f),
        }
    }
}

/// The weight in the loss of each row of a file: `--weight FILE=X`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileWeight {
    /// The file, as it is given to be learned from.
    pub file: PathBuf,
    /// Above 0.
    pub weight: f64,
}

impl FromStr for FileWeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Of the right-most sign, since a path may have one too.
        let parts = text.rsplit_once('=');
        let Some((file, Ok(weight))) = parts.map(|(file, weight)| (file, weight.parse::<f64>()))
        else {
            return Err(format!("{text} is not FILE=X, such as posts.csv=0.5"));
        };
        if weight.is_finite() && weight > 0.0 {
            Ok(Self { file: file.into(), weight })
        } else {
            Err(format!("{text}: a weight is above 0; to leave a file out, do not name it"))
        }
    }
}

impl Display for FileWeight {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.file.display(), self.weight)
    }
}

/// The labelled files to learn from: those given, or else the bundled sample, or beside verdicts all
/// bundled texts; verdicts come last.
pub fn data_files(args: &FinetuneArgs) -> Vec<PathBuf> {
    let given = names_data(args);
    let bundled =
        if args.reviewed.verdicts.is_empty() { &[BUNDLED_SAMPLE][..] } else { &BUNDLED_TEXTS };
    let data = if given { args.data.clone() } else { bundled.iter().map(PathBuf::from).collect() };
    [data, args.reviewed.verdicts.clone()].concat()
}

fn names_data(args: &FinetuneArgs) -> bool {
    !(args.data.is_empty() && args.positives.is_empty() && args.negatives.is_empty())
}

/// The number of [`data_files`] that are bundled texts beside verdicts: they come first.
pub fn bundled_beside_verdicts(args: &FinetuneArgs) -> usize {
    if names_data(args) || args.reviewed.verdicts.is_empty() { 0 } else { BUNDLED_TEXTS.len() }
}

/// The weight in the loss of a row of each file that is learned from: first the labelled files,
/// then those of label 1, then those of label 0.
///
/// # Errors
/// [`TrainError::Flag`] if `--weight` names none of the files.
pub fn file_weights(args: &FinetuneArgs) -> Result<Vec<f64>, TrainError> {
    let data = data_files(args);
    let files: Vec<&Path> = [&data, &args.positives, &args.negatives]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let mut weights = vec![1.0; files.len()];
    for given in &args.weight {
        let Some(file) = files.iter().position(|file| *file == given.file) else {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let reason = format!(
                "{} is not among the training files: {}",
                given.file.display(),
                names.join(", ")
            );
            return Err(TrainError::Flag { flag: "--weight", reason });
        };
        weights[file] = given.weight;
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn verdicts_are_learned_from_beside_what_is_given_or_all_bundled_texts() {
        use clap::Parser;
        let files = |flags: &[&str]| {
            let args = FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap();
            data_files(&args)
        };
        assert_eq!(files(&[]), [PathBuf::from(BUNDLED_SAMPLE)]);
        let beside = files(&["--verdicts", "v.sqlite"]);
        assert_eq!(beside.len(), BUNDLED_TEXTS.len() + 1);
        assert_eq!(beside.last(), Some(&PathBuf::from("v.sqlite")));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert!(BUNDLED_TEXTS.iter().all(|file| root.join(file).is_file()));
        assert_eq!(
            files(&["--data=a.csv", "--verdicts=v.sqlite"]),
            ["a.csv", "v.sqlite"].map(PathBuf::from)
        );
    }

    #[test]
    fn a_sample_is_a_number_or_a_share() {
        for (text, sample) in [("500", Sample::Rows(500)), ("0.25", Sample::Share(0.25))] {
            assert_eq!(text.parse(), Ok(sample));
            assert_eq!(sample.to_string(), text);
        }
        for nonsense in ["0", "1.5", "-1", "many"] {
            let error = nonsense.parse::<Sample>().unwrap_err();
            assert!(error.contains("neither a number of rows"), "{error}");
        }
    }

    #[test]
    fn a_weight_is_a_file_and_a_number_above_zero() {
        let weight: FileWeight = "a=b.csv=0.5".parse().unwrap();
        assert_eq!((weight.file.as_path(), weight.weight), (Path::new("a=b.csv"), 0.5));
        assert_eq!(weight.to_string(), "a=b.csv=0.5");
        for (nonsense, reason) in [("a.csv", "is not FILE=X"), ("a.csv=0", "a weight is above 0")] {
            let error = nonsense.parse::<FileWeight>().unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
