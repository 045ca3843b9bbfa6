//! Step 8: white space, control and invisible characters.
//!
//! Runs of white space (line breaks, no-break and ideographic spaces, the blank Braille cell and
//! the Hangul filler people pad with) become one space; control characters, zero-width spaces,
//! byte-order marks, direction marks, soft hyphens and U+FFFD are dropped, since they come from
//! encodings and page layout. The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji
//! need them.

use std::borrow::Cow;

/// Collapses white space, drops the invisible, trims both ends.
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
    !control
        && !double
        && (text.is_ascii() || !text.chars().any(|c| is_invisible(c) || (c != ' ' && is_blank(c))))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{3164}')
}

fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::collapse;

    #[test]
    fn white_space_of_every_kind_becomes_one_space() {
        assert_eq!(collapse(" a\r\n\n b\u{a0}\u{3000}c\u{2800}\td "), "a b c d");
    }

    #[test]
    fn invisible_characters_are_dropped_and_joiners_stay() {
        assert_eq!(collapse("\u{feff}a\u{200b}b\u{ad}c\u{0}\u{fffd}\u{2066}d\u{2069}"), "abcd");
        let emoji_and_persian = "👩\u{200d}🚀 می\u{200c}خواهم";
        assert_eq!(collapse(emoji_and_persian), emoji_and_persian);
    }

    #[test]
    fn collapsed_text_is_borrowed() {
        assert!(matches!(collapse("plain text"), std::borrow::Cow::Borrowed(_)));
        assert!(matches!(collapse(""), std::borrow::Cow::Borrowed(_)));
    }
}
