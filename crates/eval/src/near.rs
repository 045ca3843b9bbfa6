//! Texts that are the same but for case, punctuation and spaces, and texts nearly the same.

use dataset::{Groups, join_near};

/// Two texts are nearly the same when they have this share of their word triples in common.
pub const NEAR: f64 = 0.7;

/// What duplicates share: the words of a normalised text in lower case, with single spaces; where
/// it has no word, the text itself.
pub fn duplicate_key(normalised: &str) -> String {
    let mut key = String::with_capacity(normalised.len());
    for word in normalised.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            if !key.is_empty() {
                key.push(' ');
            }
            key.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    if key.is_empty() {
        // Only marks or emoji: they are the text.
        normalised.trim().clone_into(&mut key);
    }
    key
}

/// Puts each text into a group with those nearly the same.
pub fn group_near(texts: &[&str]) -> Groups {
    let mut groups = Groups::new(texts.len());
    join_near(&mut groups, texts, NEAR);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_differ_only_in_case_marks_and_spaces() {
        assert_eq!(duplicate_key("Good  morning, ALL!"), duplicate_key("good morning all"));
        assert_ne!(duplicate_key("good morning"), duplicate_key("goodmorning"));
        assert_ne!(duplicate_key("🎉"), duplicate_key("😢"));
    }
}
