//! Finds posts that are nearly the same: their words are, whatever stands around and between them.

use checkpoint::sha256;

/// The key that nearly equal posts share: a hash of their words in lower case, without links,
/// handles, hashtag signs, digits and marks. A post without words is like no other.
pub(super) fn key(text: &str) -> String {
    let read = text::normalise(text).to_lowercase();
    let words: Vec<String> = read
        .split_whitespace()
        .filter(|word| !word.starts_with('@'))
        .map(|word| word.chars().filter(|letter| letter.is_alphabetic()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let common = if words.is_empty() { text.to_owned() } else { words.join(" ") };
    let mut hash = sha256(common.as_bytes());
    hash.truncate(32);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_links_handles_digits_and_marks_make_no_difference_and_words_do() {
        let one = key("Rain is coming, 3 days of it!");
        for same in [
            "RT @user: rain is coming 4 days of it",
            "@a RAIN is coming: days of it https://t.co/x1",
        ] {
            assert_eq!(key(same), one, "{same}");
        }
        assert_ne!(key("Rain is going, 3 days of it!"), one);
        assert_ne!(key("123"), key("456"));
    }
}
