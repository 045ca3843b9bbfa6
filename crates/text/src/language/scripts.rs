//! Scripts, and the languages that are written in them.

use unicode_script::Script;
use whichlang::Lang;

use super::Code;
use super::words::Word;

/// The code of a text whose language cannot be told.
pub const UNDETERMINED: Code = "und";

/// Languages that are written in another script than Latin: the most frequent of each script first.
const WRITTEN_IN: [(&str, Script); 36] = [
    ("ar", Script::Arabic),
    ("fa", Script::Arabic),
    ("ur", Script::Arabic),
    ("ps", Script::Arabic),
    ("ru", Script::Cyrillic),
    ("uk", Script::Cyrillic),
    ("bg", Script::Cyrillic),
    ("hi", Script::Devanagari),
    ("mr", Script::Devanagari),
    ("ne", Script::Devanagari),
    ("bn", Script::Bengali),
    ("pa", Script::Gurmukhi),
    ("gu", Script::Gujarati),
    ("or", Script::Oriya),
    ("ta", Script::Tamil),
    ("te", Script::Telugu),
    ("kn", Script::Kannada),
    ("ml", Script::Malayalam),
    ("si", Script::Sinhala),
    ("th", Script::Thai),
    ("lo", Script::Lao),
    ("bo", Script::Tibetan),
    ("my", Script::Myanmar),
    ("km", Script::Khmer),
    ("ka", Script::Georgian),
    ("hy", Script::Armenian),
    ("el", Script::Greek),
    ("he", Script::Hebrew),
    ("am", Script::Ethiopic),
    ("dv", Script::Thaana),
    ("ko", Script::Hangul),
    ("ja", Script::Hiragana),
    ("ja", Script::Katakana),
    ("zh", Script::Han),
    ("ja", Script::Han),
    ("mn", Script::Mongolian),
];

/// Languages in Latin letters of which a guess may be.
const IN_LATIN: [&str; 19] = [
    "en", "de", "es", "fi", "fr", "hi", "id", "it", "nl", "no", "pl", "pt", "ro", "sv", "sw", "tl",
    "tr", "vi", "da",
];

/// The code as a guess gives it; `None` for one that is never given. `en-GB` is `en`.
pub(super) fn code(code: &str) -> Option<Code> {
    let code = code.split(['-', '_']).next().unwrap_or_default();
    // Old and local names that platforms use.
    let code = match code {
        "in" | "ms" => "id",
        "iw" => "he",
        "nb" | "nn" => "no",
        "fil" => "tl",
        code => code,
    };
    let of_scripts = WRITTEN_IN.iter().map(|(known, _)| *known);
    of_scripts.chain(IN_LATIN).find(|known| known.eq_ignore_ascii_case(code))
}

/// True if a language is written in this script.
pub(super) fn is_written_in(code: &str, script: Script) -> bool {
    if script == Script::Latin {
        return IN_LATIN.contains(&code);
    }
    WRITTEN_IN.contains(&(code, script))
}

/// The script itself, or of several that one language is written in the first.
pub(super) fn family(script: Script) -> Script {
    match script {
        Script::Hiragana | Script::Katakana => Script::Han,
        script => script,
    }
}

/// The language of a text most of which is not in Latin letters.
pub(super) fn by_letters<'a>(
    words: impl IntoIterator<Item = &'a Word> + Clone,
    text: &str,
) -> Code {
    let count = |script| {
        let of_script = words.clone().into_iter().filter(|word| word.script == script);
        of_script.map(|word| word.letters).sum::<usize>()
    };
    let scripts = WRITTEN_IN.iter().map(|(_, script)| *script);
    let Some(script) = scripts.max_by_key(|script| count(*script)).filter(|s| count(*s) > 0) else {
        return UNDETERMINED;
    };
    match script {
        Script::Arabic => {
            by_own_letters(text, &[("ur", "ٹڈڑںےۓھ"), ("ps", "ځڅډړږښڼۍې"), ("fa", "پچژگکی")], "ar")
        }
        Script::Cyrillic => by_own_letters(text, &[("uk", "іїєґ")], "ru"),
        Script::Han | Script::Hiragana | Script::Katakana => {
            let kana = count(Script::Hiragana) + count(Script::Katakana);
            if kana > 0 { "ja" } else { "zh" }
        }
        script => {
            let first = WRITTEN_IN.iter().find(|(_, of)| *of == script);
            first.map_or(UNDETERMINED, |(code, _)| code)
        }
    }
}

/// The first language of which two letters of its own stand in the text, or one in a short text.
fn by_own_letters(text: &str, languages: &[(Code, &str)], other: Code) -> Code {
    let least = if text.len() < 60 { 1 } else { 2 };
    let found = languages
        .iter()
        .find(|(_, letters)| text.chars().filter(|c| letters.contains(*c)).count() >= least);
    found.map_or(other, |(code, _)| code)
}

/// The code of a language that `whichlang` tells.
pub(super) fn of(lang: Lang) -> Code {
    match lang {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}
