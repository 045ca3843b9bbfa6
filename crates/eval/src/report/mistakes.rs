//! The worst mistakes, only when asked for: they hold texts of posts.

use serde::Serialize;

use crate::number::decimal;
use crate::page::{Block, Quote};
use crate::posts::Scored;

/// A row on the wrong side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// Its file.
    pub file: String,
    /// Its line there.
    pub line: u64,
    /// Its label, 0 or 1.
    pub label: u8,
    /// Its score.
    pub score: f64,
    /// Its text.
    pub text: String,
}

/// The `count` highest negatives that were flagged and the `count` lowest positives that were
/// not, worst first.
pub fn worst(scored: &Scored, threshold: f64, count: usize) -> Vec<Mistake> {
    let mut wrong: Vec<Mistake> = Vec::new();
    for label in [false, true] {
        let mut rows: Vec<(f64, usize)> = (0..scored.len())
            .filter(|&row| {
                scored.labels[row] == label && (scored.scores[row] >= threshold) != label
            })
            .map(|row| (scored.scores[row], row))
            .collect();
        rows.sort_by(|a, b| {
            let by_score = if label { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) };
            by_score.then(a.1.cmp(&b.1))
        });
        wrong.extend(rows.into_iter().take(count).map(|(score, row)| {
            let post = scored.posts[row];
            Mistake {
                file: post.file.clone(),
                line: post.line,
                label: u8::from(label),
                score,
                text: post.text.raw().to_owned(),
            }
        }));
    }
    wrong
}

/// The mistakes with their texts.
pub fn show(mistakes: &[Mistake]) -> Vec<Block> {
    if mistakes.is_empty() {
        return Vec::new();
    }
    let note =
        "Listed because it was asked for. These are texts of posts: do not pass this page on.";
    let mut blocks = vec![Block::note(note)];
    for (label, heading) in
        [(0, "Negatives with the highest scores"), (1, "Positives with the lowest scores")]
    {
        let of_label = mistakes.iter().filter(|mistake| mistake.label == label);
        let quotes: Vec<Quote> = of_label
            .map(|mistake| Quote {
                score: decimal(mistake.score),
                about: format!("{}, line {}", mistake.file, mistake.line),
                text: mistake.text.clone(),
            })
            .collect();
        if quotes.is_empty() {
            blocks.push(Block::paragraph(format!("{heading}: none.")));
        } else {
            blocks.extend([Block::Heading(heading), Block::Quotes(quotes)]);
        }
    }
    blocks
}
