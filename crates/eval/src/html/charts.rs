//! The curves, the reliability diagram, the histogram.

use metrics::Measure;

use super::{
    markup::{Column, Table, details, note},
    plot::{Axis, Plot},
};
use crate::{
    figure::get,
    number::{decimal, optional, percent, size, with_interval},
    report::Report,
};

/// All charts that can be drawn.
pub(super) fn all(report: &Report) -> String {
    let charts = [
        roc(report),
        precision_recall(report),
        thresholds(report),
        histogram(report),
        reliability(report),
        super::tables::confusion(report),
    ];
    format!("<div class=\"charts\">\n{}</div>\n", charts.concat())
}

fn operating_point(report: &Report) -> Option<[f64; 3]> {
    let rate = |measure| get(&report.overall.metrics, measure).map(|figure| figure.value);
    Some([
        rate(Measure::FalsePositiveRate)?,
        rate(Measure::Recall)?,
        rate(Measure::Precision).unwrap_or(f64::NAN),
    ])
}

/// "shipped threshold", or "threshold used" where it is another than the checkpoint's.
fn threshold_name(report: &Report) -> &str {
    report.operating_points.first().map_or("", |point| &point.name)
}

fn roc(report: &Report) -> String {
    let Some(auc) = get(&report.overall.metrics, Measure::RocAuc) else {
        return String::new();
    };
    let point = operating_point(report);
    let at = point.map_or_else(String::new, |[fpr, tpr, _]| {
        format!(
            " At the threshold {} it flags {} of the positives and {} of the negatives.",
            decimal(report.overall.threshold),
            percent(tpr),
            percent(fpr)
        )
    });
    let mut plot = Plot::new(
        "roc",
        "ROC curve",
        format!("Area under the curve {}.{at}", with_interval(Some(auc), decimal)),
        Axis::share("negatives flagged (false-positive rate)"),
        Axis::share("positives flagged (recall)"),
    );
    plot.line("chance", &[[0.0, 0.0], [1.0, 1.0]]);
    let mut key = vec![("model", "model"), ("chance", "chance")];
    let rival = report.baselines.as_ref().and_then(|baselines| baselines.baselines.last());
    if let Some(rival) = rival {
        plot.line("rival", &rival.roc);
        key.insert(1, ("rival", rival.name.as_str()));
    }
    plot.area("model", &report.curves.roc, 0.0);
    plot.line("model", &report.curves.roc);
    if let Some([fpr, tpr, _]) = point {
        plot.dot("point", [fpr, tpr], 5.0, &at);
        // Left of the curve there is no room, right of a point far right neither.
        let right = fpr > 0.6;
        plot.label(
            [fpr, tpr],
            [if right { 4.0 } else { 11.0 }, 20.0],
            right,
            "point",
            threshold_name(report),
        );
    }
    plot.label([1.0, 0.0], [-8.0, -10.0], true, "big", &format!("AUC {}", decimal(auc.value)));
    let below = format!(
        "Up and to the left is better; the area is the chance that a random positive outscores a \
         random negative.{at}"
    );
    plot.figure(&key, &note(&below))
}

fn precision_recall(report: &Report) -> String {
    let Some(area) = get(&report.overall.metrics, Measure::AveragePrecision) else {
        return String::new();
    };
    let share = report.overall.positives as f64 / report.overall.rows as f64;
    let mut plot = Plot::new(
        "pr",
        "Precision and recall",
        format!(
            "Average precision {}; flagging everything would give {}.",
            with_interval(Some(area), decimal),
            decimal(share)
        ),
        Axis::share("positives flagged (recall)"),
        Axis::share("flagged that are positive (precision)"),
    );
    plot.line("chance", &[[0.0, share], [1.0, share]]);
    plot.area("model", &report.curves.precision_recall, 0.0);
    plot.line("model", &report.curves.precision_recall);
    if let Some([_, recall, precision]) = operating_point(report).filter(|point| !point[2].is_nan())
    {
        let title = format!("recall {}, precision {}", percent(recall), percent(precision));
        plot.dot("point", [recall, precision], 5.0, &title);
        let right = recall > 0.5;
        let shift = if right { -10.0 } else { 10.0 };
        plot.label([recall, precision], [shift, 18.0], right, "point", threshold_name(report));
    }
    plot.label([0.0, 0.0], [8.0, -10.0], false, "big", &format!("AP {}", decimal(area.value)));
    plot.figure(
        &[("model", "model"), ("chance", "flagging everything")],
        &note("Precision belongs to the share of positives in this file; where they are rarer it is lower."),
    )
}

fn thresholds(report: &Report) -> String {
    let rows = &report.curves.thresholds;
    let column = |value: fn(&crate::section::curves::AtThreshold) -> Option<f64>| -> Vec<[f64; 2]> {
        rows.iter().filter_map(|at| Some([at.threshold, value(at)?])).collect()
    };
    let mut plot = Plot::new(
        "thresholds",
        "What each threshold does",
        "Precision, recall, share flagged and share of negatives flagged for every threshold from \
         0 to 1; the table below has the numbers."
            .to_owned(),
        Axis::score("threshold"),
        Axis::share("share"),
    );
    plot.upright("mark", report.overall.threshold, threshold_name(report));
    plot.line("flagrate", &column(|at| Some(at.flag_rate)));
    plot.line("fpr", &column(|at| at.false_positive_rate));
    plot.line("precision", &column(|at| at.precision));
    plot.line("recall", &column(|at| at.recall));
    let mut table = Table::new(
        "Rates against the threshold",
        &[
            ("Threshold", Column::Number),
            ("Precision", Column::Number),
            ("Recall", Column::Number),
            ("Negatives flagged", Column::Number),
            ("All flagged", Column::Number),
        ],
    );
    for at in rows.iter().step_by(5) {
        table.row(vec![
            format!("{:.2}", at.threshold),
            optional(at.precision, percent),
            optional(at.recall, percent),
            optional(at.false_positive_rate, percent),
            percent(at.flag_rate),
        ]);
    }
    plot.figure(
        &[
            ("precision", "precision"),
            ("recall", "recall"),
            ("flagrate", "all flagged"),
            ("fpr", "negatives flagged"),
        ],
        &details("The numbers", &table.html()),
    )
}

