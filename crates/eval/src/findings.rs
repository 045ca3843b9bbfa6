//! The main findings: the report in a few sentences, good and bad alike.

use metrics::Measure;

use crate::{
    figure::get,
    number::{decimal, percent, signed, size, with_interval},
    report::{Finding, Kind, Report, Use},
    section::comparison::Verdict,
};

/// Reads the report. The limits are ours: they say where a sentence turns, not what is allowed.
pub fn read(report: &Report) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(seen(report));
    found.extend(separation(report));
    found.extend(at_threshold(report));
    found.extend(rarity(report));
    found.extend(worst_source(report));
    found.extend(naming_islam(report));
    found.extend(suite(report));
    found.extend(baseline(report));
    found.extend(calibration(report));
    found.extend(invariance(report));
    found.extend(leaks(report));
    found
}

fn finding(kind: Kind, text: String) -> Finding {
    Finding { kind, text }
}

/// Good from `good` on, bad from `bad` on; `good` and `bad` may lie either way round.
fn grade(value: f64, good: f64, bad: f64) -> Kind {
    let sign = if good > bad { 1.0 } else { -1.0 };
    if sign * value >= sign * good {
        Kind::Good
    } else if sign * value <= sign * bad {
        Kind::Bad
    } else {
        Kind::Caution
    }
}

fn seen(report: &Report) -> Option<Finding> {
    let used = |what: Use| -> Vec<&str> {
        let files = report.data.files.iter();
        files.filter(|file| file.used_in_training == Some(what)).map(|file| &*file.file).collect()
    };
    let (learnt, chosen) = (used(Use::LearntFrom), used(Use::ChoseBy));
    if !learnt.is_empty() {
        let text = format!(
            "The model was trained on {}: figures on it show that it has learnt it, not what it \
             is worth on posts it has not seen.",
            learnt.join(", ")
        );
        return Some(finding(Kind::Bad, text));
    }
    (!chosen.is_empty()).then(|| {
        let text = format!(
            "The model's threshold was chosen by {}: figures on it flatter the model a little.",
            chosen.join(", ")
        );
        finding(Kind::Caution, text)
    })
}

fn separation(report: &Report) -> Option<Finding> {
    let auc = get(&report.overall.metrics, Measure::RocAuc)?;
    Some(finding(
        grade(auc.value, 0.95, 0.8),
        format!(
            "Of a positive and a negative post drawn at random, the score puts the positive one \
             higher {} of the time: ROC AUC {}.",
            percent(auc.value),
            with_interval(Some(auc), decimal)
        ),
    ))
}

fn at_threshold(report: &Report) -> Option<Finding> {
    let recall = get(&report.overall.metrics, Measure::Recall)?;
    let rate = get(&report.overall.metrics, Measure::FalsePositiveRate)?;
    Some(finding(
        // A model that flags nothing is right about every negative, and of no use.
        grade(rate.value, 0.02, 0.1).max(grade(recall.value, 0.5, 0.1)),
        format!(
            "At the threshold {} it flags {} of the positives and {} of the negatives.",
            decimal(report.overall.threshold),
            percent(recall.value),
            percent(rate.value)
        ),
    ))
}

fn rarity(report: &Report) -> Option<Finding> {
    let rare = report.prevalence.iter().find(|at| at.prevalence < 0.02)?;
    Some(finding(grade(rare.precision.value, 0.9, 0.5), rare.words.clone()))
}

fn worst_source(report: &Report) -> Option<Finding> {
    let worst = report.sources.first()?;
    let rate = worst.false_positive_rate?;
    Some(finding(
        grade(rate.value, 0.02, 0.1),
        format!(
            "The source it treats worst is {}: {} of its {} posts are flagged, and none should be.",
            worst.source,
            percent(rate.value),
            size(worst.rows)
        ),
    ))
}

fn naming_islam(report: &Report) -> Option<Finding> {
    let mention = report.mentions.iter().find(|mention| mention.subject.contains("Muslims"))?;
    let rate = mention.false_positive_rate?;
    let elsewhere = mention.false_positive_rate_elsewhere?;
    if mention.negatives < 20 {
        return None;
    }
    let apart = rate.lower? > elsewhere.upper?;
    Some(finding(
        match (apart, rate.value >= 0.1) {
            (true, true) => Kind::Bad,
            (false, false) => Kind::Good,
            _ => Kind::Caution,
        },
        format!(
            "Naming Islam or Muslims {}: {} of {} such negatives are flagged, {} of the others.",
            if apart { "costs a post" } else { "does not clearly cost a post" },
            percent(rate.value),
            size(mention.negatives),
            percent(elsewhere.value)
        ),
    ))
}

fn suite(report: &Report) -> Option<Finding> {
    let suite = report.suite.as_ref()?;
    let worst = suite.functions.first()?;
    let sides = [suite.negatives_passed?.value, suite.positives_passed?.value];
    Some(finding(
        // A judge that flags everything, or nothing, passes one side whole.
        grade(sides[0].min(sides[1]), 0.9, 0.7),
        format!(
            "Of the cases of the suite it rightly leaves alone {} and rightly flags {}; worst is \
             \u{201c}{}\u{201d} with {} of {}.",
            percent(sides[0]),
            percent(sides[1]),
            worst.function.replace('_', " "),
            worst.passed,
            worst.cases
        ),
    ))
}

fn baseline(report: &Report) -> Option<Finding> {
    let strongest = report.baselines.as_ref()?.baselines.last()?;
    let (_, both) =
        strongest.model_minus_baseline.iter().find(|(key, _)| *key == Measure::RocAuc.key())?;
    let both = (*both)?;
    let (kind, verb) = match both.verdict {
        Verdict::Better => (Kind::Good, "beats"),
        Verdict::Worse => (Kind::Bad, "is beaten by"),
        Verdict::NoClearDifference => (Kind::Caution, "does not clearly beat"),
    };
    Some(finding(
        kind,
        format!(
            "By ROC AUC it {verb} the {} trained on {} rows: {} against {}, a difference of {}.",
            strongest.name,
            size(report.baselines.as_ref()?.rows),
            decimal(both.this),
            decimal(both.other),
            with_interval(Some(both.difference), signed)
        ),
    ))
}

fn calibration(report: &Report) -> Option<Finding> {
    let error = report.calibration.ece_equal_mass;
    get(&report.overall.metrics, Measure::RocAuc)?;
    Some(finding(
        grade(error, 0.03, 0.1),
        format!(
            "On these rows a score is off from the share of positives by {} on average.",
            decimal(error)
        ),
    ))
}

fn invariance(report: &Report) -> Option<Finding> {
    let invariance = report.invariance.as_ref()?;
    let text = if invariance.moved == 0 {
        format!(
            "No score moved by more than {} in {} edits of retweet headers, links, handles, \
             escapes and line breaks.",
            invariance.tolerance,
            size(invariance.edited)
        )
    } else {
        format!(
            "{} of {} edits that change only how a post was collected moved its score by more \
             than {}.",
            size(invariance.moved),
            size(invariance.edited),
            invariance.tolerance
        )
    };
    let share = invariance.moved as f64 / invariance.edited.max(1) as f64;
    Some(finding(grade(share, 0.0, 0.05), text))
}

fn leaks(report: &Report) -> Option<Finding> {
    let artefacts = report.leaks.artefacts.as_ref()?;
    let kind = grade(artefacts.roc_auc_normalised?.value, 0.6, 0.75);
    Some(finding(kind, artefacts.words.clone()))
}
