//! Content of the data files and the fate of their rows, in numbers and in words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::relabel::Relabelled;
use super::teacher::Taught;

/// Content of the files, before any split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The files of the training side and what they hold.
    pub training_files: Vec<FileSummary>,
    /// The files of the validation side; empty if a part of the others was held out.
    pub validation_files: Vec<FileSummary>,
    /// Sources that were asked to be kept out of training.
    pub held_out_sources: Vec<String>,
    /// Rows of those sources; removed.
    pub held_out_source_rows: usize,
    /// Rows with nothing left after normalisation: a link or a mention only.
    pub empty: usize,
    /// Files of labels by post.
    pub label_files: Vec<PathBuf>,
    /// Counts of the rows that they know; none without such a file.
    pub relabelled: Option<Relabelled>,
    /// Training rows beyond `--rows-per-source`; left out.
    pub beyond_cap: usize,
    /// Files whose texts were asked to be left out.
    pub excluded_files: Vec<PathBuf>,
    /// Rows of either side with such a text; removed.
    pub excluded: usize,
    /// Rows of the bundled texts that were not drawn to be learned beside verdicts; left out.
    pub beside_verdicts: usize,
    /// Training rows that repeat another's text and label; removed.
    pub duplicates: usize,
    /// Texts with both labels.
    pub conflicts: usize,
    /// Training rows of those texts; removed.
    pub conflicting_rows: usize,
}

/// Content of the files, and the split that was made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Content of the files.
    #[serde(flatten)]
    pub found: Found,
    /// The share of rows that was held out to validate by; none if files were given for that.
    pub validation_share: Option<f64>,
    /// `--sample`, if only a part of the training rows was learned from.
    pub sample: Option<String>,
    /// Training rows whose text is in the validation data; removed.
    pub shared_with_validation: usize,
    /// From this similarity on texts count as near; none if nobody asked.
    pub near_duplicates: Option<f64>,
    /// Training rows whose text is nearly one of the validation data; removed.
    pub near_validation: usize,
    /// Validation authors who also write in the training data.
    pub shared_authors: usize,
    /// Posts of label 1 and 0 that are learned from.
    pub training: [usize; 2],
    /// Posts of label 1 and 0 that are judged by.
    pub validation: [usize; 2],
    /// Languages that the model claims to judge.
    pub languages: Vec<String>,
    /// Validation rows of label 1 and 0 that it does not judge: they are in other languages, or without
    /// words, and have no part in any figure, in threshold or temperature.
    pub not_judged: [usize; 2],
    /// Posts longer than the maximum length: cut to learn from, judged in windows.
    pub truncated: usize,
    /// The record of learning from a larger model's logits, if they were given.
    pub teacher: Option<Taught>,
}

/// A file and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileSummary {
    /// Its name as given.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows of label 1.
    pub positives: usize,
    /// Rows of label 0.
    pub negatives: usize,
    /// The column that texts were taken from.
    pub text_column: String,
    /// The column that authors were taken from, if there is one.
    pub author_column: Option<String>,
    /// Rows left out because their annotators gave them no label, or as many this one as that.
    pub unlabelled: usize,
    /// Weight of each row in the loss.
    pub weight: f64,
}

/// The line on rows without words.
const EMPTY_ROWS: &str = "rows empty after normalisation (a link or a mention only), left out";

impl FileSummary {
    /// Its content, in a line.
    pub fn line(&self, side: &str) -> String {
        let column = match self.text_column.as_str() {
            "text" => String::new(),
            other => format!(", text from column \"{other}\""),
        };
        let weight = match self.weight {
            1.0 => String::new(),
            other => format!(", each counted {other} times"),
        };
        let unlabelled = match self.unlabelled {
            0 => String::new(),
            rows => format!(", {rows} more without a label left out"),
        };
        format!(
            "{side}: {}: {} rows, {} of label 1, {} of label 0{column}{weight}{unlabelled}",
            self.file.display(),
            self.positives + self.negatives,
            self.positives,
            self.negatives,
        )
    }
}

impl Found {
    /// True if a file that is learned from says who wrote its posts.
    pub fn has_authors(&self) -> bool {
        self.training_files.iter().any(|file| file.author_column.is_some())
    }

