//! The report as one page, `report.html`: no script, no font, no request to anywhere.

use askama::Template;
use metrics::Measure;

use super::{
    Report, bands, baselines, calibration, comparison, curves, data, findings, invariance, leaks,
    mentions, mistakes, model, not_judged, operating, overall, prevalence, slices, sources, suite,
};
use crate::number::{decimal, figure, interval, percent, size};
use crate::page::{Block, Section};

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    lead: String,
    tiles: Vec<Tile>,
    confidence: String,
    sections: Vec<Section>,
}

/// A figure at the head of the page.
struct Tile {
    name: &'static str,
    value: String,
    interval: String,
}

/// The whole page. Its policy forbids every request, so that opening it tells nobody.
pub fn page(report: &Report) -> String {
    let page = Page {
        report,
        lead: lead(report),
        tiles: tiles(report),
        confidence: percent(report.settings.confidence).replace(".0 %", " %"),
        sections: sections(report),
    };
    // A sign must not be torn from its number at the end of a line.
    page.to_string().replace(" %", "\u{a0}%")
}

fn lead(report: &Report) -> String {
    let overall = &report.overall;
    format!(
        "{} posts, {} of label 1 and {} of label 0, from {}.{} Flagged from a score of {}. Made {}.",
        size(overall.rows),
        size(overall.positives),
        size(overall.negatives),
        match &report.data.files[..] {
            [file] => file.file.clone(),
            files => format!("{} files", files.len()),
        },
        data::unlabelled(&report.data),
        decimal(overall.threshold),
        report.made_at
    )
}

fn tiles(report: &Report) -> Vec<Tile> {
    let tiles = [
        ("ROC AUC", Measure::RocAuc, decimal as fn(f64) -> String),
        ("F1", Measure::F1, decimal),
        ("Accuracy", Measure::Accuracy, percent),
        ("Positives flagged", Measure::Recall, percent),
        ("Negatives flagged", Measure::FalsePositiveRate, percent),
    ];
    let tile = |(name, measure, form)| {
        let value = report.overall.metric(measure);
        Tile { name, value: figure(value, form), interval: interval(value, form) }
    };
    tiles.map(tile).into()
}

/// The sections that have something to show, in their order.
fn sections(report: &Report) -> Vec<Section> {
    let sources = sources::show(&report.sources, &report.baseline_sources());
    let all = [
        ("findings", "What to know first", findings::show(&report.findings)),
        (
            "rarity",
            "If such posts are rare",
            prevalence::show(&report.prevalence, report.overall.share_positive()),
        ),
        ("curves", "Curves", vec![Block::Charts(charts(report))]),
        ("metrics", "Metrics", overall::show(&report.overall, &report.settings)),
        ("thresholds", "Thresholds and what each costs", thresholds(report)),
        (
            "not_judged",
            "Not judged",
            optional(report.not_judged.as_ref(), |it| {
                not_judged::show(it, &report.model.languages)
            }),
        ),
        ("sources", "Sources without positives", sources),
        ("mentions", "Does naming a subject cost a post?", mentions::show(&report.mentions)),
        ("slices", "Parts of the data", slices::show(&report.slices)),
        ("suite", "Functional suite", optional(report.suite.as_ref(), suite::show)),
        ("invariance", "Invariance", optional(report.invariance.as_ref(), invariance::show)),
        (
            "baselines",
            "Baselines",
            optional(report.baselines.as_ref(), |it| baselines::show(it, report.model_figures())),
        ),
        (
            "comparison",
            "Against another model",
            optional(report.comparison.as_ref(), |it| comparison::show(it, &report.model.name)),
        ),
        ("leaks", "Leak audit", leaks::show(&report.leaks)),
        ("mistakes", "Worst mistakes", mistakes::show(&report.mistakes)),
        ("made", "How this report was made", made(report)),
    ];
    all.into_iter()
        .filter(|(.., blocks)| !blocks.is_empty())
        .map(|(id, heading, blocks)| Section { id, heading, blocks })
        .collect()
}

fn optional<T>(part: Option<&T>, show: impl Fn(&T) -> Vec<Block>) -> Vec<Block> {
    part.map(show).unwrap_or_default()
}

fn charts(report: &Report) -> Vec<Block> {
    let overall = &report.overall;
    let threshold = report.operating_points.first().map_or("", |point| &point.name);
    let baseline = report.baselines.as_ref().and_then(|baselines| baselines.strongest_roc());
    let mut charts = curves::charts(&report.curves, overall, threshold, baseline);
    charts.extend([
        calibration::histogram_chart(&report.calibration, overall.threshold, threshold),
        calibration::reliability_chart(&report.calibration, overall.rows),
        overall::confusion(overall),
    ]);
    charts
}

fn thresholds(report: &Report) -> Vec<Block> {
    let mut blocks = operating::show(&report.operating_points);
    blocks.push(bands::show(&report.bands));
    blocks
}

/// Files, settings and times.
fn made(report: &Report) -> Vec<Block> {
    let seconds: Vec<String> = report
        .seconds
        .iter()
        .map(|stage| format!("{} {:.1} s", stage.stage, stage.seconds))
        .collect();
    let note = format!("{}Times: {}.", data::left_out(&report.data), seconds.join(", "));
    let settings = serde_json::to_string_pretty(&report.settings).unwrap_or_default();
    let mut blocks = vec![
        model::show(&report.model, format!("{}, {}", report.made_by, report.made_at)),
        data::show(&report.data),
        Block::note(note),
        Block::folded("Settings", vec![Block::Code(settings)]),
    ];
    blocks.extend(model::show_training(&report.model));
    blocks
}
