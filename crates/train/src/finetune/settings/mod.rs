//! The meaning of the command line, resolved once; the rest of the program sees only this.

mod data;
mod recipe;

pub use data::{FileWeight, Sample, bundled_beside_verdicts, data_files, file_weights};
pub use recipe::{Circumstances, Hyperparameters, PosWeight, hyperparameters};

use checkpoint::base::Base;

use crate::base::{BaseSource, base_source};
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;

/// The command line with the base that verdicts go on from, where none is named: the model that comes with
/// the project.
pub fn completed(args: &FinetuneArgs) -> FinetuneArgs {
    let mut args = args.clone();
    if args.base.is_none() && !args.reviewed.verdicts.is_empty() {
        args.base = cli::usual_model().map(|folder| folder.display().to_string());
    }
    args
}

/// Holds flags to each other, before a base is fetched or a row read.
///
/// # Errors
/// [`TrainError::Flag`] naming the flag that does not fit.
pub fn check(args: &FinetuneArgs) -> Result<(), TrainError> {
    file_weights(args)?;
    let is_random = matches!(base_source(args.base.as_deref())?, BaseSource::Random(_));
    if args.average > 1 && is_random {
        let reason = "more than 1 model needs a pretrained --base: the mean of models from random \
                      weights is useless; give a --base, or --average 1";
        return Err(TrainError::Flag { flag: "--average", reason: reason.to_owned() });
    }
    Ok(())
}

/// Holds flags to the base, before a row is read.
///
/// # Errors
/// [`TrainError::Flag`] if the base has nothing to keep for `--base-share`.
pub fn check_base(args: &FinetuneArgs, base: &Base) -> Result<(), TrainError> {
    if args.base_share > 0.0 && !base.trained_head {
        let reason = "the base cannot score yet, so that there is nothing to keep of it: name one of our \
                      checkpoints with --base, or leave the flag out";
        return Err(TrainError::Flag { flag: "--base-share", reason: reason.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;

    #[test]
    fn verdicts_go_on_from_the_model_that_comes_with_the_project() {
        let base = |flags: &[&str]| {
            completed(&FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap()).base
        };
        assert_eq!(base(&[]), None);
        let shipped = base(&["--verdicts", "v.sqlite"]).unwrap();
        assert!(shipped.ends_with(checkpoint::SHIPPED), "{shipped}");
        assert_eq!(base(&["--verdicts", "v.sqlite", "--base", "src"]).unwrap(), "src");
    }

    #[test]
    fn flags_that_do_not_fit_each_other_are_named() {
        let check = |flags: &[&str]| {
            check(&FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap())
        };
        check(&["--base", "src", "--average", "2"]).unwrap();
        check(&["--data", "a.csv", "--weight", "a.csv=2"]).unwrap();
        for flags in [
            &["--average", "2", "--base", "random"][..],
            &["--weight", "b.csv=2", "--data", "a.csv"],
        ] {
            let error = check(flags).unwrap_err().to_string();
            assert!(error.starts_with(flags[0]), "{error}");
        }
    }
}
