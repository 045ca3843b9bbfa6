//! Text normalisation: what is taken off a tweet before it is read.
//!
//! The same tweet reaches us in many coats: as a retweet, out of a JSON dump with its escapes
//! still in it, with a shortened link at the end, cut off by an interface. The coat says where a
//! row was collected and nothing about what its author meant, yet a model learns the coat first,
//! because it is the easier thing to learn. So training and serving take it off with this one
//! function.
//!
//! # Layout
//! - `outer`: steps 1 and 3, what is wrapped around the whole text: leading `RT @user:` headers
//!   (`retweet`) and string literals of JSON and Python (`literal`).
//! - `letters`: steps 2 and 6, Unicode's compatibility form and other fancy letters become plain ones;
//!   `invisible` characters are dropped; regional indicators that spell become letters (`flags`).
//! - `escapes`: step 4, literal escapes (`\u2019`, `\n`, `\"`, `\/`) become what they stand for.
//! - `backslash`: what a backslash that is no escape is: the writer's own, or a leftover.
//! - `entities`: step 5, HTML entities (`&amp;`, `&#39;`).
//! - `placeholders`: step 7, what data sets put for what they hid (`<user>`).
//! - `retweet`: step 8, headers without a colon, which what is decoded may make none.
//! - `links`: step 9, links and links cut off at the end are removed.
//! - `lookalikes`: step 10, letters of other scripts in the place of Latin ones.
//! - `marks`: step 11, ellipses become a space; quotes and dashes get their ASCII form.
//! - `mentions`: step 12, every handle becomes `@user`, a run of handles becomes one.
//! - `space`: step 13, white space and control characters.
//! - `properties` (tests): what must hold for any text at all.
//!
//! # Fixed point
//! One step can uncover work for another (`&#64;name` is a handle, `\u0026amp;` an entity), so the
//! passes repeat until one changes nothing. Hence `normalise(normalise(t)) == normalise(t)` for
//! every string, by construction.
//!
//! The repetition ends. Let the weight of a character be the bytes of what `letters` decomposes it to,
//! 64 for each backslash and ampersand in it, and let *m* be the weight of the text without the names
//! after an `@` and the marks on them. No step raises *m*. Decoding an escape or entity takes away a
//! backslash or ampersand and puts at most one character for it, of which the heaviest weighs 33
//! (U+FDFA), or again one of these two. Composing letters leaves *m* as it is by definition; dropping,
//! joining, and putting a letter or mark of ASCII for a longer one lower it. The changes that leave it
//! as it is compose, rewrite a name to `user`, or a character to a plain one of the same length. Each of
//! these can happen only once to each name and character: no step writes such a name or character back,
//! and none puts a mark beside a letter that it could be composed with without lowering *m*.

mod backslash;
mod entities;
mod escapes;
mod flags;
mod invisible;
mod letters;
mod links;
mod literal;
mod lookalikes;
mod marks;
mod mentions;
mod outer;
mod placeholders;
#[cfg(test)]
mod properties;
mod retweet;
mod space;

use std::borrow::Cow;

/// Written into every checkpoint; raised whenever [`normalise`] gives another answer for any text,
/// because a score is only comparable with scores of the same normaliser.
pub const NORMALISER_VERSION: u32 = 3;

/// The steps in the order of a pass. Headers and literals go first, so that nothing can depend on there
/// being one; plain letters come before all that looks for letters, and once more after what decodes
/// them. Headers that are none if an escape or entity is a handle go once both are decoded, and before
/// links, which may stand between; links go before look-alikes, which would take what is glued to one
/// for its end, and before marks, which would eat the `…` that shows a link to be cut.
const STEPS: [fn(&str) -> Cow<'_, str>; 11] = [
    outer::take_off,
    letters::plain,
    outer::take_off_quotes,
    decode,
    placeholders::fill,
    retweet::drop_headers,
    links::remove,
    lookalikes::fold,
    marks::unify,
    mentions::unify,
    space::collapse,
];

