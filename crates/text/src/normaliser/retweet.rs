//! In steps 1, 3 and 8: leading retweet headers (`RT @user:`) are dropped, however many.
//!
//! Before all else in a pass, so that a text and the same text with a header are one from here on.
//! A header within the text stays: there it answers words of the poster's own.
//!
//! The colon may be missing, as in retweets typed by hand, or stand after `RT`. Then white space
//! ends the header, unless a handle follows; either may be written as an escape or entity (`\n`,
//! `&#64;b`). Where that could be, the header is left until both are decoded, so that it makes no
//! difference whether they were.

use std::borrow::Cow;

/// Drops every header at the start that is one whatever an escape or entity may stand for.
pub(super) fn drop_certain_headers(text: &str) -> Cow<'_, str> {
    drop_while(text, |text| {
        let has_colon = after_name(text)?.starts_with(':');
        let rest = without_header(text)?;
        (has_colon || !rest.starts_with(['\\', '&', '<'])).then_some(rest)
    })
}

/// Drops every header at the start of a text without escapes and entities.
pub(super) fn drop_headers(text: &str) -> Cow<'_, str> {
    drop_while(text, without_header)
}

fn drop_while(text: &str, without_one: impl Fn(&str) -> Option<&str>) -> Cow<'_, str> {
    let mut rest = text;
    while let Some(after) = without_one(rest) {
        rest = after;
    }
    if rest.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(rest.to_owned()) }
}

fn without_header(text: &str) -> Option<&str> {
    let after = after_name(text)?;
    if let Some(after) = after.strip_prefix(':') {
        return Some(after.trim_start());
    }
    // Not the possessive of `RT @name's post`; and a run of handles is joined first.
    let rest = after.trim_start();
    let ends = rest.is_empty() || rest.len() < after.len();
    (ends && !rest.starts_with(['@', '＠'])).then_some(rest)
}

/// The text after the name, if it begins with `RT @name`.
fn after_name(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let after = ["RT", "Rt", "rt"].iter().find_map(|letters| text.strip_prefix(letters))?;
    let after = after.strip_prefix(':').unwrap_or(after).trim_start();
    let name = after.strip_prefix(['@', '＠'])?;
    let after = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (after.len() < name.len()).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::{drop_certain_headers, drop_headers};

    #[test]
    fn leading_headers_are_dropped_however_many() {
        assert_eq!(drop_headers("RT @user: RT @Some_1:hello"), "hello");
        assert_eq!(drop_headers(" RT: @user well"), "well");
        assert_eq!(drop_headers("rt @user"), "");
    }

    #[test]
    fn a_header_that_what_follows_may_make_none_is_left_until_that_is_decoded() {
        for text in [r"RT @a \n@b", "RT @a &#64;b", "RT @a <user>"] {
            assert_eq!(drop_certain_headers(&format!("RT: @c: RT @d {text}")), text);
        }
        assert_eq!(drop_certain_headers(r"RT @a: \n@b"), r"\n@b");
        assert_eq!(drop_certain_headers(r#"RT @a "He said \"no\"""#), r#""He said \"no\"""#);
    }

    #[test]
    fn other_uses_of_the_letters_stay() {
        for text in
            ["RT", "RT this", "ART @user: x", "so true RT @user: x", "RT @: x", "RT @user's post"]
        {
            assert_eq!(drop_headers(text), text);
        }
    }
}
