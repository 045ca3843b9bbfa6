//! Runs of English words among others.
//!
//! Each word speaks for or against English, by itself and by what `whichlang` says of the words around
//! it; a run begins and ends where that outweighs [`SWITCH`] (the most probable path through two
//! states, after Viterbi). So a name or a slip within a sentence does not cut it, and a borrowed word in
//! a foreign one does not begin a run.

use std::borrow::Cow;
use std::ops::Range;

use super::Knows;
use super::function_words::Small;
use super::words::Word;

/// Cost of a change from English to another language or back, and its cost where a sentence may end.
const SWITCH: f32 = 2.0;
const SWITCH_AT_MARK: f32 = 1.3;
/// Words on each side that `whichlang` is asked about, and the weight of its answer.
const AROUND: usize = 2;
const TOLD: f32 = 0.7;
/// Small words of English and of other languages, other words that are known, those that are not.
const SMALL_ENGLISH: f32 = 1.2;
const SMALL_FOREIGN: f32 = -1.5;
const KNOWN: f32 = 0.5;
const UNKNOWN: f32 = -0.7;
const ACCENTED: f32 = -1.5;

/// A run of English words.
#[derive(Debug)]
pub(super) struct Run {
    /// From its first word to the end of its last.
    pub(super) place: Range<usize>,
    /// Number of words.
    pub(super) words: usize,
}

/// Finds the runs among words in Latin letters of a text, in their order.
pub(super) fn find(text: &str, words: &[&Word], knows: Option<&Knows>) -> Vec<Run> {
    let marked: Vec<bool> =
        (0..words.len()).map(|at| at > 0 && may_begin(text, words[at - 1], words[at])).collect();
    let evidence: Vec<f32> =
        (0..words.len()).map(|at| of_word(words[at], knows) + around(words, at, &marked)).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut inside = false;
    for (word, english) in words.iter().zip(path(&evidence, &marked)) {
        match runs.last_mut() {
            Some(run) if english && inside => {
                run.place.end = word.place.end;
                run.words += 1;
            }
            _ if english => runs.push(Run { place: word.place.clone(), words: 1 }),
            _ => {}
        }
        inside = english;
    }
    runs
}

/// True if a sentence may begin with a word: after more than a space, a comma or a hyphen, or with
/// the only capital of the two. A line break is a space here.
fn may_begin(text: &str, before: &Word, word: &Word) -> bool {
    let capital = |word: &Word| text[word.place.clone()].starts_with(char::is_uppercase);
    let gap = &text[before.place.end..word.place.start];
    gap.contains(|c: char| !matches!(c, ' ' | ',' | '-' | '\'' | '#' | '@' | '_'))
        || gap.contains(" - ")
        || (capital(word) && !capital(before))
}

fn of_word(word: &Word, knows: Option<&Knows>) -> f32 {
    let lower = word.lower.as_str();
    if word.letters == 1 {
        return if matches!(lower, "i" | "a") { KNOWN } else { 0.0 };
    }
    let small = Small::of(lower);
    match () {
        () if small.is_english() => SMALL_ENGLISH,
        () if small.is_foreign() => SMALL_FOREIGN,
        () if !lower.is_ascii() => ACCENTED,
        () => knows.map_or(0.0, |knows| if knows(lower) { KNOWN } else { UNKNOWN }),
    }
}

fn around(words: &[&Word], at: usize, marked: &[bool]) -> f32 {
    let before = (at.saturating_sub(AROUND)..at).rev().take_while(|near| !marked[near + 1]).count();
    let after =
        (at + 1..words.len().min(at + AROUND + 1)).take_while(|near| !marked[*near]).count();
    let window: Vec<&str> =
        words[at - before..=at + after].iter().map(|word| word.lower.as_str()).collect();
    let told = whichlang::detect_language(&window.join(" "));
    if told == whichlang::Lang::Eng { TOLD } else { -TOLD }
}

/// For each word whether it is English, on the path that the evidence speaks for most.
fn path(evidence: &[f32], marked: &[bool]) -> Vec<bool> {
    // The best sums of paths that end outside and inside a run, and where each came from.
    let mut sums = [0.0_f32; 2];
    let mut came: Vec<[usize; 2]> = Vec::with_capacity(evidence.len());
    for (value, marked) in evidence.iter().zip(marked) {
        let switch = if *marked { SWITCH_AT_MARK } else { SWITCH };
        let from =
            [usize::from(sums[1] - switch > sums[0]), usize::from(sums[0] - switch <= sums[1])];
        let came_to =
            |state: usize| sums[from[state]] - if from[state] == state { 0.0 } else { switch };
        sums = [came_to(0), came_to(1) + value];
        came.push(from);
    }
    let mut state = usize::from(sums[1] > sums[0]);
    let mut english = vec![false; evidence.len()];
    for at in (0..evidence.len()).rev() {
        english[at] = state == 1;
        state = came[at][state];
    }
    english
}

/// The text without these words.
pub(super) fn without<'a>(text: &'a str, words: &[&Word]) -> Cow<'a, str> {
    if words.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for word in words {
        out.push_str(&text[copied..word.place.start]);
        out.push(' ');
        copied = word.place.end;
    }
    Cow::Owned(out + &text[copied..])
}

/// The runs as one text, without the words in `cut`: each with the marks before and behind it.
pub(super) fn join(text: &str, runs: &[Run], cut: &[&Word]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for run in runs {
        let before = text[..run.place.start]
            .trim_end_matches(|c: char| !c.is_whitespace() && !c.is_alphanumeric());
        let after = &text[run.place.end..];
        let marks =
            after.find(|c: char| c.is_whitespace() || c.is_alphabetic()).unwrap_or(after.len());
        let (start, end) = (before.len(), run.place.end + marks);
        let mut part = String::new();
        let mut copied = start;
        let first = cut.partition_point(|word| word.place.start < start);
        for word in cut[first..].iter().take_while(|word| word.place.end <= end) {
            part.push_str(&text[copied..word.place.start]);
            copied = word.place.end;
        }
        part.push_str(&text[copied..end]);
        parts.extend(part.split_whitespace().map(str::to_owned));
    }
    parts.join(" ")
}
