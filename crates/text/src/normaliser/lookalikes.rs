//! Step 10: letters of other scripts that stand for Latin ones (`саlірhаtе`) become these.
//!
//! By Unicode's own table of confusable characters (UTS 39, the crate `unicode-security`); [`NEAR`]
//! adds those that it takes for small capitals or keeps apart by a stroke. Real words of other scripts
//! stay as they are, so a word is looked at as a whole, and so is the text:
//!
//! - in a word with Latin letters all that look Latin become it, unless most of the word is of letters
//!   that do not;
//! - a word of such look-alikes alone (`сосо`) does so if Unicode holds each of its letters for the
//!   Latin one, if it stands among words in Latin letters, and if no other word of the text shows that
//!   its script is meant, or it has Latin words on both sides.
//!
//! After links, since what is glued to one is no part of its last word, and after escapes.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

use super::letters::foreign;

/// Letters that are used for Latin ones, but are not the same to the eye.
const NEAR: [(char, char); 20] = [
    ('в', 'b'),
    ('к', 'k'),
    ('м', 'm'),
    ('н', 'h'),
    ('т', 't'),
    ('и', 'u'),
    ('п', 'n'),
    ('є', 'e'),
    ('я', 'r'),
    ('Я', 'R'),
    ('И', 'N'),
    ('β', 'b'),
    ('ε', 'e'),
    ('η', 'n'),
    ('κ', 'k'),
    ('μ', 'u'),
    ('τ', 't'),
    ('χ', 'x'),
    ('ω', 'w'),
    ('ς', 's'),
];

/// Scripts in which a whole word of look-alikes is taken for Latin: none whose letters are rings like
/// `ം` and `ဝ`, which look like Latin ones by themselves only.
const OF_WHOLE_WORDS: [Script; 16] = [
    Script::Armenian,
    Script::Canadian_Aboriginal,
    Script::Carian,
    Script::Cherokee,
    Script::Coptic,
    Script::Cyrillic,
    Script::Deseret,
    Script::Elbasan,
    Script::Greek,
    Script::Lisu,
    Script::Lycian,
    Script::Old_Italic,
    Script::Osage,
    Script::Tifinagh,
    Script::Vai,
    Script::Warang_Citi,
];

/// Puts Latin letters for the look-alikes.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii()
        || !foreign(text).any(is_of_other_block)
        || !text.bytes().any(|b| b.is_ascii_alphabetic())
    {
        return Cow::Borrowed(text);
    }
    let mut letters: Vec<char> = text.nfd().collect();
    let words = words(&letters);
    if !words.iter().any(|word| matches!(word.kind, Kind::Mixed | Kind::Likeness(_))) {
        return Cow::Borrowed(text);
    }
    let mut changed = false;
    for (index, word) in words.iter().enumerate() {
        let folds = match word.kind {
            Kind::Mixed => true,
            Kind::Likeness(script) => stands_among_latin(&words, index, script),
            Kind::Latin | Kind::Other(_) => false,
        };
        if folds {
            for c in &mut letters[word.start..word.end] {
                if let Some(latin) = likeness(*c) {
                    (*c, changed) = (latin, true);
                }
            }
        }
    }
    if changed { Cow::Owned(letters.into_iter().nfc().collect()) } else { Cow::Borrowed(text) }
}

/// True if `c` may be a letter of another script that looks like a Latin one: not in the blocks of
/// Latin, marks and pictograms, nor in those of Hebrew and Arabic, which run the other way, nor of
/// Chinese, Japanese and Korean.
fn is_of_other_block(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58f}' | '\u{900}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}'
        | '\u{a4d0}'..='\u{abff}' | '\u{10000}'..='\u{1efff}')
}

/// A run of letters, marks and digits, with the apostrophes in it.
struct Word {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Of Latin letters.
    Latin,
    /// Of Latin letters and look-alikes.
    Mixed,
    /// Of letters that Unicode holds for Latin ones, and none else.
    Likeness(Script),
    /// Of other letters.
    Other(Script),
}

fn words(letters: &[char]) -> Vec<Word> {
    let in_word = |at: usize| {
        letters.get(at).is_some_and(|&c| {
            c.is_alphanumeric()
                || is_combining_mark(c)
                || (matches!(c, '\'' | '’' | 'ʼ')
                    && at > 0
                    && letters[at - 1].is_alphabetic()
                    && letters.get(at + 1).is_some_and(|c| c.is_alphabetic()))
        })
    };
    let mut words = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let start = at;
        while in_word(at) {
            at += 1;
        }
        if at == start {
            at += 1;
        } else if let Some(kind) = Kind::of(&letters[start..at]) {
            words.push(Word { start, end: at, kind });
        }
    }
    words
}

