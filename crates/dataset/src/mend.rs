//! JSON as programs write it that do not keep to the standard, made into JSON.
//!
//! `JSON.stringify` of a string that was cut in the middle of an emoji has half a surrogate pair, which reads as
//! U+FFFD. Python writes `NaN`, which reads as `null`, as JavaScript writes it. A line break or another control
//! character in the middle of a string is one. Strings and numbers stay as they are written.

use std::borrow::Cow;

/// JSON that was mended.
#[derive(Debug, PartialEq)]
pub struct Mended<'a> {
    /// It, as far as it is JSON at all.
    pub json: Cow<'a, [u8]>,
    /// The first word in it that JSON does not know, such as `NaN`.
    pub foreign: Option<String>,
}

/// Words for a missing or an infinite number in JSON of Python, JavaScript and others, in any case and with any
/// sign.
const FOREIGN: [&[u8]; 6] = [b"nan", b"inf", b"infinity", b"undefined", b"none", b"na"];
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
const SPACE: &[u8] = b" \t\r\n";
/// Marks and quotes: a word ends before them, as before space.
const MARKS: &[u8] = b"\"{}[],:";

/// JSON escapes of the control characters.
const CONTROLS: [[u8; 6]; 32] = {
    let mut controls = [*b"\\u0000"; 32];
    let mut byte = 0;
    while byte < controls.len() {
        controls[byte][4] = b'0' + (byte / 16) as u8;
        controls[byte][5] = b"0123456789abcdef"[byte % 16];
        byte += 1;
    }
    controls
};

/// The length of a piece, and what must stand in its place.
type Piece = (usize, Option<&'static [u8]>);

/// Mends bytes that are nearly JSON; those that are no JSON for another reason stay so.
pub fn mend(json: &[u8]) -> Mended<'_> {
    mend_and(json, false)
}

/// Mends a value and puts it into one line: the space between its parts goes.
pub(crate) fn mend_into_line(json: &[u8]) -> Mended<'_> {
    mend_and(json, true)
}

fn mend_and(json: &[u8], in_one_line: bool) -> Mended<'_> {
    let (mut mended, mut foreign) = (Vec::new(), None);
    let (mut at, mut copied, mut in_string) = (0, 0, false);
    while at < json.len() {
        let rest = &json[at..];
        let (length, instead) = match rest[0] {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            byte if in_string => in_a_string(byte, rest),
            byte if SPACE.contains(&byte) => {
                if in_one_line {
                    space(&json[..at], rest)
                } else {
                    (1, None)
                }
            }
            byte if MARKS.contains(&byte) => (1, None),
            _ => {
                let (length, null) = word(rest);
                if null.is_some() && foreign.is_none() {
                    foreign = Some(String::from_utf8_lossy(&rest[..length]).into_owned());
                }
                (length, null)
            }
        };
        if let Some(instead) = instead {
            mended.extend_from_slice(&json[copied..at]);
            mended.extend_from_slice(instead);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Mended { json: Cow::Borrowed(json), foreign };
    }
    mended.extend_from_slice(&json[copied.min(json.len())..]);
    Mended { json: Cow::Owned(mended), foreign }
}

fn in_a_string(byte: u8, rest: &[u8]) -> Piece {
    match byte {
        b'\\' => escape(rest),
        // Half a pair that was put into UTF-8 as if it were a character.
        0xed if matches!(rest.get(1), Some(0xa0..=0xbf)) && rest.len() > 2 => {
            (3, Some(REPLACEMENT))
        }
        ..b' ' => (1, Some(&CONTROLS[usize::from(byte)])),
        _ => (1, None),
    }
}

/// An escape; half a pair is replaced.
fn escape(rest: &[u8]) -> Piece {
    match unit(rest) {
        Some(0xd800..=0xdbff) if matches!(unit(&rest[6..]), Some(0xdc00..=0xdfff)) => (12, None),
        Some(0xd800..=0xdfff) => (6, Some(b"\\ufffd")),
        Some(_) => (6, None),
        None => (2, None),
    }
}

/// The UTF-16 unit of an escape `\uXXXX` at the beginning.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |unit, &digit| Some((unit << 4) | char::from(digit).to_digit(16)? as u16))
}

