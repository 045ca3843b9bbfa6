//! Simple models on exactly the rows of each fold: a network that does not beat them should be seen
//! not to.

use std::collections::BTreeMap;

use baselines::Baseline;
use checkpoint::calibration::sigmoid;
use serde::Serialize;

use super::figures::{Prediction, Spread, TestFigures, spread};
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
    /// All test rows together, each scored and decided on by its own fold. A constant differs from
    /// fold to fold, so that a pooled ROC AUC of the majority is only about one half.
    pub pooled: Option<TestFigures>,
    #[serde(skip)]
    predictions: Vec<Prediction>,
}

/// A rival on one fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RivalFold {
    /// From 1.
    pub fold: usize,
    /// Rows are flagged from this score on: the threshold that the rule gives on the validation part,
    /// as the model's. For a weak rival that is a score so low that it flags nearly everything.
    pub threshold: f32,
    /// The test rows.
    #[serde(rename = "judged")]
    pub test: TestFigures,
}

/// Trains every rival on what a fold learns from, chooses its threshold by the validation part and adds
/// its figures on the test rows. Posts all count the same to rivals, whatever their weight.
///
/// # Errors
/// [`TrainError::Metric`] if a part of the fold lacks a label.
pub fn evaluate(
    rivals: &mut Rivals,
    rows: &[Row],
    fold: &Fold,
    rule: ThresholdRule,
    number: usize,
) -> Result<(), TrainError> {
    for baseline in Baseline::ALL {
        let (threshold, predictions) = predict(baseline, rows, fold, rule)?;
        rivals.entry(baseline.name()).or_default().add(number, threshold, predictions)?;
    }
    Ok(())
}

impl Rival {
    fn add(
        &mut self,
        fold: usize,
        threshold: f64,
        predictions: Vec<Prediction>,
    ) -> Result<(), TrainError> {
        let figures = TestFigures::new(&predictions)?;
        self.folds.push(RivalFold { fold, threshold: sigmoid(threshold as f32), test: figures });
        self.spread = spread(self.folds.iter().map(|fold| &fold.test));
        self.predictions.extend(predictions);
        self.pooled = Some(TestFigures::new(&self.predictions)?);
        Ok(())
    }
}

/// The threshold of a rival, as log-odds, and its predictions on the test rows of a fold.
fn predict(
    baseline: Baseline,
    rows: &[Row],
    fold: &Fold,
    rule: ThresholdRule,
) -> Result<(f64, Vec<Prediction>), TrainError> {
    // Keys will do for texts: case makes no difference to a baseline.
    let part = |part: &[usize]| -> (Vec<&str>, Vec<bool>) {
        part.iter().map(|&row| (rows[row].key.as_str(), rows[row].label)).unzip()
    };
    let (texts, labels) = part(&fold.training);
    let trained = baseline.train(&texts, &labels);
    let (texts, labels) = part(&fold.validation);
    let threshold = rule.choose(&trained.logits(&texts), &labels)?;
    let (texts, labels) = part(&fold.test);
    let scored = trained.logits(&texts).into_iter().zip(labels).zip(&fold.test);
    let predictions = scored.map(|((logit, label), &row)| Prediction {
        row,
        logit,
        flagged: logit >= threshold,
        label,
    });
    Ok((threshold, predictions.collect()))
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
        Fold {
            training: (0..60).collect(),
            validation: (60..80).collect(),
            test: (80..120).collect(),
        }
    }

    #[test]
    fn a_rival_that_can_tell_the_labels_apart_does_and_a_constant_does_not() {
        let rows = rows(|number| format!("an {} again", ["pear", "apple"][number % 2]));
        let mut rivals = Rivals::new();
        for number in [1, 2] {
            evaluate(&mut rivals, &rows, &fold(), ThresholdRule::BestF1, number).unwrap();
        }
        let regression = &rivals[Baseline::TfIdf.name()];
        assert_eq!(regression.folds.iter().map(|fold| fold.fold).collect::<Vec<_>>(), [1, 2]);
        for figures in [&regression.folds[1].test, regression.pooled.as_ref().unwrap()] {
            assert_eq!((figures.roc_auc, figures.accuracy), (1.0, Some(1.0)));
        }
        let f1 = Spread { mean: 1.0, standard_deviation: Some(0.0) };
        assert_eq!(regression.spread["f1"], f1);
        // Flagging everything is what a constant can do for F1.
        let majority = &rivals[Baseline::Majority.name()].folds[0].test;
        assert_eq!((majority.roc_auc, majority.recall), (0.5, Some(1.0)));
        assert_eq!(majority.false_positive_rate, Some(1.0));
    }

    #[test]
    fn nothing_is_learned_from_judged_rows() {
        let text = |number: usize| format!("isis w{} w{} w{}", number % 7, number % 5, number % 3);
        let (rows, fold) = (rows(text), fold());
        let [mut turned, mut reworded] = [rows.clone(), rows.clone()];
        for &row in &fold.test {
            turned[row].label = !turned[row].label;
            reworded[row].key = format!("caliph w{row}");
        }
        for baseline in Baseline::ALL {
            let (threshold, scored) =
                predict(baseline, &rows, &fold, ThresholdRule::BestF1).unwrap();
            let (same_threshold, same) =
                predict(baseline, &turned, &fold, ThresholdRule::BestF1).unwrap();
            assert_eq!(threshold, same_threshold);
            let prediction = |row: &Prediction| (row.row, row.logit, row.flagged);
            assert!(scored.iter().map(prediction).eq(same.iter().map(prediction)), "{baseline:?}");
            assert_eq!(
                threshold,
                predict(baseline, &reworded, &fold, ThresholdRule::BestF1).unwrap().0
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
        let (_, scored) = predict(Baseline::TfIdf, &rows, &fold(), ThresholdRule::BestF1).unwrap();
        assert!(scored.iter().all(|row| row.flagged));
        assert_eq!(TestFigures::new(&scored).unwrap().roc_auc, 1.0);
    }
}
