//! Rows that the model cannot judge: in languages that it does not claim, or without words.
//!
//! They have no score, so they are in no area under a curve. But nobody is asked to look at them, so a
//! rate of flagged posts must count them, as not flagged: what is said here.

use std::collections::BTreeMap;

use serde::Serialize;
use text::Reason;

use crate::{figure::Figure, judge::Judge, posts::Scored};

/// Rows that are not judged, and the rates over all rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotJudged {
    /// Number of rows.
    pub rows: usize,
    /// Of them, label 1.
    pub positives: usize,
    /// By reason and language, the most first.
    pub by: Vec<Group>,
    /// Share of all positives flagged, those not judged among the missed.
    pub recall: Option<Figure>,
    /// Share of all negatives flagged, those not judged among the others.
    pub false_positive_rate: Option<Figure>,
    /// Share of all rows flagged.
    pub flag_rate: Option<Figure>,
}

/// Rows not judged for one reason, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// `language`, `no_words` or `no_text`.
    pub reason: &'static str,
    /// The language, if they are in one.
    pub lang: Option<&'static str>,
    /// Number of rows.
    pub rows: usize,
    /// Of them, label 1.
    pub positives: usize,
}

/// Counts them. `None` for a judge that does not look what it can read.
pub fn measure(
    scored: &Scored,
    judge: &Judge,
    threshold: f64,
    confidence: f64,
) -> Option<NotJudged> {
    let read = judge.read.as_ref()?;
    let mut groups: BTreeMap<(Reason, Option<&'static str>), (usize, usize)> = BTreeMap::new();
    for post in &scored.unscored {
        let readable = read(&post.text);
        let reason = readable.reason().unwrap_or(Reason::NoText);
        let group = groups.entry((reason, readable.lang())).or_default();
        group.0 += 1;
        group.1 += usize::from(post.label);
    }
    let mut by: Vec<Group> = groups
        .into_iter()
        .map(|((reason, lang), (rows, positives))| Group {
            reason: reason.as_str(),
            lang,
            rows,
            positives,
        })
        .collect();
    by.sort_by_key(|group| usize::MAX - group.rows);
    let flagged = |label: Option<bool>| {
        let rows = scored.scores.iter().zip(&scored.labels);
        let rows = rows.filter(|&(_, of)| label.is_none_or(|label| label == *of));
        rows.filter(|&(&score, _)| score >= threshold).count() as u64
    };
    let share =
        |label: Option<bool>, all: usize| Figure::share(flagged(label), all as u64, confidence);
    let (positives, negatives) = (scored.all_of(true), scored.all_of(false));
    Some(NotJudged {
        rows: scored.unscored.len(),
        positives: scored.unscored.iter().filter(|post| post.label).count(),
        by,
        recall: share(Some(true), positives),
        false_positive_rate: share(Some(false), negatives),
        flag_rate: share(None, positives + negatives),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use text::Readable;

    use super::*;
    use crate::posts::Post;

    #[test]
    fn rows_not_judged_count_as_not_flagged_and_stand_apart_by_language() {
        let posts = [
            Post::new("one", true),
            Post::new("two", false),
            Post::new("bonjour", true),
            Post::new("bonsoir", false),
            Post::new("!", false),
        ];
        let judge = Judge::new("known", 0.5, |texts| Ok(vec![Some(0.9); texts.len()]));
        let judge = judge.reading(|text| match text {
            "!" => Readable::Nothing { reason: Reason::NoWords, lang: None },
            text if text.starts_with("bon") => {
                Readable::Nothing { reason: Reason::Language, lang: Some("fr") }
            }
            _ => Readable::Whole("en"),
        });
        let all: Vec<&Post> = posts.iter().collect();
        let scored = Scored::pair(&all, &[Some(0.9), Some(0.7), None, None, None]);
        let found = measure(&scored, &judge, 0.5, 0.95).unwrap();
        assert_eq!((found.rows, found.positives), (3, 1));
        let french = Group { reason: "language", lang: Some("fr"), rows: 2, positives: 1 };
        let bare = Group { reason: "no_words", lang: None, rows: 1, positives: 0 };
        assert_eq!(found.by, [french, bare]);
        let value = |figure: Option<Figure>| figure.unwrap().value;
        assert_eq!(value(found.recall), 0.5);
        assert!((value(found.false_positive_rate) - 1.0 / 3.0).abs() < 1e-9);
        assert!((value(found.flag_rate) - 0.4).abs() < 1e-9);
        let blind = Judge::new("blind", 0.5, |texts| Ok(vec![None; texts.len()]));
        assert_eq!(measure(&scored, &blind, 0.5, 0.95), None);
    }
}
