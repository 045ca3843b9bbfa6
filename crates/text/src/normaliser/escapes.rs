//! Step 4: literal escapes become the characters they stand for.
//!
//! A text that went through a JSON encoder and never came back reads `It\u2019s late\nGood night`.
//! The trouble is that people also write backslashes: `C:\new\user`, `¯\_(ツ)_/¯`, `yes\no`. Which
//! of the two a text is cannot always be known, so the rule goes by evidence.
//!
//! 1. Every run of backslashes has an even length: an encoder doubled them. Each run is halved.
//! 2. The text holds an escape that people do not write (`\u` with four hex digits, `\"`, `\'`,
//!    a doubled `\n\n`, `\r\n`, or a doubled backslash amid nothing but valid escapes): it is an
//!    encoded text, and is decoded from left to right as JSON would be.
//! 3. Otherwise each backslash is judged where it stands. `\n` is a line break unless its token
//!    looks like a path or the letters from `n` on are a word whose rest is none (`yes\no`,
//!    `either\not`); `\t` and `\r` are white space unless a small letter follows; `\/` is a slash after
//!    a letter, digit, colon or slash.
//!
//! Backslashes that no escape explains go to `backslash`. An escape cut off at the end (`\u20`,
//! `\ud83d\u`) and half a surrogate pair are dropped.
//!
//! Limits: a live text that spells out `\u2019` or `\"` is decoded; `then\nor` is read as a line
//! break; an encoded `yes`, line break, `o` as `yes\no`; an encoded tab before a letter stays.

use std::borrow::Cow;

use super::backslash::{self, Reading};

/// Undoes escapes until none is left, doubly encoded ones included.
pub(super) fn undo(text: &str) -> Cow<'_, str> {
    let mut current = Cow::Borrowed(text);
    while current.contains('\\') {
        let Some(next) = undo_once(&current) else { break };
        current = Cow::Owned(if lost_its_last_escape_only(&current, &next) {
            drop_cut_escapes(next)
        } else {
            next
        });
    }
    current
}

fn undo_once(text: &str) -> Option<String> {
    let out = match Rule::of(text) {
        Rule::Literal(body) => body.to_owned(),
        Rule::Doubled => halve(text),
        Rule::Encoded { valid } => decode(text, valid),
        Rule::NoEvidence => judge(text),
    };
    (out != text).then_some(out)
}

/// The rule that a text is read by.
enum Rule<'a> {
    /// It is a whole JSON string, with this inside.
    Literal(&'a str),
    /// Rule 1.
    Doubled,
    /// Rule 2; `valid` as in [`Evidence`].
    Encoded { valid: bool },
    /// Rule 3.
    NoEvidence,
}

impl<'a> Rule<'a> {
    fn of(text: &'a str) -> Self {
        if let Some(body) = inside_literal(text) {
            return Self::Literal(body);
        }
        match Evidence::of(text) {
            Evidence { doubled: true, .. } => Self::Doubled,
            Evidence { encoded: true, valid, .. } => Self::Encoded { valid },
            Evidence { .. } => Self::NoEvidence,
        }
    }
}

/// The evidence of all backslashes of a text.
struct Evidence {
    /// Every run of backslashes has an even length.
    doubled: bool,
    /// Some escape is of a kind that people do not write.
    encoded: bool,
    /// It could be from a JSON string: every backslash begins an escape (or one cut off at the end)
    /// and every `"` is escaped.
    valid: bool,
}

impl Evidence {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut doubled, mut strong) = (true, false);
        let mut valid = !has_bare_quote(text);
        // A pair may be the start of `\\server\share`.
        let (mut pair, mut single) = (false, false);
        let mut at = 0;
        while let Some(found) = text[at..].find('\\') {
            let start = at + found;
            let run = backslash::run_length(bytes, start);
            doubled &= run.is_multiple_of(2);
            pair |= run.is_multiple_of(2) && !backslash::is_share(&text[start..]);
            at = start + run;
            if run.is_multiple_of(2) {
                continue;
            }
            single = true;
            let escape = at - 1;
            match bytes.get(at) {
                Some(b'"' | b'\'') => strong = true,
                Some(b'n' | b'r') => {
                    strong |= matches!(&bytes[at + 1..], [b'\\', b'n', ..]);
                }
                Some(b't' | b'b' | b'f' | b'/') | None => {}
                Some(b'u') if hex4(bytes, at + 1).is_some() => strong = true,
                Some(b'u') if cut_unicode(text, escape).is_some() => {}
                Some(_) => valid = false,
            }
        }
        Self { doubled, encoded: strong || (valid && pair && single), valid }
    }
}

/// True if a `"` stands without a backslash.
fn has_bare_quote(text: &str) -> bool {
    text.match_indices('"').any(|(at, _)| !text[..at].ends_with('\\'))
}

