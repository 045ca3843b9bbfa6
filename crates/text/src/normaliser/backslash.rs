//! The meaning of a backslash that is no escape.
//!
//! Live ones stay: paths (`C:\new\user`, `\\server\share`, `name\name`), arms (`\o/`, `¯\_(ツ)_/¯`)
//! and alternatives (`and\or`). Leftovers of collecting go: a line break or a quote of which only
//! the backslash was kept (`the end.\Next`, `he said \Yes`, `8\ plants`), and lone ones.

/// The meaning of one run of backslashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The writer's own.
    Kept,
    /// The rest of a line break.
    Space,
    /// The rest of `\"`.
    LostQuote,
    /// Nothing.
    Dropped,
}

/// Number of backslashes at `start`.
pub(super) fn run_length(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().take_while(|&&b| b == b'\\').count()
}

/// True if a word begins at `start`: after nothing, a space, an opening bracket or quote, or an
/// escaped line break.
pub(super) fn begins_word(text: &str, start: usize) -> bool {
    let before = &text[..start];
    before.is_empty()
        || before.ends_with(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '\''))
        || before.ends_with("\\n")
}

/// Reads the `run` backslashes at `start`. `encoded`: the text shows that it was escaped.
pub(super) fn read(text: &str, start: usize, run: usize, encoded: bool) -> Reading {
    let before = text[..start].chars().next_back();
    let mut following = text[start + run..].chars();
    let (next, after) = (following.next(), following.next());
    // An encoder doubles the backslashes of a chain of names, so only an unencoded text has one.
    let path = if encoded { is_drive(bare(token(text, start))) } else { in_path(text, start) };
    if path || is_arm(token(text, start)) {
        return Reading::Kept;
    }
    let Some(next) = next.filter(|c| !c.is_whitespace()) else {
        return match before {
            None => Reading::Dropped,
            Some(c) if c.is_whitespace() => Reading::Dropped,
            // `w\ friends` is a word; `8\ plants` and `worrying\` are not.
            Some(c) if c.is_ascii_digit() || ",.!?'\"".contains(c) => Reading::Dropped,
            Some(c) if c.is_alphabetic() && token(text, start).chars().nth(2).is_some() => {
                Reading::Dropped
            }
            Some(_) => Reading::Kept,
        };
    };
    let after_sentence = before.is_some_and(|c| ".,:;!?”\"".contains(c));
    let in_word = before.is_some_and(char::is_alphanumeric);
    let opens = begins_word(text, start) || after_sentence;
    match next {
        '#' | '@' if opens || in_word => Reading::Space,
        '-' if (opens || in_word)
            && after.is_none_or(|c| c.is_whitespace() || c == '#' || c.is_alphanumeric()) =>
        {
            Reading::Space
        }
        c if c.is_uppercase() && opens => {
            if encoded {
                Reading::LostQuote
            } else {
                Reading::Space
            }
        }
        c if encoded && (c.is_alphanumeric() || "'.$".contains(c)) && opens => Reading::LostQuote,
        _ => Reading::Kept,
    }
}

/// True if the token around `at` looks like a path.
pub(super) fn in_path(text: &str, at: usize) -> bool {
    let token = bare(token(text, at));
    is_drive(token) || is_share(token) || is_name_chain(token)
}

/// Without opening quotes and brackets.
fn bare(token: &str) -> &str {
    token.trim_start_matches(['"', '\'', '(', '[', '“', '‘'])
}

/// `C:\…`. Not `A:` and `Q:`, which stand before answers and questions, nor a break before a
/// capital (`B:\nNext`).
fn is_drive(token: &str) -> bool {
    match token.as_bytes() {
        [drive, b':', b'\\', rest @ ..] => {
            drive.is_ascii_alphabetic()
                && !b"AaQq".contains(drive)
                && !matches!(rest, [b'n', b'A'..=b'Z' | b'\\', ..])
        }
        _ => false,
    }
}

/// `\\server\…`
pub(super) fn is_share(token: &str) -> bool {
    token.strip_prefix(r"\\").is_some_and(|rest| {
        let server =
            rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"-._".contains(b)).count();
        server > 0 && rest[server..].starts_with('\\') && !rest[server + 1..].starts_with('\\')
    })
}

/// `name\name` where no escape begins with the second name's first letter.
fn is_name_chain(token: &str) -> bool {
    token.as_bytes().windows(3).any(|w| {
        w[0].is_ascii_alphanumeric()
            && w[1] == b'\\'
            && w[2].is_ascii_lowercase()
            && !b"nrtu".contains(&w[2])
    }) || token.match_indices("\\u").any(|(i, _)| {
        i > 0
            && token.as_bytes()[i - 1].is_ascii_alphanumeric()
            && token[i + 2..]
                .bytes()
                .take(4)
                .any(|b| b.is_ascii_alphabetic() && !b.is_ascii_hexdigit())
    })
}

/// `\o/`, `\m/`, `\(^o^)/`, `/o\`
fn is_arm(token: &str) -> bool {
    let token = token.trim_end_matches(['.', ',', '!', '?', '~']);
    (token.starts_with('\\') && token.ends_with('/'))
        || (token.starts_with('/') && token.ends_with('\\'))
}

/// Bytes on either side of a backslash that have a say in its reading: a text that is one endless
/// token must not cost a walk along all of it for each of its backslashes.
pub(super) const REACH: usize = 128;

/// The white-space-delimited token around `at`, as far as it is in reach.
fn token(text: &str, at: usize) -> &str {
    let first = text.floor_char_boundary(at.saturating_sub(REACH));
    let last = text.floor_char_boundary(at + REACH);
    let start = text[first..at]
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace())
        .map_or(first, |(i, c)| first + i + c.len_utf8());
    let end = text[at..last].find(char::is_whitespace).map_or(last, |i| at + i);
    &text[start..end]
}
