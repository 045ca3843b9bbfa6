//! Properties that must hold for any text at all, tried on arbitrary Unicode and on heaps of nasty
//! pieces.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use proptest::prelude::*;

use super::normalise;

/// JSON's escapes, with everything outside ASCII as `\uXXXX`, without the outer quotes.
pub(super) fn ascii_json(text: &str) -> String {
    let mut out = String::new();
    let mut units = [0; 2];
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}").unwrap();
                }
            }
        }
    }
    out
}

/// Pieces that the steps look for, whole, cut and glued.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\\",
        "\\\\",
        "\\u",
        "\\u2",
        "\\u2019",
        "\\u005c",
        "\\u0026",
        "\\u0040",
        "\\ud83d",
        "\\ude18",
        "\\n",
        "\\r",
        "\\t",
        "\\b",
        "\\\"",
        "\\'",
        "\\/",
        "n",
        "u",
        "&",
        "&amp;",
        "amp;",
        "&amp",
        "#38;",
        "&#64;",
        "&bsol;",
        "&lt;",
        "&#",
        ";",
        "RT",
        "rt",
        "RT @",
        "RT @x:",
        "<user>",
        "<",
        ">",
        "@",
        "＠",
        "@a",
        "_b",
        "user",
        "@user",
        ":",
        "http",
        "https",
        "htt",
        "h",
        "://",
        "/",
        "https://t.co/a",
        "www.",
        "t.co/",
        "pic.twitter.com",
        "…",
        ".",
        "...",
        "-",
        "—",
        "“",
        "’",
        "`",
        "\"",
        "'",
        "(",
        ")",
        "[",
        "]",
        " ",
        "\n",
        "\t",
        "\u{a0}",
        "\u{200b}",
        "\u{2800}",
        "\u{feff}",
        "\u{0}",
        "a",
        "Z",
        "0",
        "é",
        "😘",
        "م",
        "C:\\",
        "o/",
        "b'",
        "u\"",
        "\\x",
        "\\xe2\\x80\\x99",
        "𝐛",
        "＂",
        "＼",
        "＇",
        "´",
        "¨",
        "ﷺ",
        "\u{301}",
        "\u{302}",
        "а",
        "ж",
        "ο",
        "🇺",
        "🇸",
        "\u{200c}",
        "\u{200d}",
        "\u{3164}",
        "\u{1100}",
        "\u{1161}",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), nasty(), (any::<String>(), nasty()).prop_map(|(a, b)| a + &b)]
}

/// A live tweet: words, marks, line breaks, links, handles, and backslashes as people write them.
fn live() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "the",
        "Good",
        "night",
        "no",
        "News",
        "I",
        "café",
        "مرحبا",
        "日本",
        "😘",
        "“quoted”",
        "\"straight\"",
        "it’s",
        "don't",
        "wait…",
        "so...",
        "#tag",
        "@name",
        "@other,",
        "&",
        "5",
        "(see",
        "this)",
        "-",
        "—",
        "¯\\_(ツ)_/¯",
        "\\o/",
        "C:\\new\\user",
        "and\\or",
        "https://t.co/abc",
        "RT",
        "RT @name",
        "end.",
        "Why?",
        "yes!",
        ":",
        "/",
    ]);
    let gap = prop::sample::select(vec![" ", " ", " ", "\n", " \n", "\n\n", "\r\n", "  "]);
    prop::collection::vec((word, gap), 1..12)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// Python's `repr` of a text, or of its bytes as UTF-8.
fn python(text: &str, bytes: bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if bytes => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(out, "\\x{byte:02x}").unwrap();
                }
            }
            c if c < '\u{a1}' => write!(out, "\\x{:02x}", u32::from(c)).unwrap(),
            '\u{200b}'..='\u{200f}' => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
            '\u{e0000}'..='\u{10ffff}' => write!(out, "\\U{:08x}", u32::from(c)).unwrap(),
            c => out.push(c),
        }
    }
    format!("{}{quote}{out}{quote}", if bytes { "b" } else { "" })
}

/// Alphabets of fancy letters: the first capital and the first small letter, of which some have none.
const ALPHABETS: [(char, char); 10] = [
    ('𝐀', '𝐚'),
    ('𝑨', '𝒂'),
    ('𝓐', '𝓪'),
    ('𝕬', '𝖆'),
    ('𝗔', '𝗮'),
    ('𝙰', '𝚊'),
    ('Ａ', 'ａ'),
    ('Ⓐ', 'ⓐ'),
    ('🄰', 'a'),
    ('🅐', 'a'),
];

/// A text in one of the [`ALPHABETS`]. What follows a backslash is no letter, nor is `RT`.
fn fancy(text: &str, alphabet: usize) -> String {
    let (capital, small) = ALPHABETS[alphabet];
    let other = |first: char, c: char, from: char| {
        char::from_u32(u32::from(first) + u32::from(c) - u32::from(from)).unwrap()
    };
    let letter = |c| match c {
        'A'..='Z' => other(capital, c, 'A'),
        'a'..='z' => other(small, c, 'a'),
        c => c,
    };
    text.chars().map(letter).collect()
}

