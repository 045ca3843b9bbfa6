//! The trainings of a cross-validation, one after the other.

use std::collections::BTreeMap;

use burn::tensor::Device;
use checkpoint::CheckpointError;
use checkpoint::base::Base;
use checkpoint::calibration::Label;
use model::electra::ElectraClassifier;

use super::baselines::{self, Rivals};
use super::figures::{Prediction, TestFigures, by_source};
use super::plan::{Fold, plan};
use super::report::{FoldRecord, Report, report_file};
use crate::base;
use crate::calibrate::fit::calibrate;
use crate::data::row::counts;
use crate::data::{self, Row, TokenisedPost, languages, shared_authors};
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;
use crate::finetune::card::Recipe;
use crate::finetune::settings::{self, Circumstances, Hyperparameters};
use crate::finetune::trainer::Trainer;
use crate::learning::evaluation::logits;
use crate::learning::progress::Progress;
use crate::learning::state::TrainingState;
use crate::learning::stop::Stop;
use crate::outcome::{Outcome, Stopped};

/// Cross-validates as the command line says, calling `report_fold` after every fold.
///
/// # Errors
/// Any [`TrainError`]; the folds done by then are in the report's file.
pub fn run(
    args: &FinetuneArgs,
    stop: &Stop,
    mut report_fold: impl FnMut(&FoldRecord),
) -> Result<Outcome<Report>, TrainError> {
    settings::check(args)?;
    let count = args.folds.unwrap_or_default();
    let device = model::device::open(args.running.device)?;
    let mut base = base::open(args.base.as_deref(), args.offline, args.seed)?;
    let data::Rows { training: rows, found, .. } = data::read(args, &base.tokenizer)?;
    found.lines().iter().for_each(|line| eprintln!("{line}"));
    let truncated = rows.iter().filter(|row| row.truncated).count();
    if truncated > 0 {
        eprintln!(
            "{truncated} posts longer than --max-length: cut to learn from, judged in windows"
        );
    }
    base::fit(&mut base, args.max_length, args.regularisation.dropout)?;
    let plan = plan(args, &rows)?;
    eprintln!("{}", plan.grouping.line(rows.len()));
    if let Some(warning) = plan.grouping.warning(rows.len(), count) {
        eprintln!("{warning}");
    }
    let file = report_file(&args.output);
    eprintln!("figures go to {}; no checkpoint is written", file.display());
    // Now rather than after the first training, should the place be no good.
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(CheckpointError::io("create", parent))?;
    }

    let mut report = Report {
        complete: false,
        program: env!("CARGO_PKG_VERSION"),
        base: base::name(args.base.as_deref())?,
        seed: args.seed,
        count,
        grouping: plan.grouping,
        inner_share: args.validation_share,
        sample: args.sample.map(|sample| sample.to_string()),
        max_length: args.max_length,
        truncated,
        data: found,
        folds: Vec::new(),
        spread: BTreeMap::new(),
        pooled: None,
        rivals: Rivals::new(),
        false_positives_by_source: BTreeMap::new(),
    };
    let training = Training { args, base: &base, device: &device, rows: &rows, stop };
    let mut predictions = Vec::new();
    for (fold, number) in plan.folds.iter().zip(1..) {
        eprintln!(
            "fold {number} of {count}: learning from {} posts, choosing by {}, judging by {}",
            fold.training.len(),
            fold.validation.len(),
            fold.test.len()
        );
        let Some((record, scored)) = training.fold(fold, number)? else {
            let done = report.folds.len();
            let file = (done > 0).then_some(file);
            return Ok(Outcome::Stopped(Stopped::Folds { done, count, file }));
        };
        report_fold(&record);
        report.folds.push(record);
        predictions.extend(scored);
        report.sum_up();
        report.pooled = Some(TestFigures::new(&predictions)?);
        report.false_positives_by_source =
            by_source(&predictions, |row| rows[row].source.as_deref())?;
        baselines::evaluate(&mut report.rivals, &rows, fold, args.threshold, number)?;
        report.write(&file)?;
    }
    Ok(Outcome::Finished(report))
}

/// Data that the trainings of all folds share.
struct Training<'a> {
    args: &'a FinetuneArgs,
    base: &'a Base,
    device: &'a Device,
    rows: &'a [Row],
    stop: &'a Stop,
}

impl Training<'_> {
    /// Trains without the test rows and then scores them. `None` if asked to stop.
    fn fold(
        &self,
        fold: &Fold,
        number: usize,
    ) -> Result<Option<(FoldRecord, Vec<Prediction>)>, TrainError> {
        let rows = |part: &[usize]| part.iter().map(|&row| &self.rows[row]).collect::<Vec<&Row>>();
        // Rows that the model of this fold would not judge have no part in its threshold.
        let owned = |part: &[usize]| part.iter().map(|&row| self.rows[row].clone()).collect();
        let claims = languages::claims(rows(&fold.training), rows(&fold.validation));
        let (validation_rows, _) = languages::claimed(
            owned(&fold.validation),
            &claims,
            &self.base.tokenizer,
            self.args.max_length,
        );
        let posts =
            |rows: &[&Row]| rows.iter().map(|row| row.post()).collect::<Vec<TokenisedPost>>();
        let parts = [&fold.training, &fold.validation, &fold.test].map(|part| rows(part));
        let [training, _, test] = parts.each_ref().map(|rows| posts(rows));
        let validation = posts(&validation_rows.iter().collect::<Vec<_>>());
        let [training_counts, validation_counts, _] =
            parts.each_ref().map(|rows| counts(rows.iter().map(|row| row.label)));

        let config = &self.base.config;
        let circumstances = Circumstances::new(self.args, training_counts, self.base)?;
        let hyperparameters = Hyperparameters {
            save_every: 0, // nothing takes a fold up again
            ..settings::hyperparameters(self.args, circumstances)?
        };
        let start = self.base.weights.clone();
        let state = TrainingState::fresh(BTreeMap::new(), start.clone());
        let (trainer, network) = Trainer::new(
            &hyperparameters,
            config,
            self.device,
            &training,
            &validation,
            start,
            state,
        )?;
        let mut progress = Progress::new(0, trainer.steps_to_take());
        let outcome = trainer.run(network, self.stop, &mut progress, |_| Ok(()));
        progress.finish();
        let Outcome::Finished(trained) = outcome? else { return Ok(None) };

        let labels: Vec<bool> = validation.iter().map(|post| post.label).collect();
        let (calibration, chosen_on) =
            calibrate(&trained.logits, &labels, hyperparameters.threshold, 1.0)?;
        let network =
            ElectraClassifier::new(config, &trained.weights, &self.device.clone().autodiff())?;
        let scored: Vec<Prediction> = fold
            .test
            .iter()
            .zip(logits(&network, &test))
            .map(|(&row, logit)| Prediction {
                row,
                logit: logit / f64::from(calibration.temperature),
                flagged: calibration.label(calibration.score(logit as f32)) == Label::ProIsis,
                label: self.rows[row].label,
            })
            .collect();
        let [training, validation, test] = parts;
        let state = trained.record;
        let record = FoldRecord {
            fold: number,
            training: training_counts,
            validation: validation_counts,
            shared_authors: shared_authors(test, training.into_iter().chain(validation)),
            test: TestFigures::new(&scored)?,
            chosen_on,
            threshold: calibration.threshold,
            temperature: calibration.temperature,
            steps: state.step - state.skipped,
            kept_steps: state.kept_steps(),
            seconds: state.seconds,
            hyperparameters: Recipe::new(&hyperparameters),
        };
        Ok(Some((record, scored)))
    }
}