fn halve(text: &str) -> String {
    text.replace(r"\\", r"\")
}

/// Rule 2: left to right, as a JSON decoder reads a string, but forgiving.
///
/// Some files passed through a CSV reader that knew no `\"`: it took the quote of the first one for
/// the end of the field, so `"\"Yes\" she said"` came out as `\Yes\" she said"`. Where a text shows
/// such a lost quote it is put back, and the stray one at the end goes.
fn decode(text: &str, valid: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut lost_quote = false;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let start = at + found;
        out.push_str(&text[at..start]);
        at = start + 2;
        let plain = |c| {
            if valid || !lost_quote_before_letter(text, start) { Some(c) } else { None }
        };
        let meant = match bytes.get(start + 1) {
            Some(b'n') => Some('\n'),
            Some(b'r') => plain('\r'),
            Some(b't') => plain('\t'),
            Some(b'b') => plain('\u{8}'),
            Some(b'f') => plain('\u{c}'),
            Some(&c @ (b'"' | b'\'' | b'/' | b'\\')) => Some(char::from(c)),
            Some(b'u') if hex4(bytes, start + 2).is_some() => {
                let (decoded, end) = unicode(bytes, start);
                out.extend(decoded);
                at = end;
                continue;
            }
            Some(b'u') if let Some(end) = cut_unicode(text, start) => {
                at = end;
                continue;
            }
            _ => None,
        };
        if let Some(c) = meant {
            out.push(c);
            continue;
        }
        at = start + 1;
        match backslash::read(text, start, 1, true) {
            Reading::Kept => out.push('\\'),
            Reading::Space => out.push(' '),
            Reading::Dropped => {}
            Reading::LostQuote => {
                lost_quote = true;
                out.push('"');
            }
        }
    }
    out.push_str(&text[at..]);
    if has_stray_quote(text, lost_quote) {
        out.pop();
    }
    out
}

/// A closing quote that was the CSV field's: it stands bare at the end, while every other one in the
/// text is escaped or lost.
fn has_stray_quote(text: &str, lost_quote: bool) -> bool {
    let Some(body) = text.strip_suffix('"') else {
        return false;
    };
    !body.ends_with('\\') && (lost_quote || (body.contains("\\\"") && !has_bare_quote(body)))
}

/// A whole JSON string, outer quotes and all, if its inner quotes show it: its inside.
fn inside_literal(text: &str) -> Option<&str> {
    let body = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    (body.contains("\\\"") && !body.ends_with('\\') && !has_bare_quote(body)).then_some(body)
}

/// Rule 3: no evidence, so each run of backslashes is judged by its neighbours.
fn judge(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let start = at + found;
        out.push_str(&text[at..start]);
        let run = backslash::run_length(bytes, start);
        let next = bytes.get(start + run).copied();
        let after = bytes.get(start + run + 1).copied();
        at = start + run;
        if run == 1 && !backslash::in_path(text, start) {
            let meant = match next {
                Some(b'n') if !starts_with_n_word(&text[start + 1..]) => Some('\n'),
                Some(b't' | b'r') if !after.is_some_and(|c| c.is_ascii_lowercase()) => Some(' '),
                Some(b'/')
                    if out.ends_with(|c: char| c.is_alphanumeric() || c == ':' || c == '/') =>
                {
                    Some('/')
                }
                _ => None,
            };
            if let Some(c) = meant {
                out.push(c);
                at += 1;
                continue;
            }
            if let Some(end) = cut_unicode(text, start) {
                at = end;
                continue;
            }
        }
        match backslash::read(text, start, run, false) {
            Reading::Kept => out.push_str(&text[start..at]),
            Reading::Space | Reading::LostQuote => out.push(' '),
            Reading::Dropped => {}
        }
    }
    out.push_str(&text[at..]);
    out
}

/// True if rule 3 was applied to `text` and dropped an escape cut off at its end, but found nothing
/// else.
fn lost_its_last_escape_only(text: &str, out: &str) -> bool {
    let last = text.rfind('\\').and_then(|start| Some((start, cut_unicode(text, start)?)));
    last.is_some_and(|(start, end)| {
        out.strip_prefix(&text[..start]) == Some(&text[end..])
            && matches!(Rule::of(text), Rule::NoEvidence)
    })
}

