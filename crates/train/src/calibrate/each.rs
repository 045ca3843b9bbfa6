//! One model's calibration, on those of the posts that it judges.

use checkpoint::combine::own_calibration;
use checkpoint::{Calibration, Manifest, Reference};
use serde::Serialize;
use text::language::Code;

use super::fit::{ValidationFigures, calibrate, rounding};
use super::threshold::ThresholdRule;
use crate::data::FileSummary;
use crate::data::row::{check_both_labels, counts};
use crate::error::TrainError;

/// With fewer posts of a label, a handful of them decides the threshold.
const FEW: usize = 100;

/// A post and what the model says that judges it.
pub(super) struct Post {
    /// The model's number in its checkpoint, and its logit.
    pub(super) judged: Option<(usize, f64)>,
    pub(super) lang: Option<Code>,
    pub(super) label: bool,
}

/// A new calibration beside the former one, measured on the same posts, both on the model's own scale.
#[derive(Debug)]
pub struct Calibrated {
    /// The model's name.
    pub name: String,
    /// The checkpoint's record of it.
    pub record: CalibrationRecord,
    /// The new one.
    pub calibration: Calibration,
    /// The former one on these posts.
    pub former_figures: ValidationFigures,
}

/// The record of a calibration (`calibration` in `training.json`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationRecord {
    /// The version of this program.
    pub program: &'static str,
    /// The rule for the threshold.
    pub threshold: ThresholdRule,
    /// The files of the posts.
    pub files: Vec<FileSummary>,
    /// Posts of label 1 and 0.
    pub posts: [usize; 2],
    /// Posts that the model does not judge: in other languages, without words, or with nothing left
    /// after normalisation. They have no score, or one by another model.
    pub not_judged: usize,
    /// The calibration that this one replaces.
    pub former: Calibration,
    /// The new one on the posts that it was chosen on.
    pub figures: ValidationFigures,
    /// The posts in counts, to hold others against: of the main model those of all.
    pub reference: Reference,
}

/// A model's new calibration.
pub(super) struct Fit {
    rule: ThresholdRule,
    posts: [usize; 2],
    former: Calibration,
    former_figures: ValidationFigures,
    figures: ValidationFigures,
    /// On the model's own scale.
    pub(super) calibration: Calibration,
}

impl Fit {
    /// Calibrates a model, which has this number in its checkpoint, by a rule.
    ///
    /// # Errors
    /// [`TrainError::OneClass`] if it judges posts of one label only, [`TrainError::Flag`] if no threshold
    /// keeps the rule.
    pub(super) fn new(
        (at, model): (usize, &Manifest),
        rule: ThresholdRule,
        posts: &[Post],
        roundings: &[[f32; 2]],
    ) -> Result<Self, TrainError> {
        let judged = posts.iter().filter_map(|post| Some((post.judged?, post.label)));
        let of_model = judged.filter(|((by, _), _)| *by == at);
        let (logits, labels): (Vec<f64>, Vec<bool>) =
            of_model.map(|((_, logit), label)| (logit, label)).unzip();
        let posts = check_labels(labels.iter().copied())?;
        print_few(posts);
        let former = own_calibration(model);
        let (mut calibration, figures) = calibrate(&logits, &labels, rule, former.temperature)?;
        // The network is the same: what was measured before, on other posts, holds as well.
        let bounds = [rounding(&calibration, roundings), former.rounding];
        calibration.rounding = bounds.into_iter().flatten().reduce(f32::max);
        check_rule(rule, &figures)?;
        let former_figures = ValidationFigures::of(&former, &logits, &labels)?;
        Ok(Self { rule, posts, former, former_figures, figures, calibration })
    }

    /// What the checkpoint says of it: these files, of which so many posts are not judged.
    pub(super) fn done(
        self,
        model: &Manifest,
        files: Vec<FileSummary>,
        not_judged: usize,
        reference: Reference,
    ) -> Calibrated {
        let record = CalibrationRecord {
            program: env!("CARGO_PKG_VERSION"),
            threshold: self.rule,
            files,
            posts: self.posts,
            not_judged,
            former: self.former,
            figures: self.figures,
            reference,
        };
        let (calibration, former_figures) = (self.calibration, self.former_figures);
        Calibrated { name: model.config.name.clone(), record, calibration, former_figures }
    }
}

/// Counts labels 1 and 0, and refuses if one is missing.
pub(super) fn check_labels(labels: impl Iterator<Item = bool>) -> Result<[usize; 2], TrainError> {
    let counts = counts(labels);
    check_both_labels("the data", counts, "add a --data file with the other")?;
    Ok(counts)
}

/// Refuses a threshold that is not what was asked for.
fn check_rule(rule: ThresholdRule, figures: &ValidationFigures) -> Result<(), TrainError> {
    if figures.keep_to(rule) {
        return Ok(());
    }
    let reason = format!(
        "no threshold keeps {rule} on these posts: the strictest flags {:.1} % of label 0, at a precision \
         of {:.1} %; give another rule, or more posts",
        100.0 * figures.false_positive_rate,
        100.0 * figures.precision,
    );
    Err(TrainError::Flag { flag: "--threshold", reason })
}

fn print_few([positives, negatives]: [usize; 2]) {
    if positives.min(negatives) < FEW {
        eprintln!(
            "note: few posts, {positives} of label 1 and {negatives} of label 0: a handful \
             of them decides the threshold; give some hundreds of each"
        );
    }
}
