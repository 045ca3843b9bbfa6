//! The word pieces that a model computes for a text: those of the whole, of the part in a language that
//! it claims, or of both, each in windows if it is longer than the model reads at once. The
//! highest of their logits counts: a statement in one of them is in the text.

use checkpoint::Calibration;
use checkpoint::calibration::sigmoid;
use text::language::Code;
use text::{Readable, Reason, TweetTokenizer, Window, Windows};

use crate::Score;

/// The reason that a text is not read, and its language.
pub(crate) type Unread = (Reason, Option<Code>);

/// The parts of a text that are read.
pub(crate) struct Reading {
    pub(crate) lang: Code,
    whole: Option<Windows>,
    part: Option<(Windows, String)>,
}

/// A sequence that is computed by itself: a window, the way of reading that it belongs to, and the
/// text of a part.
pub(crate) type Sequence<'a> = (&'a Window, &'a Windows, Option<&'a str>);

impl Reading {
    /// What a model with this tokenizer reads of a normalised text of which it can read so much.
    pub(crate) fn of(
        readable: Readable,
        normal: &str,
        tokenizer: &TweetTokenizer,
        max_length: usize,
    ) -> Result<Self, Unread> {
        let encode = |text: &str| tokenizer.windows(text, max_length);
        let (lang, whole, part) = match readable {
            Readable::Nothing { reason, lang } => return Err((reason, lang)),
            Readable::Whole(lang) => (lang, encode(normal), None),
            Readable::Part { lang, text, whole } => {
                let part = encode(&text).map(|windows| (windows, text));
                (lang, if whole { encode(normal) } else { None }, part)
            }
        };
        if whole.is_none() && part.is_none() {
            return Err((Reason::NoText, None));
        }
        Ok(Self { lang, whole, part })
    }

    /// All that is computed for the text.
    pub(crate) fn sequences(&self) -> impl Iterator<Item = Sequence<'_>> {
        self.ways().flat_map(|(windows, part)| {
            windows.windows.iter().map(move |window| (window, windows, part))
        })
    }

    /// The score by the logits of these, in the same order.
    ///
    /// # Errors
    /// The first logit that is not a number.
    pub(crate) fn score(
        &self,
        logits: &mut impl Iterator<Item = f32>,
        calibration: &Calibration,
    ) -> Result<Score, f32> {
        let mut best: Option<(f32, Sequence<'_>)> = None;
        for sequence in self.sequences() {
            let logit = logits.next().unwrap_or(f32::NAN);
            if !logit.is_finite() {
                return Err(logit);
            }
            if best.is_none_or(|(best, _)| logit > best) {
                best = Some((logit, sequence));
            }
        }
        let (logit, (window, windows, part)) = best.ok_or(f32::NAN)?;
        let score = calibration.score(logit);
        Ok(Score {
            score,
            raw_score: sigmoid(logit),
            logit,
            label: calibration.label(score),
            band: calibration.band(score),
            tokens: windows.tokens,
            truncated: self.ways().any(|(windows, _)| windows.truncated),
            window: (windows.windows.len() > 1).then(|| window.place.clone()),
            lang: self.lang,
            part: part.map(Into::into),
        })
    }

    /// Each way in which the text is read, with the text of a part.
    fn ways(&self) -> impl Iterator<Item = (&Windows, Option<&str>)> {
        let part = self.part.as_ref().map(|(windows, text)| (windows, Some(text.as_str())));
        self.whole.as_ref().map(|windows| (windows, None)).into_iter().chain(part)
    }
}
