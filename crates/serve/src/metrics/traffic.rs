//! The texts of late, by band and language, and how far they have moved from those of the calibration.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use checkpoint::{Band, Reference};
use prometheus_client::metrics::{family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use scorer::Verdict;

use super::kinds::{Counters, Labelled, put};
use crate::drift::{DISTRIBUTIONS, drift};

/// The texts that are compared: enough for an interval of a few hundredths, few enough to be of late.
const WINDOW: usize = 10_000;

/// Time for which a comparison holds: it takes a hundred samples, and drift takes days.
const HOLDS_FOR: Duration = Duration::from_mins(1);

/// Counts of texts since the start, and the last of them.
#[derive(Debug)]
pub struct Traffic {
    bands: Counters<1>,
    languages: Counters<1>,
    last: Mutex<LastTexts>,
    /// When the gauges were set, and of which model's texts; none while there is nothing to compare.
    compared: Mutex<Option<(Instant, String)>>,
    index: Labelled<1, Real>,
    lower: Labelled<1, Real>,
    upper: Labelled<1, Real>,
    texts: Labelled<1, Gauge>,
}

/// A gauge that is no whole number.
type Real = Gauge<f64, AtomicU64>;

#[derive(Debug, Default)]
struct LastTexts {
    /// SHA-256 of the model that has scored them.
    model: String,
    /// Band, score and language of each.
    verdicts: VecDeque<(Band, Option<f32>, Option<&'static str>)>,
}

impl Traffic {
    /// Counts nothing yet.
    pub(super) fn new(r: &mut Registry) -> Self {
        Self {
            bands: put(r, "texts", "Texts by band", Family::default()),
            languages: put(r, "texts_by_language", "Texts by language", Family::default()),
            last: Mutex::default(),
            compared: Mutex::default(),
            index: put(
                r,
                "drift_psi",
                "Population stability index of the last texts against those of the calibration",
                Family::default(),
            ),
            lower: put(r, "drift_psi_lower", "Lower end of its 95 % interval", Family::default()),
            upper: put(r, "drift_psi_upper", "Upper end of its 95 % interval", Family::default()),
            texts: put(r, "drift_texts", "Texts compared", Family::default()),
        }
    }

    /// Counts the verdict of the model with this SHA-256.
    pub fn count(&self, model: &str, verdict: &Verdict) {
        let (band, lang) = (verdict.band(), verdict.lang());
        self.bands.get_or_create(&[("band", band.as_str().into())]).inc();
        self.languages.get_or_create(&[("lang", lang.unwrap_or("none").into())]).inc();
        let mut last = lock(&self.last);
        if last.model != model {
            last.verdicts.clear();
            model.clone_into(&mut last.model);
        }
        if last.verdicts.len() == WINDOW {
            last.verdicts.pop_front();
        }
        last.verdicts.push_back((band, verdict.score().map(|score| score.score), lang));
    }

    /// Sets the gauges of drift, where the model's record has a reference and enough texts came, unless
    /// they were set within the minute.
    pub(super) fn compare(&self, reference: Option<&Reference>, now: Instant) {
        let mut compared = lock(&self.compared);
        // Comparing takes milliseconds, for which no text should wait.
        let (model, verdicts) = {
            let last = lock(&self.last);
            let holds = compared.as_ref().is_some_and(|(at, model)| {
                now.saturating_duration_since(*at) < HOLDS_FOR && *model == last.model
            });
            if holds && reference.is_some() {
                return;
            }
            (last.model.clone(), last.verdicts.clone())
        };
        let mut of_late = Reference::default();
        verdicts.into_iter().for_each(|(band, score, lang)| of_late.count(band, score, lang));
        let found = reference.map_or_else(Vec::new, |reference| drift(reference, &of_late));
        for of in DISTRIBUTIONS {
            let labels = [("of", of.into())];
            let Some(drift) = found.iter().find(|drift| drift.of == of) else {
                for gauge in [&self.index, &self.lower, &self.upper] {
                    gauge.remove(&labels);
                }
                self.texts.remove(&labels);
                continue;
            };
            self.index.get_or_create(&labels).set(drift.index.value);
            if let Some(interval) = drift.index.interval {
                self.lower.get_or_create(&labels).set(interval.lower);
                self.upper.get_or_create(&labels).set(interval.upper);
            } else {
                self.lower.remove(&labels);
                self.upper.remove(&labels);
            }
            self.texts.get_or_create(&labels).set(drift.posts as i64);
        }
        *compared = (!found.is_empty()).then_some((now, model));
    }
}

/// A count is never left half-written, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prometheus_client::encoding::prometheus_text;
    use scorer::Reason;

    use super::*;

    /// Counts of texts, and where they are shown.
    struct Shown {
        registry: Registry,
        traffic: Traffic,
    }

    impl Shown {
        fn new() -> Self {
            let mut registry = Registry::with_prefix("threat");
            let traffic = Traffic::new(&mut registry);
            Self { registry, traffic }
        }

        fn at(&self, now: Instant, reference: Option<&Reference>) -> String {
            self.traffic.compare(reference, now);
            let mut text = String::new();
            prometheus_text::encode(&mut text, &self.registry).unwrap();
            text
        }

        fn now(&self, reference: Option<&Reference>) -> String {
            self.at(Instant::now(), reference)
        }
    }

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

    fn value(text: &str, series: &str) -> Option<f64> {
        text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }

    #[test]
    fn other_languages_than_those_of_the_calibration_show() {
        let shown = Shown::new();
        (0..600).for_each(|_| shown.traffic.count("a", &not_judged("fr")));
        let text = shown.now(Some(&reference()));
        assert!(text.contains("threat_texts_total{band=\"not_judged\"} 600\n"), "{text}");
        assert!(text.contains("threat_texts_by_language_total{lang=\"fr\"} 600\n"), "{text}");
        let found = value(&text, "threat_drift_psi{of=\"language\"}");
        let lower = value(&text, "threat_drift_psi_lower{of=\"language\"}");
        assert!(lower < found && lower > Some(0.25), "{text}");
        assert!(text.contains("threat_drift_texts{of=\"band\"} 600\n"), "{text}");
        assert_eq!(value(&shown.now(None), "threat_drift_psi{of=\"language\"}"), None);
    }

    #[test]
    fn only_the_last_texts_of_one_model_are_compared() {
        let shown = Shown::new();
        let traffic = &shown.traffic;
        (0..WINDOW).for_each(|_| traffic.count("a", &not_judged("fr")));
        (0..WINDOW).for_each(|_| traffic.count("a", &not_judged("ar")));
        let compared =
            || value(&shown.now(Some(&reference())), "threat_drift_texts{of=\"language\"}");
        assert_eq!(compared(), Some(WINDOW as f64));
        assert!(lock(&traffic.last).verdicts.iter().all(|(_, _, lang)| *lang == Some("ar")));
        traffic.count("b", &not_judged("ar"));
        assert_eq!(compared(), None);
    }
    #[test]
    fn a_comparison_holds_for_a_minute() {
        let (shown, start) = (Shown::new(), Instant::now());
        let compared = |after| {
            let text = shown.at(start + after, Some(&reference()));
            value(&text, "threat_drift_texts{of=\"language\"}")
        };
        assert_eq!(compared(Duration::ZERO), None, "there is nothing to compare, nor to keep");
        (0..600).for_each(|_| shown.traffic.count("a", &not_judged("fr")));
        assert_eq!(compared(Duration::from_secs(1)), Some(600.0));
        (0..100).for_each(|_| shown.traffic.count("a", &not_judged("fr")));
        assert_eq!(compared(Duration::from_mins(1)), Some(600.0));
        assert_eq!(compared(Duration::from_secs(61)), Some(700.0));
    }
}
