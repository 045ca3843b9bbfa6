//! Moves of a score when only the wrapping of a text changes.
//!
//! Each edit changes how a post was collected or shown, and nothing that its author wrote. The
//! score should not move at all. The edits are in `edits.rs`.

mod edits;

use serde::Serialize;

use crate::{
    classifier::Classifier,
    error::EvalError,
    finding::{Finding, grade},
    number::{NONE, decimal, optional, percent, size},
    page::{Block, Table},
    posts::{Post, Text},
};
use edits::EDITS;

/// Scores that move by more than this count.
pub const TOLERANCE: f64 = 0.01;

/// Results of all edits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Invariance {
    /// Number of posts edited, spread evenly over the rows.
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

/// Results of one edit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edited {
    /// Name of the edit.
    pub edit: &'static str,
    /// Texts that it changed.
    pub edited: usize,
    /// Of them, those whose score moved.
    pub moved: usize,
    /// The share that moved.
    pub share_moved: Option<f64>,
    /// The greatest move.
    pub greatest_move: f64,
    /// Number of texts that changed sides at the threshold.
    pub changed_sides: usize,
}

/// Edits up to `most` posts in every way and compares the scores.
///
/// # Errors
/// An error of the classifier.
pub fn measure(
    posts: &[&Post],
    classifier: &Classifier,
    most: usize,
) -> Result<Invariance, EvalError> {
    let step = posts.len().div_ceil(most.max(1)).max(1);
    let texts: Vec<Text> = posts.iter().step_by(step).map(|post| as_shown(&post.text)).collect();
    // All edits in one call: batches stay full.
    let mut edited: Vec<(usize, usize, Text)> = Vec::new();
    for (edit, (_, change)) in EDITS.iter().enumerate() {
        for (row, text) in texts.iter().enumerate() {
            let changed = change(text.raw());
            if changed != text.raw() {
                edited.push((edit, row, Text::new(changed)));
            }
        }
    }
    let before = classifier.scores(&texts.iter().collect::<Vec<_>>())?;
    let after = classifier.scores(&edited.iter().map(|(.., text)| text).collect::<Vec<_>>())?;

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
        found.changed_sides +=
            usize::from(classifier.flags(before[row]) != classifier.flags(after));
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
fn as_shown(text: &Text) -> Text {
    if text.raw().contains('\\') { Text::new(text.normalised()) } else { text.clone() }
}

/// How many scores each edit moves.
pub fn show(invariance: &Invariance) -> Vec<Block> {
    let lead = format!(
        "{} posts, each edited in ways that leave what its author wrote. A score that moves by \
         more than {} reads the wrapping; none should.",
        size(invariance.posts),
        invariance.tolerance
    );
    let table = Table::of("Edits of how a post was collected", &invariance.edits)
        .text("Edit", |edit| edit.edit)
        .number("Texts changed", |edit| size(edit.edited))
        .number("Scores moved", |edit| size(edit.moved))
        .number("Share", |edit| optional(edit.share_moved, percent))
        .number("Greatest move", |edit| match edit.edited {
            0 => NONE.to_owned(),
            _ => decimal(edit.greatest_move),
        })
        .number("Changed sides", |edit| size(edit.changed_sides));
    vec![Block::paragraph(lead), table.block()]
}

/// The same in a document, in a line.
pub fn markdown(invariance: &Invariance) -> String {
    format!(
        "{} of {} edited texts moved by more than {}.\n",
        size(invariance.moved),
        size(invariance.edited),
        invariance.tolerance
    )
}

/// Whether scores move.
pub fn finding(invariance: &Invariance) -> Finding {
    let text = if invariance.moved == 0 {
        format!(
            "No score moved by more than {} in {} edits of retweet headers, links, handles, \
             escapes and line breaks.",
            invariance.tolerance,
            size(invariance.edited)
        )
    } else {
        format!(
            "{} of {} edits that change only how a post was collected moved its score by more \
             than {}.",
            size(invariance.moved),
            size(invariance.edited),
            invariance.tolerance
        )
    };
    let share = invariance.moved as f64 / invariance.edited.max(1) as f64;
    Finding::new(grade(share, 0.0, 0.05), text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn posts(texts: &[&str]) -> Vec<Post> {
        texts.iter().map(|text| Post::new(*text, false)).collect()
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
        let steady = Classifier::of_scores("steady", 0.5, move |texts| {
            texts.iter().map(|text| Some(length(text.normalised()))).collect()
        });
        let found = measure(&posts, &steady, 100).unwrap();
        assert_eq!(found.moved, 0, "{found:#?}");
        assert!(found.edits.iter().all(|edit| edit.edited > 0), "{found:#?}");
        let raw = Classifier::of_scores("raw", 0.5, move |texts| {
            texts.iter().map(|text| Some(length(text.raw()))).collect()
        });
        let found = measure(&posts, &raw, 100).unwrap();
        assert!(found.moved > found.edited / 2, "{found:#?}");
    }
}
