//! The texts of late, by band and language, and how far they have moved from those of the calibration.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::Mutex;

use checkpoint::{Band, Reference};
use scorer::Verdict;

use super::{family, lock};
use crate::drift::{Drift, drift};

/// The texts that are compared: enough for an interval of a few hundredths, few enough to be of late.
const WINDOW: usize = 10_000;

/// Name, help and value of a gauge.
type Gauge = (&'static str, &'static str, fn(&Drift) -> Option<f64>);

/// Counts of texts since the start, and the last of them.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bands: BTreeMap<&'static str, u64>,
    languages: BTreeMap<&'static str, u64>,
    /// SHA-256 of the model that has scored the last texts.
    model: String,
    /// Band, score and language of each.
    last: VecDeque<(Band, Option<f32>, Option<&'static str>)>,
}

impl Traffic {
    /// Counts the verdict of the model with this SHA-256.
    pub fn count(&self, model: &str, verdict: &Verdict) {
        let (band, lang) = (verdict.band(), verdict.lang());
        let score = verdict.score().map(|score| score.score);
        let mut counts = lock(&self.0);
        if counts.model != model {
            counts.last.clear();
            model.clone_into(&mut counts.model);
        }
        *counts.bands.entry(band.as_str()).or_default() += 1;
        *counts.languages.entry(lang.unwrap_or("none")).or_default() += 1;
        if counts.last.len() == WINDOW {
            counts.last.pop_front();
        }
        counts.last.push_back((band, score, lang));
    }

    /// The counts, and the indices where the model's record has a reference and enough texts came.
    pub fn render(&self, reference: Option<&Reference>, out: &mut String) {
        // Comparing takes milliseconds, for which no text should wait.
        let (bands, languages, last) = {
            let counts = lock(&self.0);
            (counts.bands.clone(), counts.languages.clone(), counts.last.clone())
        };
        for (name, label, help, counts) in [
            ("threat_texts_total", "band", "Texts by band.", bands),
            ("threat_texts_by_language_total", "lang", "Texts by language.", languages),
        ] {
            family(out, name, "counter", help);
            for (value, n) in counts {
                let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {n}");
            }
        }
        let mut now = Reference::default();
        last.into_iter().for_each(|(band, score, lang)| now.count(band, score, lang));
        let found = reference.map_or_else(Vec::new, |reference| drift(reference, &now));
        let gauges: [Gauge; 4] = [
            (
                "threat_drift_psi",
                "Population stability index of the last texts against those of the calibration.",
                |drift| Some(drift.index.value),
            ),
            ("threat_drift_psi_lower", "Lower end of its 95 % interval.", |drift| {
                Some(drift.index.interval?.lower)
            }),
            ("threat_drift_psi_upper", "Upper end of its 95 % interval.", |drift| {
                Some(drift.index.interval?.upper)
            }),
            ("threat_drift_texts", "Texts compared.", |drift| Some(drift.posts as f64)),
        ];
        for (name, help, value) in gauges {
            family(out, name, "gauge", help);
            for drift in &found {
                if let Some(value) = value(drift) {
                    let _ = writeln!(out, "{name}{{of=\"{}\"}} {value}", drift.of);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorer::Reason;

    fn not_judged(lang: &'static str) -> Verdict {
        Verdict::NotJudged { reason: Reason::Language, lang: Some(lang) }
    }

    /// 900 English posts of low scores, 100 Arabic ones.
    fn reference() -> Reference {
        let mut reference = Reference::default();
        (0..900).for_each(|_| reference.count(Band::None, Some(0.001), Some("en")));
        (0..100).for_each(|_| reference.count(Band::NotJudged, None, Some("ar")));
        reference
    }

    fn rendered(traffic: &Traffic, reference: Option<&Reference>) -> String {
        let mut text = String::new();
        traffic.render(reference, &mut text);
        text
    }

    fn value(text: &str, series: &str) -> Option<f64> {
        text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }

    #[test]
    fn other_languages_than_those_of_the_calibration_show() {
        let traffic = Traffic::default();
        (0..600).for_each(|_| traffic.count("a", &not_judged("fr")));
        let text = rendered(&traffic, Some(&reference()));
        assert!(text.contains("threat_texts_total{band=\"not_judged\"} 600\n"), "{text}");
        assert!(text.contains("threat_texts_by_language_total{lang=\"fr\"} 600\n"), "{text}");
        let found = value(&text, "threat_drift_psi{of=\"language\"}");
        let lower = value(&text, "threat_drift_psi_lower{of=\"language\"}");
        assert!(lower < found && lower > Some(0.25), "{text}");
        assert!(text.contains("threat_drift_texts{of=\"band\"} 600\n"), "{text}");
        assert_eq!(value(&rendered(&traffic, None), "threat_drift_psi{of=\"language\"}"), None);
    }

    #[test]
    fn only_the_last_texts_of_one_model_are_compared() {
        let traffic = Traffic::default();
        (0..WINDOW).for_each(|_| traffic.count("a", &not_judged("fr")));
        (0..WINDOW).for_each(|_| traffic.count("a", &not_judged("ar")));
        let compared = |traffic: &Traffic| {
            value(&rendered(traffic, Some(&reference())), "threat_drift_texts{of=\"language\"}")
        };
        assert_eq!(compared(&traffic), Some(WINDOW as f64));
        assert!(lock(&traffic.0).last.iter().all(|(_, _, lang)| *lang == Some("ar")));
        traffic.count("b", &not_judged("ar"));
        assert_eq!(compared(&traffic), None);
    }
}