/// Does the work of the passes to come, each of which would drop one more escape cut off at the
/// end: thousands in one go, if so many are there.
///
/// `text` is what rule 3 left of one in which it [found nothing else](lost_its_last_escape_only). It
/// applies again, and again finds nothing else, as long as (a) two escapes are left, by which the
/// text is not one of doubled backslashes or of nothing but valid escapes; (b) what is dropped is out
/// of reach of all that stands before the first of them; and (c) no `\"` can make it a literal.
fn drop_cut_escapes(mut text: String) -> String {
    if text.contains("\\\"") {
        return text;
    }
    let starts = cut_escapes(&text);
    let in_reach = starts.iter().take_while(|&&start| start < starts[0] + backslash::REACH).count();
    for &start in starts.iter().skip(in_reach.max(2)).rev() {
        if backslash::in_path(&text, start) {
            break;
        }
        let digits = text[start + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        text.replace_range(start..start + 2 + digits, "");
    }
    text
}

/// The starts of the escapes, first to last, that would be cut off at the end if those after them
/// were not there.
fn cut_escapes(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut end = text.len();
    while let Some(start) = text[..end].rfind('\\')
        && !text[..start].ends_with('\\')
        && cut_unicode(&text[..end], start).is_some()
    {
        starts.push(start);
        end = start;
    }
    starts.reverse();
    starts
}

/// The value of four hex digits at `at`.
fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |value, &d| Some(value * 16 + char::from(d).to_digit(16)?))
}

/// Decodes the `\uXXXX` at `start`, with its second half if it is a pair; returns the character
/// (none for half a pair) and where the escape ends.
fn unicode(bytes: &[u8], start: usize) -> (Option<char>, usize) {
    let mut end = start + 6;
    let Some(first) = hex4(bytes, start + 2) else {
        return (None, end);
    };
    if !(0xD800..0xDC00).contains(&first) {
        // A backslash so encoded many times over: one look at it instead of one pass for each.
        while first == 0x5C && bytes[end..].starts_with(b"u") && hex4(bytes, end + 1) == Some(0x5C)
        {
            end += 5;
        }
        return (char::from_u32(first), end);
    }
    if let Some(b"\\u") = bytes.get(end..end + 2)
        && let Some(second @ 0xDC00..0xE000) = hex4(bytes, end + 2)
    {
        return (char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)), end + 6);
    }
    (None, end)
}

/// The end of an escape `\u` with fewer than four digits, if the text was cut off right there:
/// nothing but white space, an ellipsis or a quote may follow.
fn cut_unicode(text: &str, start: usize) -> Option<usize> {
    let rest = text[start..].strip_prefix("\\u")?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let cut = digits < 4
        && rest[digits..].chars().all(|c| c.is_whitespace() || matches!(c, '…' | '.' | '"'));
    cut.then_some(start + 2 + digits)
}

/// `\t`, `\r`, `\b` or `\f` that begins a word and runs on in small letters: `said \the end`. Tabs
/// and form feeds are all but unknown in tweets; lost quotes are not.
fn lost_quote_before_letter(text: &str, start: usize) -> bool {
    backslash::begins_word(text, start)
        && text.as_bytes().get(start + 2).is_some_and(u8::is_ascii_lowercase)
}

/// True if the text begins with a word in `n` that makes no word without its `n`.
fn starts_with_n_word(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "name", "names", "network", "new", "news", "next", "night", "no", "node", "north", "not",
        "note", "notes", "nothing", "now", "number",
    ];
    let end = text.bytes().position(|c| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    WORDS.contains(&&text[..end])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn undo_pass_by_pass(text: &str) -> String {
        let mut current = text.to_owned();
        while let Some(next) = undo_once(&current) {
            current = next;
        }
        current
    }

    /// A few pieces that bear on how backslashes are read, many escapes cut off, a few pieces.
    fn text_of_cut_escapes() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "\\", "\\u", "\\u2019", "\\n", "\\\"", "\\\\\"", "\"", "C:\\", "\\\\s\\", "x\\y", "/",
            "n", "1", "A", " ", ".", "…",
        ]);
        let cut = proptest::sample::select(vec![
            "\\u", "\\u ", "\\u.", "\\u1 ", "\\u00\"", "\\ua", "\\u…", "\\u0 . ", " ", "\"",
        ]);
        let pieces = proptest::collection::vec(piece, 0..6);
        let cuts = (proptest::collection::vec(cut, 1..4), 1_usize..150);
        (pieces.clone(), cuts, pieces).prop_map(|(before, (cuts, times), after)| {
            let middle = cuts.iter().cycle().take(times).copied();
            before.iter().copied().chain(middle).chain(after.iter().copied()).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn escapes_dropped_in_one_go_are_those_that_passes_drop_one_by_one(
            text in text_of_cut_escapes(),
        ) {
            prop_assert_eq!(undo(&text), undo_pass_by_pass(&text));
        }
    }

    #[test]
    fn thousands_of_escapes_cut_off_are_no_work() {
        let started = Instant::now();
        for cut in [" \\u", "\\u.", "\\u\"", "\\u00a"] {
            let text: String = cut.chars().cycle().take(25_000).collect();
            assert!(!undo(&text).contains("\\u"), "{cut}");
        }
        // Pass by pass it is minutes.
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