/// Space, of which nothing is left. Two words without a mark between them are an error, and stay one.
fn space(before: &[u8], rest: &[u8]) -> Piece {
    let length = rest.iter().take_while(|byte| SPACE.contains(byte)).count();
    let is_of_word = |byte: &u8| !MARKS.contains(byte);
    let between_words =
        before.last().is_some_and(is_of_word) && rest.get(length).is_some_and(is_of_word);
    (length, Some(if between_words { b" " } else { b"" }))
}

/// A word outside strings; `null` stands in the place of one of [`FOREIGN`].
fn word(rest: &[u8]) -> Piece {
    let ends = |byte: &u8| SPACE.contains(byte) || MARKS.contains(byte);
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let word = &rest[..length];
    let name = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let is_foreign = FOREIGN.iter().any(|foreign| name.eq_ignore_ascii_case(foreign));
    (length, is_foreign.then_some(b"null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mended: &Mended<'_>) -> String {
        String::from_utf8_lossy(&mended.json).into_owned()
    }

    fn mended(json: &str) -> String {
        text(&mend(json.as_bytes()))
    }

    fn in_line(json: &str) -> String {
        text(&mend_into_line(json.as_bytes()))
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character_and_a_whole_one_stays() {
        for (json, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b""#, r#""\ufffdb""#),
            (r#""\uDE00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D\uD83D\uDE00""#, r#""\ufffd\uD83D\uDE00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#"{"\ud83d":1}"#, r#"{"\ufffd":1}"#),
            (r#"{"\ud83d\n":1}"#, r#"{"\ufffd\n":1}"#),
            (r#""\ud83""#, r#""\ud83""#),
            (r#""\ud83é""#, r#""\ud83é""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\u"#, r#""\u"#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(mended(json), expected);
            assert_eq!(in_line(json), expected);
        }
        assert_eq!(&*mend(b"\"a\xed\xa0\xbdb\"").json, "\"a\u{fffd}b\"".as_bytes());
    }

    #[test]
    fn what_json_does_not_know_is_null_and_named() {
        let json = r#"{"a": NaN, "b": [-Infinity,1], "c": "NaN -inf"}"#;
        assert_eq!(mended(json), r#"{"a": null, "b": [null,1], "c": "NaN -inf"}"#);
        assert_eq!(in_line(json), r#"{"a":null,"b":[null,1],"c":"NaN -inf"}"#);
        assert_eq!(mend(json.as_bytes()).foreign.as_deref(), Some("NaN"));
        assert_eq!(mended("[nan,undefined]"), "[null,null]");
        assert_eq!(mend(b"[null, \"NaN\", 1]").foreign, None);
    }

    #[test]
    fn a_line_break_in_a_string_is_one() {
        assert_eq!(mended("{\n\"a\":\t\"b\r\n\tc\"}"), "{\n\"a\":\t\"b\\u000d\\u000a\\u0009c\"}");
        assert_eq!(mended("\"a\0b\u{1f}\u{b}\""), r#""a\u0000b\u001f\u000b""#);
    }

    #[test]
    fn numbers_and_strings_stay_as_they_are_written() {
        let json = "{ \"id\" : 12345678901234567890123,\n \"n\": 1e2, \"m\":-0.10,\t\"é\": \"\\u00e9 \\/\" }";
        let expected = r#"{"id":12345678901234567890123,"n":1e2,"m":-0.10,"é":"\u00e9 \/"}"#;
        assert_eq!(mend_into_line(json.as_bytes()).foreign, None);
        assert_eq!(in_line(json), expected);
        assert_eq!(mended(json), json);
        assert_eq!(in_line("\"a\tb\""), r#""a\u0009b""#);
    }

    #[test]
    fn what_is_json_stays_and_what_is_none_does_not_become_it() {
        for json in [r#"{"a":[1e2,-0.5,true,null,"é \"\/"]}"#, "1 2", "tr ue", "'a'", "\"open", ""]
        {
            assert_eq!(mended(json), json);
        }
        for bytes in [&b"\"\xed\xa0"[..], b"\xed\xa0\xbd", b"\"\xff\"", b"-", b"\"\\"] {
            assert_eq!(&*mend(bytes).json, bytes);
        }
        for text in
            ["1 2", "tr ue", "\"a\" b", "{\"a\":1 2}", "\"open", "'a'", "[1 \"a\"]", "\"a\"\"b\""]
        {
            for json in [mended(text), in_line(text)] {
                assert!(serde_json::from_str::<serde_json::Value>(&json).is_err(), "{text}");
            }
        }
    }
}
