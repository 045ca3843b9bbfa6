//! In which language a text is, and which part of it a model can read.
//!
//! Told from the text itself: by its scripts, by `whichlang` (a linear model of letters for sixteen
//! languages), and by what the model's vocabulary knows, for a word piece that is a whole word was
//! frequent where the vocabulary was made: in English. One of many languages knows the words of all, and is
//! not asked. A platform's own word for the language is heard only where the text leaves it open.
//!
//! Foreign words must hide nothing: in a text that is not plainly of a language that the model claims,
//! the parts that are of one are looked for, and count by themselves: English ones word by word
//! (`segments`), others by their script.
//!
//! # Layout
//! - `words`: the words of a text.
//! - `function_words`: small words that tell a language.
//! - `scripts`: scripts, and the languages that are written in them.
//! - `guess`: the language of words in Latin letters.
//! - `told`: the language of a text, and what of it a model reads, of one or of several models.
//! - `segments`: runs of words that can be read among others that cannot.

mod function_words;
mod guess;
mod scripts;
mod segments;
mod told;
mod words;

use unicode_script::Script;

pub use scripts::UNDETERMINED;
pub use told::Told;
use words::Word;

/// Words that a part must have to be judged by itself.
const LEAST_WORDS: usize = 3;

/// Of so many words of a text that can be read as a whole, one must be foreign for its parts to be
/// looked at as well: a blessing or a name in it changes little.
const MOST_CUT: usize = 6;

/// The reason that a text is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing is left after normalisation: a link or a handle only.
    NoText,
    /// No word that could be read: digits, marks, emoji only, or letters that the vocabulary lacks.
    NoWords,
    /// It is in a language that the model does not claim.
    Language,
}

impl Reason {
    /// All, in the order in which they are looked for.
    pub const ALL: [Self; 3] = [Self::NoText, Self::NoWords, Self::Language];

    /// The name used in files and over HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoText => "no_text",
            Self::NoWords => "no_words",
            Self::Language => "language",
        }
    }
}

/// The code of a language: ISO 639-1, or [`UNDETERMINED`].
pub type Code = &'static str;

/// The part of a text that a model can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// All of it, in this language.
    Whole(Code),
    /// These parts of it, in their order, joined by spaces.
    Part {
        /// In which language they are.
        lang: Code,
        /// The parts.
        text: String,
        /// True if the whole counts as being in that language, too.
        whole: bool,
    },
    /// Nothing.
    Nothing {
        /// The reason.
        reason: Reason,
        /// The language it is in, if it is in one.
        lang: Option<Code>,
    },
}

impl Readable {
    /// The language of what is read, or of what cannot be.
    pub fn lang(&self) -> Option<Code> {
        match self {
            Self::Whole(lang) | Self::Part { lang, .. } => Some(lang),
            Self::Nothing { lang, .. } => *lang,
        }
    }

    /// The reason that nothing is read, if so.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Nothing { reason, .. } => Some(*reason),
            Self::Whole(_) | Self::Part { .. } => None,
        }
    }
}

/// The answer of a vocabulary made of English: true if a word in small letters is a word piece by itself.
pub type Knows<'a> = dyn Fn(&str) -> bool + 'a;

/// Languages that a model claims to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    codes: Vec<Code>,
}

impl Claims {
    /// From ISO 639-1 codes, the most common language first.
    ///
    /// # Errors
    /// The first code that this guess never gives, or an empty string where there is none at all.
    pub fn new<S: AsRef<str>>(codes: &[S]) -> Result<Self, String> {
        let known = |code: &S| scripts::code(code.as_ref()).ok_or_else(|| code.as_ref().to_owned());
        let codes: Vec<Code> = codes.iter().map(known).collect::<Result<_, _>>()?;
        if codes.is_empty() { Err(String::new()) } else { Ok(Self { codes }) }
    }

    /// English alone.
    pub fn english() -> Self {
        Self { codes: vec!["en"] }
    }

    /// The codes.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// True if one of them is `code`.
    pub fn has(&self, code: &str) -> bool {
        self.codes.contains(&code)
    }

    /// The one of them that a code means, such as a platform's: `in` is `id`, `en-GB` is `en`.
    pub fn claimed(&self, code: &str) -> Option<Code> {
        scripts::code(code).filter(|code| self.has(code))
    }

    /// True if one of them is written in `script`.
    fn reads(&self, script: Script) -> bool {
        self.codes.iter().any(|code| scripts::is_written_in(code, script))
    }
}

/// The language of a [normalised](crate::normalise) text by itself, whatever a model claims; `None`
/// for a text without words. Without a vocabulary a text in Latin letters is English where `whichlang` says so.
pub fn guess(normalised: &str, knows: Option<&Knows>) -> Option<Code> {
    let words = words::words(normalised);
    if words.is_empty() {
        return None;
    }
    let latin: Vec<&Word> = words.iter().filter(|word| word.script == Script::Latin).collect();
    if 2 * count(latin.iter().copied()) < count(&words) {
        return Some(scripts::by_letters(&words, normalised));
    }
    Some(guess::of_latin(&latin, normalised, knows).lang)
}

fn count<'a>(words: impl IntoIterator<Item = &'a Word>) -> usize {
    words.into_iter().map(Word::count).sum()
}

/// Counts the words that count as evidence. Hashtags of one or two words are keywords: posts in many
/// languages use them in English, so they say nothing of a post's language.
fn said(words: &[&Word]) -> usize {
    let one_tag = |a: &&Word, b: &&Word| a.tag && b.tag && b.place.start <= a.place.end + 1;
    let said = |words: &[&Word]| {
        if words[0].tag && words.len() < LEAST_WORDS { 0 } else { count(words.iter().copied()) }
    };
    words.chunk_by(one_tag).map(said).sum()
}
