//! Figures for posts that name ISIS, Islam or the region, against posts that do not.
//!
//! The areas are those of Borkan et al., "Nuanced metrics for measuring unintended bias with
//! real data for text classification" (WWW 2019).

use metrics::Bootstrap;
use serde::Serialize;
use text::normalise;

use super::sources::auc;
use crate::{error::EvalError, figure::Figure, posts::Scored, text::terms};

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
    let texts: Vec<String> = scored.posts.iter().map(|post| normalise(&post.text)).collect();
    terms::GROUPS
        .iter()
        .map(|group| {
            let mut parts: [Scored; 4] = Default::default();
            for ((&post, &score), text) in scored.posts.iter().zip(&scored.scores).zip(&texts) {
                let part = 2 * usize::from(group.in_text(text)) + usize::from(post.label);
                parts[part].push(post, score);
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
