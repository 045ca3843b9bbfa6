//! Lines on a cross-validation, for a person.

use std::collections::BTreeMap;

use baselines::Baseline;

use super::figures::Spread;
use super::plan::Grouping;
use super::report::{FoldRecord, Report};
use crate::finetune::args::GroupBy;

impl Grouping {
    /// A line on the grouping of rows.
    pub fn line(&self, rows: usize) -> String {
        let mut kept = match self.by {
            GroupBy::Author => vec!["author"],
            GroupBy::Source => vec!["source"],
            GroupBy::None => Vec::new(),
        };
        kept.push("text");
        let near = self.near_duplicates.map_or("", |_| ", its near ones included,");
        let without = match (self.by, self.without) {
            (GroupBy::None, _) | (_, 0) => String::new(),
            (_, without) => format!("; {without} rows have no {} and are on their own", kept[0]),
        };
        format!(
            "folds: {rows} rows in {} groups, the largest of {}; no {}{near} is on both sides{without}",
            self.groups,
            self.largest,
            kept.join(" or "),
        )
    }
}

impl Grouping {
    /// A warning where a group is larger than a fold should be. Near texts do that: authors who
    /// quote the same things are joined through them.
    pub fn warning(&self, rows: usize, count: usize) -> Option<String> {
        (self.largest * count > rows).then(|| {
            format!(
                "note: the largest group is more than one of {count} folds should have, so that \
                 the folds are of uneven size: {}",
                match self.near_duplicates {
                    Some(_) => "raise --near-duplicates, or do without it",
                    None => "give fewer --folds, or keep smaller groups together with --group",
                }
            )
        })
    }
}

impl FoldRecord {
    /// The fold in a line.
    pub fn line(&self, count: usize) -> String {
        let Self { fold, test, threshold, .. } = self;
        format!(
            "fold {fold} of {count}  {} rows  ROC AUC {:.4}  PR AUC {:.4}  F1 {}  precision {}  \
             recall {}  at threshold {threshold:.4}",
            test.rows,
            test.roc_auc,
            test.pr_auc,
            figure(test.f1),
            figure(test.precision),
            figure(test.recall),
        )
    }
}

impl Report {
    /// Mean and spread over the folds, the pooled figures, the rivals' and the false positives of each
    /// source.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let Some(pooled) = &self.pooled else { return lines };
        lines.push(format!("mean ± standard deviation of {} folds", self.folds.len()));
        for (name, title) in TITLES {
            if let Some(spread) = self.spread.get(name) {
                lines.push(format!("{title:<22}{}", with_deviation(Some(spread))));
            }
        }
        lines.push(format!(
            "all {} rows, each judged by the model that has not seen it",
            pooled.rows
        ));
        let named = pooled.named();
        for (name, title) in TITLES {
            let value =
                named.iter().find(|(other, _)| *other == name).and_then(|(_, value)| *value);
            lines.push(format!("{title:<22}{}", figure(value)));
        }
        lines.extend(self.beside_rivals());
        if !self.false_positives_by_source.is_empty() {
            lines.push("rows of label 0 flagged, by source".to_owned());
        }
        for (source, figures) in &self.false_positives_by_source {
            lines.push(format!(
                "{source:<22}{:.4}  ({} of {})",
                figures.false_positive_rate, figures.flagged, figures.negatives
            ));
        }
        lines
    }
}

impl Report {
    /// The model and its rivals on the same rows: mean and spread over the folds.
    fn beside_rivals(&self) -> Vec<String> {
        let row = |name: &str, spread: &BTreeMap<&'static str, Spread>| {
            let [auc, f1] = ["roc_auc", "f1"].map(|figure| with_deviation(spread.get(figure)));
            format!("{name:<22}{auc:<18}{f1}")
        };
        let mut lines = vec![
            "simple rivals on the same rows".to_owned(),
            format!("{:<22}{:<18}F1", "", "ROC AUC"),
            row("this model", &self.spread),
        ];
        let rivals = Baseline::ALL.map(Baseline::name).into_iter();
        lines.extend(rivals.filter_map(|name| Some(row(name, &self.rivals.get(name)?.spread))));
        lines
    }
}

/// The figures of [`TestFigures::named`](super::figures::TestFigures::named) that are printed; the file has them all.
const TITLES: [(&str, &str); 6] = [
    ("roc_auc", "ROC AUC"),
    ("pr_auc", "PR AUC"),
    ("f1", "F1"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("false_positive_rate", "false-positive rate"),
];

fn with_deviation(spread: Option<&Spread>) -> String {
    let Some(Spread { mean, standard_deviation }) = spread else { return figure(None) };
    let deviation = standard_deviation.map_or_else(String::new, |sd| format!(" ± {sd:.4}"));
    format!("{mean:.4}{deviation}")
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_larger_than_a_fold_is_warned_of() {
        let grouping = |largest, near_duplicates| Grouping {
            by: GroupBy::Author,
            near_duplicates,
            groups: 40,
            largest,
            without: 3,
        };
        assert_eq!(grouping(20, None).warning(100, 5), None);
        let warning = |near| grouping(21, near).warning(100, 5).unwrap_or_default();
        assert!(warning(None).contains("--folds"), "{}", warning(None));
        assert!(warning(Some(0.7)).contains("--near-duplicates"), "{}", warning(Some(0.7)));
        let line = grouping(20, Some(0.7)).line(100);
        assert!(line.contains("no author or text, its near ones included,"), "{line}");
        assert!(line.ends_with("3 rows have no author and are on their own"), "{line}");
    }
}
