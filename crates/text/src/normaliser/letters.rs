//! Steps 2 and 6: letters in their plain form, and nothing that is not to be seen.
//!
//! - Unicode's compatibility decomposition (NFKC): `𝐛𝐨𝐥𝐝`, `𝓼𝓬𝓻𝓲𝓹𝓽`, `ｆｕｌｌｗｉｄｔｈ`, `ⓒⓘⓡⓒⓛⓔⓓ`, `🅂🅀🅄🄰🅁🄴🄳`,
//!   ligatures, presentation forms.
//! - [`FANCY`]: letters of the same use for which Unicode has no decomposition (`🅝🅔🅖🅐🅣🅘🅥🅔`, `ꜱᴍᴀʟʟ`);
//!   regional indicators where they spell (`flags`).
//! - What is [`invisible`] is dropped.
//! - The rest is composed (NFC).
//!
//! Not decomposed: the ellipsis, which later steps know, marks for quotes that would turn into bare
//! quotes and backslashes in the middle of a literal, and accents that stand alone (`¯\_(ツ)_/¯`),
//! which would become a space with an accent.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::{flags, invisible};

/// Letters, from the first of each alphabet on, that only look different: negative circled, negative
/// squared.
const FANCY: [char; 2] = ['\u{1f150}', '\u{1f170}'];

/// Small capitals, each with its letter.
const SMALL_CAPITALS: [(char, char); 31] = [
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ꞯ', 'q'),
    ('ǫ', 'q'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
    // Not small capitals, but what the same web pages write.
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('ƒ', 'f'),
    ('ʍ', 'm'),
    ('ᴦ', 'r'),
];

/// Writes letters plainly and drops the invisible.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    match foreign(text).map(Work::of).max() {
        None | Some(Work::None) => return Cow::Borrowed(text),
        Some(Work::Dropping) => {
            return text.chars().filter(|&c| !invisible::is_dropped(c)).collect();
        }
        Some(Work::Any) => {}
    }
    let mut letters = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_kept(c) {
            letters.push(c);
        } else {
            decompose_compatible(c, |c| letters.push(unfancy(c)));
        }
    }
    letters.retain(|&c| !invisible::is_dropped(c));
    invisible::drop_idle_joiners(&mut letters);
    flags::spell(&mut letters);
    let out: String = letters.into_iter().nfc().collect();
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The characters outside ASCII, which are few in most texts.
pub(super) fn foreign(text: &str) -> impl Iterator<Item = char> {
    const STRIDE: usize = 16;
    let mut rest = text;
    std::iter::from_fn(move || {
        while rest.as_bytes().get(..STRIDE).is_some_and(<[u8]>::is_ascii) {
            rest = &rest[STRIDE..];
        }
        rest = &rest[rest.bytes().position(|b| !b.is_ascii())?..];
        let mut chars = rest.chars();
        let found = chars.next();
        rest = chars.as_str();
        found
    })
}

/// The work that a character may need, by the quick look that is enough for most texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// It stays as it is, whatever of this kind stands beside it.
    None,
    /// It is dropped.
    Dropping,
    /// A closer look.
    Any,
}

impl Work {
    fn of(c: char) -> Self {
        if is_settled(c) {
            Self::None
        } else if invisible::is_dropped(c) {
            Self::Dropping
        } else {
            Self::Any
        }
    }
}

fn is_settled(c: char) -> bool {
    matches!(u32::from(c),
        // Letters of western Europe, Russian, Arabic, Chinese, Japanese, Korean …
        0xc0..=0xff | 0x400..=0x45f | 0x621..=0x64a | 0x679..=0x6bf | 0x3041..=0x3096
        | 0x30a1..=0x30fa | 0x4e00..=0x9fff | 0xac00..=0xd7a3
        // … marks of sentences, signs …
        | 0xa1..=0xa7 | 0xa9 | 0xab | 0xac | 0xae | 0xb0 | 0xb1 | 0xb6 | 0xb7 | 0xbb | 0xbf
        | 0x60c | 0x61b | 0x61f | 0x660..=0x669 | 0x3001..=0x3002 | 0x300a..=0x3011
        | 0x2013..=0x2014 | 0x2018..=0x201f | 0x2022 | 0x2026 | 0x20ac
        // … and pictograms.
        | 0x25a0..=0x27bf | 0x1f300..=0x1f64f | 0x1f680..=0x1f6ff | 0x1f900..=0x1f9ff)
}

/// A character that is not decomposed: see above.
fn is_kept(c: char) -> bool {
    match c {
        '\0'..='\x7f' | '…' | '″' | '＂' | '＇' | '＼' | '﹨' => true,
        _ => is_lone_accent(c),
    }
}

/// An accent without a letter: what decomposes to a space and a mark.
fn is_lone_accent(c: char) -> bool {
    // All there are stand in these blocks.
    if !matches!(c, '\u{80}'..='\u{2ff}' | '\u{37a}'..='\u{385}' | '\u{1fbd}'..='\u{1ffe}'
        | '\u{2017}' | '\u{203e}' | '\u{309b}'..='\u{309c}' | '\u{fe49}'..='\u{fe7f}' | '\u{fc5e}'..='\u{fc63}'
        | '\u{ffe3}')
    {
        return false;
    }
    let (mut count, mut spaced) = (0, false);
    decompose_compatible(c, |part| {
        spaced |= count == 0 && part == ' ';
        spaced &= count != 1 || is_combining_mark(part);
        count += 1;
    });
    spaced && count > 1
}

fn unfancy(c: char) -> char {
    if c < '\u{180}' {
        return c;
    }
    for first in FANCY {
        if let Some(place @ 0..26) = u32::from(c).checked_sub(first.into()) {
            return char::from(b'A' + place as u8);
        }
    }
    SMALL_CAPITALS.iter().find(|(fancy, _)| *fancy == c).map_or(c, |&(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quick look must not miss what the closer one would find.
    #[test]
    fn what_stays_by_the_quick_look_stays_by_the_closer_one() {
        let settled = |c: &char| Work::of(*c) == Work::None;
        let all: String = ('\u{80}'..=char::MAX).filter(settled).collect();
        assert!(all.chars().count() > 30_000);
        for c in all.chars() {
            let mut parts = Vec::new();
            decompose_compatible(c, |part| parts.push(part));
            let composed: String = parts.iter().copied().nfc().collect();
            assert!(is_kept(c) || composed == c.to_string(), "{c:?}");
            assert!(unfancy(c) == c && !invisible::is_dropped(c), "{c:?}");
        }
        assert_eq!(all.nfc().collect::<String>(), all, "none is composed with another");
    }

    #[test]
    fn accents_without_a_letter_stay_and_others_are_composed() {
        for text in ["¯\\_(ツ)_/¯", "´", "¨\u{301}x", "˜ ˚"] {
            let composed: String = text.nfc().collect();
            assert_eq!(plain(text), composed);
        }
        assert_eq!(plain("e\u{301} ﬁ e\u{200b}\u{301} ㎏ 각"), "é fi é kg 각");
        assert_eq!(plain("❤\u{fe0f} you"), "❤ you");
    }
}
