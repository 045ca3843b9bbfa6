//! The languages that a model may claim to judge, and the rows that it would judge with that claim.

use std::collections::BTreeMap;

use text::language::{Code, UNDETERMINED};
use text::{Claims, Readable, TweetTokenizer};

use super::row::{Row, windows};

/// Rows of each label that a language needs to be learned from, and to be judged by.
const LEARNED_FROM: usize = 100;
const JUDGED_BY: usize = 20;

/// Rows of label 1 and 0, by language.
type Counts = BTreeMap<Code, [usize; 2]>;

/// The languages in which enough was learned and measured, the one with the most positives first.
/// If none has enough, that of most positives, for a model must claim something: English if not
/// even that can be told.
pub(crate) fn claims<'a>(
    training: impl IntoIterator<Item = &'a Row>,
    validation: impl IntoIterator<Item = &'a Row>,
) -> Claims {
    let (training, validation) = (counts(training), counts(validation));
    let enough = |counts: &Counts, code: Code, least: usize| {
        counts.get(code).is_some_and(|of_label| of_label.iter().all(|rows| *rows >= least))
    };
    let mut by_positives: Vec<Code> = training.keys().copied().collect();
    by_positives.sort_by_key(|code| usize::MAX - training[code][0]);
    let learned: Vec<Code> = by_positives
        .iter()
        .copied()
        .filter(|code| {
            enough(&training, code, LEARNED_FROM) && enough(&validation, code, JUDGED_BY)
        })
        .collect();
    let first = by_positives.first().map_or_else(Vec::new, |code| vec![*code]);
    Claims::new(&learned).or_else(|_| Claims::new(&first)).unwrap_or_else(|_| Claims::english())
}

fn counts<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Counts {
    let mut counts = Counts::new();
    for row in rows {
        if let Some(lang) = row.lang.filter(|lang| *lang != UNDETERMINED) {
            counts.entry(lang).or_default()[usize::from(!row.label)] += 1;
        }
    }
    counts
}

/// The rows that a model with these claims judges, cut to the part of each that it reads, and the others.
pub(crate) fn claimed(
    rows: Vec<Row>,
    claims: &Claims,
    tokenizer: &TweetTokenizer,
    max_length: usize,
) -> (Vec<Row>, Vec<Row>) {
    let (mut judged, mut others) = (Vec::new(), Vec::new());
    for mut row in rows {
        match tokenizer.read(&row.text, None, claims) {
            Readable::Nothing { .. } => others.push(row),
            Readable::Whole(_) | Readable::Part { whole: true, .. } => judged.push(row),
            Readable::Part { text, .. } => {
                if let Some(encoding) = tokenizer.encode_normalised(&text, max_length) {
                    row.windows = windows(&encoding, &text, tokenizer, max_length);
                    (row.ids, row.truncated) = (encoding.ids, encoding.truncated);
                    judged.push(row);
                } else {
                    others.push(row);
                }
            }
        }
    }
    (judged, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lang: Option<Code>, positives: usize, negatives: usize) -> Vec<Row> {
        let row = |label| Row {
            text: String::new(),
            key: String::new(),
            author: None,
            source: None,
            label,
            lang,
            ids: Vec::new(),
            weight: 1.0,
            truncated: false,
            windows: Vec::new(),
        };
        let labels = [vec![true; positives], vec![false; negatives]].concat();
        labels.into_iter().map(row).collect()
    }

    fn codes(training: &[Vec<Row>], validation: &[Vec<Row>]) -> Vec<Code> {
        claims(training.iter().flatten(), validation.iter().flatten()).codes().to_vec()
    }

    #[test]
    fn a_language_is_claimed_when_enough_of_both_labels_was_learned_and_measured() {
        let training = [
            rows(Some("en"), 100, 900),
            rows(Some("ar"), 300, 100),
            rows(Some("fr"), 99, 500),
            rows(Some("de"), 500, 500),
            rows(Some(UNDETERMINED), 500, 500),
            rows(None, 500, 500),
        ];
        let validation = [
            rows(Some("en"), 20, 20),
            rows(Some("ar"), 25, 40),
            rows(Some("fr"), 90, 90),
            rows(Some("de"), 90, 19),
        ];
        assert_eq!(codes(&training, &validation), ["ar", "en"]);
    }

    #[test]
    fn where_none_has_enough_that_of_most_positives_is_claimed() {
        let training = [rows(Some("en"), 9, 90), rows(Some("tr"), 10, 1), rows(None, 50, 50)];
        assert_eq!(codes(&training, &[]), ["tr"]);
        assert_eq!(codes(&[rows(None, 5, 5)], &[]), ["en"]);
    }
}
