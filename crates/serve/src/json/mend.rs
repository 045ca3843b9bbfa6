//! JSON as programs write it that do not keep to the standard, made into JSON.
//!
//! `JSON.stringify` of a string that was cut in the middle of an emoji has half a surrogate pair,
//! which reads as U+FFFD. Python writes `NaN`, which reads as `null`, as JavaScript writes it. A
//! line break or another control character in the middle of a string is one.

use std::borrow::Cow;

/// Words for a missing or an infinite number, in any case and with any sign.
const WORDS: [&[u8]; 5] = [b"nan", b"inf", b"infinity", b"undefined", b"none"];
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

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

/// Mends bytes that are nearly JSON; those that are no JSON for another reason stay so.
pub(super) fn mend(json: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Vec::new();
    let (mut at, mut copied, mut in_string) = (0, 0, false);
    while at < json.len() {
        let rest = &json[at..];
        let (length, instead) = match rest[0] {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            b'\\' if in_string => escape(rest),
            // Half a pair that was put into UTF-8 as if it were a character.
            0xed if in_string && matches!(rest.get(1), Some(0xa0..=0xbf)) && rest.len() > 2 => {
                (3, Some(REPLACEMENT))
            }
            b'\n' if in_string => (1, Some(&b"\\n"[..])),
            b'\r' if in_string => (1, Some(&b"\\r"[..])),
            b'\t' if in_string => (1, Some(&b"\\t"[..])),
            byte @ ..b' ' if in_string => (1, Some(&CONTROLS[usize::from(byte)][..])),
            b'+' | b'-' | b'a'..=b'z' | b'A'..=b'Z' if !in_string => word(rest),
            _ => (1, None),
        };
        if let Some(instead) = instead {
            mended.extend_from_slice(&json[copied..at]);
            mended.extend_from_slice(instead);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    mended.extend_from_slice(&json[copied.min(json.len())..]);
    Cow::Owned(mended)
}

/// The length of an escape, and what must stand there instead if it is half a pair.
fn escape(rest: &[u8]) -> (usize, Option<&'static [u8]>) {
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

/// The length of a word outside strings, and `null` if it is one of [`WORDS`].
fn word(rest: &[u8]) -> (usize, Option<&'static [u8]>) {
    let ends = |byte: &u8| b" \t\r\n\"{}[],:".contains(byte);
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let word = &rest[..length];
    let name = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let is_foreign = WORDS.iter().any(|word| name.eq_ignore_ascii_case(word));
    (length, is_foreign.then_some(b"null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(json: &str) -> String {
        String::from_utf8_lossy(&mend(json.as_bytes())).into_owned()
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character_and_a_whole_one_stays() {
        for (json, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uDE00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#"{"\ud83d\n":1}"#, r#"{"\ufffd\n":1}"#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\u"#, r#""\u"#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(mended(json), expected);
        }
        assert_eq!(&*mend(b"\"a\xed\xa0\xbdb\""), "\"a\u{fffd}b\"".as_bytes());
    }

    #[test]
    fn numbers_that_are_none_are_null() {
        assert_eq!(
            mended(r#"{"a": NaN, "b": [-Infinity,1], "c": "NaN -inf"}"#),
            r#"{"a": null, "b": [null,1], "c": "NaN -inf"}"#
        );
        assert_eq!(mended("[nan,undefined]"), "[null,null]");
    }

    #[test]
    fn a_line_break_in_a_string_is_one() {
        assert_eq!(mended("{\n\"a\":\t\"b\r\n\tc\"}"), "{\n\"a\":\t\"b\\r\\n\\tc\"}");
        assert_eq!(mended("\"a\0b\u{1f}\u{b}\""), r#""a\u0000b\u001f\u000b""#);
    }

    #[test]
    fn what_is_json_stays_and_what_is_none_does_not_become_it() {
        for json in [r#"{"a":[1e2,-0.5,true,null,"é \"\/"]}"#, "1 2", "tr ue", "'a'", "\"open", ""]
        {
            assert_eq!(mended(json), json);
        }
        for bytes in [&b"\"\xed\xa0"[..], b"\xed\xa0\xbd", b"\"\xff\"", b"-", b"\"\\"] {
            assert_eq!(&*mend(bytes), bytes);
        }
    }
}
