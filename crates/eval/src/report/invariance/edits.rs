//! The edits: each changes how a post was collected or shown, and nothing that its author wrote.

/// An edit: what it is called and what it does.
pub(super) type Edit = (&'static str, fn(&str) -> String);

pub(super) const EDITS: [Edit; 17] = [
    ("retweet header added", |text| format!("RT @someone_else: {text}")),
    ("retweet header removed", without_header),
    ("characters as literal escapes", escaped),
    ("line breaks for spaces", |text| text.replace(' ', "\n")),
    ("spaces doubled", |text| text.replace(' ', "  ")),
    ("link added at the end", |text| format!("{text} https://t.co/Ab3dE5fGh7")),
    ("cut link added at the end", |text| cut_off(text, " https://t.c…")),
    ("ellipsis added at the end", |text| cut_off(text, " …")),
    ("other handles", other_handles),
    ("curly quotes", curly),
    ("fancy letters", |text| in_words(text, bold)),
    ("circled letters", |text| in_words(text, circled)),
    ("an invisible letter in each word", |text| in_words(text, with_invisible)),
    ("look-alikes of other scripts", |text| in_words(text, alike)),
    ("as a JSON string", |text| serde_json::Value::from(text).to_string()),
    ("as the bytes of Python", bytes_of_python),
    ("HTML entities", |text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
];

/// The text with the mark of having been cut off; no post is cut off twice.
fn cut_off(text: &str, mark: &str) -> String {
    let cut_already = ["…", "..."].iter().any(|end| text.trim_end().ends_with(end));
    if cut_already { text.to_owned() } else { format!("{text}{mark}") }
}

fn without_header(text: &str) -> String {
    let rest = text.strip_prefix("RT @").and_then(|rest| rest.split_once(": "));
    match rest {
        Some((name, rest)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            rest.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Non-ASCII characters as `\uXXXX` in UTF-16 and line breaks as `\n`, as a JSON dump that was
/// never decoded has them. Texts with a backslash of their own are left alone.
fn escaped(text: &str) -> String {
    use std::fmt::Write;

    if text.contains('\\') {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' {
            escaped.push_str("\\n");
        } else if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// Every handle becomes another of the same form.
fn other_handles(text: &str) -> String {
    let mut changed = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        changed.push_str(before);
        let name = from[1..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .map_or(&from[1..], |end| &from[1..=end]);
        // An e-mail address is not a handle.
        let inside = before.ends_with(|c: char| c.is_alphanumeric());
        if name.is_empty() || name.len() > 15 || inside {
            changed.push('@');
            changed.push_str(name);
        } else {
            changed.push_str("@qz_81_name");
        }
        rest = &from[1 + name.len()..];
    }
    changed.push_str(rest);
    changed
}

/// Straight quotes become curly ones, opening at the start of a word.
fn curly(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|character| {
            let opens = before.is_whitespace() || before == '(';
            before = character;
            match (character, opens) {
                ('"', true) => '“',
                ('"', false) => '”',
                ('\'', true) => '‘',
                ('\'', false) => '’',
                _ => character,
            }
        })
        .collect()
}

/// The text with an edit of each of its words in Latin letters. Handles, links and what is cut off at
/// the end stay: with other letters they would be others.
fn in_words(text: &str, edit: fn(&str) -> String) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|piece| {
            let token = piece.trim_end();
            let other = |c: char| matches!(c, '@' | '/' | '\\' | '&' | '<' | '…' | '.' | '_');
            if token == "RT" || token.contains(other) {
                return piece.to_owned();
            }
            let mut edited = String::new();
            let mut rest = piece;
            while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
                edited.push_str(&rest[..start]);
                rest = &rest[start..];
                let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                edited.push_str(&edit(&rest[..end]));
                rest = &rest[end..];
            }
            edited + rest
        })
        .collect()
}

/// The letter at the same place of another alphabet.
fn other_letter(c: char, capitals: char, small: char) -> char {
    let other =
        |first: char, own: u8| char::from_u32(u32::from(first) + (c as u32 - u32::from(own)));
    match c {
        'A'..='Z' => other(capitals, b'A').unwrap_or(c),
        'a'..='z' => other(small, b'a').unwrap_or(c),
        _ => c,
    }
}

fn bold(word: &str) -> String {
    word.chars().map(|c| other_letter(c, '𝐀', '𝐚')).collect()
}

fn circled(word: &str) -> String {
    word.chars().map(|c| other_letter(c, 'Ⓐ', 'ⓐ')).collect()
}

/// Another one for each length, in the middle.
fn with_invisible(word: &str) -> String {
    const INVISIBLE: [char; 6] =
        ['\u{200b}', '\u{3164}', '\u{115f}', '\u{2065}', '\u{ad}', '\u{200d}'];
    let (start, end) = word.split_at(word.len() / 2);
    if start.is_empty() {
        return word.to_owned();
    }
    format!("{start}{}{end}", INVISIBLE[word.len() % INVISIBLE.len()])
}

/// Cyrillic letters for the Latin ones of the same form, but for the first of a word that has no other.
fn alike(word: &str) -> String {
    let same = |c: char| {
        let latin = "aceijopsxyABCEHIKMOPSTX";
        let other = "асеіјорѕхуАВСЕНІКМОРЅТХ";
        latin.find(c).and_then(|at| other.chars().nth(at)).unwrap_or(c)
    };
    let mut changed: String = word.chars().map(same).collect();
    if !changed.bytes().any(|b| b.is_ascii()) {
        let first = changed.chars().next().map_or(0, char::len_utf8);
        changed.replace_range(..first, &word[..1]);
    }
    changed
}

/// The text as Python shows the bytes of its UTF-8: `b'It\\xe2\\x80\\x99s'`.
fn bytes_of_python(text: &str) -> String {
    use std::fmt::Write;

    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = format!("b{quote}");
    for byte in text.bytes() {
        match byte {
            b'\\' => shown.push_str("\\\\"),
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            byte if char::from(byte) == quote => shown.extend(['\\', quote]),
            b' '..=b'~' => shown.push(char::from(byte)),
            byte => {
                let _ = write!(shown, "\\x{byte:02x}");
            }
        }
    }
    shown.push(quote);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_the_wrapping_only() {
        assert_eq!(without_header("RT @someone: hello"), "hello");
        assert_eq!(without_header("RT this: hello"), "RT this: hello");
        assert_eq!(escaped("café 🎉\n"), "caf\\u00e9 \\ud83c\\udf89\\n");
        assert_eq!(escaped("a\\b é"), "a\\b é");
        assert_eq!(other_handles("hi @ann, mail a@b.org"), "hi @qz_81_name, mail a@b.org");
        assert_eq!(other_handles("@x@y"), "@qz_81_name@qz_81_name");
        let text = "RT @ann: see it, I say it's \"x\" http://t.co/a";
        assert_eq!(in_words(text, bold), "RT @ann: 𝐬𝐞𝐞 𝐢𝐭, 𝐈 𝐬𝐚𝐲 𝐢𝐭'𝐬 \"𝐱\" http://t.co/a");
        assert_eq!(in_words("So be it", circled), "Ⓢⓞ ⓑⓔ ⓘⓣ");
        assert_eq!(in_words("so it is I", with_invisible), "s\u{115f}o i\u{115f}t i\u{115f}s I");
        assert_eq!(in_words("a peace, no", alike), "a pеасе, nо");
        assert_eq!(bytes_of_python("it's é\n"), "b\"it's \\xc3\\xa9\\n\"");
        assert_eq!(curly("she said \"it's\""), "she said “it’s”");
    }
}
