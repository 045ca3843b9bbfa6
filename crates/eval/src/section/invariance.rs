//! Whether a score moves when only the wrapping of a text does.
//!
//! Each edit changes how a post was collected or shown, and nothing that its author wrote. The
//! score should not move at all.

use serde::Serialize;

use crate::{error::EvalError, judge::Judge, posts::Post};

/// Scores that move by more than this count.
pub const TOLERANCE: f64 = 0.01;

/// How scores took the edits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Invariance {
    /// How many posts were edited, spread evenly over the rows.
    pub posts: usize,
    /// Scores that move by more than this count as moved.
    pub tolerance: f64,
    /// Edited texts, all edits together.
    pub edited: usize,
    /// Of them, moved.
    pub moved: usize,
    /// By edit.
    pub edits: Vec<Edited>,
}

/// How scores took one edit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edited {
    /// What was done to the texts.
    pub edit: &'static str,
    /// Texts that it changed.
    pub edited: usize,
    /// Of them, those whose score moved.
    pub moved: usize,
    /// The share that moved.
    pub share_moved: Option<f64>,
    /// The greatest move.
    pub greatest_move: f64,
    /// How many changed sides at the threshold.
    pub changed_sides: usize,
}

/// An edit: what it is called and what it does.
type Edit = (&'static str, fn(&str) -> String);

const EDITS: [Edit; 11] = [
    ("retweet header added", |text| format!("RT @someone_else: {text}")),
    ("retweet header removed", without_header),
    ("characters as literal escapes", escaped),
    ("line breaks for spaces", |text| text.replace(' ', "\n")),
    ("spaces doubled", |text| text.replace(' ', "  ")),
    ("link added at the end", |text| format!("{text} https://t.co/Ab3dE5fGh7")),
    ("cut link added at the end", |text| cut_off(text, " https://t.c…")),
    ("ellipsis added at the end", |text| cut_off(text, " …")),
    ("other handles", other_handles),
    ("curly quotes", curly),
    ("HTML entities", |text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
];

/// Edits up to `most` posts in every way and compares the scores.
///
/// # Errors
/// What the judge answers.
pub fn measure(posts: &[&Post], judge: &Judge, most: usize) -> Result<Invariance, EvalError> {
    let step = posts.len().div_ceil(most.max(1)).max(1);
    let texts: Vec<String> = posts.iter().step_by(step).map(|post| as_shown(&post.text)).collect();
    // All edits in one call: batches stay full.
    let mut edited: Vec<(usize, usize, String)> = Vec::new();
    for (edit, (_, change)) in EDITS.iter().enumerate() {
        for (row, text) in texts.iter().enumerate() {
            let changed = change(text);
            if changed != *text {
                edited.push((edit, row, changed));
            }
        }
    }
    let before = judge.score(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    let changed: Vec<&str> = edited.iter().map(|(.., text)| text.as_str()).collect();
    let after = judge.score(&changed)?;

    let mut edits: Vec<Edited> = EDITS
        .iter()
        .map(|&(edit, _)| Edited {
            edit,
            edited: 0,
            moved: 0,
            share_moved: None,
            greatest_move: 0.0,
            changed_sides: 0,
        })
        .collect();
    let side = |score: Option<f64>| score.is_some_and(|score| score >= judge.threshold);
    for (&(edit, row, _), &after) in edited.iter().zip(&after) {
        let found = &mut edits[edit];
        let distance = match (before[row], after) {
            (Some(before), Some(after)) => (before - after).abs(),
            (None, None) => 0.0,
            // A text that can be scored on one side only has moved as far as can be.
            _ => 1.0,
        };
        found.edited += 1;
        found.moved += usize::from(distance > TOLERANCE);
        found.greatest_move = found.greatest_move.max(distance);
        found.changed_sides += usize::from(side(before[row]) != side(after));
    }
    for found in &mut edits {
        found.share_moved = (found.edited > 0).then(|| found.moved as f64 / found.edited as f64);
    }
    Ok(Invariance {
        posts: texts.len(),
        tolerance: TOLERANCE,
        edited: edited.len(),
        moved: edits.iter().map(|edit| edit.moved).sum(),
        edits,
    })
}

/// The text as a reader would have seen it. A text that still holds escapes was damaged on its
/// way, often cut inside a quoted string; what is put around it would be read as part of the
/// damage, which happens to no post. It is edited in its normalised form.
fn as_shown(text: &str) -> String {
    if text.contains('\\') { text::normalise(text) } else { text.to_owned() }
}

/// The text with the mark of having been cut off; no post is cut off twice.
fn cut_off(text: &str, mark: &str) -> String {
    let cut_already = ["…", "..."].iter().any(|end| text.trim_end().ends_with(end));
    if cut_already { text.to_owned() } else { format!("{text}{mark}") }
}

fn without_header(text: &str) -> String {
    let rest = text.strip_prefix("RT @").and_then(|rest| rest.split_once(": "));
    match rest {
        Some((name, rest)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            rest.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Non-ASCII characters as `\uXXXX` in UTF-16 and line breaks as `\n`, as a JSON dump that was
/// never decoded has them. Texts with a backslash of their own are left alone.
fn escaped(text: &str) -> String {
    use std::fmt::Write;

    if text.contains('\\') {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' {
            escaped.push_str("\\n");
        } else if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// Every handle becomes another of the same form.
fn other_handles(text: &str) -> String {
    let mut changed = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        changed.push_str(before);
        let name = from[1..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .map_or(&from[1..], |end| &from[1..=end]);
        // An e-mail address is not a handle.
        let inside = before.ends_with(|c: char| c.is_alphanumeric());
        if name.is_empty() || name.len() > 15 || inside {
            changed.push('@');
            changed.push_str(name);
        } else {
            changed.push_str("@qz_81_name");
        }
        rest = &from[1 + name.len()..];
    }
    changed.push_str(rest);
    changed
}

/// Straight quotes become curly ones, opening at the start of a word.
fn curly(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|character| {
            let opens = before.is_whitespace() || before == '(';
            before = character;
            match (character, opens) {
                ('"', true) => '“',
                ('"', false) => '”',
                ('\'', true) => '‘',
                ('\'', false) => '’',
                _ => character,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn posts(texts: &[&str]) -> Vec<Post> {
        texts.iter().map(|text| Post::new(*text, false)).collect()
    }

    #[test]
    fn edits_change_the_wrapping_only() {
        assert_eq!(without_header("RT @someone: hello"), "hello");
        assert_eq!(without_header("RT this: hello"), "RT this: hello");
        assert_eq!(escaped("café 🎉\n"), "caf\\u00e9 \\ud83c\\udf89\\n");
        assert_eq!(escaped("a\\b é"), "a\\b é");
        assert_eq!(other_handles("hi @ann, mail a@b.org"), "hi @qz_81_name, mail a@b.org");
        assert_eq!(other_handles("@x@y"), "@qz_81_name@qz_81_name");
        assert_eq!(curly("she said \"it's\""), "she said “it’s”");
    }

    #[test]
    fn a_score_of_the_normalised_text_does_not_move_and_one_of_the_raw_text_does() {
        let posts = posts(&[
            "RT @user: \"it's\" a good day & a long one\nfor us",
            "plain words without any mark",
            "thanks @user, see you… 🎉 café",
            "retweeted and cut, with the beginning of a link ht…",
            "out of a dump \\u2764 and cut \\\"inside a string\\u2026\"",
        ]);
        let posts: Vec<&Post> = posts.iter().collect();
        let length = |text: &str| (text.len() % 97) as f64 / 97.0;
        let steady = Judge::new("steady", 0.5, move |texts| {
            let score = |text: &&str| Some(length(&text::normalise(text)));
            Ok(texts.iter().map(score).collect())
        });
        let found = measure(&posts, &steady, 100).unwrap();
        assert_eq!(found.moved, 0, "{found:#?}");
        assert!(found.edits.iter().all(|edit| edit.edited > 0), "{found:#?}");
        let raw = Judge::new("raw", 0.5, move |texts| {
            Ok(texts.iter().map(|text| Some(length(text))).collect())
        });
        let found = measure(&posts, &raw, 100).unwrap();
        assert!(found.moved > found.edited / 2, "{found:#?}");
    }
}
