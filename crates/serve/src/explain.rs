//! Which words moved a score: each is left out in turn, and the logit looked at again.
//!
//! This is occlusion (Zeiler and Fergus, 2014) on words. It tells what the model reacts to, not
//! why a post is what it is. Contributions need not add up to the logit.

use std::time::Instant;

use scorer::Score;
use text::normalise;

use crate::api::{ApiError, Contribution};
use crate::engine::{Engine, Question, Scored};

/// Words beyond this are not tried: the model reads few more, and each costs a pass.
const MOST_WORDS: usize = 96;

/// What each word of a text, or of the part of it that was read, adds to its logit, `whole` among those `scored`. The same model says
/// it, even if another has taken over since.
///
/// # Errors
/// As [`Engine::score`].
pub(crate) async fn by_word(
    engine: &Engine,
    scored: &Scored,
    text: &str,
    whole: &Score,
    deadline: Instant,
) -> Result<Vec<Contribution>, ApiError> {
    let normal = whole.part.as_deref().map_or_else(|| normalise(text), str::to_owned);
    let words: Vec<&str> = normal.split_whitespace().collect();
    let tried = words.len().min(MOST_WORDS);
    // Of a text that was judged; what is left of it need not be a text that would be.
    let variants = (0..tried)
        .map(|left_out| Question { judge: false, ..Question::new(without(&words, left_out)) })
        .collect();
    let rests = engine.score_with(&scored.model, variants, deadline).await?;
    Ok(words
        .iter()
        .zip(rests)
        .map(|(word, rest)| Contribution {
            word: (*word).to_owned(),
            // Nothing left without it: the word is all there is, so the whole logit is its own.
            contribution: whole.logit - rest.score().map_or(0.0, |rest| rest.logit),
        })
        .collect())
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
