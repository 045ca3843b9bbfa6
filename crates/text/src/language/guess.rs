//! The language of words in Latin letters.
//!
//! A text is English if `whichlang` says so and the vocabulary knows [`AGREED`] of its words, or,
//! where `whichlang` says another language, [`ALONE`] of them: posts are full of names, tags and
//! spellings that no table of letters has seen. A word that is a small one of another language does
//! not count as known, though an English vocabulary has most of these; a small one of English counts
//! for a little more. Up to [`FEW`] words say little, and one known word of each two is asked for.
//!
//! The figures were fitted on half of 90 sources of posts in twenty languages.

use super::function_words::{OTHERS, Small};
use super::words::Word;
use super::{Code, Knows, UNDETERMINED, scripts};

/// Share of known words at which a text is English for which `whichlang` holds it.
const AGREED: f32 = 0.55;
/// The same where `whichlang` holds it for another language.
const ALONE: f32 = 0.9;
/// Bonus of a small word of English over one that is merely known.
const SMALL_WORD: f32 = 0.2;
/// Taken off where more small words are of another language than of English.
const OUTNUMBERED: f32 = 0.25;
/// A share nearer than this to what is asked for is no sure answer.
const NEAR: f32 = 0.1;
/// A share from which on a text that `whichlang` holds for English is not looked through for parts.
const PLAIN: f32 = 0.8;
/// Words up to which a text is short.
const FEW: usize = 3;

/// The language that some words point to.
pub(super) struct Guess {
    pub(super) lang: Code,
    /// True if there are enough of them, and they agree.
    pub(super) sure: bool,
    /// True if they are English throughout.
    pub(super) plain: bool,
}

/// Guesses the language of the words in Latin letters of `text`, from which others are cut out.
pub(super) fn of_latin(words: &[&Word], text: &str, knows: Option<&Knows>) -> Guess {
    let counted = |tags: bool| -> Vec<&str> {
        let words = words.iter().filter(|word| word.letters >= 2 && (tags || !word.tag));
        words.map(|word| word.lower.as_str()).collect()
    };
    let mut counts = counted(false);
    if counts.len() < FEW {
        counts = counted(true);
    }
    let all = counts.len();
    if all == 0 {
        return Guess { lang: UNDETERMINED, sure: false, plain: false };
    }
    let told = scripts::of(whichlang::detect_language(text));
    let told_english = told == "en";
    let (mut known, mut english, mut foreign) = (0, 0, 0);
    for word in &counts {
        let small = Small::of(word);
        english += usize::from(small.is_english());
        foreign += usize::from(small.is_foreign());
        let is_known = || knows.map_or(told_english, |knows| knows(word));
        known += usize::from(small.is_english() || (!small.is_foreign() && is_known()));
    }
    let mut share = (known as f32 + SMALL_WORD * english as f32) / all as f32;
    if foreign >= 2 && foreign > english + 1 {
        share -= OUTNUMBERED;
    }
    let asked = if told_english { AGREED } else { ALONE };
    let is_english = if all <= FEW {
        english > 0 || known == all || (told_english && known > 0)
    } else {
        share >= asked
    };
    if is_english {
        let sure = all > FEW && share > asked + NEAR;
        return Guess { lang: "en", sure, plain: told_english && all > FEW && share >= PLAIN };
    }
    let hits = |place: usize| counts.iter().filter(|word| Small::of(word).is_of(place)).count();
    let hits: Vec<(usize, Code)> =
        OTHERS.iter().enumerate().map(|(place, (code, _))| (hits(place), *code)).collect();
    let of_told = hits.iter().find(|(_, code)| *code == told).map_or(0, |(hits, _)| *hits);
    let best = hits.into_iter().max_by_key(|(hits, _)| *hits);
    let lang = match best {
        Some((most, code)) if most >= 2 && most > of_told => code,
        _ if told_english => UNDETERMINED,
        _ => told,
    };
    Guess { lang, sure: all > FEW && share < asked - NEAR, plain: false }
}
