//! JSON as programs write it that do not keep to the standard, made into JSON: half a surrogate pair
//! is U+FFFD, as everywhere else; `NaN` and its like are `null`. Strings and numbers stay as they are
//! written, space between them goes.

/// A value that was mended.
#[derive(Debug, PartialEq)]
pub(crate) struct Mended {
    /// It, in one line.
    pub(crate) json: String,
    /// The first word in it that JSON does not know, such as `NaN`.
    pub(crate) foreign: Option<String>,
}

/// Words for a missing or an infinite number in JSON of Python, JavaScript and others.
const FOREIGN: [&str; 6] = ["nan", "inf", "infinity", "undefined", "none", "na"];

/// Mends a value. What is not JSON for another reason stays so.
pub(crate) fn mend(value: &str) -> Mended {
    let mut json = String::with_capacity(value.len());
    let mut foreign = None;
    let mut rest = value;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b' ' | b'\t' | b'\n' | b'\r' | b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => string_length(rest),
            _ => rest.find(ends_word).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        let name = token.trim_start_matches(['+', '-']).to_ascii_lowercase();
        if first == b'"' {
            push_string(&mut json, token);
        } else if FOREIGN.contains(&name.as_str()) {
            foreign.get_or_insert_with(|| token.to_owned());
            json.push_str("null");
        } else if !first.is_ascii_whitespace() {
            // Two words without a mark between them are an error, and stay one.
            let of_word = |letter: char| !ends_word(letter);
            if json.ends_with(of_word) && token.starts_with(of_word) {
                json.push(' ');
            }
            json.push_str(token);
        }
    }
    Mended { json, foreign }
}

fn ends_word(letter: char) -> bool {
    " \t\n\r\"{}[],:".contains(letter)
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

/// Pushes a string with its halves of pairs and its bare control characters mended.
fn push_string(json: &mut String, string: &str) {
    let mut rest = string;
    while let Some(place) = rest.find(|letter: char| letter == '\\' || letter < ' ') {
        json.push_str(&rest[..place]);
        rest = &rest[place..];
        let length = match (rest.as_bytes(), unit(rest)) {
            ([b'\\', ..], Some(0xD800..=0xDBFF)) => match rest.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => 12,
                _ => 0,
            },
            ([b'\\', ..], Some(0xDC00..=0xDFFF)) => 0,
            ([b'\\', ..], _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {
                json.push_str(&format!("\\u{:04x}", rest.as_bytes()[0]));
                rest = &rest[1..];
                continue;
            }
        };
        if length == 0 {
            json.push_str("\\ufffd");
            rest = &rest[6..];
        } else {
            json.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    json.push_str(rest);
}

/// The UTF-16 unit of an escape `\uXXXX` that `text` begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(json: &str) -> String {
        mend(json).json
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character_and_a_whole_one_stays() {
        for (json, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D\uD83D\uDE00""#, r#""\ufffd\uD83D\uDE00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#"{"\ud83d":1}"#, r#"{"\ufffd":1}"#),
            (r#""\ud83""#, r#""\ud83""#),
            (r#""\ud83é""#, r#""\ud83é""#),
        ] {
            assert_eq!(mended(json), expected);
        }
    }

    #[test]
    fn what_json_does_not_know_is_null_and_named() {
        let found = mend(r#"{"a": NaN, "b": [-Infinity, 1], "c": "NaN"}"#);
        assert_eq!(found.json, r#"{"a":null,"b":[null,1],"c":"NaN"}"#);
        assert_eq!(found.foreign.as_deref(), Some("NaN"));
        assert_eq!(mend("[nan,undefined]").json, "[null,null]");
    }

    #[test]
    fn numbers_and_strings_stay_as_they_are_written() {
        let json = "{ \"id\" : 12345678901234567890123,\n \"n\": 1e2, \"m\":-0.10,\t\"é\": \"\\u00e9 \\/\" }";
        let expected = r#"{"id":12345678901234567890123,"n":1e2,"m":-0.10,"é":"\u00e9 \/"}"#;
        assert_eq!(mend(json), Mended { json: expected.into(), foreign: None });
        assert_eq!(mended("\"a\tb\""), r#""a\u0009b""#);
    }

    #[test]
    fn what_is_no_json_does_not_become_json() {
        for text in
            ["1 2", "tr ue", "\"a\" b", "{\"a\":1 2}", "\"open", "'a'", "[1 \"a\"]", "\"a\"\"b\""]
        {
            assert!(serde_json::from_str::<serde_json::Value>(&mended(text)).is_err(), "{text}");
        }
    }
}
