//! Which word pieces are computed for a text: those of the whole, of the part in a language that the
//! model claims, or of both.

use text::language::Code;
use text::{Claims, Encoding, Readable, Reason, TweetTokenizer, normalise};

use crate::Asked;

/// Why a text is not read, and in which language it is.
pub(crate) type Unread = (Reason, Option<Code>);

/// What is read of a text.
pub(crate) struct Reading {
    pub(crate) lang: Code,
    whole: Option<Encoding>,
    part: Option<(Encoding, String)>,
}

impl Reading {
    pub(crate) fn of(
        asked: &Asked<'_>,
        tokenizer: &TweetTokenizer,
        claims: &Claims,
        max_length: usize,
    ) -> Result<Self, Unread> {
        let normal = normalise(asked.text);
        let encode = |text: &str| tokenizer.encode_normalised(text, max_length);
        let readable = if asked.judge {
            tokenizer.read(&normal, asked.lang, claims)
        } else {
            Readable::Whole(claims.codes()[0])
        };
        let (lang, whole, part) = match readable {
            Readable::Nothing { reason, lang } => return Err((reason, lang)),
            Readable::Whole(lang) => (lang, encode(&normal), None),
            Readable::Part { lang, text, whole } => {
                let part = encode(&text).map(|encoding| (encoding, text));
                (lang, if whole { encode(&normal) } else { None }, part)
            }
        };
        if whole.is_none() && part.is_none() {
            return Err((Reason::NoText, None));
        }
        Ok(Self { lang, whole, part })
    }

    /// Each way in which the text is read, with the text of a part.
    pub(crate) fn ways(&self) -> impl Iterator<Item = (&Encoding, Option<&str>)> {
        let part = self.part.as_ref().map(|(encoding, text)| (encoding, Some(text.as_str())));
        self.whole.as_ref().map(|encoding| (encoding, None)).into_iter().chain(part)
    }
}
