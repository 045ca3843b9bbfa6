//! The result for a text.

use std::ops::Range;

use checkpoint::{Band, Label};
use text::Reason;
use text::language::Code;

/// A text to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The text, as it was posted.
    pub text: &'a str,
    /// The platform's own word for its language, heard where the text leaves it open.
    pub lang: Option<&'a str>,
    /// True to check first that a model can judge the text. If false, any text with a word piece
    /// is scored, of several models by the one that claims [`lang`](Self::lang): for texts made out of
    /// one that was judged, as for an explanation.
    pub judge: bool,
}

impl<'a> Asked<'a> {
    /// A text of which nothing else is known.
    pub fn new(text: &'a str) -> Self {
        Self { text, lang: None, judge: true }
    }
}

/// A model's verdict on a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is in a language that the model claims.
    Judged(Score),
    /// It cannot be judged, and has neither score nor label.
    NotJudged {
        /// The reason.
        reason: Reason,
        /// The language it is in, if it is in one.
        lang: Option<Code>,
    },
}

impl Verdict {
    /// The score, where there is one.
    pub fn score(&self) -> Option<&Score> {
        match self {
            Self::Judged(score) => Some(score),
            Self::NotJudged { .. } => None,
        }
    }

    /// The label, where there is one.
    pub fn label(&self) -> Option<Label> {
        self.score().map(|score| score.label)
    }

    /// The urgency of a review by a person.
    pub fn band(&self) -> Band {
        self.score().map_or(Band::NotJudged, |score| score.band)
    }

    /// The reason that it is not judged, if so.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Judged(_) => None,
            Self::NotJudged { reason, .. } => Some(*reason),
        }
    }

    /// The language of the text, or of the part of it that was read.
    pub fn lang(&self) -> Option<Code> {
        match self {
            Self::Judged(score) => Some(score.lang),
            Self::NotJudged { lang, .. } => *lang,
        }
    }
}

/// The result for one text that the model can judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Calibrated, from 0 to 1: what thresholds and bands are about.
    pub score: f32,
    /// The network's own probability, before calibration.
    pub raw_score: f32,
    /// The network's output, from minus to plus infinity.
    pub logit: f32,
    /// On which side of the threshold.
    pub label: Label,
    /// The urgency of a review by a person.
    pub band: Band,
    /// Word pieces that were read, `[CLS]` and `[SEP]` included.
    pub tokens: usize,
    /// True if the text goes on behind the last of its [`MOST_WINDOWS`](text::MOST_WINDOWS): the
    /// rest was not read.
    pub truncated: bool,
    /// The window whose logit counts, in bytes of the [part](Self::part) or else of the normalised
    /// text. None if the text was short enough to be read at once.
    pub window: Option<Range<usize>>,
    /// The language of what was read.
    pub lang: Code,
    /// The text that was read, normalised, if it is only a part: the rest is in other languages.
    pub part: Option<Box<str>>,
}
