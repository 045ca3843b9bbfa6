//! Which rows are learned from, and how much each counts.

use std::path::{Path, PathBuf};

use dataset::LabelledFile;

use crate::args::Args;
use crate::error::TrainError;

/// The sample that comes with the project, used where no data is given.
const BUNDLED_SAMPLE: &str = "data/sample_tweets.csv";

/// How much of the data to train on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// So many rows.
    Rows(usize),
    /// Such a share of the rows.
    Share(f64),
}

/// The labelled files to learn from, where none are given the bundled sample.
pub fn data_files(args: &Args) -> Vec<PathBuf> {
    let given = !(args.data.is_empty() && args.positives.is_empty() && args.negatives.is_empty());
    if given { args.data.clone() } else { vec![PathBuf::from(BUNDLED_SAMPLE)] }
}

/// Reads `--sample`.
///
/// # Errors
/// [`TrainError::Flag`] if it is no whole number and no share.
pub fn sample(args: &Args) -> Result<Option<Sample>, TrainError> {
    let Some(text) = &args.sample else { return Ok(None) };
    let refuse = || TrainError::Flag {
        flag: "--sample",
        reason: format!("{text} is neither a number of rows (1000) nor a share (0.25)"),
    };
    if let Ok(rows) = text.parse::<usize>() {
        if rows == 0 { Err(refuse()) } else { Ok(Some(Sample::Rows(rows))) }
    } else {
        let share = text.parse::<f64>().map_err(|_| refuse())?;
        if share > 0.0 && share <= 1.0 { Ok(Some(Sample::Share(share))) } else { Err(refuse()) }
    }
}

/// Holds `--validation-share` to what a share can be.
///
/// # Errors
/// [`TrainError::Flag`] if it is not above 0 and below 1.
pub fn check_validation_share(args: &Args) -> Result<(), TrainError> {
    if args.validation_share > 0.0 && args.validation_share < 1.0 {
        return Ok(());
    }
    Err(TrainError::Flag {
        flag: "--validation-share",
        reason: "it is a share of the rows: above 0 and below 1".to_owned(),
    })
}

/// Reads `--near-duplicates`: from which similarity on texts are near, if anybody asks.
///
/// # Errors
/// [`TrainError::Flag`] if it is not above 0 and at most 1.
pub fn near_duplicates(args: &Args) -> Result<Option<f64>, TrainError> {
    match args.near_duplicates {
        Some(similarity) if !(similarity > 0.0 && similarity <= 1.0) => Err(TrainError::Flag {
            flag: "--near-duplicates",
            reason: format!(
                "{similarity} is no similarity: above 0 and at most 1, which is the same words \
                 in the same order"
            ),
        }),
        near => Ok(near),
    }
}

/// Reads `--folds`.
///
/// # Errors
/// [`TrainError::Flag`] if there are fewer than two, as there are without the flag.
pub fn folds(args: &Args) -> Result<usize, TrainError> {
    match args.folds.unwrap_or_default() {
        few @ ..2 => Err(TrainError::Flag {
            flag: "--folds",
            reason: format!("{few} leaves nothing to judge by: give 2 or more, 5 are usual"),
        }),
        folds => Ok(folds),
    }
}

/// Reads `--weight`: how much a row of each of these files counts in the loss.
///
/// # Errors
/// [`TrainError::Flag`] if it is no `FILE=X` with a number above 0, or names none of the files.
pub fn file_weights(args: &Args, files: &[LabelledFile]) -> Result<Vec<f64>, TrainError> {
    let refuse = |reason| Err(TrainError::Flag { flag: "--weight", reason });
    let mut weights = vec![1.0; files.len()];
    for given in &args.weight {
        // Of the right-most sign, since a path may have one too.
        let parts = given.rsplit_once('=');
        let Some((name, Ok(weight))) = parts.map(|(name, weight)| (name, weight.parse::<f64>()))
        else {
            return refuse(format!("{given} is no FILE=X, such as posts.csv=0.5"));
        };
        if !(weight.is_finite() && weight > 0.0) {
            return refuse(format!(
                "{given}: a weight is above 0; to leave a file out, do not name it"
            ));
        }
        let Some(file) = files.iter().position(|file| file.path == Path::new(name)) else {
            let names: Vec<String> =
                files.iter().map(|file| file.path.display().to_string()).collect();
            return refuse(format!(
                "{name} is none of the files that are learned from: {}",
                names.join(", ")
            ));
        };
        weights[file] = weight;
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser;

    fn args(flags: &[&str]) -> Args {
        Args::try_parse_from([&["train"], flags].concat()).unwrap()
    }

    #[test]
    fn a_sample_is_a_number_or_a_share() {
        assert_eq!(sample(&args(&["--sample", "500"])).unwrap(), Some(Sample::Rows(500)));
        assert_eq!(sample(&args(&["--sample", "0.25"])).unwrap(), Some(Sample::Share(0.25)));
        for nonsense in ["0", "1.5", "-1", "many"] {
            let error = sample(&args(&[&format!("--sample={nonsense}")])).unwrap_err().to_string();
            assert!(error.starts_with("--sample: "), "{error}");
        }
    }
}