/// Characters that are not to be seen.
fn invisible() -> impl Strategy<Value = char> {
    prop::sample::select(
        "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180e}\u{200b}\u{200e}\u{200f}\u{202a}\
         \u{202e}\u{2060}\u{2064}\u{2065}\u{206f}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff8}\u{1d173}\
         \u{e0000}\u{e0020}\u{e01ef}\u{e0fff}"
            .chars()
            .collect::<Vec<_>>(),
    )
}

/// The text with `edit` applied to each of its words: runs of ASCII letters, two at least, between
/// white space and marks of a sentence.
fn with_words(text: &str, mut edit: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let token = piece.trim_end();
        let word = token.trim_matches(|c: char| c.is_ascii_punctuation() && c != '@' && c != '\\');
        if word.len() < 2 || word == "RT" || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
            out.push_str(piece);
            continue;
        }
        let at = piece.find(word).unwrap();
        out.push_str(&piece[..at]);
        out.push_str(&edit(word));
        out.push_str(&piece[at + word.len()..]);
    }
    out
}

/// Letters of Cyrillic, Greek, Armenian, Cherokee, Coptic and Lisu that look like a Latin one.
fn lookalikes(c: char) -> &'static [char] {
    match c {
        'A' => &['А', 'Α', 'Ꭺ', 'ꓮ'],
        'B' => &['В', 'Β', 'ꓐ', 'Ⲃ'],
        'C' => &['С', 'Ꮯ', 'ꓚ', 'Ⲥ'],
        'E' => &['Е', 'Ε', 'Ꭼ', 'ꓰ'],
        'I' => &['І', 'Ι', 'ꓲ', 'Ⲓ'],
        'L' => &['Ꮮ', 'ꓡ'],
        'N' => &['Ν', 'ꓠ', 'Ⲛ'],
        'O' => &['О', 'Ο', 'Օ', 'ꓳ', 'Ⲟ'],
        'S' => &['Ѕ', 'Տ', 'ꓢ'],
        'T' => &['Т', 'Τ', 'ꓔ', 'Ⲧ'],
        'Z' => &['Ζ', 'ꓜ', 'Ⲍ'],
        'a' => &['а', 'α'],
        'b' => &['Ь', 'в', 'β'],
        'c' => &['с', 'ⲥ'],
        'd' => &['ԁ'],
        'e' => &['е', 'ε', 'є'],
        'g' => &['ց'],
        'h' => &['һ', 'հ', 'н'],
        'i' => &['і', 'ι', 'ⲓ'],
        'j' => &['ј', 'ϳ'],
        'k' => &['к', 'κ'],
        'l' => &['ӏ'],
        'm' => &['м'],
        'n' => &['ո', 'η'],
        'o' => &['о', 'ο', 'օ', 'ⲟ', 'σ'],
        'p' => &['р', 'ρ', 'ⲣ'],
        'q' => &['ԛ', 'զ'],
        's' => &['ѕ', 'ꮪ'],
        't' => &['т', 'τ'],
        'u' => &['ս', 'υ'],
        'v' => &['ѵ', 'ν'],
        'w' => &['ԝ', 'ѡ', 'ω'],
        'x' => &['х', 'χ'],
        'y' => &['у', 'γ', 'ү'],
        _ => &[],
    }
}

