//! A text longer than a model reads, in windows of whole words.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use text::{MOST_WINDOWS, TweetTokenizer, Windows, normalise};

const LENGTH: usize = 64;

fn tokenizer() -> TweetTokenizer {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checkpoints/electra-small-tweets");
    TweetTokenizer::open(&folder).unwrap()
}

/// Everyday sentences, numbered, with accents, marks and a handle.
fn sentences(count: usize) -> String {
    let kinds = [
        "The café by the lake opens at 9:30 (Sundays too).",
        "Don't forget your umbrella, @someone says it's raining!",
        "We played football until dark and nobody kept count",
        "\"Who is coming tomorrow?\" she asked, twice.",
    ];
    (0..count).map(|at| format!("{at} {}", kinds[at % 4])).collect::<Vec<_>>().join(" ")
}

fn windows(tokenizer: &TweetTokenizer, normal: &str) -> Windows {
    tokenizer.windows(normal, LENGTH).unwrap()
}

#[test]
fn a_text_of_up_to_the_length_is_one_window_and_the_same_word_pieces_as_ever() {
    let tokenizer = tokenizer();
    for words in [1, 10, 61, 62] {
        let text = vec!["rain"; words].join(" ");
        let found = windows(&tokenizer, &text);
        assert_eq!((found.windows.len(), found.tokens, found.truncated), (1, words + 2, false));
        assert_eq!(found.windows[0].ids, tokenizer.encode(&text, LENGTH).unwrap().ids);
        assert_eq!(found.windows[0].place, 0..text.len());
    }
    assert_eq!(windows(&tokenizer, &vec!["rain"; 63].join(" ")).windows.len(), 3);
    assert_eq!(tokenizer.windows("", LENGTH), None);
}

#[test]
fn a_window_is_what_its_words_are_by_themselves() {
    let tokenizer = tokenizer();
    let unspaced = "今日は雨が降っています。明日は晴れるでしょう。".repeat(30);
    for text in [sentences(5), sentences(40), sentences(200), unspaced] {
        let normal = normalise(&text);
        let found = windows(&tokenizer, &normal);
        assert!(found.windows.len() > 1 && !found.truncated, "{text}");
        let (first, last) = (&found.windows[0], found.windows.last().unwrap());
        assert_eq!((first.place.start, last.place.end), (0, normal.len()));
        for window in &found.windows {
            let words = &normal[window.place.clone()];
            let alone = tokenizer.encode_normalised(words, LENGTH).unwrap();
            assert_eq!((&alone.ids, alone.truncated), (&window.ids, false), "{words}");
        }
        for pair in found.windows.windows(2) {
            assert!(pair[1].place.start < pair[0].place.end, "{pair:?}");
        }
    }
}

#[test]
fn windows_begin_with_sentences_and_words_and_end_with_words() {
    let tokenizer = tokenizer();
    let normal = normalise(&sentences(40));
    let is_space = |at: usize| normal[at..].starts_with(' ') || at == normal.len();
    for window in windows(&tokenizer, &normal).windows {
        let (begin, end) = (window.place.start, window.place.end);
        assert!(begin == 0 || is_space(begin - 1), "{}", &normal[begin..end]);
        assert!(is_space(end), "{}", &normal[begin..end]);
    }
    let short = normalise(&"It is raining. We stay at home. ".repeat(30));
    for window in windows(&tokenizer, &short).windows {
        let begin = &short[window.place.start..];
        assert!(begin.starts_with("It is") || begin.starts_with("We stay"), "{begin}");
    }
}

#[test]
fn a_word_longer_than_a_window_is_parted_and_a_text_beyond_the_cap_is_cut() {
    let tokenizer = tokenizer();
    // Of a hundred letters at most it is a word; with more the vocabulary does not know it.
    let word = "xq".repeat(50);
    let short = tokenizer.windows(&word, 12).unwrap();
    assert!(short.windows.len() > 3 && short.windows.iter().all(|window| window.ids.len() <= 12));
    assert_eq!(short.windows.last().unwrap().place.end, word.len());

    let long = sentences(10_000);
    let normal = normalise(&long);
    let found = windows(&tokenizer, &normal);
    assert_eq!((found.windows.len(), found.truncated), (MOST_WINDOWS, true));
    assert!(found.tokens > 11 * MOST_WINDOWS && found.tokens < 30 * MOST_WINDOWS);
    assert!(found.windows.last().unwrap().place.end < normal.len());
}
