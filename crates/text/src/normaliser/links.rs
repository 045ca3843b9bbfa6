//! Step 9: links are removed, whole or cut off.
//!
//! Removed rather than replaced by a token: X appends a link to every post with a picture or
//! a quote and to every post it shortens, so whether there is one says how the post was fetched.
//!
//! A link is `http://…` or `https://…` anywhere (also glued to a word), `www.…` and `t.co/…` at the
//! start of a word, `pic.twitter.com/…`. It ends before white space, a character outside ASCII, or
//! one of `"<>\^{}|` and a backtick; closing `!`, `?`, `)` and `]` are the sentence's. At the end
//! of the text, with or without an ellipsis, so is a link that was cut short: `htt`, `https:/`,
//! `ht…`, `pic.twit…`.

use std::borrow::Cow;

/// Removes every link and closes the gap.
pub(super) fn remove(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some((start, end)) = next_link(text, at) {
        out.push_str(&text[copied..start]);
        // A line break that lost its letter stays behind as `\` before a link.
        let kept = out.trim_end_matches('\\').len();
        out.truncate(kept);
        let mut end = end;
        match (out.as_bytes().last(), bytes.get(end)) {
            // Brackets that held nothing but the link.
            (Some(b'('), Some(b')')) | (Some(b'['), Some(b']')) => {
                out.pop();
                end += 1;
            }
            (_, Some(b'!' | b'?' | b')' | b']')) => out.truncate(out.trim_end().len()),
            _ => out.push(' '),
        }
        (copied, at) = (end, end);
    }
    let rest = if copied == 0 { Cow::Borrowed(text) } else { Cow::Owned(out + &text[copied..]) };
    match cut_tail(&rest) {
        Some(length) => Cow::Owned(rest[..length].to_owned()),
        None => rest,
    }
}

/// The start and end of the first link from `from` on. Every link has its first `:` or `.` in a
/// known place, and these are rarer than the letters it begins with.
fn next_link(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if !may_hold_link(&bytes[from..]) {
        return None;
    }
    let mut at = from;
    loop {
        at += bytes[at..].iter().position(|&b| b == b':' || b == b'.')?;
        let found = if bytes[at] == b':' { scheme(bytes, at) } else { host(text, at) };
        match found {
            Some((start, body)) if start >= from => return Some((start, link_end(bytes, body))),
            _ => at += 1,
        }
    }
}

/// One pass without branches, since most texts have no link: a slash, `.t` or `ww` is in each.
#[expect(clippy::needless_bitwise_bool, reason = "without branches the loop is vectorised")]
fn may_hold_link(bytes: &[u8]) -> bool {
    let next = bytes.get(1..).unwrap_or_default();
    bytes.iter().fold(false, |found, &b| found | (b == b'/'))
        || bytes.iter().zip(next).fold(false, |found, (&a, &b)| {
            let (a, b) = (a | 0x20, b | 0x20);
            found | ((a == b'.') & (b == b't')) | ((a == b'w') & (b == b'w'))
        })
}

/// For the `:` of `http://` or `https://`, which translators like to space out (`https: // `):
/// where the link begins, and where its address does.
fn scheme(bytes: &[u8], colon: usize) -> Option<(usize, usize)> {
    let start = ["https", "http"].iter().find_map(|name| {
        let start = colon.checked_sub(name.len())?;
        starts(&bytes[start..], name.as_bytes()).then_some(start)
    })?;
    let mut at = colon + 1;
    let mut spaced = false;
    for _ in 0..2 {
        if bytes.get(at) == Some(&b' ') {
            (at, spaced) = (at + 1, true);
        }
        if bytes.get(at) != Some(&b'/') {
            return None;
        }
        at += 1;
    }
    Some((start, at + usize::from(spaced && bytes.get(at) == Some(&b' '))))
}

