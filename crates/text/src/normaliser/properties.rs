//! What must hold for any text at all, tried on arbitrary Unicode and on heaps of nasty pieces.

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
}