fn histogram(report: &Report) -> String {
    let histogram = &report.calibration.histogram;
    let shares = |bars: &[u64]| -> Vec<f64> {
        let total = bars.iter().sum::<u64>().max(1) as f64;
        bars.iter().map(|&bar| bar as f64 / total).collect()
    };
    let (positives, negatives) = (shares(&histogram.positives), shares(&histogram.negatives));
    let highest = positives.iter().chain(&negatives).fold(0.0_f64, |a, &b| a.max(b));
    let top = (highest * 5.0).ceil().max(1.0) / 5.0;
    let label = |share: f64| format!("{:.0} %", share.abs() * 100.0);
    let mut plot = Plot::new(
        "histogram",
        "Scores by label",
        format!(
            "{} of the positives score in the highest twentieth, {} of the negatives in the lowest.",
            percent(positives.last().copied().unwrap_or_default()),
            percent(negatives.first().copied().unwrap_or_default())
        ),
        Axis::score("score"),
        Axis {
            label: "share of the label's rows",
            from: -top,
            to: top,
            ticks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|part| (part * top, label(part * top))).to_vec(),
        },
    );
    let width = 1.0 / positives.len() as f64;
    for (bar, (up, down)) in positives.iter().zip(&negatives).enumerate() {
        let x = [bar as f64 * width, (bar + 1) as f64 * width];
        let range = format!("scores {:.2} to {:.2}", x[0], x[1]);
        plot.bar("positive", x, [0.0, *up], &format!("{range}: {} of positives", percent(*up)));
        plot.bar(
            "negative",
            x,
            [-*down, 0.0],
            &format!("{range}: {} of negatives", percent(*down)),
        );
    }
    plot.line("base", &[[0.0, 0.0], [1.0, 0.0]]);
    plot.upright("mark", report.overall.threshold, threshold_name(report));
    let mut table = Table::new(
        "Rows by score",
        &[("Score", Column::Text), ("Label 1", Column::Number), ("Label 0", Column::Number)],
    );
    for (bar, (up, down)) in histogram.positives.iter().zip(&histogram.negatives).enumerate() {
        table.row(vec![
            format!("{:.2} to {:.2}", bar as f64 * width, (bar + 1) as f64 * width),
            crate::number::count(*up),
            crate::number::count(*down),
        ]);
    }
    plot.figure(
        &[("positive", "label 1, upwards"), ("negative", "label 0, downwards")],
        &details("The numbers", &table.html()),
    )
}

fn reliability(report: &Report) -> String {
    let calibration = &report.calibration;
    let mut plot = Plot::new(
        "reliability",
        "Does a score mean what it says?",
        format!(
            "Share of positives against mean score in {} bins of equal numbers of rows. Expected \
             calibration error {} over these bins, {} over bins of equal width.",
            calibration.equal_mass.len(),
            decimal(calibration.ece_equal_mass),
            decimal(calibration.ece_equal_width)
        ),
        Axis::score("mean score of the bin"),
        Axis::share("positives among its rows"),
    );
    plot.line("chance", &[[0.0, 0.0], [1.0, 1.0]]);
    let mut table = Table::new(
        "Reliability",
        &[
            ("Scores", Column::Text),
            ("Rows", Column::Number),
            ("Mean score", Column::Number),
            ("Positive", Column::Number),
        ],
    );
    let points: Vec<[f64; 2]> = calibration
        .equal_mass
        .iter()
        .filter_map(|bin| Some([bin.mean_score, bin.positive_rate?.value]))
        .collect();
    plot.line("model thin", &points);
    for bin in &calibration.equal_mass {
        let Some(rate) = bin.positive_rate else { continue };
        if let (Some(lower), Some(upper)) = (rate.lower, rate.upper) {
            plot.whisker("model", bin.mean_score, lower, upper);
        }
        let title = format!(
            "{} rows, mean score {}, positive {}",
            crate::number::count(bin.rows),
            decimal(bin.mean_score),
            percent(rate.value)
        );
        plot.dot("model", [bin.mean_score, rate.value], 4.0, &title);
        table.row(vec![
            format!("{:.3} to {:.3}", bin.from, bin.to),
            crate::number::count(bin.rows),
            decimal(bin.mean_score),
            with_interval(Some(rate), percent),
        ]);
    }
    let error = format!("ECE {}", decimal(calibration.ece_equal_mass));
    plot.label([0.0, 1.0], [10.0, 22.0], false, "big", &error);
    let below = format!(
        "{}{}",
        note(&format!(
            "{} bins of about equally many of the {} rows. On the diagonal a score is the share of \
             positives, for this file's share of them.",
            calibration.equal_mass.len(),
            size(report.overall.rows)
        )),
        details("The numbers", &table.html())
    );
    plot.figure(&[("model", "bins, with intervals"), ("chance", "perfect")], &below)
}
