//! The rows that each fold learns from, chooses by and is judged on.

use std::collections::HashMap;

use dataset::{Groups, folds, hold_out};
use serde::Serialize;

use crate::data::row::{Row, check_both_labels, counts, labels};
use crate::data::split::{check_authors, groups, sampled};
use crate::error::TrainError;
use crate::finetune::args::{Args, GroupBy};

/// The rows of a fold, by their places among all rows, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// To learn from.
    pub training: Vec<usize>,
    /// To choose weights, temperature and threshold by. No group is here and in training.
    pub inner: Vec<usize>,
    /// To judge by, once, at the end. No group is here and in another part.
    pub judged: Vec<usize>,
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
    /// In order; every row is judged in one of them.
    pub folds: Vec<Fold>,
    /// The grouping of rows.
    pub grouping: Grouping,
}

/// Deals cleaned rows into folds, and in each holds the inner part out of what is not judged.
///
/// # Errors
/// [`TrainError::Flag`] naming the flag that makes no sense with these rows,
/// [`TrainError::OneClass`] if a part of a fold lacks a label.
pub fn plan(args: &Args, rows: &[Row]) -> Result<Plan, TrainError> {
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
        let (judged, others) = (0..rows.len()).partition(|&row| fold_of[row] == fold);
        divide(args, rows, &group_of, judged, others)
    });
    Ok(Plan {
        folds: folds.collect::<Result<_, _>>()?,
        grouping: grouping(args, near, rows, &group_of),
    })
}

/// Divides the rows that a fold is not judged on.
fn divide(
    args: &Args,
    rows: &[Row],
    group_of: &[usize],
    judged: Vec<usize>,
    others: Vec<usize>,
) -> Result<Fold, TrainError> {
    let mut groups = Groups::new(others.len());
    for (place, &row) in others.iter().enumerate() {
        groups.join(place, group_of[row].to_string());
    }
    let labels_of = |part: &[usize]| part.iter().map(|&row| rows[row].label).collect::<Vec<bool>>();
    let (training, inner) = hold_out(&labels_of(&others), groups, args.validation_share, args.seed);
    let pick = |places: Vec<usize>, from: &[usize]| -> Vec<usize> {
        places.into_iter().map(|place| from[place]).collect()
    };
    let (training, inner) = (pick(training, &others), pick(inner, &others));
    let training = pick(sampled(&labels_of(&training), args), &training);
    let fewer = "give fewer --folds, or keep smaller groups together with --group";
    for (side, part, hint) in [
        ("the judged part of a fold", &judged, fewer),
        ("the training part of a fold", &training, fewer),
        (
            "the part of a fold that its threshold is chosen by",
            &inner,
            "give a larger --validation-share, or keep smaller groups together with --group",
        ),
    ] {
        check_both_labels(side, counts(part.iter().map(|&row| rows[row].label)), hint)?;
    }
    Ok(Fold { training, inner, judged })
}

fn grouping(args: &Args, near: Option<f64>, rows: &[Row], group_of: &[usize]) -> Grouping {
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

    /// 600 rows of 60 authors and 3 sources; every tenth row has neither. Each text has a twin with
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

    fn args(flags: &[&str]) -> Args {
        Args::try_parse_from([&["train"], flags].concat()).unwrap()
    }

    fn values(rows: &[Row], part: &[usize], by: GroupBy) -> HashSet<String> {
        part.iter().filter_map(|&row| by.of(&rows[row])).map(str::to_owned).collect()
    }

    #[test]
    fn every_row_is_judged_once_and_has_one_part_in_each_fold() {
        let rows = rows();
        let plan = plan(&args(&["--folds", "5"]), &rows).unwrap();
        let mut judged: Vec<usize> =
            plan.folds.iter().flat_map(|fold| fold.judged.iter().copied()).collect();
        judged.sort_unstable();
        assert_eq!(judged, (0..600).collect::<Vec<_>>());
        for fold in &plan.folds {
            let mut all = [&fold.training[..], &fold.inner, &fold.judged].concat();
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
                let [training, inner, judged] =
                    [&fold.training, &fold.inner, &fold.judged].map(|part| values(&rows, part, by));
                assert!(training.is_disjoint(&judged) && inner.is_disjoint(&judged));
                assert!(training.is_disjoint(&inner));
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
                let [training, inner, judged]: [HashSet<usize>; 3] =
                    [&fold.training, &fold.inner, &fold.judged].map(pairs);
                judged
                    .into_iter()
                    .filter(move |pair| training.contains(pair) || inner.contains(pair))
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
            assert!(fold.judged.len() > 150 && fold.inner.len() > 60);
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
            let error = Args::try_parse_from([&["train"], flags].concat()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = plan(&args(&["--folds", "5", "--group", "source"]), &rows).unwrap_err();
        assert!(error.to_string().contains("both are needed"), "{error}");
        let nowhere: Vec<Row> = rows.into_iter().map(|row| Row { source: None, ..row }).collect();
        let error = plan(&args(&["--folds", "2", "--group", "source"]), &nowhere).unwrap_err();
        assert!(error.to_string().starts_with("--group: no row has a source"), "{error}");
    }
}
