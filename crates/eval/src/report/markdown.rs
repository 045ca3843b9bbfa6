//! The parts of the report that a document can hold, by the names of its blocks.

use super::{
    Report, baselines, data, invariance, leaks, mentions, not_judged, operating, overall,
    prevalence, sources, suite,
};

/// Writes a part of the report.
pub type Writer = fn(&Report) -> String;

/// Every block by name, with its writer.
pub const BLOCKS: [(&str, Writer); 11] = [
    ("data", |report| data::markdown(&report.data, &report.overall)),
    ("metrics", |report| overall::markdown(&report.overall)),
    ("operating", |report| operating::markdown(&report.operating_points)),
    ("prevalence", |report| prevalence::markdown(&report.prevalence)),
    ("sources", |report| sources::markdown(&report.sources, &report.baseline_sources())),
    ("not_judged", |report| optional(report.not_judged.as_ref(), not_judged::markdown)),
    ("mentions", |report| mentions::markdown(&report.mentions)),
    ("suite", |report| optional(report.suite.as_ref(), suite::markdown)),
    ("invariance", |report| optional(report.invariance.as_ref(), invariance::markdown)),
    ("leaks", |report| leaks::markdown(&report.leaks)),
    ("baselines", |report| {
        optional(report.baselines.as_ref(), |it| baselines::markdown(it, report.model_figures()))
    }),
];

fn optional<T>(part: Option<&T>, write: impl Fn(&T) -> String) -> String {
    part.map_or_else(|| "Not measured in this report.\n".to_owned(), write)
}
