//! Steps 1 and 3: what is wrapped around a whole text: retweet headers and the quotes of string
//! literals, in any order and number.
//!
//! Headers and literals go first, so that nothing can depend on there being one. What is only seen to
//! be one once its letters are plain (`𝐑𝐓 @name`, an invisible character within an escape) goes in the
//! second round, and only there quotes whose inside is no literal's, for an escape may be plain by then.

use std::borrow::Cow;

use super::{literal, retweet};

/// Takes off all that is certain.
pub(super) fn take_off(text: &str) -> Cow<'_, str> {
    peel(text, |text| Some(Cow::Owned(literal::read(text)?)))
}

/// Takes off quotes as well whose inside cannot be decoded.
pub(super) fn take_off_quotes(text: &str) -> Cow<'_, str> {
    peel(text, |text| match literal::read(text) {
        Some(inside) => Some(Cow::Owned(inside)),
        None => literal::unquote(text).map(Cow::Borrowed),
    })
}

fn peel(text: &str, read: impl Fn(&str) -> Option<Cow<'_, str>>) -> Cow<'_, str> {
    let mut current = Cow::Borrowed(text);
    loop {
        // Most texts begin otherwise.
        if !current.trim_start().starts_with(['R', 'r', '"', '\'', 'b', 'u']) {
            return current;
        }
        let inside = match retweet::drop_certain_headers(&current) {
            Cow::Owned(rest) => Some(rest),
            Cow::Borrowed(_) => read(&current).map(Cow::into_owned),
        };
        match inside {
            Some(inside) => current = Cow::Owned(inside),
            None => return current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{take_off, take_off_quotes};

    #[test]
    fn headers_and_quotes_are_taken_off_in_any_order() {
        assert_eq!(take_off(r#" RT @a: "RT @b \u00e9t\u00e9" "#), "été");
        assert_eq!(take_off(r#"RT @a: "RT @b: 'yes \u0041'""#), "yes A");
        assert_eq!(take_off(r#"b'RT @x: "said \\"no\\""'"#), r#"said "no""#);
        assert_eq!(take_off("but 'it' is"), "but 'it' is");
    }

    #[test]
    fn quotes_around_no_literal_are_left_to_the_second_round() {
        assert_eq!(take_off(r#""¯\_(ツ)_/¯""#), r#""¯\_(ツ)_/¯""#);
        assert_eq!(take_off_quotes(r#"RT @a: "¯\_(ツ)_/¯""#), r"¯\_(ツ)_/¯");
    }
}