/// A word of which `keep` letters at least are its own and all others look-alikes by `choice`.
fn alike(word: &str, keep: usize, choice: usize) -> String {
    let mut out = String::new();
    for (place, c) in word.chars().enumerate() {
        let forms = lookalikes(c);
        let turn = place.wrapping_mul(7).wrapping_add(choice);
        out.push(if place < keep || forms.is_empty() { c } else { forms[turn % forms.len()] });
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn normalising_twice_changes_nothing(text in any_text()) {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }

    #[test]
    fn no_white_space_is_left_to_collapse(text in any_text()) {
        let normal = normalise(&text);
        prop_assert_eq!(normal.split_whitespace().collect::<Vec<_>>().join(" "), normal);
    }

    #[test]
    fn a_retweet_header_changes_nothing(text in any_text(), name in "[A-Za-z0-9_]{1,15}") {
        prop_assert_eq!(normalise(&format!("RT @{name}: {text}")), normalise(&text));
    }

    #[test]
    fn a_retweet_header_without_colon_changes_nothing(text in live(), name in "[A-Za-z0-9_]{1,15}") {
        let json = serde_json::to_string(&text).unwrap();
        for text in [ascii_json(&text), json, text] {
            // A handle behind it joins its own: a run of them becomes one.
            if !text.starts_with('@') {
                prop_assert_eq!(normalise(&format!("RT @{name} {text}")), normalise(&text));
            }
        }
    }

    #[test]
    fn a_link_at_the_end_changes_nothing(text in live(), cut in 0_usize..23, mark in prop::sample::select(vec!["", "…"])) {
        let link = "https://t.co/AbCdEf1234";
        // Without an ellipsis, fewer than three letters are not yet a link.
        let least = if mark.is_empty() { 3 } else { 1 };
        let tail = format!(" {}{mark}", &link[..cut.max(least)]);
        prop_assert_eq!(normalise(&(text.clone() + &tail)), normalise(&text));
    }

    #[test]
    fn escaping_changes_nothing(text in live()) {
        prop_assert_eq!(normalise(&ascii_json(&text)), normalise(&text));
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(normalise(&json[1..json.len() - 1]), normalise(&text));
    }

    #[test]
    fn line_breaks_read_as_spaces(text in any_text()) {
        prop_assert_eq!(normalise(&text.replace(['\n', '\r'], " ")), normalise(&text));
    }

    #[test]
    fn entities_read_as_their_characters(text in live()) {
        let encoded = text.replace('&', "&amp;").replace('"', "&quot;");
        prop_assert_eq!(normalise(&encoded), normalise(&text));
    }

    #[test]
    fn whoever_is_named_changes_nothing(text in live(), name in "[A-Za-z0-9_]{1,15}") {
        let renamed = text.replace("@name", &format!("@{name}")).replace("@other", "@x");
        prop_assert_eq!(normalise(&renamed), normalise(&text));
    }

    #[test]
    fn artefacts_on_top_of_each_other_change_nothing(text in live(), name in "[a-z]{1,9}") {
        let dressed = format!("RT @{name}: {}… https://t.co/abc", ascii_json(&text.replace('\n', " ")));
        prop_assert_eq!(normalise(&dressed), normalise(&text));
    }

    #[test]
    fn a_json_string_is_its_text(text in any_text()) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(normalise(&json), normalise(&text));
        let ascii = ascii_json(&text);
        // Only these two have escapes for it.
        if !text.contains(|c: char| c.is_control() && c != '\n' && c != '\r') {
            prop_assert_eq!(normalise(&format!("\"{ascii}\"")), normalise(&text));
        }
    }

    #[test]
    fn a_literal_of_python_is_its_text(text in any_text()) {
        prop_assert_eq!(normalise(&python(&text, false)), normalise(&text));
        prop_assert_eq!(normalise(&python(&text, true)), normalise(&text));
    }

    #[test]
    fn literals_within_each_other_and_headers_change_nothing(text in any_text(), name in "[a-z]{1,9}") {
        let json = serde_json::to_string(&text).unwrap();
        let dressed = format!("RT @{name}: {}", python(&format!("RT @{name}: {json}"), true));
        prop_assert_eq!(normalise(&dressed), normalise(&text));
    }

    #[test]
    fn invisible_characters_in_words_change_nothing(text in live(), hidden in invisible(), at in 1_usize..9) {
        let dressed = with_words(&text, |word| {
            let (start, end) = word.split_at(at.min(word.len() - 1));
            format!("{start}{hidden}{end}")
        });
        prop_assert_eq!(normalise(&dressed), normalise(&text));
        for joiner in ['\u{200c}', '\u{200d}'] {
            let dressed = dressed.replace(hidden, &joiner.to_string());
            prop_assert_eq!(normalise(&dressed), normalise(&text));
        }
    }

    #[test]
    fn invisible_characters_anywhere_change_nothing(text in any_text(), hidden in invisible(), every in 1_usize..5) {
        // Within what only ASCII may stand in, they are seen in a later pass.
        let text = text.replace(['\\', '&', '"', '\''], "");
        let mut dressed = String::new();
        for (at, c) in text.chars().enumerate() {
            dressed.push(c);
            if at % every == 0 {
                dressed.push(hidden);
            }
        }
        prop_assert_eq!(normalise(&dressed), normalise(&text));
    }

    #[test]
    fn fancy_letters_read_as_plain_ones(text in any_text(), alphabet in 0..ALPHABETS.len()) {
        // In the squared and circled alphabets all letters are capitals, in which an escape is none.
        prop_assert_eq!(normalise(&fancy(&text, alphabet)), normalise(&text));
    }

    #[test]
    fn fancy_words_read_as_plain_ones(text in live(), alphabet in 0..ALPHABETS.len()) {
        prop_assert_eq!(normalise(&with_words(&text, |word| fancy(word, alphabet))), normalise(&text));
    }

    #[test]
    fn look_alikes_in_words_read_as_latin_letters(text in live(), choice in any::<usize>()) {
        let dressed = with_words(&text, |word| alike(word, 1, choice));
        prop_assert_eq!(normalise(&dressed), normalise(&text));
    }

    #[test]
    fn real_words_of_other_scripts_stay(words in prop::collection::vec("[а-яё]{1,8}|[α-ωά]{1,8}|[א-ת]{1,8}|[ء-ي]{1,8}", 1..8)) {
        let text = words.join(" ");
        let same: String = unicode_normalization::UnicodeNormalization::nfc(text.as_str()).collect();
        prop_assert_eq!(normalise(&text), same);
    }
}
