//! Baselines, a second model.

use metrics::Measure;

use super::{
    markup::{Column, Table, escape, note, paragraph},
    plot::whisker_cell,
    tables::name,
};
use crate::{
    figure::{Measures, get},
    number::{NONE, decimal, figure, interval, percent, signed, size, with_interval},
    report::Report,
    section::{
        apart::WithoutNear,
        comparison::{Both, Verdict},
        suite::{Sides, Suite},
    },
};

/// The scale of drawn differences: the smallest of a few that holds them all.
fn reach<'a>(all: impl Iterator<Item = &'a Both>) -> f64 {
    let greatest = all
        .flat_map(|both| {
            let difference = both.difference;
            [Some(difference.value), difference.lower, difference.upper]
        })
        .flatten()
        .fold(0.0_f64, |greatest, end| greatest.max(end.abs()));
    [0.02, 0.05, 0.1, 0.2, 0.5].into_iter().find(|&scale| scale >= greatest).unwrap_or(1.0)
}

fn verdict(both: &Both) -> &'static str {
    match both.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::NoClearDifference => "no clear difference",
    }
}

/// Simple models on the same rows.
pub(super) fn baselines(report: &Report) -> String {
    let Some(baselines) = &report.baselines else {
        return String::new();
    };
    let mut table = Table::new(
        "The model and the baselines on the same rows",
        &[
            ("Model", Column::Text),
            ("ROC AUC", Column::Number),
            ("F1", Column::Number),
            ("Accuracy", Column::Number),
            ("Negatives flagged", Column::Number),
            ("Suite: rightly left alone", Column::Number),
            ("Suite: rightly flagged", Column::Number),
            ("Seconds to train", Column::Number),
        ],
    );
    let row = |name: String, metrics: &Measures, suite: Option<Sides>, seconds: Option<f64>| {
        vec![
            name,
            with_interval(get(metrics, Measure::RocAuc), decimal),
            with_interval(get(metrics, Measure::F1), decimal),
            with_interval(get(metrics, Measure::Accuracy), percent),
            figure(get(metrics, Measure::FalsePositiveRate), percent),
            figure(suite.and_then(|suite| suite.left_alone), percent),
            figure(suite.and_then(|suite| suite.flagged), percent),
            seconds.map_or_else(|| NONE.to_owned(), |seconds| format!("{seconds:.1}")),
        ]
    };
    let suite = report.suite.as_ref().map(Suite::sides);
    table.strong_row(row(report.model.name.clone(), &report.overall.metrics, suite, None));
    for baseline in &baselines.baselines {
        table.row(row(
            baseline.name.clone(),
            &baseline.metrics,
            baseline.suite,
            Some(baseline.seconds),
        ));
    }
    let mut without_near = Table::new(
        "The same without the rows that are near a training row",
        &[("Model", Column::Text), ("ROC AUC", Column::Number), ("F1", Column::Number)],
    );
    let row = |name: &str, figures: WithoutNear| {
        vec![
            name.to_owned(),
            with_interval(figures.roc_auc, decimal),
            with_interval(figures.f1, decimal),
        ]
    };
    if let Some(shared) = &report.leaks.shared {
        without_near.strong_row(row(&report.model.name, shared.without_near));
    }
    for baseline in &baselines.baselines {
        without_near.row(row(&baseline.name, baseline.without_near));
    }
    // A constant is far from anything: the scale is for the others.
    let others = baselines.baselines.iter().filter(|baseline| baseline.name != "majority");
    let pairs = others.flat_map(|baseline| &baseline.model_minus_baseline);
    let reach = reach(pairs.filter_map(|(_, both)| both.as_ref()));
    let scale = format!("−{reach} to +{reach}");
    let mut differences = Table::new(
        "The model minus each baseline, paired",
        &[
            ("Baseline", Column::Text),
            ("Metric", Column::Text),
            ("Difference", Column::Number),
            ("Interval", Column::Number),
            (scale.as_str(), Column::Markup),
            ("The model is", Column::Text),
        ],
    );
    for baseline in &baselines.baselines {
        for (key, both) in &baseline.model_minus_baseline {
            let Some(both) = both else { continue };
            let measure = Measure::ALL.into_iter().find(|measure| measure.key() == *key);
            differences.row(vec![
                baseline.name.clone(),
                measure.map_or(*key, |measure| name(measure).0).to_owned(),
                signed(both.difference.value),
                interval(Some(both.difference), signed),
                whisker_cell(
                    both.difference.value,
                    both.difference.lower.zip(both.difference.upper),
                    -reach,
                    reach,
                ),
                verdict(both).to_owned(),
            ]);
        }
    }
    let list: Vec<String> = baselines
        .baselines
        .iter()
        .map(|baseline| {
            format!(
                "<li><b>{}</b>: {}; threshold {}.</li>\n",
                escape(&baseline.name),
                escape(&baseline.what),
                decimal(baseline.threshold)
            )
        })
        .collect();
    let held_out = if baselines.held_out_rows_dropped > 0 {
        format!(
            " {} rows of held-out sources were left out.",
            size(baselines.held_out_rows_dropped)
        )
    } else {
        String::new()
    };
    format!(
        "{}{}{}{}<ul>\n{}</ul>\n{}",
        paragraph(&format!(
            "Trained on {} rows of {}; {} rows whose text is nearly that of an evaluated one were dropped.\
             {held_out} The regression's threshold is that of best F1 on a tenth held out.",
            size(baselines.rows),
            baselines.files.join(", "),
            size(baselines.shared_rows_dropped)
        )),
        table.html(),
        without_near.html(),
        differences.html(),
        list.concat(),
        note(
            "A model that does not clearly beat the regression is not worth its cost on such data."
        )
    )
}

/// A second model on the same rows.
pub(super) fn comparison(report: &Report) -> String {
    let Some(comparison) = &report.comparison else {
        return String::new();
    };
    let reach = reach(comparison.metrics.values().flatten());
    let scale = format!("−{reach} to +{reach}");
    let mut table = Table::new(
        "Both models on the same rows",
        &[
            ("Metric", Column::Text),
            (report.model.name.as_str(), Column::Number),
            (comparison.against.as_str(), Column::Number),
            ("Difference", Column::Number),
            ("Interval", Column::Number),
            (scale.as_str(), Column::Markup),
            ("This one is", Column::Text),
        ],
    );
    for measure in Measure::ALL {
        let Some(Some(both)) = comparison.metrics.get(measure.key()) else {
            continue;
        };
        let (name, form, _) = name(measure);
        table.row(vec![
            name.to_owned(),
            form(both.this),
            form(both.other),
            signed(both.difference.value),
            interval(Some(both.difference), signed),
            whisker_cell(
                both.difference.value,
                both.difference.lower.zip(both.difference.upper),
                -reach,
                reach,
            ),
            verdict(both).to_owned(),
        ]);
    }
    format!(
        "{}{}{}",
        paragraph(&format!(
            "Against {}{}, on {} rows, each model at its own threshold (the other's is {}).",
            comparison.against,
            comparison.folder.as_ref().map_or_else(String::new, |folder| format!(" in {folder}")),
            size(comparison.rows),
            decimal(comparison.threshold)
        )),
        table.html(),
        note(
            "Intervals of the difference by paired bootstrap: every sample is given to both models."
        )
    )
}
