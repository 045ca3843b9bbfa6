//! The report in short, on the terminal.

use std::path::Path;

use super::{Report, data, findings, not_judged, overall};

/// The report in short, and where it lies.
pub fn text(report: &Report, folder: &Path) -> String {
    format!(
        "report: {}\n\n{}{}\n{}\n{}",
        folder.join("report.html").display(),
        data::console(&report.data, &report.model, &report.overall),
        report.not_judged.as_ref().map(not_judged::console).unwrap_or_default(),
        overall::console(&report.overall),
        findings::console(&report.findings)
    )
}
