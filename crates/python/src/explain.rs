//! Explains a score by its words: each is left out in turn, and the logit measured again.
//!
//! As `serve` does it for `explain=true`: occlusion (Zeiler and Fergus, 2014) on words. It tells what
//! the model reacts to, not why a post is what it is. Contributions need not add up to the logit.

use scorer::Asked;

use crate::engine::{Engine, EngineError, normalise};

/// Words beyond this are not tried: the model reads few more, and each costs a pass.
const MOST_WORDS: usize = 96;

/// The words of a text, or of the part of it that is read, and what each adds to its logit; none for a
/// text that is not judged.
pub(crate) fn by_word(engine: &Engine, text: &str) -> Result<Vec<(String, f32)>, EngineError> {
    let verdict = engine.judge(&[Asked::new(text)])?.pop();
    let Some(whole) = verdict.as_ref().and_then(|verdict| verdict.score()) else {
        return Ok(Vec::new());
    };
    let normal = whole.part.as_deref().map_or_else(|| normalise(text), ToOwned::to_owned);
    // Of a text that was read in windows, the one that counts.
    let window = whole.window.clone().and_then(|place| normal.get(place));
    let words: Vec<&str> = window.unwrap_or(&normal).split_whitespace().collect();
    let rests: Vec<String> =
        (0..words.len().min(MOST_WORDS)).map(|left_out| without(&words, left_out)).collect();
    // Of a text that was judged; what is left of it need not be a text that would be.
    // The language names the model that judged it.
    let asked = rests.iter().map(|rest| {
        let lang = Some(whole.lang);
        Asked { judge: false, lang, ..Asked::new(rest) }
    });
    let asked: Vec<Asked<'_>> = asked.collect();
    let verdicts = engine.judge(&asked)?;
    // Nothing left without a word: it is all there is, so the whole logit is its own.
    let rest = verdicts.iter().map(|rest| rest.score().map_or(0.0, |rest| rest.logit));
    let words = words.iter().zip(rest);
    Ok(words.map(|(word, rest)| ((*word).to_owned(), whole.logit - rest)).collect())
}

fn without(words: &[&str], left_out: usize) -> String {
    [&words[..left_out], &words[left_out + 1..]].concat().join(" ")
}
