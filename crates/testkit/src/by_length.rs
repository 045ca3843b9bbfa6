//! A scorer whose answers a test can foretell.

use scorer::{Asked, Band, Failure, Label, Reason, Score, ScoreTexts, Verdict};

/// Scores a text by its length: a hundredth for every character; nothing for one without letters. Beyond 200
/// characters it says that it has read windows, beyond 300 that it has read a part.
#[derive(Debug, Clone, Copy)]
pub struct ByLength;

impl ScoreTexts for ByLength {
    fn score(&self, texts: &[Asked<'_>]) -> Result<Vec<Verdict>, Failure> {
        Ok(texts.iter().map(verdict).collect())
    }
}

fn verdict(asked: &Asked<'_>) -> Verdict {
    if !asked.text.contains(char::is_alphanumeric) {
        return Verdict::NotJudged { reason: Reason::NoText, lang: None };
    }
    if asked.text.contains("bonjour") || asked.lang == Some("fr") {
        return Verdict::NotJudged { reason: Reason::Language, lang: Some("fr") };
    }
    let score = asked.text.chars().count() as f32 / 100.0;
    let (label, band) = match score {
        0.5.. => (Label::ProIsis, Band::PriorityReview),
        0.2.. => (Label::ProIsis, Band::Review),
        _ => (Label::NotProIsis, Band::None),
    };
    Verdict::Judged(Score {
        score,
        raw_score: score,
        logit: 0.0,
        label,
        band,
        tokens: 3,
        truncated: score >= 3.0,
        window: (score >= 2.0).then_some(0..100),
        lang: "en",
        part: None,
    })
}
