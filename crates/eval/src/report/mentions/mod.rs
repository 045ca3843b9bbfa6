//! Figures for posts that name ISIS, Islam or the region, against posts that do not.
//!
//! The areas are those of Borkan et al., "Nuanced metrics for measuring unintended bias with
//! real data for text classification" (WWW 2019). Which words name what is in `terms.rs`.

mod terms;

use metrics::Bootstrap;
use serde::Serialize;

use crate::{
    error::EvalError,
    figure::Figure,
    finding::{Finding, Kind},
    number::{decimal, figure, percent, size, with_interval},
    page::{Block, Cell, Table},
    posts::Scored,
    report::sources::auc,
};

/// Figures for posts that name a subject, against those that do not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    /// The subject.
    pub subject: &'static str,
    /// Posts that name it, by label.
    pub positives: usize,
    /// Of label 0.
    pub negatives: usize,
    /// Share of their negatives flagged.
    pub false_positive_rate: Option<Figure>,
    /// Share of the other negatives flagged.
    pub false_positive_rate_elsewhere: Option<Figure>,
    /// AUC within the posts that name it.
    pub subgroup_auc: Option<Figure>,
    /// AUC of the other positives against negatives that name it (background positive,
    /// subgroup negative). Low: innocent posts that name it score like guilty ones that do not.
    pub bpsn_auc: Option<Figure>,
    /// AUC of positives that name it against the other negatives.
    pub bnsp_auc: Option<Figure>,
}

/// Measures each group of terms.
///
/// # Errors
/// A score that is no probability.
pub fn measure(
    scored: &Scored,
    threshold: f64,
    bootstrap: &Bootstrap,
) -> Result<Vec<Mention>, EvalError> {
    terms::GROUPS
        .iter()
        .map(|group| {
            let mut parts: [Scored; 4] = Default::default();
            for (&post, &score) in scored.posts.iter().zip(&scored.scores) {
                let named = group.in_text(post.text.normalised());
                parts[2 * usize::from(named) + usize::from(post.label)].push(post, Some(score));
            }
            let [other_negatives, other_positives, negatives, positives] = &parts;
            let rate = |rows: &Scored| {
                let flagged = rows.flagged(threshold) as u64;
                Figure::share(flagged, rows.len() as u64, bootstrap.confidence)
            };
            Ok(Mention {
                subject: group.name,
                positives: positives.len(),
                negatives: negatives.len(),
                false_positive_rate: rate(negatives),
                false_positive_rate_elsewhere: rate(other_negatives),
                subgroup_auc: auc(positives, negatives, bootstrap)?,
                bpsn_auc: auc(other_positives, negatives, bootstrap)?,
                bnsp_auc: auc(positives, other_negatives, bootstrap)?,
            })
        })
        .collect()
}

/// The figures of each subject.
pub fn show(mentions: &[Mention]) -> Vec<Block> {
    if mentions.iter().all(|mention| mention.negatives == 0) {
        return Vec::new();
    }
    let table = Table::of("Posts by what they name", mentions)
        .text("Posts that", |mention| mention.subject)
        .number("Positives", |mention| size(mention.positives))
        .number("Negatives", |mention| size(mention.negatives))
        .number("Negatives flagged", |mention| with_interval(mention.false_positive_rate, percent))
        .drawing("0 to 100 %", |mention| Cell::share(mention.false_positive_rate))
        .number("Other negatives flagged", |mention| {
            figure(mention.false_positive_rate_elsewhere, percent)
        })
        .number("AUC among them", |mention| figure(mention.subgroup_auc, decimal))
        .number("BPSN AUC", |mention| with_interval(mention.bpsn_auc, decimal))
        .number("BNSP AUC", |mention| figure(mention.bnsp_auc, decimal));
    let note = "BPSN: positives that do not name it against negatives that do. It is low where an \
                innocent post is suspected for its subject. BNSP: positives that name it against \
                negatives that do not. Posts are picked by a short list of words.";
    vec![table.block(), Block::note(note)]
}

/// The figures in a document.
pub fn markdown(mentions: &[Mention]) -> String {
    Table::of("", mentions)
        .text("posts that", |mention| mention.subject)
        .number("negatives", |mention| size(mention.negatives))
        .number("flagged", |mention| with_interval(mention.false_positive_rate, percent))
        .number("other negatives flagged", |mention| {
            figure(mention.false_positive_rate_elsewhere, percent)
        })
        .number("BPSN AUC", |mention| with_interval(mention.bpsn_auc, decimal))
        .markdown()
}

/// Whether naming Islam costs a post.
pub fn finding(mentions: &[Mention]) -> Option<Finding> {
    let mention = mentions.iter().find(|mention| mention.subject.contains("Muslims"))?;
    let rate = mention.false_positive_rate?;
    let elsewhere = mention.false_positive_rate_elsewhere?;
    if mention.negatives < 20 {
        return None;
    }
    let costs = rate.lower? > elsewhere.upper?;
    Some(Finding::new(
        match (costs, rate.value >= 0.1) {
            (true, true) => Kind::Bad,
            (false, false) => Kind::Good,
            _ => Kind::Caution,
        },
        format!(
            "Naming Islam or Muslims {}: {} of {} such negatives are flagged, {} of the others.",
            if costs { "costs a post" } else { "does not clearly cost a post" },
            percent(rate.value),
            size(mention.negatives),
            percent(elsewhere.value)
        ),
    ))
}
