//! The section of a checkpoint's model card on a new calibration.

use checkpoint::{Calibration, CheckpointConfig};

use super::each::CalibrationRecord;
use crate::model_card::{self, file_list};

/// The heading of the section that is added, at the start of a line.
const HEADING: &str = "\n## Calibrated anew\n";

/// The note below the title: the figures that follow it are older.
const NOTE: &str = "> Temperature, threshold and bands are those of the section Calibrated anew; \
                    figures before it that\n> hang on them are of the former ones.\n";

/// The former card under the new name, with a section on the new calibration at its end in place of
/// an earlier such section.
pub fn card(
    former: &str,
    config: &CheckpointConfig,
    calibration: &Calibration,
    record: &CalibrationRecord,
) -> String {
    let (header, former) = model_card::split(former);
    let body = model_card::without_title(former).replace(NOTE, "");
    let body = model_card::without_section(&body, HEADING);
    let figures = &record.figures;
    let files = file_list(&record.files);
    format!(
        "{header}# {name}, version {version}

{NOTE}
{body}
{HEADING}
The network is as it was. Temperature, threshold (by the rule `{rule}`) and bands were chosen on
{posts} posts, {positives} of label 1; none of these files is one that it was trained on:

{files}
Figures on these same posts, so that those at the threshold are a little optimistic:

| | |
|---|---|
| ROC AUC | {roc_auc:.4} |
| expected calibration error | {ece:.4} |
| threshold | {threshold:.4} ({former_threshold:.4} before, of scores of the temperature then) |
| precision, recall, F1 | {precision:.4}, {recall:.4}, {f1:.4} |
| posts of label 0 flagged | {fpr:.4} |

Bands: `review` from {review:.4}, `priority_review` from {priority:.4}.
",
        name = config.name,
        version = config.version,
        body = body.trim(),
        rule = record.threshold,
        posts = figures.posts,
        positives = record.posts[0],
        roc_auc = figures.roc_auc,
        ece = figures.ece,
        threshold = calibration.threshold,
        former_threshold = record.former.threshold,
        precision = figures.precision,
        recall = figures.recall,
        f1 = figures.f1,
        fpr = figures.false_positive_rate,
        review = calibration.bands.review,
        priority = calibration.bands.priority_review,
    )
}