/// The text of a tweet without the marks of how it was collected.
///
/// Idempotent for every string, and equal for texts that differ only in retweet headers, quotes and
/// escapes of JSON and Python, HTML entities, line breaks, links at the end, other people's handles,
/// the style of quotes, dashes and ellipses, fancy letters, invisible characters, or letters of other
/// scripts in the place of Latin ones. Case is kept (lower-casing belongs to the tokenizer), and so is
/// every script. Empty when the tweet holds nothing but links and handles.
///
/// ```
/// # use text::normalise;
/// assert_eq!(normalise("RT @someone: It\\u2019s late\\nGood night https://t.co/x1"), "It's late Good night");
/// assert_eq!(normalise("b'I \u{1d428}\u{1d427}ly \\xe2\\x80\\x98said\\xe2\\x80\\x99 it'"), "I only 'said' it");
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

/// Steps 4 to 6. Letters that nothing decoded are plain since step 2.
fn decode(text: &str) -> Cow<'_, str> {
    let undone = escapes::undo(text);
    let decoded = match entities::decode(&undone) {
        Cow::Owned(decoded) => Some(decoded),
        Cow::Borrowed(_) => None,
    };
    match decoded.map_or(undone, Cow::Owned) {
        Cow::Owned(decoded) => match letters::plain(&decoded) {
            Cow::Owned(plain) => Cow::Owned(plain),
            Cow::Borrowed(_) => Cow::Owned(decoded),
        },
        unchanged @ Cow::Borrowed(_) => unchanged,
    }
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
    fn fancy_letters_are_plain_ones() {
        for text in [
            "𝐛𝐨𝐥𝐝 words",
            "𝓫𝓸𝓵𝓭 𝔀𝓸𝓻𝓭𝓼",
            "ｂｏｌｄ　ｗｏｒｄｓ",
            "ⓑⓞⓛⓓ ⓦⓞⓡⓓⓢ",
            "ʙᴏʟᴅ ᴡᴏʀᴅꜱ",
            "🅱🅾🅻🅳 🅦🅞🅡🅓🅢",
            "🇧🇴🇱🇩 🇼🇴🇷🇩🇸",
            "🄱🄾🄻🄳 🅆🄾🅁🄳🅂",
        ] {
            assert_eq!(normalise(text).to_lowercase(), "bold words", "{text}");
        }
        assert_eq!(normalise("ﬁne ™ ½ № …"), "fine TM 1⁄2 No");
        assert_eq!(normalise("𝐑𝐓 @𝐚: 𝐡𝐭𝐭𝐩𝐬://𝐭.𝐜𝐨/𝐚 ok"), "ok");
    }

    #[test]
    fn invisible_characters_hide_nothing() {
        for c in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2065}',
            '\u{2066}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{fffc}',
            '\u{fffd}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{0}',
            '\u{7f}',
            '\u{20dd}',
        ] {
            assert_eq!(normalise(&format!("ca{c}li{c}{c}phate{c} 😀{c}")), "caliphate 😀", "{c:?}");
        }
        for text in ["می\u{200c}خواهم", "👩\u{200d}🚀", "क्\u{200d}ष", "🇫🇷 ♥"]
        {
            assert_eq!(normalise(text), text);
        }
    }

    #[test]
    fn literals_of_other_languages_leave_no_trace() {
        let plain = "It's \"late\", good night 😘";
        for text in [
            r#""It\u2019s \u201clate\u201d,\ngood night \ud83d\ude18""#,
            r#""It’s \"late\",\ngood night 😘""#,
            r#"'It\'s "late",\ngood night 😘'"#,
            r#"b'It\xe2\x80\x99s "late",\ngood night \xf0\x9f\x98\x98'"#,
            r#"b"It's \"late\",\ngood night \xf0\x9f\x98\x98""#,
            r#"RT @a: b'RT @b: It\xe2\x80\x99s "late", good night \xf0\x9f\x98\x98 https://t.co/a'"#,
        ] {
            assert_eq!(normalise(text), plain, "{text}");
        }
        assert_eq!(normalise("“good night”"), "good night");
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
            "Москва и нет",
            "Γειά σου Κόσμε",
            "ไทย",
            "தமிழ்",
        ] {
            assert_eq!(normalise(text), text);
        }
    }
}