impl Kind {
    /// `None` for a word without letters.
    fn of(word: &[char]) -> Option<Self> {
        let (mut latin, mut same, mut near, mut other) = (0, 0, 0, 0);
        let mut first = None;
        for &c in word.iter().filter(|c| c.is_alphabetic() && !is_combining_mark(**c)) {
            if c.is_ascii() || c.script() == Script::Latin {
                latin += 1;
                continue;
            }
            first = first.or(Some(c.script()));
            if !is_of_other_block(c) {
                other += 1;
            } else if same_to_the_eye(c).is_some() {
                same += 1;
            } else if near_to(c).is_some() {
                near += 1;
            } else {
                other += 1;
            }
        }
        let Some(script) = first else {
            return (latin > 0).then_some(Self::Latin);
        };
        let all_same = latin + near + other == 0;
        Some(if all_same && OF_WHOLE_WORDS.contains(&script) {
            Self::Likeness(script)
        } else if latin > other && same + near > 0 {
            Self::Mixed
        } else {
            Self::Other(script)
        })
    }

    fn is_latin(self) -> bool {
        matches!(self, Self::Latin | Self::Mixed)
    }
}

/// For a word of look-alikes: whether those around it say that it is a Latin one.
fn stands_among_latin(words: &[Word], index: usize, script: Script) -> bool {
    let latin = words.iter().filter(|word| word.kind.is_latin()).count();
    let of_its_own = words
        .iter()
        .filter(|word| matches!(word.kind, Kind::Other(other) if other == script))
        .count();
    if of_its_own == 0 {
        return latin > 0;
    }
    let beside = |mut others: std::iter::Rev<std::slice::Iter<'_, Word>>| {
        others
            .find(|word| !matches!(word.kind, Kind::Likeness(_)))
            .is_some_and(|w| w.kind.is_latin())
    };
    let after = words[index..].iter().find(|word| !matches!(word.kind, Kind::Likeness(_)));
    latin > of_its_own
        && beside(words[..index].iter().rev())
        && after.is_some_and(|word| word.kind.is_latin())
}

/// The Latin letter that a letter of another script looks like.
fn likeness(c: char) -> Option<char> {
    if !is_of_other_block(c) || !c.is_alphabetic() || c.script() == Script::Latin {
        return None;
    }
    same_to_the_eye(c).or_else(|| near_to(c))
}

fn near_to(c: char) -> Option<char> {
    NEAR.iter().find(|(near, _)| *near == c).map(|&(_, latin)| latin)
}

/// By Unicode's table, whose prototypes are `l` for every upright stroke and `rn` for `m`.
fn same_to_the_eye(c: char) -> Option<char> {
    let mut bytes = [0; 4];
    let mut prototype = unicode_security::skeleton(c.encode_utf8(&mut bytes));
    match (prototype.next()?, prototype.next(), prototype.next()) {
        ('l', None, None) if !c.is_lowercase() => Some('I'),
        (latin, None, None) if latin.is_ascii_alphabetic() => Some(latin),
        ('r', Some('n'), None) => Some('m'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn look_alikes_within_latin_words_become_latin() {
        assert_eq!(fold("the саlірhаtе lіvеs"), "the caliphate lives");
        assert_eq!(fold("thε Ιslαmic stαte οf #ІЅІЅ_fans"), "the Islamic state of #ISIS_fans");
        assert_eq!(fold("the ᎢᎪᏞe of ᏟᎪLIPHATE"), "the TALe of CALIPHATE");
        assert_eq!(fold("ꓢUPPORT the Տtate, vіctоrу's"), "SUPPORT the State, victory's");
        assert_eq!(fold("nаїve"), "naïve");
        assert_eq!(fold("cаliphatй"), "caliphatŭ");
    }

    #[test]
    fn whole_words_of_look_alikes_become_latin_among_latin_words() {
        assert_eq!(fold("реасе and sосіаl сосоа"), "peace and social cocoa");
        assert_eq!(fold("our ЅТАТЕ, Россия, will be"), "our ЅТАТЕ, Россия, will be");
        assert_eq!(
            fold("Россия: I hope our реасе will last"),
            "Россия: I hope our peace will last"
        );
        assert_eq!(fold("ΙΤ is ΝΟΤ"), "IT is NOT");
        assert_eq!(fold("ꓮꓡꓡ of it"), "ALL of it");
    }

    #[test]
    fn real_words_of_other_scripts_stay() {
        for text in [
            "Здравствуй, мир",
            "А у нас всё хорошо, как у вас?",
            "Москва и СССР, сосо",
            "Apple у нас, а Москва в России",
            "мой iPhone с камерой",
            "Το μέλλον της Ελλάδας και ο κόσμος",
            "I read Россия and λόγος today, нет",
            "Հայաստան սուս",
            "صباح الخير ا ه dear",
            "안녕 friends 〇",
            "сосо",
            "café naïve",
        ] {
            assert_eq!(fold(text), text);
        }
    }
}