    /// The content, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (side, files) in
            [("data", &self.training_files), ("validation", &self.validation_files)]
        {
            lines.extend(files.iter().map(|file| file.line(side)));
        }
        if let Some(relabelled) = self.relabelled {
            lines.extend(counted(&[
                (relabelled.supporting, "rows support the group by --labels: label 1"),
                (relabelled.not_supporting, "rows do not by --labels: label 0"),
                (relabelled.left_out, "rows of label 1 do not by --labels, left out"),
                (relabelled.unclear, "rows that --labels cannot tell, left out"),
                (relabelled.unknown_positives, "rows of label 1 are unknown to --labels and stay"),
            ]));
        }
        lines.extend(self.removed());
        lines
    }

    /// Lines on rows that are not learned from, with the reason.
    fn removed(&self) -> Vec<String> {
        counted(&[
            (
                self.beside_verdicts,
                "rows of the bundled texts left out: as many as verdicts are kept",
            ),
            (self.held_out_source_rows, "rows of held-out sources removed"),
            (self.empty, EMPTY_ROWS),
            (self.excluded, "rows removed because their text is in the files of --exclude"),
            (self.duplicates, "duplicate rows removed"),
            (self.conflicting_rows, "rows removed because their text carries both labels"),
            (self.beyond_cap, "rows beyond --rows-per-source left out"),
        ])
    }

    /// The remedy for a label without a row left.
    pub(super) fn what_is_lacking(&self) -> String {
        let had = |label: fn(&FileSummary) -> usize| {
            self.training_files.iter().any(|file| label(file) > 0)
        };
        let removed = self.removed();
        if removed.is_empty() || !(had(|file| file.positives) && had(|file| file.negatives)) {
            return "add files of the other label".to_owned();
        }
        let each = if self.conflicts > 0 { "give each text one label, or " } else { "" };
        format!("{each}add rows of the other label ({})", removed.join("; "))
    }

    /// The files' hashes, by name, which a resumed training must meet again.
    pub fn fingerprint(&self) -> BTreeMap<String, String> {
        let sides = [("data", &self.training_files), ("validation", &self.validation_files)];
        let hash = |files: &Vec<FileSummary>| {
            files.iter().map(|file| file.sha256.as_str()).collect::<Vec<_>>().join(" ")
        };
        sides.into_iter().map(|(side, files)| (format!("{side} files"), hash(files))).collect()
    }
}

impl Summary {
    /// The content and its split, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.found.lines();
        lines.extend(counted(&[
            (
                self.shared_with_validation,
                "training rows removed because their text is in the validation data",
            ),
            (
                self.near_validation,
                "training rows removed because their text is nearly one of the validation data",
            ),
            (
                self.truncated,
                "posts longer than --max-length: cut to learn from, judged in windows",
            ),
        ]));
        if self.found.validation_files.is_empty() {
            let near = if self.near_duplicates.is_some() { " or near text" } else { "" };
            lines.push(if self.found.has_authors() {
                format!("validation: held out of the data, no author or text{near} on both sides")
            } else {
                format!(
                    "validation: held out of the data, no text{near} on both sides; no file says who \
                     wrote its rows, so authors may be"
                )
            });
        } else if self.shared_authors > 0 {
            lines.push(format!(
                "note: {} validation authors also write in the training data: a score of their \
                 style counts as success, so the figures below flatter the model",
                self.shared_authors
            ));
        }
        let [positives, negatives] = self.training;
        lines
            .push(format!("learning from {positives} posts of label 1 and {negatives} of label 0"));
        lines.extend(self.teacher.as_ref().map(Taught::line));
        let [positives, negatives] = self.not_judged;
        if positives + negatives > 0 {
            lines.push(format!(
                "{} validation rows left out, {positives} of label 1: they are in languages that the \
                 model does not claim, or without words, and will not be judged",
                positives + negatives
            ));
        }
        lines.push(format!("the model claims to judge: {}", self.languages.join(", ")));
        let [positives, negatives] = self.validation;
        lines.push(format!("judging by {positives} posts of label 1 and {negatives} of label 0"));
        lines
    }
}

/// Says what there is any of.
fn counted(counts: &[(usize, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{count} {what}")).collect()
}
