//! Simple models on exactly the rows of each fold: a network that does not beat them should be seen
//! not to.

use std::collections::BTreeMap;

use baselines::Baseline;
use checkpoint::calibration::sigmoid;
use serde::Serialize;

use super::figures::{Figures, Judged, Spread, spread};
use super::plan::Fold;
use crate::calibrate::threshold::ThresholdRule;
use crate::data::Row;
use crate::error::TrainError;

/// The rivals of a cross-validation, by name.
pub type Rivals = BTreeMap<&'static str, Rival>;

/// The results of a rival on the folds that are done.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Rival {
    /// Those folds, in order.
    pub folds: Vec<RivalFold>,
    /// Their figures, by name.
    pub spread: BTreeMap<&'static str, Spread>,
    /// All judged rows together, each scored and decided on by its own fold. A constant differs from
    /// fold to fold, so that a pooled ROC AUC of the majority is only about one half.
    pub pooled: Option<Figures>,
    #[serde(skip)]
    judged: Vec<Judged>,
}

/// A rival on one fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RivalFold {
    /// From 1.
    pub fold: usize,
    /// Rows are flagged from this score on: the threshold that the rule gives on the inner part,
    /// as the model's. For a weak rival that is a score so low that it flags nearly everything.
    pub threshold: f32,
    /// The judged rows.
    pub judged: Figures,
}

/// Trains every rival on what a fold learns from, chooses its threshold by the inner part and adds
/// its figures on the judged rows. Posts all count the same to rivals, whatever their weight.
///
/// # Errors
/// [`TrainError::Metric`] if a part of the fold lacks a label.
pub fn judge(
    rivals: &mut Rivals,
    rows: &[Row],
    fold: &Fold,
    rule: ThresholdRule,
    number: usize,
) -> Result<(), TrainError> {
    for baseline in Baseline::ALL {
        let (threshold, judged) = judged(baseline, rows, fold, rule)?;
        rivals.entry(baseline.name()).or_default().add(number, threshold, judged)?;
    }
    Ok(())
}

impl Rival {
    fn add(&mut self, fold: usize, threshold: f64, judged: Vec<Judged>) -> Result<(), TrainError> {
        let figures = Figures::new(&judged)?;
        self.folds.push(RivalFold { fold, threshold: sigmoid(threshold as f32), judged: figures });
        self.spread = spread(self.folds.iter().map(|fold| &fold.judged));
        self.judged.extend(judged);
        self.pooled = Some(Figures::new(&self.judged)?);
        Ok(())
    }
}

/// The threshold of a rival, as log-odds, and the judged rows of a fold.
fn judged(
    baseline: Baseline,
    rows: &[Row],
    fold: &Fold,
    rule: ThresholdRule,
) -> Result<(f64, Vec<Judged>), TrainError> {
    // Keys will do for texts: case makes no difference to a baseline.
    let part = |part: &[usize]| -> (Vec<&str>, Vec<bool>) {
        part.iter().map(|&row| (rows[row].key.as_str(), rows[row].label)).unzip()
    };
    let (texts, labels) = part(&fold.training);
    let trained = baseline.train(&texts, &labels);
    let (texts, labels) = part(&fold.inner);
    let threshold = rule.choose(&trained.logits(&texts), &labels)?;
    let (texts, labels) = part(&fold.judged);
    let scored = trained.logits(&texts).into_iter().zip(labels).zip(&fold.judged);
    let judged = scored.map(|((logit, label), &row)| Judged {
        row,
        logit,
        flagged: logit >= threshold,
        label,
    });
    Ok((threshold, judged.collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Rows of these texts, every other one of label 1.
    fn rows(text: impl Fn(usize) -> String) -> Vec<Row> {
        let row = |number: usize| Row {
            lang: None,
            text: String::new(),
            key: text(number),
            author: None,
            source: None,
            label: number % 2 == 1,
            ids: vec![2, 5, 3],
            weight: 1.0,
            truncated: false,
            windows: Vec::new(),
        };
        (0..120).map(row).collect()
    }

    fn fold() -> Fold {
        Fold { training: (0..60).collect(), inner: (60..80).collect(), judged: (80..120).collect() }
    }

    #[test]
    fn a_rival_that_can_tell_the_labels_apart_does_and_a_constant_does_not() {
        let rows = rows(|number| format!("an {} again", ["pear", "apple"][number % 2]));
        let mut rivals = Rivals::new();
        for number in [1, 2] {
            judge(&mut rivals, &rows, &fold(), ThresholdRule::BestF1, number).unwrap();
        }
        let regression = &rivals[Baseline::TfIdf.name()];
        assert_eq!(regression.folds.iter().map(|fold| fold.fold).collect::<Vec<_>>(), [1, 2]);
        for figures in [&regression.folds[1].judged, regression.pooled.as_ref().unwrap()] {
            assert_eq!((figures.roc_auc, figures.accuracy), (1.0, Some(1.0)));
        }
        let f1 = Spread { mean: 1.0, standard_deviation: Some(0.0) };
        assert_eq!(regression.spread["f1"], f1);
        // Flagging everything is what a constant can do for F1.
        let majority = &rivals[Baseline::Majority.name()].folds[0].judged;
        assert_eq!((majority.roc_auc, majority.recall), (0.5, Some(1.0)));
        assert_eq!(majority.false_positive_rate, Some(1.0));
    }

    #[test]
    fn nothing_is_learned_from_judged_rows() {
        let text = |number: usize| format!("isis w{} w{} w{}", number % 7, number % 5, number % 3);
        let (rows, fold) = (rows(text), fold());
        let [mut turned, mut reworded] = [rows.clone(), rows.clone()];
        for &row in &fold.judged {
            turned[row].label = !turned[row].label;
            reworded[row].key = format!("caliph w{row}");
        }
        for baseline in Baseline::ALL {
            let (threshold, scored) =
                judged(baseline, &rows, &fold, ThresholdRule::BestF1).unwrap();
            let (same_threshold, same) =
                judged(baseline, &turned, &fold, ThresholdRule::BestF1).unwrap();
            assert_eq!(threshold, same_threshold);
            let said = |row: &Judged| (row.row, row.logit, row.flagged);
            assert!(scored.iter().map(said).eq(same.iter().map(said)), "{baseline:?}");
            assert_eq!(
                threshold,
                judged(baseline, &reworded, &fold, ThresholdRule::BestF1).unwrap().0
            );
        }
    }

    #[test]
    fn a_threshold_is_chosen_by_the_inner_part() {
        // The same words, said the other way round in the inner part: flagging all is best there.
        let word = |number: usize| {
            let turned = usize::from((60..80).contains(&number));
            ["pear", "apple"][(number + turned) % 2]
        };
        let rows = rows(|number| format!("{} again", word(number)));
        let (_, scored) = judged(Baseline::TfIdf, &rows, &fold(), ThresholdRule::BestF1).unwrap();
        assert!(scored.iter().all(|row| row.flagged));
        assert_eq!(Figures::new(&scored).unwrap().roc_auc, 1.0);
    }
}
