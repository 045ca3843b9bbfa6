//! The language of a text, and what of it a model reads. Several models may ask of the same text: what
//! does not hang on their claims is found once.

use unicode_script::Script;

use super::segments::{self, Run};
use super::words::{self, Word};
use super::{Claims, Code, Knows, LEAST_WORDS, MOST_CUT, Readable, Reason, UNDETERMINED};
use super::{count, guess, said, scripts};

/// What a [normalised](crate::normalise) text tells of its language, whatever a model claims.
pub struct Told<'a> {
    text: &'a str,
    words: Vec<Word>,
    knows: Option<&'a Knows<'a>>,
    /// The language of the text, or the reason that it has none.
    lang: Result<Code, Reason>,
    /// The language of its words in Latin letters.
    of_latin: Code,
    /// True if these are English throughout.
    plain: bool,
}

impl<'a> Told<'a> {
    /// Tells it, with the help of a vocabulary made of English if there is one. `hint` is the platform's own
    /// word for the language.
    pub fn new(normalised: &'a str, hint: Option<&str>, knows: Option<&'a Knows<'a>>) -> Self {
        let words = words::words(normalised);
        let mut told = Self {
            text: normalised,
            words: Vec::new(),
            knows,
            lang: Err(Reason::NoText),
            of_latin: UNDETERMINED,
            plain: false,
        };
        if normalised.is_empty() {
            return told;
        }
        let (latin, others): (Vec<&Word>, Vec<&Word>) =
            words.iter().partition(|word| word.script == Script::Latin);
        if any_letters(&latin) {
            let guess = guess::of_latin(&latin, &segments::without(normalised, &others), knows);
            (told.of_latin, told.plain) = (guess.lang, guess.plain);
            let hint = hint.filter(|_| !guess.sure && others.is_empty()).and_then(scripts::code);
            let (all, in_latin) = (count(&words), count(latin.iter().copied()));
            let keywords = in_latin - said(&latin);
            told.lang = Ok(if 2 * (all - in_latin) > all - keywords {
                scripts::by_letters(&words, normalised)
            } else {
                hint.unwrap_or(guess.lang)
            });
        } else if others.is_empty() {
            told.lang = Err(Reason::NoWords);
        } else {
            told.lang = Ok(scripts::by_letters(&words, normalised));
        }
        told.words = words;
        told
    }

    /// The language of the text; `None` for one without words.
    pub fn lang(&self) -> Option<Code> {
        self.lang.ok()
    }

    /// The part of it that a model with these claims can read.
    pub fn read(&self, claims: &Claims) -> Readable {
        let lang = match self.lang {
            Ok(lang) => lang,
            Err(reason) => return Readable::Nothing { reason, lang: None },
        };
        let whole = claims.has(lang);
        if let Some((lang, text)) = self.part(claims, whole) {
            return Readable::Part { lang, text, whole };
        }
        if whole {
            Readable::Whole(lang)
        } else {
            Readable::Nothing { reason: Reason::Language, lang: Some(lang) }
        }
    }

    /// The part that counts by itself, beside the whole if that can be read, too.
    fn part(&self, claims: &Claims, whole: bool) -> Option<(Code, String)> {
        if claims.has("en") {
            let is_foreign =
                |word: &&Word| word.script != Script::Latin && !claims.reads(word.script);
            let foreign: Vec<&Word> = self.words.iter().filter(is_foreign).collect();
            if whole && self.plain && foreign.is_empty() {
                return None;
            }
            if let Some(text) = self.english(&foreign, whole) {
                return Some(("en", text));
            }
        }
        self.in_script(claims, whole)
    }

    /// The runs of English words.
    fn english(&self, foreign: &[&Word], whole: bool) -> Option<String> {
        let latin: Vec<&Word> = self.words.iter().filter(|it| it.script == Script::Latin).collect();
        if !any_letters(&latin) {
            return None;
        }
        let runs = segments::find(self.text, &latin, self.knows);
        let kept: Vec<&Word> = latin
            .iter()
            .filter(|word| runs.iter().any(|run| run.place.contains(&word.place.start)))
            .copied()
            .collect();
        self.is_enough(&kept, whole).then(|| segments::join(self.text, &runs, foreign))
    }

    /// The words in scripts of which a language is claimed, among words in others, and the language of most.
    fn in_script(&self, claims: &Claims, whole: bool) -> Option<(Code, String)> {
        if self.words.iter().all(|word| word.script == Script::Latin) {
            return None;
        }
        let mut there: Vec<Script> = Vec::new();
        for script in self.words.iter().map(|word| scripts::family(word.script)) {
            if !there.contains(&script) {
                there.push(script);
            }
        }
        let found = there.into_iter().filter_map(|script| {
            let words = self.words.iter().filter(|word| scripts::family(word.script) == script);
            let words: Vec<&Word> = words.collect();
            let lang = match script {
                // English words are found one by one.
                Script::Latin => Some(self.of_latin).filter(|lang| *lang != "en")?,
                // Languages share a script: Persian is no Arabic.
                _ => scripts::by_letters(words.iter().copied(), &self.joined(&words)),
            };
            claims.has(lang).then_some((script, lang, count(words)))
        });
        let found: Vec<(Script, Code, usize)> = found.collect();
        let is_found = |script: Script| found.iter().any(|(of, ..)| *of == scripts::family(script));
        let kept: Vec<&Word> = self.words.iter().filter(|word| is_found(word.script)).collect();
        if kept.len() == self.words.len() || !self.is_enough(&kept, whole) {
            return None;
        }
        let (_, lang, _) = found.iter().max_by_key(|(.., words)| *words)?;
        Some((*lang, self.joined(&kept)))
    }

    /// True if words are enough of a text to count by themselves, and where the whole counts, too, if
    /// enough of it is cut away.
    fn is_enough(&self, kept: &[&Word], whole: bool) -> bool {
        if !whole {
            return said(kept) >= LEAST_WORDS;
        }
        let (all, kept) = (count(&self.words), count(kept.iter().copied()));
        let cut = all - kept;
        kept >= LEAST_WORDS && cut >= LEAST_WORDS && MOST_CUT * cut >= all
    }

    /// These of its words, each run of them with its marks.
    fn joined(&self, kept: &[&Word]) -> String {
        let is_kept = |word: &&Word| {
            kept.binary_search_by_key(&word.place.start, |it| it.place.start).is_ok()
        };
        let runs = self.words.iter().collect::<Vec<_>>();
        let runs: Vec<Run> = runs
            .chunk_by(|one, next| is_kept(one) == is_kept(next))
            .filter(|run| is_kept(&run[0]))
            .map(|run| Run {
                place: run[0].place.start..run[run.len() - 1].place.end,
                words: run.len(),
            })
            .collect();
        segments::join(self.text, &runs, &[])
    }
}

/// True if one of the words is more than a letter.
fn any_letters(words: &[&Word]) -> bool {
    words.iter().any(|word| word.letters > 1)
}
