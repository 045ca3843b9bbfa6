//! The rows that each fold learns from, chooses by and is tested on.

use std::collections::HashMap;

use dataset::{Groups, folds, hold_out};
use serde::Serialize;

use crate::data::row::{Row, check_both_labels, counts, labels};
use crate::data::split::{check_authors, groups, sampled};
use crate::error::TrainError;
use crate::finetune::args::{FinetuneArgs, GroupBy};

/// The rows of a fold, by their places among all rows, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// To learn from.
    pub training: Vec<usize>,
    /// To choose weights, temperature and threshold by. No group is here and in training.
    pub validation: Vec<usize>,
    /// To test on, once, at the end. No group is here and in another part.
    pub test: Vec<usize>,
}

/// The grouping of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grouping {
    /// The column whose equal values stay on one side.
    pub by: GroupBy,
    /// From this similarity on, so do near texts.
    pub near_duplicates: Option<f64>,
    /// Groups, those of a single row included.
    pub groups: usize,
    /// Rows of the largest.
    pub largest: usize,
    /// Rows without a value to group by.
    pub without: usize,
}

/// All folds of a cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In order; every row is tested in one of them.
    pub folds: Vec<Fold>,
    /// The grouping of rows.
    pub grouping: Grouping,
}

/// Deals cleaned rows into folds, and in each holds the validation part out of what is not tested on.
///
/// # Errors
/// [`TrainError::Flag`] naming the flag that makes no sense with these rows,
/// [`TrainError::OneClass`] if a part of a fold lacks a label.
pub fn plan(args: &FinetuneArgs, rows: &[Row]) -> Result<Plan, TrainError> {
    let count = args.folds.unwrap_or_default();
    let near = args.near_duplicates;
    if args.group == GroupBy::Source && rows.iter().all(|row| row.source.is_none()) {
        return Err(TrainError::Flag {
            flag: "--group",
            reason: format!(
                "no row has a source: no file has a column \"{}\" with values in it; name the \
                 column with --source-column",
                args.groups.source_column
            ),
        });
    }
    if args.group == GroupBy::Author {
        check_authors(rows)?;
    }
    let groups = groups(rows, args.group, near);
    let group_of: Vec<usize> = {
        let mut groups = groups.clone();
        (0..rows.len()).map(|row| groups.of(row)).collect()
    };
    let fold_of = folds(&labels(rows), groups, count, args.seed);
    let folds = (0..count).map(|fold| {
        let (test, others) = (0..rows.len()).partition(|&row| fold_of[row] == fold);
        divide(args, rows, &group_of, test, others)
    });
    Ok(Plan {
        folds: folds.collect::<Result<_, _>>()?,
        grouping: grouping(args, near, rows, &group_of),
    })
}

/// Divides the rows that a fold is not tested on.
fn divide(
    args: &FinetuneArgs,
    rows: &[Row],
    group_of: &[usize],
    test: Vec<usize>,
    others: Vec<usize>,
) -> Result<Fold, TrainError> {
    let mut groups = Groups::new(others.len());
    for (place, &row) in others.iter().enumerate() {
        groups.join(place, group_of[row].to_string());
    }
    let labels_of = |part: &[usize]| part.iter().map(|&row| rows[row].label).collect::<Vec<bool>>();
    let (training, validation) =
        hold_out(&labels_of(&others), groups, args.validation_share, args.seed);
    let pick = |places: Vec<usize>, from: &[usize]| -> Vec<usize> {
        places.into_iter().map(|place| from[place]).collect()
    };
    let (training, validation) = (pick(training, &others), pick(validation, &others));
    let training = pick(sampled(&labels_of(&training), args), &training);
    let fewer = "give fewer --folds, or keep smaller groups together with --group";
    for (side, part, hint) in [
        ("the judged part of a fold", &test, fewer),
        ("the training part of a fold", &training, fewer),
        (
            "the part of a fold that its threshold is chosen by",
            &validation,
            "give a larger --validation-share, or keep smaller groups together with --group",
        ),
    ] {
        check_both_labels(side, counts(part.iter().map(|&row| rows[row].label)), hint)?;
    }
    Ok(Fold { training, validation, test })
}

