//! Step 11: one form for each mark.
//!
//! Phones set curly quotes and long dashes, keyboards straight ones; interfaces cut a text off
//! with `…`. Quotes and dashes get their ASCII form, a run of hyphens becomes one, and an ellipsis
//! (`…`, or three dots and more) becomes a space. Marks of other scripts («», ，, 。, ؟) stay.

use std::borrow::Cow;

/// Rewrites quotes, dashes and ellipses.
pub(super) fn unify(text: &str) -> Cow<'_, str> {
    if !needs_work(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        let form = match c {
            '.' | '…' => {
                at = run_end(text, at, |c| c == '.' || c == '…');
                if at - start < 3 {
                    continue;
                }
                ' '
            }
            c => match plain(c) {
                Some('-') => {
                    at = run_end(text, at, |c| plain(c) == Some('-'));
                    '-'
                }
                Some(form) => form,
                None => continue,
            },
        };
        out.push_str(&text[copied..start]);
        out.push(form);
        copied = at;
    }
    out.push_str(&text[copied..]);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The end of a run of such characters that goes on at `from`.
fn run_end(text: &str, from: usize, of: impl Fn(char) -> bool) -> usize {
    text[from..].find(|c| !of(c)).map_or(text.len(), |length| from + length)
}

#[expect(clippy::needless_bitwise_bool, reason = "without branches the loop is vectorised")]
fn needs_work(text: &str) -> bool {
    let bytes = text.as_bytes();
    let next = bytes.get(1..).unwrap_or_default();
    // Without branches, since most texts have nothing to do: a backtick, a pair of dots or hyphens,
    // or the first byte of a character of `plain` or of the ellipsis.
    (!text.is_ascii() && bytes.iter().any(|b| matches!(b, 0xC2 | 0xCA | 0xE2 | 0xEF)))
        || bytes.iter().zip(next).fold(false, |found, (&a, &b)| {
            found | (a == b'`') | ((a == b) & ((a == b'.') | (a == b'-')))
        })
        || bytes.last() == Some(&b'`')
}

/// The ASCII form of a quote or dash.
fn plain(c: char) -> Option<char> {
    match c {
        '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => Some('-'),
        '`' | '´' | 'ʼ' | '‘' | '’' | '‚' | '‛' | '′' | '＇' => Some('\''),
        '“' | '”' | '„' | '‟' | '″' | '＂' => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::unify;

    #[test]
    fn quotes_and_dashes_get_their_ascii_form() {
        assert_eq!(unify("“It’s” – well — `so´ −1 a--b ---"), "\"It's\" - well - 'so' -1 a-b -");
        assert_eq!(unify("donʼt ＂you＇re＂"), "don't \"you're\"");
    }

    #[test]
    fn every_ellipsis_becomes_a_space() {
        assert_eq!(unify("wait…what...ever….. so.. 1.5."), "wait what ever  so.. 1.5.");
    }

    #[test]
    fn marks_of_other_scripts_stay() {
        let text = "«да» 「はい」。，؟ · •";
        assert_eq!(unify(text), text);
    }
}
