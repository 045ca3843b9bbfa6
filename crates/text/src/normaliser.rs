//! Text normalisation: what is taken off a tweet before it is read.
//!
//! The same tweet reaches us in many coats: as a retweet, out of a JSON dump with its escapes
//! still in it, with a shortened link at the end, cut off by an interface. The coat says where a
//! row was collected and nothing about what its author meant, yet a model learns the coat first,
//! because it is the easier thing to learn. So training and serving take it off with this one
//! function.
//!
//! # Layout
//! - `retweet`: step 1, leading `RT @user:` headers are dropped; some without a colon after step 4.
//! - `escapes`: step 2, literal escapes (`\u2019`, `\n`, `\"`, `\/`) become what they stand for.
//! - `backslash`: what a backslash that is no escape is: the writer's own, or a leftover.
//! - `entities`: step 3, HTML entities (`&amp;`, `&#39;`).
//! - `placeholders`: step 4, what data sets put for what they hid (`<user>`).
//! - `links`: step 5, links and links cut off at the end are removed.
//! - `marks`: step 6, ellipses become a space; quotes and dashes get their ASCII form.
//! - `mentions`: step 7, every handle becomes `@user`, a run of handles becomes one.
//! - `space`: step 8, white space, control and invisible characters.
//! - `properties` (tests): what must hold for any text at all.
//!
//! # Fixed point
//! One step can uncover work for another (`&#64;name` is a handle, `\u0026amp;` an entity), so the
//! passes repeat until one changes nothing. Hence `normalise(normalise(t)) == normalise(t)` for
//! every string, by construction.
//!
//! The repetition ends: let *m* be the bytes of the text, those of names after an `@` not counted,
//! plus the number of backslashes. No step raises *m*: decoding, dropping, joining and putting an
//! ASCII mark for a longer one lower it. The changes that leave it as it is rewrite a name
//! to `user` or a character to a plain one of the same length, and each of these can happen only
//! once to each name and character, since no step writes such a name or character back.

mod backslash;
mod entities;
mod escapes;
mod links;
mod marks;
mod mentions;
mod placeholders;
#[cfg(test)]
mod properties;
mod retweet;
mod space;

use std::borrow::Cow;

/// Written into every checkpoint; raised whenever [`normalise`] gives another answer for any text,
/// because a score is only comparable with scores of the same normaliser.
pub const NORMALISER_VERSION: u32 = 2;

/// The steps in the order of a pass. Headers go first, so that nothing can depend on there being
/// one; those that are none if an escape or entity is a handle go once both are decoded, and before
/// links, which may stand between; links go before marks, which would eat the `…` that shows a link
/// to be cut.
const STEPS: [fn(&str) -> Cow<'_, str>; 9] = [
    retweet::drop_certain_headers,
    escapes::undo,
    entities::decode,
    placeholders::fill,
    retweet::drop_headers,
    links::remove,
    marks::unify,
    mentions::unify,
    space::collapse,
];

/// The text of a tweet without the marks of how it was collected.
///
/// Idempotent for every string, and equal for texts that differ only in retweet headers, literal
/// escapes, HTML entities, line breaks, links at the end, other people's handles, or the style of
/// quotes, dashes and ellipses. Case is kept (lower-casing belongs to the tokenizer), and so is
/// every script. Empty when the tweet holds nothing but links and handles.
///
/// ```
/// # use text::normalise;
/// assert_eq!(normalise("RT @someone: It\\u2019s late\\nGood night https://t.co/x1"), "It's late Good night");
/// assert_eq!(normalise(r"saved in C:\new\user ¯\_(ツ)_/¯"), r"saved in C:\new\user ¯\_(ツ)_/¯");
/// ```
pub fn normalise(text: &str) -> String {
    let mut current = Cow::Borrowed(text);
    while let Some(next) = pass(&current) {
        current = Cow::Owned(next);
    }
    // A tweet of handles alone has no words to judge.
    if current == mentions::TOKEN { String::new() } else { current.into_owned() }
}

