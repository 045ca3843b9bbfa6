//! A text that is one whole string literal: of JSON (`"It\u2019s late"`) or of Python (`'…'`,
//! `u'…'`, and `b'It\xe2\x80\x99s late'`, the bytes of UTF-8).
//!
//! Both are read by one grammar, since neither has an escape that means another thing in the other.
//! A bare quote of the literal's own kind inside shows that it is none: `'Tis y'all'`,
//! `"Yes" and "no"`. Hence a quotation that is the whole post loses its quotes, whoever put them there.
//!
//! Limit: a quotation in which each backslash happens to begin an escape (`"C:\temp"`) is decoded.

/// The text that a literal stands for, if it is all of `text`, white space around it aside.
pub(super) fn read(text: &str) -> Option<String> {
    let (kind, quote, body) = take_apart(text)?;
    match kind {
        Kind::Text => decode_text(body, quote),
        Kind::Bytes => decode_bytes(body, quote),
    }
}

/// The inside of a literal that [`read`] refuses for what it does not know as an escape
/// (`"¯\_(ツ)_/¯"`) or for a line break, as it stands.
pub(super) fn unquote(text: &str) -> Option<&str> {
    let (kind, quote, body) = take_apart(text)?;
    let mut escaped = false;
    for b in body.bytes() {
        if b == quote && !escaped {
            return None;
        }
        escaped = b == b'\\' && !escaped;
    }
    (kind == Kind::Text && !escaped).then_some(body)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Bytes,
}

/// The kind of a literal, its quote mark, and the text between the quotes.
fn take_apart(text: &str) -> Option<(Kind, u8, &str)> {
    let text = text.trim();
    let (kind, quoted) = match text.as_bytes() {
        [b'b', b'"' | b'\'', ..] => (Kind::Bytes, &text[1..]),
        [b'u', b'"' | b'\'', ..] => (Kind::Text, &text[1..]),
        [b'"' | b'\'', ..] => (Kind::Text, text),
        _ => return None,
    };
    let quote = quoted.as_bytes()[0];
    let body = quoted[1..].strip_suffix(char::from(quote))?;
    Some((kind, quote, body))
}

fn decode_text(body: &str, quote: u8) -> Option<String> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find(|c: char| c == '\\' || c.is_ascii_control() || c == quote.into())
    {
        out.push_str(&rest[..at]);
        let escape = rest[at..].strip_prefix('\\')?;
        let letter = *escape.as_bytes().first()?;
        let mut length = 1;
        match letter {
            b'x' | b'u' | b'U' => {
                let (value, end) = code(escape)?;
                out.extend(value);
                length = end;
            }
            letter => out.push(char::from(simple(letter)?)),
        }
        rest = &escape[length..];
    }
    out.push_str(rest);
    Some(out)
}

/// `x..`, `u....` or `U........` in hexadecimal: its character (none for half a surrogate pair) and
/// its length, with the second half of a pair.
fn code(escape: &str) -> Option<(Option<char>, usize)> {
    let digits = match escape.as_bytes().first()? {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let first = hexadecimal(escape.get(1..=digits)?)?;
    let end = 1 + digits;
    if (0xD800..0xDC00).contains(&first)
        && let Some(pair) = escape[end..].strip_prefix("\\u")
        && let Some(second @ 0xDC00..0xE000) = pair.get(..4).and_then(hexadecimal)
    {
        let value = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(value), end + 6));
    }
    Some((char::from_u32(first), end))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
    if all { u32::from_str_radix(digits, 16).ok() } else { None }
}

fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\'' | b'\\' | b'/' => letter,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x8,
        b'f' => 0xC,
        _ => return None,
    })
}

/// Bytes that are no UTF-8 become U+FFFD, which is dropped later.
fn decode_bytes(body: &str, quote: u8) -> Option<String> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.as_bytes();
    loop {
        rest = match rest {
            [] => return Some(String::from_utf8_lossy(&out).into_owned()),
            [b'\\', b'x', high, low, rest @ ..] => {
                let digit = |b: u8| char::from(b).to_digit(16);
                out.push((digit(*high)? * 16 + digit(*low)?) as u8);
                rest
            }
            [b'\\', letter @ (b'"' | b'\'' | b'\\' | b'n' | b'r' | b't'), rest @ ..] => {
                out.push(simple(*letter)?);
                rest
            }
            [b'\\', ..] => return None,
            [b, rest @ ..] if *b != quote && (b' '..=b'~').contains(b) => {
                out.push(*b);
                rest
            }
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_json_and_python_are_read() {
        for (literal, meant) in [
            (r#""It\u2019s late\nGood night \ud83d\ude18""#, "It’s late\nGood night 😘"),
            (r#""plain""#, "plain"),
            (r#"  "he said \"no\" \/ \\o/" "#, r#"he said "no" / \o/"#),
            (r"'It\'s \x1b \U0001f618'", "It's \u{1b} 😘"),
            (r#"u"It's""#, "It's"),
            (r"b'It\xe2\x80\x99s late\n'", "It’s late\n"),
            (r#"b"it's""#, "it's"),
            (r"b'cut \xe2\x80'", "cut \u{fffd}"),
            (r#""half \ud83d""#, "half "),
            (r#""""#, ""),
        ] {
            assert_eq!(read(literal).as_deref(), Some(meant), "{literal}");
        }
    }

    #[test]
    fn what_is_no_whole_literal_is_not_read() {
        for text in [
            "",
            "\"",
            "b'",
            r#""Yes" and "no""#,
            "'Tis y'all'",
            "\"never\" he said",
            "b\"no",
            "“quoted”",
            r#""so tired /o\""#,
            r"b'\u2019'",
            "b'é'",
        ] {
            assert_eq!(read(text), None, "{text}");
            assert_eq!(unquote(text), None, "{text}");
        }
    }

    #[test]
    fn quotes_around_what_holds_no_escapes_are_found() {
        assert_eq!(read(r#""¯\_(ツ)_/¯""#), None);
        assert_eq!(unquote(r#""¯\_(ツ)_/¯""#), Some(r"¯\_(ツ)_/¯"));
        assert_eq!(unquote("\"two\nlines\""), Some("two\nlines"));
    }
}
