//! Marks of how a row was collected, without any word of it.
//!
//! A rule on these alone should not tell the labels apart. Where it does, a score measures
//! encodings and habits of the collector, and a model's figure on the same file is worth less
//! than it looks.

/// Number of marks.
pub(super) const COUNT: usize = 32;

/// Name of each mark, in the order of [`marks`].
pub(super) const NAMES: [&str; COUNT] = [
    "characters",
    "words",
    "mean length of words",
    "share of capitals",
    "share of digits",
    "share of non-ASCII characters",
    "line breaks",
    "white space at an end or doubled",
    "literal \\u escapes",
    "other backslashes",
    "HTML entities",
    "begins with RT @",
    "links",
    "ends with a link",
    "a link cut off at the end",
    "t.co links",
    "mentions",
    "begins with a mention",
    "hashtags",
    "ends with a hashtag",
    "ellipsis characters",
    "ends with dots or an ellipsis",
    "curly quotes",
    "straight quotes",
    "exclamation marks",
    "question marks",
    "full stops",
    "commas",
    "colons and semicolons",
    "hyphens, slashes and brackets",
    "emoji",
    "ends with a letter or digit",
];

/// The marks of one text.
pub(super) fn marks(text: &str) -> [f32; COUNT] {
    let characters = text.chars().count();
    let word_lengths: Vec<usize> =
        text.split_whitespace().map(|word| word.chars().count()).collect();
    let count = |test: fn(char) -> bool| text.chars().filter(|&c| test(c)).count() as f32;
    let share = |test: fn(char) -> bool| count(test) / characters.max(1) as f32;
    let found = |part: &str| text.matches(part).count() as f32;
    let holds = |condition: bool| f32::from(u8::from(condition));
    let last_word = text.split_whitespace().next_back().unwrap_or_default();
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let escapes = found("\\u");
    let is_link = |word: &str| word.starts_with("http://") || word.starts_with("https://");
    // A beginning of "https://t.co/…" shorter than a whole link of 23 characters.
    let cut_link = ["h", "ht", "htt", "http", "https", "http:", "https:"]
        .contains(&last_word.trim_end_matches(['…', '.', '/']))
        || (is_link(last_word) && last_word.chars().count() < 20);
    [
        characters as f32,
        word_lengths.len() as f32,
        word_lengths.iter().sum::<usize>() as f32 / word_lengths.len().max(1) as f32,
        share(char::is_uppercase),
        share(|c| c.is_ascii_digit()),
        share(|c| !c.is_ascii()),
        count(|c| c == '\n'),
        found("  ") + holds(text.trim() != text),
        escapes,
        found("\\") - escapes,
        found("&amp;") + found("&lt;") + found("&gt;") + found("&#") + found("&quot;"),
        holds(text.starts_with("RT @")),
        found("http://") + found("https://"),
        holds(is_link(last_word)),
        holds(cut_link),
        found("://t.co/"),
        found("@"),
        holds(first_word.starts_with(['@', '.']) && first_word.contains('@')),
        found("#"),
        holds(last_word.starts_with('#')),
        found("…"),
        holds(text.ends_with('…') || text.ends_with("...")),
        count(|c| matches!(c, '‘' | '’' | '“' | '”')),
        count(|c| matches!(c, '"' | '\'')),
        found("!"),
        found("?"),
        found("."),
        found(","),
        count(|c| matches!(c, ':' | ';')),
        count(|c| matches!(c, '-' | '/' | '(' | ')' | '[' | ']')),
        count(|c| matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}')),
        holds(text.ends_with(char::is_alphanumeric)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str, name: &str) -> f32 {
        let index = NAMES.iter().position(|&other| other == name);
        marks(text)[index.expect("a known mark")]
    }

    #[test]
    fn marks_see_how_a_row_was_written_down() {
        assert!(mark("RT @user: hello", "begins with RT @") > 0.5);
        assert!(mark("caf\\u00e9 \\n", "literal \\u escapes") > 0.5);
        assert!(mark("caf\\u00e9 \\n", "other backslashes") > 0.5);
        assert!(mark("look https://t.co/abcdefghij", "ends with a link") > 0.5);
        assert!(mark("look https://t.co/abcdefghij", "a link cut off at the end") < 0.5);
        assert!(mark("look https://t.c…", "a link cut off at the end") > 0.5);
        assert!(mark("plain words", "links") < 0.5);
    }

    #[test]
    fn marks_do_not_see_which_words_there_are() {
        let pairs = marks("the cat sat down").into_iter().zip(marks("the dog ran away"));
        for ((a, b), name) in pairs.zip(NAMES) {
            assert!((a - b).abs() < f32::EPSILON, "{name}");
        }
    }
}
