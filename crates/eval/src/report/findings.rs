//! The main findings: the report in a few sentences, good and bad alike. Each is made in the file of
//! its section.

use askama::Template;

use super::{
    Report, artefacts, baselines, calibration, data, invariance, mentions, overall, prevalence,
    sources, suite,
};
use crate::finding::{Finding, Kind};
use crate::page::Block;

/// Reads the report.
pub fn read(report: &Report) -> Vec<Finding> {
    let findings = [
        data::finding(&report.data),
        overall::separation(&report.overall),
        overall::at_threshold(&report.overall),
        prevalence::finding(&report.prevalence),
        sources::finding(&report.sources),
        mentions::finding(&report.mentions),
        report.suite.as_ref().and_then(suite::finding),
        report.baselines.as_ref().and_then(baselines::finding),
        calibration::finding(&report.calibration, &report.overall),
        report.invariance.as_ref().map(invariance::finding),
        report.leaks.artefacts.as_ref().and_then(artefacts::finding),
    ];
    findings.into_iter().flatten().collect()
}

#[derive(Template)]
#[template(path = "findings.html")]
struct List<'a> {
    findings: &'a [Finding],
}

/// The findings as a list; each is marked by shape and word, not by colour alone.
pub fn show(findings: &[Finding]) -> Vec<Block> {
    vec![Block::own(&List { findings })]
}

/// The findings on the terminal.
pub fn console(findings: &[Finding]) -> String {
    let sign = |kind| match kind {
        Kind::Good => "+",
        Kind::Caution => "!",
        Kind::Bad => "-",
    };
    findings.iter().map(|finding| format!("  {} {}\n", sign(finding.kind), finding.text)).collect()
}