/// All steps once; `None` if none of them found anything to do.
fn pass(text: &str) -> Option<String> {
    let mut changed: Option<String> = None;
    for step in STEPS {
        if let Cow::Owned(next) = step(changed.as_deref().unwrap_or(text)) {
            changed = Some(next);
        }
    }
    changed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::normalise;

    #[test]
    fn escapes_of_an_encoded_text_are_undone() {
        assert_eq!(
            normalise(r"It\u2019s late\nGood night \ud83d\ude18"),
            "It's late Good night 😘"
        );
        assert_eq!(normalise(r#"then\ndon't \"quote\" me"#), "then don't \"quote\" me");
        assert_eq!(normalise(r#""\"Never\" is what she said""#), "\"Never\" is what she said");
        assert_eq!(normalise(r"either\/or, https:\/\/t.co\/a1 24\/7"), "either/or, 24/7");
        assert_eq!(normalise(r"doubly \\u2019 \\n encoded"), "doubly ' encoded");
        assert_eq!(normalise(r"a\r\n\tb \u00e9\u0301"), "a b é\u{301}");
    }

    #[test]
    fn half_pairs_and_escapes_cut_off_at_the_end_are_dropped() {
        for tail in [
            r"\ud83d",
            r"\ud83d\u",
            r"\ud83d\ude",
            r"\ud83d\ude1",
            r"\u",
            r"\u2",
            r"\u20",
            r"\u201",
            r"\ude18",
            r"\u20…",
            r"\ud83d\",
            r"\u20 https://t.co/a",
        ] {
            assert_eq!(normalise(&format!("good night {tail}")), "good night", "{tail}");
        }
        assert_eq!(normalise(r"a\ud83d b\ude18\ud83dc"), "a bc");
    }

    #[test]
    fn live_backslashes_survive() {
        for text in [
            r"C:\new\user",
            r"saved to C:\temp\notes\table.txt today",
            r"D:\nested\reports",
            r"\\server\share\new",
            r"¯\_(ツ)_/¯",
            r"\o/",
            r"yay \o/ \m/ \(^o^)/",
            r"so tired /o\",
            r"and\or",
            r"yes\no",
            r"domain\user",
            r"w\ friends",
            r"hmm :\ no",
            r"regex \d+ \w*",
            r"the \alpha and \omega",
            r"AC\DC",
            r"10\10",
        ] {
            assert_eq!(normalise(text), text);
        }
    }

    #[test]
    fn live_backslashes_survive_encoding_and_decoding() {
        for text in [r"“C:\new\user” ¯\_(ツ)_/¯", r"café C:\temp", r"yes\no", r#"he "said" and\or"#]
        {
            let encoded = serde_json::to_string(text).unwrap();
            let ascii = super::properties::ascii_json(text);
            assert_eq!(normalise(&encoded[1..encoded.len() - 1]), normalise(text));
            assert_eq!(normalise(&ascii), normalise(text));
        }
    }

    #[test]
    fn quotes_and_breaks_of_which_only_the_backslash_was_kept_are_mended() {
        assert_eq!(normalise(r#"\Yes\" she said, caf\u00e9""#), "\"Yes\" she said, café");
        assert_eq!(normalise(r#"so, \the end\" he said""#), "so, \"the end\" he said");
        assert_eq!(normalise(r"the end.\Next \ http://t.co/a\http://t.co/b"), "the end. Next");
    }

    #[test]
    fn how_a_tweet_was_fetched_leaves_no_trace() {
        let plain = "It's \"late\" - good night & sleep well";
        for text in [
            "RT @some_one: RT @other: It’s “late” – good night &amp; sleep well… https://t.co/x htt…",
            r"It\u2019s \u201clate\u201d \u2014 good\nnight &amp;amp; sleep well\u2026 https:\/\/t.co\/x",
            "\u{feff}It´s\u{a0}\"late\" -- good\r\n\r\nnight & sleep\u{200b} well pic.twitter.com/abc",
        ] {
            assert_eq!(normalise(text), plain);
        }
    }

    #[test]
    fn a_header_without_colon_ends_alike_however_its_end_is_written() {
        for gap in [" ", "\n", r"\n", r" \n", "&#32;", " https://t.co/a "] {
            assert_eq!(normalise(&format!("RT @a{gap}hello @b")), "hello @user", "{gap:?}");
        }
        for run in ["@b", r"\n@b", r" \n@b", " @b", "\n&#64;b", r" \u0040b", " <user>"] {
            assert_eq!(normalise(&format!("RT @a{run} hello")), "hello", "{run:?}");
        }
        // A link between the two ends the header before it is removed.
        for gap in ["\n", r"\n", r"\r\n"] {
            let text = format!("RT @a{gap}https://t.co/a @b hello");
            assert_eq!(normalise(&text), "@user hello", "{gap:?}");
        }
    }

    #[test]
    fn white_space_around_a_json_string_does_not_hide_it() {
        let encoded = r#""He said \"no\"""#;
        for text in [encoded.to_owned(), format!("  {encoded} "), format!("RT @a:  {encoded}")] {
            assert_eq!(normalise(&text), r#"He said "no""#, "{text}");
        }
    }

    #[test]
    fn a_tweet_of_links_and_handles_alone_is_empty() {
        for text in [
            "",
            " \n",
            "https://t.co/a",
            "@a @b https://t.co/c",
            "RT @a: @b",
            "RT @a: https://t…",
            "\u{feff}",
        ] {
            assert_eq!(normalise(text), "", "{text:?}");
        }
    }

    #[test]
    fn other_scripts_survive() {
        for text in [
            "Здравствуй, мир",
            "صباح الخير يا أصدقاء",
            "می\u{200c}خواهم",
            "今日は「雨」。",
            "안녕하세요",
            "नमस्ते",
            "שלום",
        ] {
            assert_eq!(normalise(text), text);
        }
    }
}