fn grouping(args: &FinetuneArgs, near: Option<f64>, rows: &[Row], group_of: &[usize]) -> Grouping {
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    group_of.iter().for_each(|&group| *sizes.entry(group).or_default() += 1);
    Grouping {
        by: args.group,
        near_duplicates: near,
        groups: sizes.len(),
        largest: sizes.values().copied().max().unwrap_or(0),
        without: rows.iter().filter(|row| args.group.of(row).is_none()).count(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use clap::Parser;

    use super::*;

    /// 600 rows of 60 authors and 3 sources; every tenth row has neither. Each text is there again with
    /// its last word changed, by another author.
    fn rows() -> Vec<Row> {
        let row = |number: usize| {
            let named = !number.is_multiple_of(10);
            let words: Vec<String> =
                (0..12).map(|word| format!("w{}x{word}", number / 2)).collect();
            Row {
                lang: None,
                text: String::new(),
                key: format!("{} end{}", words.join(" "), number % 2),
                author: named.then(|| format!("a{}", number * 7 % 60)),
                source: named.then(|| format!("s{}", number % 3)),
                label: number % 4 < 2,
                ids: vec![2, 5 + number as u32, 3],
                weight: 1.0,
                truncated: false,
                windows: Vec::new(),
            }
        };
        (0..600).map(row).collect()
    }

    fn args(flags: &[&str]) -> FinetuneArgs {
        FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap()
    }

    fn values(rows: &[Row], part: &[usize], by: GroupBy) -> HashSet<String> {
        part.iter().filter_map(|&row| by.of(&rows[row])).map(str::to_owned).collect()
    }

    #[test]
    fn every_row_is_judged_once_and_has_one_part_in_each_fold() {
        let rows = rows();
        let plan = plan(&args(&["--folds", "5"]), &rows).unwrap();
        let mut test: Vec<usize> =
            plan.folds.iter().flat_map(|fold| fold.test.iter().copied()).collect();
        test.sort_unstable();
        assert_eq!(test, (0..600).collect::<Vec<_>>());
        for fold in &plan.folds {
            let mut all = [&fold.training[..], &fold.validation, &fold.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..600).collect::<Vec<_>>());
        }
    }

    #[test]
    fn groups_are_in_one_part_of_a_fold() {
        let rows = rows();
        for (flags, by) in [
            (&["--folds", "4"][..], GroupBy::Author),
            (&["--folds", "3", "--group", "source", "--validation-share", "0.5"], GroupBy::Source),
        ] {
            let plan = plan(&args(flags), &rows).unwrap();
            for fold in &plan.folds {
                let [training, validation, test] = [&fold.training, &fold.validation, &fold.test]
                    .map(|part| values(&rows, part, by));
                assert!(training.is_disjoint(&test) && validation.is_disjoint(&test));
                assert!(training.is_disjoint(&validation));
            }
            assert_eq!((plan.grouping.by, plan.grouping.without), (by, 60));
        }
    }

    #[test]
    fn near_texts_are_in_one_part_where_asked_for() {
        let rows = rows();
        let parted = |flags: &[&str]| {
            let plan = plan(&args(flags), &rows).unwrap();
            let pairs = plan.folds.iter().flat_map(|fold| {
                let pairs = |part: &Vec<usize>| part.iter().map(|row| row / 2).collect();
                let [training, validation, test]: [HashSet<usize>; 3] =
                    [&fold.training, &fold.validation, &fold.test].map(pairs);
                test.into_iter()
                    .filter(move |pair| training.contains(pair) || validation.contains(pair))
            });
            pairs.count()
        };
        assert!(parted(&["--folds", "3", "--group", "none"]) > 0);
        assert_eq!(parted(&["--folds", "3", "--group", "none", "--near-duplicates", "0.7"]), 0);
    }

    #[test]
    fn a_sample_is_taken_of_what_is_learned_from_only() {
        let rows = rows();
        let plan = plan(&args(&["--folds", "3", "--sample", "50"]), &rows).unwrap();
        for fold in &plan.folds {
            assert_eq!(fold.training.len(), 50);
            assert!(fold.test.len() > 150 && fold.validation.len() > 60);
        }
    }

    #[test]
    fn folds_that_cannot_be_dealt_are_refused() {
        // Rows without a source could be folds of their own.
        let rows: Vec<Row> = rows().into_iter().filter(|row| row.source.is_some()).collect();
        for (flags, expected) in [
            (&["--folds", "1"][..], "'--folds <N>': must be at least 2"),
            (&["--folds", "2", "--near-duplicates", "7"], "'7' for '--near-duplicates"),
            (&["--folds", "2", "--validation-share", "0"], "--validation-share"),
        ] {
            let error =
                FinetuneArgs::try_parse_from([&["train"], flags].concat()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = plan(&args(&["--folds", "5", "--group", "source"]), &rows).unwrap_err();
        assert!(error.to_string().contains("both are needed"), "{error}");
        let nowhere: Vec<Row> = rows.into_iter().map(|row| Row { source: None, ..row }).collect();
        let error = plan(&args(&["--folds", "2", "--group", "source"]), &nowhere).unwrap_err();
        assert!(error.to_string().starts_with("--group: no row has a source"), "{error}");
    }
}
