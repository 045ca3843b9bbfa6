//! Rows that the model cannot judge: in languages that it does not claim, or without words.
//!
//! They have no score, so they are in no area under a curve. But nobody is asked to look at them, so a
//! rate of flagged posts must count them, as not flagged.

use std::collections::BTreeMap;

use serde::Serialize;
use text::Reason;

use crate::{
    figure::Figure,
    number::{NONE, figure, percent, size, with_interval},
    page::{Block, Table},
    posts::Scored,
};

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

/// Counts them. `None` for scores of a classifier that does not look for the language.
pub fn measure(scored: &Scored, threshold: f64, confidence: f64) -> Option<NotJudged> {
    if scored.all().any(|(post, _)| post.language.is_none()) {
        return None;
    }
    let mut groups: BTreeMap<(Reason, Option<&'static str>), (usize, usize)> = BTreeMap::new();
    for post in &scored.unscored {
        let language = post.language?;
        let reason = language.not_judged.unwrap_or(Reason::NoText);
        let group = groups.entry((reason, language.code)).or_default();
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
    let rate = |keep: &dyn Fn(bool) -> bool| {
        let rows = scored.filter(|post| keep(post.label));
        let all = rows.len() + rows.unscored.len();
        Figure::share(rows.flagged(threshold) as u64, all as u64, confidence)
    };
    Some(NotJudged {
        rows: scored.unscored.len(),
        positives: scored.unscored.iter().filter(|post| post.label).count(),
        by,
        recall: rate(&|label| label),
        false_positive_rate: rate(&|label| !label),
        flag_rate: rate(&|_| true),
    })
}

/// The rows, and what they do to the rates. `claimed` are the languages that the model judges.
pub fn show(found: &NotJudged, claimed: &[String]) -> Vec<Block> {
    if found.rows == 0 {
        return Vec::new();
    }
    let lead = format!(
        "{} rows, {} of them of label 1, are in languages that the model does not claim ({}) or \
         hold no words. They have no score and are in no area under a curve. Nobody is asked to \
         look at them: counted as not flagged, {} of all positives, {} of all negatives and {} of \
         all rows are flagged.",
        size(found.rows),
        size(found.positives),
        claimed.join(", "),
        with_interval(found.recall, percent),
        with_interval(found.false_positive_rate, percent),
        with_interval(found.flag_rate, percent)
    );
    let table = Table::of("Rows not judged, by reason and language", &found.by)
        .text("Reason", |group| group.reason.replace('_', " "))
        .text("Language", |group| group.lang.unwrap_or(NONE))
        .number("Rows", |group| size(group.rows))
        .number("Label 1", |group| size(group.positives));
    vec![Block::paragraph(lead), table.block()]
}

/// A line on the terminal, if there are such rows.
pub fn console(found: &NotJudged) -> String {
    if found.rows == 0 {
        return String::new();
    }
    let group = |group: &Group| {
        let lang = group.lang.map(|lang| format!(" {lang}")).unwrap_or_default();
        format!("{} {}{lang}", size(group.rows), group.reason)
    };
    let groups: Vec<String> = found.by.iter().take(8).map(group).collect();
    format!(
        "not judged: {}; with these as not flagged, recall is {}, and {} of label 0 are flagged\n",
        groups.join(", "),
        figure(found.recall, percent),
        figure(found.false_positive_rate, percent)
    )
}

/// The rows in a document.
pub fn markdown(found: &NotJudged) -> String {
    Table::of("", &found.by)
        .text("reason", |group| group.reason.replace('_', " "))
        .text("language", |group| group.lang.unwrap_or("none"))
        .number("posts not judged", |group| size(group.rows))
        .markdown()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::posts::{Language, Post};

    #[test]
    fn rows_not_judged_count_as_not_flagged_and_stand_apart_by_language() {
        let mut posts = [
            Post::new("one", true),
            Post::new("two", false),
            Post::new("bonjour", true),
            Post::new("bonsoir", false),
            Post::new("!", false),
        ];
        let scores = [Some(0.9), Some(0.7), None, None, None];
        let pair = |posts: &[Post]| -> Option<NotJudged> {
            let all: Vec<&Post> = posts.iter().collect();
            measure(&Scored::pair(&all, &scores), 0.5, 0.95)
        };
        assert_eq!(pair(&posts), None, "of a classifier that does not look for the language");
        for post in &mut posts {
            post.language = Some(match post.text.raw() {
                "!" => Language { code: None, not_judged: Some(Reason::NoWords) },
                text if text.starts_with("bon") => {
                    Language { code: Some("fr"), not_judged: Some(Reason::Language) }
                }
                _ => Language { code: Some("en"), not_judged: None },
            });
        }
        let found = pair(&posts).unwrap();
        assert_eq!((found.rows, found.positives), (3, 1));
        let french = Group { reason: "language", lang: Some("fr"), rows: 2, positives: 1 };
        let bare = Group { reason: "no_words", lang: None, rows: 1, positives: 0 };
        assert_eq!(found.by, [french, bare]);
        let value = |figure: Option<Figure>| figure.unwrap().value;
        assert_eq!(value(found.recall), 0.5);
        assert!((value(found.false_positive_rate) - 1.0 / 3.0).abs() < 1e-9);
        assert!((value(found.flag_rate) - 0.4).abs() < 1e-9);
    }
}
