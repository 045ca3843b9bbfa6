//! The words of a normalised text, as a guess at its language needs them.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// A run of letters of one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its place in the text, in bytes.
    pub(super) place: Range<usize>,
    /// In small letters.
    pub(super) lower: String,
    /// Its letters, marks not counted.
    pub(super) letters: usize,
    /// Of its first letter.
    pub(super) script: Script,
    /// True if it is a part of a hashtag.
    pub(super) tag: bool,
}

impl Word {
    /// The number of words it counts as: scripts without spaces have about one to two letters to a
    /// word.
    pub(super) fn count(&self) -> usize {
        let unspaced = matches!(
            self.script,
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
        );
        if unspaced { self.letters.div_ceil(2) } else { 1 }
    }
}

/// The words of a text: neither handles nor what follows an apostrophe (`don't` is `don`). Hashtags
/// come apart where a capital begins a word of theirs.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut before = ' ';
    // True while the word that goes on is one of a handle, of a hashtag, or behind an apostrophe.
    let (mut handle, mut tag, mut behind) = (false, false, false);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if c.is_ascii_alphabetic() || (c.is_alphabetic() && !is_combining_mark(c)) {
            let script = if c.is_ascii() { Script::Latin } else { c.script() };
            match words.last_mut() {
                Some(word) if word.place.end == at && !breaks(word, before, c, script) => {
                    word.place.end = end;
                    lower(&mut word.lower, c);
                    word.letters += 1;
                }
                _ if handle || behind => {}
                _ => {
                    let mut word =
                        Word { place: at..end, lower: String::new(), letters: 1, script, tag };
                    lower(&mut word.lower, c);
                    words.push(word);
                }
            }
        } else if !c.is_ascii() && (is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}')) {
            if let Some(word) = words.last_mut().filter(|word| word.place.end == at) {
                word.place.end = end;
                word.lower.push(c);
            }
        } else if !(c.is_ascii_digit() || c == '_') {
            handle = c == '@';
            tag = c == '#';
            behind = c == '\'' && before.is_alphabetic();
        }
        before = c;
    }
    words
}

fn lower(word: &mut String, c: char) {
    if c.is_ascii() {
        word.push(c.to_ascii_lowercase());
    } else {
        word.extend(c.to_lowercase());
    }
}

/// True if a letter begins a word of its own though it follows another.
fn breaks(word: &Word, before: char, c: char, script: Script) -> bool {
    let other = |script| !matches!(script, Script::Common | Script::Inherited);
    let changes = script != word.script && other(script) && other(word.script);
    // Kanji and kana are of one word.
    let japanese = [script, word.script]
        .iter()
        .all(|script| matches!(script, Script::Han | Script::Hiragana | Script::Katakana));
    (changes && !japanese) || (word.tag && c.is_uppercase() && before.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lower(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.lower).collect()
    }

    #[test]
    fn words_are_runs_of_letters() {
        assert_eq!(
            lower("I don't know 'tis, @user: 2 cafés, aujourd'hui!"),
            ["i", "don", "know", "tis", "cafés", "aujourd"]
        );
        assert_eq!(lower("ما هذا؟ ok नमस्ते"), ["ما", "هذا", "ok", "नमस्ते"]);
        assert_eq!(lower("今日はgood"), ["今日は", "good"]);
        assert_eq!(lower("12 😀 @user_1"), Vec::<String>::new());
    }

    #[test]
    fn hashtags_come_apart_at_capitals() {
        assert_eq!(lower("#IslamicState_of #isis2 XYZ"), ["islamic", "state", "of", "isis", "xyz"]);
        let tags: Vec<bool> = words("#AnHour ago").into_iter().map(|word| word.tag).collect();
        assert_eq!(tags, [true, true, false]);
    }

    #[test]
    fn words_tell_where_they_stand() {
        let text = "né à «Łódź»";
        let found: Vec<&str> = words(text).iter().map(|word| &text[word.place.clone()]).collect();
        assert_eq!(found, ["né", "à", "Łódź"]);
    }
}