/// For the first `.` of an address without a scheme: where it begins and goes on.
fn host(text: &str, dot: usize) -> Option<(usize, usize)> {
    const HOSTS: [(&str, bool); 3] = [("www.", true), ("t.co/", true), ("pic.twitter.com", false)];
    HOSTS.iter().find_map(|&(host, at_word_start)| {
        let start = dot.checked_sub(host.find('.')?)?;
        let found = starts(&text.as_bytes()[start..], host.as_bytes());
        (found && (!at_word_start || word_starts(text, start)))
            .then_some((start, start + host.len()))
    })
}

/// The end of the link whose address goes on at `body`.
fn link_end(bytes: &[u8], body: usize) -> usize {
    let mut end = body + bytes[body..].iter().take_while(|&&b| in_link(b)).count();
    while end > body && b"!?)]".contains(&bytes[end - 1]) {
        end -= 1;
    }
    // The closing bracket of `…/Rome_(city)` is the link's own.
    if bytes.get(end) == Some(&b')')
        && bytes[body..end].contains(&b'(')
        && !bytes[body..end].contains(&b')')
    {
        end += 1;
    }
    end
}

fn starts(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn word_starts(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '/'))
}

fn in_link(b: u8) -> bool {
    b.is_ascii_graphic() && !b"\"<>\\^{}|`".contains(&b)
}

/// The length of the text without the cut-off links at its end, if there are any.
fn cut_tail(text: &str) -> Option<usize> {
    let mut length = text.len();
    loop {
        let cut = without_cut_link(&text[..length]);
        if cut == length {
            break;
        }
        length = cut;
    }
    (length < text.len()).then_some(length)
}

fn without_cut_link(text: &str) -> usize {
    let end = text.trim_end_matches(|c: char| c.is_whitespace() || c == '"');
    let body = end.trim_end_matches(['…', '.']);
    let marks = &end[body.len()..];
    let marked = marks.contains('…') || marks.contains("...");
    let body = if marked { body.trim_end() } else { end };
    let word = &body[body
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '['))
        .map_or(0, |i| i + body[i..].chars().next().map_or(1, char::len_utf8))..];
    let prefix_of = |whole: &str, least: usize| {
        word.len() >= least
            && whole.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let least = if marked { 1 } else { 3 };
    if prefix_of("https://", least)
        || prefix_of("http://", least)
        || (marked && prefix_of("pic.twitter.com", 4))
    {
        body.len() - word.len()
    } else {
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::remove;

    fn squeezed(text: &str) -> String {
        remove(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn links_are_removed_wherever_they_stand() {
        assert_eq!(squeezed("see https://t.co/a1B2 now HTTP://x.y/z?a=b&c#d"), "see now");
        assert_eq!(
            squeezed("gluedhttp://t.co/a www.example.org/x t.co/b pic.twitter.com/c"),
            "glued"
        );
        assert_eq!(squeezed("これはhttps://t.co/aです"), "これは です");
        assert_eq!(squeezed("https: // t.co/a rest"), "rest");
    }

    #[test]
    fn the_sentence_keeps_its_closing_marks() {
        assert_eq!(squeezed("Is it https://t.co/a? (see https://t.co/b)"), "Is it? (see)");
        assert_eq!(squeezed("on https://example.org/Rome_(city) today"), "on today");
    }

    #[test]
    fn cut_links_at_the_end_are_removed() {
        for tail in [
            "htt",
            "http",
            "https",
            "https:",
            "https:/",
            "https://",
            "https://t",
            "https://t.co/aB…",
            "h…",
            "ht…",
            "http…",
            "https:…",
            "htt ...",
            "pic.twit…",
            "pic.twitter.com/a…",
            "htt htt http…",
        ] {
            assert_eq!(
                squeezed(&format!("Good night {tail}")).trim_end_matches('…').trim_end(),
                "Good night",
                "{tail}"
            );
        }
    }

    #[test]
    fn words_that_only_begin_like_links_stay() {
        for text in [
            "the http protocol",
            "oh",
            "h",
            "ht",
            "thttp",
            "picture…",
            "tactics",
            "wwwow",
            "not.co/x",
            "hotter…",
        ] {
            assert_eq!(remove(text), text);
        }
    }
}
