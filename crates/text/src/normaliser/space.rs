//! Step 13: white space and control characters.
//!
//! Runs of white space (line breaks, no-break and ideographic spaces, the blank Braille cell people
//! pad with) become one space; control characters and U+FFFD are dropped, since they come from
//! encodings and page layout.

use std::borrow::Cow;

use super::letters::foreign;

/// Collapses white space, drops control characters, trims both ends.
pub(super) fn collapse(text: &str) -> Cow<'_, str> {
    if is_collapsed(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() {
            out.push(c);
        } else if is_blank(c) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    Cow::Owned(out)
}

#[expect(clippy::needless_bitwise_bool, reason = "without branches the loop is vectorised")]
fn is_collapsed(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ') {
        return false;
    }
    // Without branches, since most texts have nothing to do.
    let next = bytes.get(1..).unwrap_or_default();
    let control = bytes.iter().fold(false, |found, &b| found | (b < 0x20) | (b == 0x7f));
    let double =
        bytes.iter().zip(next).fold(false, |found, (&a, &b)| found | ((a == b' ') & (b == b' ')));
    !control && !double && !foreign(text).any(|c| is_invisible(c) || is_blank(c))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace()) || c == '\u{fffd}'
}

#[cfg(test)]
mod tests {
    use super::collapse;

    #[test]
    fn white_space_of_every_kind_becomes_one_space() {
        assert_eq!(collapse(" a\r\n\n b\u{a0}\u{3000}c\u{2800}\td "), "a b c d");
    }

    #[test]
    fn control_characters_are_dropped() {
        assert_eq!(collapse("a\u{1}b\u{fffd}\u{7f}c\u{0} d"), "abc d");
    }

    #[test]
    fn collapsed_text_is_borrowed() {
        assert!(matches!(collapse("plain text"), std::borrow::Cow::Borrowed(_)));
        assert!(matches!(collapse(""), std::borrow::Cow::Borrowed(_)));
    }
}
