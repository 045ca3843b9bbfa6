//! Explains a score by its words: each is left out in turn, and the logit measured again.
//!
//! This is occlusion (Zeiler and Fergus, 2014) on words. It tells what the model reacts to, not
//! why a post is what it is. Contributions need not add up to the logit. Of a text that was read in
//! windows, the words of the one that counts are tried.

use std::time::Instant;

use scorer::Score;
use text::normalise;

use crate::api::{ApiError, Contribution, Explanation};
use crate::engine::{Engine, Question, Scored};

/// Words beyond this are not tried: a model of the usual length reads no more at once, and each costs a
/// pass.
const MOST_WORDS: usize = 126;

/// Contribution of each word that counts to the logit of a text, whose score is `whole`, one of
/// `scored`. The same model computes it, even if another has taken over since.
///
/// # Errors
/// As [`Engine::score`].
pub(crate) async fn by_word(
    engine: &Engine,
    scored: &Scored,
    text: &str,
    whole: &Score,
    deadline: Instant,
) -> Result<Explanation, ApiError> {
    let read_text = whole.part.as_deref().map_or_else(|| normalise(text), str::to_owned);
    let place = whole.window.clone().unwrap_or(0..read_text.len());
    let window = read_text.get(place.clone()).unwrap_or(&read_text);
    let words: Vec<&str> = window.split_whitespace().collect();
    let tried = words.len().min(MOST_WORDS);
    // Of a text that was judged; what is left of it need not be a text that would be.
    let variants = (0..tried)
        .map(|left_out| {
            // By the model that judged the whole.
            let lang = Some(whole.lang.to_owned());
            Question { judge: false, lang, ..Question::new(without(&words, left_out)) }
        })
        .collect();
    let rests = engine.score_with(&scored.model, variants, deadline).await?;
    // Places in characters, which are the same in every language that a client may be written in.
    let mut end = read_text.get(..place.start).unwrap_or_default().chars().count();
    let mut rest_of_window = window;
    let words = words.iter().zip(rests).map(|(word, rest)| {
        let gap = rest_of_window.find(*word).unwrap_or(0);
        let begin = end + rest_of_window[..gap].chars().count();
        end = begin + word.chars().count();
        rest_of_window = &rest_of_window[gap + word.len()..];
        Contribution {
            word: (*word).to_owned(),
            begin,
            end,
            // Nothing left without it: the word is all there is, so the whole logit is its own.
            contribution: whole.logit - rest.score().map_or(0.0, |rest| rest.logit),
        }
    });
    let words = words.collect();
    Ok(Explanation { read_text, words })
}

fn without(words: &[&str], left_out: usize) -> String {
    let kept: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != left_out)
        .map(|(_, word)| *word)
        .collect();
    kept.join(" ")
}
